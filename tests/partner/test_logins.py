"""What the HTTPS service may ask for beside inner signatures: against the gateway's own adapter."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from adapters.registry import ChannelRegistry
from demo.ports import free_port
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.parties import Partner
from gateway.domain.trust import Algorithm
from gateway.ports import Adapter, Inbound, Message, RefusedError, SendError
from keys import client_pem
from keys.generate import generate
from keys.raw import PrivateSigner
from partner import answers, server
from partner.loop import Rounds
from partner.status import status
from tests.adapters.rigs import Login, partner
from tests.partner.factory import Gateway, block, make_kit
from tests.partner.test_kit_meets_gateway import as_parcel

TOKEN = "token-token-token-token"
CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
SERVER = CA.issue_cert("localhost", key_type=trustme.KeyType.ECDSA)
CLIENT, OTHER = (CA.issue_cert(f"{n}.example", key_type=trustme.KeyType.ECDSA) for n in "ab")


def pair(made: trustme.LeafCert) -> tuple[bytes, bytes]:
    return made.cert_chain_pems[0].bytes(), made.private_key_pem.bytes()


def request_key() -> tuple[PrivateSigner, str]:
    """A request key of the gateway, and its public PEM as the partner gets it."""
    key = client_pem.signing_key(client_pem.clear_pem(generate(Algorithm.ED25519)))
    return PrivateSigner(key), client_pem.public_pem(key)


SIGNER, PUBLIC = request_key()
STRANGER, _ = request_key()


@dataclass
class Served:
    """A served kit and the gateway's view of it."""

    gateway: Gateway
    rounds: Rounds
    partner: Partner
    port: int
    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def adapter(self, login: Login) -> Adapter:
        """The gateway's own adapter with these credentials."""
        channels = ChannelRegistry(self.rounds.kit.clock, login, allow_private=True)
        with channels.open(self.partner) as adapter:
            return adapter


@contextmanager
def served(folder: Path, gateway: Gateway, given: dict[str, str]) -> Iterator[Served]:
    """A kit with these settings of [login]; files are made where their settings name them."""
    files = {"cert.pem": pair(SERVER)[0], "key.pem": pair(SERVER)[1], "client.pem": pair(CLIENT)[0]}
    files |= {"bearer": TOKEN.encode() + b"\n", "request.pem": PUBLIC.encode()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)
    port = free_port()
    base = f"https://localhost:{port}"
    kit = make_kit(
        folder / "kit",
        gateway,
        channel=f"{base}/parcels",
        reply=f"{base}/replies",
        given={name: json.dumps(str(folder / value)) for name, value in given.items()}
        | {"listen": f'"127.0.0.1:{port}"'}
        | {f"tls_{name}": json.dumps(str(folder / f"{name}.pem")) for name in ("cert", "key")},
    )
    events: list[tuple[str, dict[str, object]]] = []
    rounds = Rounds(kit, lambda event, facts: events.append((event, facts)))
    seen = partner(f"{base}/parcels", f"{base}/replies", CA.cert_pem.bytes().decode())
    with server.serving(rounds):
        yield Served(gateway, rounds, seen, port, events)


GOOD: dict[str, tuple[dict[str, str], Login]] = {
    "nothing": ({}, Login()),
    "bearer": ({"login.bearer": "bearer"}, Login(bearers={"opr-uji-a": TOKEN})),
    "certificate": (
        {"login.certificate": "client.pem"},
        Login(certificates={"opr-uji-a": pair(CLIENT)}),
    ),
    "signature": ({"login.request_key": "request.pem"}, Login(signers={"opr-uji-a": SIGNER})),
    "all": (
        {
            "login.bearer": "bearer",
            "login.certificate": "client.pem",
            "login.request_key": "request.pem",
        },
        Login(
            bearers={"opr-uji-a": TOKEN},
            certificates={"opr-uji-a": pair(CLIENT)},
            signers={"opr-uji-a": SIGNER},
        ),
    ),
}
BAD: list[tuple[str, Login]] = [
    ("bearer", Login()),
    ("bearer", Login(bearers={"opr-uji-a": TOKEN + "x"})),
    ("certificate", Login()),
    ("certificate", Login(certificates={"opr-uji-a": pair(OTHER)})),  # the same authority's (E19)
    ("signature", Login()),
    ("signature", Login(signers={"opr-uji-a": STRANGER})),
    ("all", Login(bearers={"opr-uji-a": TOKEN}, certificates={"opr-uji-a": pair(CLIENT)})),
]


