"""The partner listener, `palang web`: CPU of a request, beside a bare HTTPS server's for the same.

Each request is a TLS connection of its own, as partners make them. A posted statement is a signed
receipt, verified and kept (SQLite, FULL); a fetch is a signed request that is used up, the parcel's
bytes and the fetch log.
"""

from __future__ import annotations

import http.client
import secrets
import socket
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.channels import Place
from bench.house import GATEWAY, House
from bench.processes import ROOT, Helper, cpu_of
from bench.report import Ratio, Report, Scale
from bench.world import World, world
from demo.pki import HOST, Authority
from gateway.domain.canonical import decode, digest, encode
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.statements import About, Ack, Request, Statement, to_bytes
from gateway.ports import Parcel
from keys.jws import JoseSignatures
from partner.kit import SystemClock, load_kit

READY = 30.0  # seconds until it must listen
_COUNTS = {Scale.TINY: (2, 1), Scale.QUICK: (60, 3), Scale.USUAL: (150, 5), Scale.FULL: (300, 7)}
_SIZE = 10_000  # bytes of the parcel
_BARE = "a bare http.server"

Cpu = Callable[[], float]


class Pull:
    """The channel of a partner that comes to us; its kit only lends its keys."""

    def __init__(self, base: Path, _names: list[str], _stack: ExitStack) -> None:
        self.servers: dict[str, Cpu] = {}
        authority = Authority("bench")
        self.ca = base / "ca.pem"
        self.ca.write_bytes(authority.pem)
        self.certificate, self.key = authority.issue("listener", base)
        with socket.create_server((HOST, 0)) as taken:
            self.port = int(taken.getsockname()[1])

    @property
    def settings(self) -> str:
        """Served here, with room for all that is asked."""
        return (
            f'[exchange]\nlisten = "{HOST}:{self.port}"\n'
            f'tls_cert = "{self.certificate}"\ntls_key = "{self.key}"\n'
            "quota_statements = 1000000\nquota_requests = 1000000\nquota_mb = 100000\n"
        )

    def open(self, house: House) -> None:
        """Nothing."""

    def card(self, name: str) -> Place:
        """No host: the partner comes."""
        return Place(f"pull:{name}", f"pull:{name}")

    def kit_settings(self, name: str) -> dict[str, str]:
        """None."""
        return {}

    def place(self, name: str, served: dict[str, str]) -> Place:
        """As the card says."""
        return self.card(name)

    def waiting(self) -> int:
        """Nothing is sent here."""
        return 0


@dataclass(frozen=True, slots=True)
class Client:
    """A partner at work: `post` is one request over a connection of its own."""

    port: int
    context: ssl.SSLContext

    def post(self, path: str, body: bytes, wanted: int) -> None:
        """The whole answer is read. Raises AssertionError for another status."""
        connection = http.client.HTTPSConnection(HOST, self.port, context=self.context)
        connection.request("POST", path, body, {"Content-Type": "application/jose"})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status != wanted:
            raise AssertionError(f"{path}: expected {wanted}, got {answer.status}: {said[:300]!r}")

    def cost(self, clock: Cpu, path: str, bodies: list[bytes], wanted: int) -> float:
        """Milliseconds of the server's CPU a request."""
        before = clock()
        for body in bodies:
            self.post(path, body, wanted)
        return (clock() - before) / len(bodies) * 1000


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    count, runs = _COUNTS[scale]
    report = Report("listener", "CPU of the partner listener, a request")
    with world(Pull, 1, kits=False) as made:
        took = _measure(made, count, runs)
    for name, costs in took.items():
        report.figure(name, statistics.median(costs), "ms")
    bare = statistics.median(took[_BARE])
    for name in (one for one in took if one != _BARE):
        report.ratios.append(Ratio(name, statistics.median(took[name]) / bare, _BARE))
    yield report


def _measure(made: World, count: int, runs: int) -> dict[str, list[float]]:
    channel, name = made.channel, made.names[0]
    if not isinstance(channel, Pull):
        raise AssertionError("this is about the listener")
    _publish(made)
    words = Words(made)
    context = ssl.create_default_context(cafile=str(channel.ca))
    took: dict[str, list[float]] = {}
    pair = str(channel.certificate), str(channel.key)
    with (
        Helper("bench.plain_https", *pair) as bare,
        _listener(made.house.home, channel.port) as clock,
    ):
        partner, plain = Client(channel.port, context), Client(bare.told["port"], context)
        for _ in range(runs):
            acks, requests = words.acks(count), words.requests(count)
            for label, client, of, path, bodies, wanted in (
                ("POST of a statement", partner, clock, "statements", acks, 202),
                ("fetch of a 10 kB parcel", partner, clock, "parcels/next", requests, 200),
                (_BARE, plain, bare.cpu, "statements", acks, 200),
            ):
                cost = client.cost(of, f"/v1/{name}/{path}", bodies, wanted)
                took.setdefault(label, []).append(cost)
    return took


def _publish(made: World) -> None:
    """The partner and one parcel, as the worker lays them into the exchange store."""
    name, data = made.names[0], secrets.token_bytes(_SIZE)
    made.work.publish()
    with made.house.store.read() as uow:
        partner = uow.registry.partner(name)
    parcel = Parcel(ParcelName(name, 1, 1, Envelope.JOSE), data, digest(data))
    with made.house.gateway.channels.open(partner) as adapter:
        adapter.send(f"1.{name}.1", parcel)


class Words:
    """Signed statements of the partner, each of them new."""

    def __init__(self, made: World) -> None:
        kit = load_kit(made.base / "kits" / made.names[0], SystemClock(), {})
        self._name, self._clock = made.names[0], kit.clock
        self._signer = kit.signer(kit.clock.now())
        self._sequence = 0

    def acks(self, count: int) -> list[bytes]:
        """Receipts."""
        return [self._sign(self._ack()) for _ in range(count)]

    def requests(self, count: int) -> list[bytes]:
        """Requests for what is next; a member that the format does not know makes each another."""
        at = self._clock.now()
        wanted = to_bytes(Request(self._name, GATEWAY, at, 1, 1))
        named = decode(wanted, what="the request")
        nonces = (named | {"nonce": secrets.token_hex(8)} for _ in range(count))
        return [JoseSignatures().sign(encode(one), "request", self._signer) for one in nonces]

    def _ack(self) -> Statement:
        self._sequence += 1
        about = About(1, self._sequence, digest(b"parcel"), digest(b"manifest"))
        return Ack(self._name, GATEWAY, self._clock.now(), about, "positive")

    def _sign(self, statement: Statement) -> bytes:
        return JoseSignatures().sign(to_bytes(statement), statement.kind, self._signer)


@contextmanager
def _listener(home: Path, port: int) -> Iterator[Cpu]:
    """`palang web` until the block ends; its CPU clock."""
    command = [sys.executable, "-m", "gateway.main", "--home", str(home), "web"]
    with (home.parent / "listener.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=log)
    try:
        _until_listening(process, port)
        yield lambda: cpu_of(process.pid)
    finally:
        process.terminate()
        process.wait(READY)


def _until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + READY
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the listener did not start")