@pytest.mark.parametrize("which", GOOD)
def test_with_what_is_asked_for_all_of_the_channel_works(
    tmp_path: Path, gateway: Gateway, which: str
) -> None:
    given, login = GOOD[which]
    with served(tmp_path, gateway, given) as made:
        kit, adapter = made.rounds.kit, made.adapter(login)
        parcel = gateway.parcel(kit, block(1))
        handed = adapter.send(parcel.delivery, as_parcel(parcel))
        assert handed.reply is not None
        word = gateway.answer(kit, handed.reply)
        adapter.say(Message("palang-opr-uji-a-head.jws", word, digest(word)))
        assert status(kit).awaiting == ()
        assert made.rounds.once()
        kept: list[Inbound] = []
        assert adapter.collect(kept.append) == 1
        assert adapter.probe().good


@pytest.mark.parametrize(("which", "login"), BAD)
def test_without_it_nothing_is_taken_shown_or_removed(
    tmp_path: Path, gateway: Gateway, which: str, login: Login
) -> None:
    with served(tmp_path, gateway, GOOD[which][0]) as made:
        kit, adapter = made.rounds.kit, made.adapter(login)
        answers.acknowledge(kit)
        parcel = gateway.parcel(kit, block(1))
        word = gateway.head(kit)
        calls: list[Callable[[], object]] = [
            lambda: adapter.send(parcel.delivery, as_parcel(parcel)),
            lambda: adapter.say(Message("palang-opr-uji-a-head.jws", word, digest(word))),
            lambda: adapter.collect(lambda _item: None),
        ]
        for call in calls:
            with pytest.raises(SendError) as caught:
                call()
            assert caught.value.handed_over in ("no", "unknown")
        found = status(kit)
        assert (found.sequence, found.fresh_until) == (0, "")


def test_a_signed_request_counts_once(tmp_path: Path, gateway: Gateway) -> None:
    given, login = GOOD["signature"]
    with served(tmp_path, gateway, given) as made:
        parcel = gateway.parcel(made.rounds.kit, block(1))
        made.adapter(login).send(parcel.delivery, as_parcel(parcel))
        with made.rounds.kit.state.read() as tx:
            (used,) = tx.rows("SELECT nonce, at FROM nonces")
        assert used[1] == made.rounds.kit.clock.now()


def test_words_on_the_wire_are_taken_once_refused_or_late(tmp_path: Path, gateway: Gateway) -> None:
    with served(tmp_path, gateway, {}) as made:
        kit, adapter = made.rounds.kit, made.adapter(Login())
        old, head = gateway.head(kit), gateway.head(kit, at=gateway.at + 1_000_000)
        for data in (head, head, old):
            adapter.say(Message("palang-opr-uji-a-head.jws", data, digest(data)))
        bad = gateway.head(kit, aud="opr-uji-b", at=gateway.at + 2_000_000)
        far = gateway.head(
            kit, at=gateway.at + 3_000_000, manifest="sha256:" + "1" * 64, sequence=1
        )
        adapter.say(Message("palang-opr-uji-a-head.jws", far, digest(far)))
        low = gateway.head(kit, at=gateway.at + 4_000_000)
        for data in (bad, low):
            with pytest.raises(RefusedError):
                adapter.say(Message("palang-opr-uji-a-head.jws", data, digest(data)))
        with pytest.raises(RefusedError):
            adapter.say(Message("palang-opr-uji-a-card.jws", head, digest(head)))
        with pytest.raises(RefusedError):  # the id is not that of these bytes
            adapter.say(Message("palang-opr-uji-a-head.jws", head, digest(old)))
        assert [name for name, _what in status(kit).alarms] == ["rollback"]
        assert [event for event, _ in made.events].count("head") == 2


def test_a_reader_that_takes_its_answer_by_drops_is_cut(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other direction of threats.md D6: what the kit sends has a least rate too."""
    with served(tmp_path, gateway, {}) as made:
        kit = made.rounds.kit
        big = kit.settings.path("outbox") / ("0" * 64 + ".jws")
        big.write_bytes(b"x" * (24 * 1024 * 1024))
        monkeypatch.setattr(server, "GRACE", 1)
        monkeypatch.setattr(server, "LEAST_SENT", 4 * 1024 * 1024)
        context = ssl.create_default_context()
        CA.configure_trust(context)
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", made.port))
        with context.wrap_socket(raw, server_hostname="localhost") as wire:
            wire.sendall(f"GET /replies/{big.name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            got = 0
            for _ in range(40):  # some two seconds: more than all that it has earned
                time.sleep(0.05)
                got += len(wire.recv(64))
            with suppress(OSError):
                while part := wire.recv(65536):
                    got += len(part)
            assert got < big.stat().st_size


@pytest.mark.parametrize("name", ["login.bearer", "login.certificate", "login.request_key"])
def test_a_credential_that_cant_be_read_keeps_the_service_closed(
    tmp_path: Path, gateway: Gateway, name: str
) -> None:
    (tmp_path / "broken").write_text("")
    (tmp_path / "broken").chmod(0o600)
    with pytest.raises(InputError), served(tmp_path, gateway, {name: "broken"}):
        pass
