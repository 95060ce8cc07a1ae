"""docs/partner-api.md as printed: a partner with a shell, openssl and curl, and nothing of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from adapters.exchange_publishing import publish_partner
from gateway.domain import fetched, merkle, statements, tiles
from gateway.domain.canonical import digest
from gateway.domain.proofs import read_inclusion
from gateway.domain.statements import Ack, Answer, Kind, Request
from gateway.domain.times import DAY, SECOND
from gateway.domain.trust import PinnedKey, Role, Trust
from gateway.ports import Message, TransportRules
from gateway.ports.tree import OwnLeaf, PublishedTree
from gateway.web.problems import BY_NAME
from keys import jwk
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner
from tests.independent_merkle import leaf_of
from tests.keys.parties import GATEWAY, OPERATOR, held
from tests.web import stand_in_curl
from tests.web.house import A, Clock, House, fresh_url, house_on, parcel, partner
from tests.web.wire import Wire, wired

PAGE = Path(__file__).parents[2] / "docs" / "partner-api.md"
BLOCKS = re.findall(r"^```sh( es256)?\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
ES256_KEY = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
pytestmark = pytest.mark.openssl


class RealClock(Clock):
    """The machine's: the page asks `date`."""

    def now(self) -> int:
        return time.time_ns() // 1000


@dataclass
class Shell:
    """A partner's machine: its key is pinned, its listener is there."""

    house: House
    wire: Wire
    folder: Path
    trust: Trust
    es256: bool
    x: str

    def run(self, first: int, last: int, **settings: str) -> str:
        """The setup and blocks `first` to `last` of the others, as printed; what they print."""
        wanted = [text for mark, text in BLOCKS if self.es256 or not mark]
        setup = 3 if self.es256 else 2
        script = "".join([*wanted[:setup], *wanted[setup + first : setup + last + 1]])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=self.environment() | settings,
            cwd=self.folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def environment(self) -> dict[str, str]:
        """What the page lets a partner set."""
        return {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "URL": f"{self.wire.url}/v1/{A}",
            "PARTNER": A,
            "GATEWAY": GATEWAY.id,
            "KEY": str(self.folder / "statement.pem"),
            "CA": str(self.wire.ca),
            "GATEWAY_KEY": str(self.folder / "gateway.pem"),
            "WORK": str(self.folder / "work"),
        }


def new_key(folder: Path, *how: str) -> PinnedKey:
    """A partner's key by openssl, as a person pins it."""
    path, public = folder / "statement.pem", folder / "public.pem"
    for command in (
        ("genpkey", *how, "-out", str(path)),
        ("pkey", "-in", str(path), "-pubout", "-out", str(public)),
    ):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    now = time.time_ns() // 1000 // SECOND * SECOND
    key = jwk.import_public(public.read_bytes(), Role.STATEMENT)
    return jwk.pinned_key(key, OPERATOR, Role.STATEMENT, now - DAY, now + DAY)


@pytest.fixture(params=["Ed25519 and a stand-in for curl", "ES256 and curl"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """One with each kind of key; the real curl where there is one."""
    es256 = request.param.startswith("ES256")
    for name in ("bin", "work"):
        (tmp_path / name).mkdir()
    if not es256 or shutil.which("curl") is None:
        stand_in_curl.install(tmp_path / "bin")
    pin = new_key(tmp_path, *(ES256_KEY if es256 else ("-algorithm", "ed25519")))
    now = RealClock().now()
    gateway = held(GATEWAY, Role.STATEMENT, not_before=now - DAY, not_after=now + DAY)
    trust = Trust(GATEWAY.id, [pin, gateway.pin])
    with house_on(fresh_url(tmp_path)) as made:
        house = replace(made, clock=RealClock())
        publish_partner(house.exchange, partner(), trust, TransportRules(), GATEWAY.id)
        _say(house, gateway.signer)
        with wired(house, tmp_path) as wire:
            x = json.loads(gateway.pin.public)["x"]
            yield Shell(house, wire, tmp_path, trust, es256, x)


def _say(house: House, signer: PrivateSigner) -> None:
    """An answer of the gateway, and another that is forged."""
    word = Answer(GATEWAY.id, A, house.clock.now(), digest(b"asked"), "accepted")
    good = JoseSignatures().sign(statements.to_bytes(word), Kind.ANSWER, signer)
    stranger = held(GATEWAY, Role.STATEMENT).signer
    refusal = statements.to_bytes(replace(word, result="refused", reason="forged"))
    forged = JoseSignatures().sign(refusal, Kind.ANSWER, stranger)
    for name, data in (("answer-1", good), ("answer-2", forged)):
        message = Message(name, data, digest(data), digest(b"asked"))
        house.exchange.say(A, message, house.clock.now())


def test_the_listing_is_asked_for(shell: Shell) -> None:
    shell.house.lay(parcel(1), parcel(2))
    listed = json.loads(shell.run(0, 0))
    assert [item["digest"] for item in listed["items"]] == [parcel(1).digest, parcel(2).digest]


def test_a_parcel_is_fetched_and_its_receipt_sent(shell: Shell) -> None:
    shell.house.lay(parcel(1, bytes(range(256)) * 40))
    manifest = digest(b"manifest")
    said = shell.run(1, 2, EPOCH="1", SEQUENCE="1", MANIFEST=manifest)
    fetch = parcel(1, bytes(range(256)) * 40)
    assert (shell.folder / "work" / "parcel").read_bytes() == fetch.data
    (sent,) = shell.house.kept()
    assert json.loads(said[said.index("{") :])["statement"] == digest(sent)
    signed = JoseSignatures().open_statement(
        sent, OPERATOR, Role.STATEMENT, shell.trust, RealClock().now(), GATEWAY.id
    )
    assert isinstance(signed.statement, Ack)
    assert signed.statement.about.parcel == fetch.digest
    assert signed.statement.about.manifest == manifest
    (word,) = shell.house.fetches()
    proof = JoseSignatures().open_statement(
        fetched.read(word).request.encode(),
        OPERATOR,
        Role.STATEMENT,
        shell.trust,
        RealClock().now(),
        GATEWAY.id,
    )
    assert isinstance(proof.statement, Request)


def test_only_the_gateways_own_answers_are_believed(shell: Shell) -> None:
    said = shell.run(3, 3, X=shell.x)
    assert [json.loads(line)["result"] for line in said.splitlines()] == ["accepted"]


def test_the_ledgers_head_and_proofs_are_fetched(shell: Shell) -> None:
    receipt = b"a receipt"
    (shell.folder / "work" / "ack.jws").write_bytes(receipt)
    levels = merkle.levels([leaf_of(b"%d" % n) for n in range(9)])
    own = OwnLeaf(A, digest(receipt), 4, b"opening")
    shell.house.exchange.put_tiles(
        list(tiles.grown(0, 9, lambda level, index: levels[level][index])), [own]
    )
    note = "log\n9\nroot\n\n— palang-uji AAAA\n"
    shell.house.exchange.put_tree(PublishedTree(1, 9, bytes(32), note))
    shell.run(4, 4, EPOCH="1")
    work = shell.folder / "work"
    assert (work / "checkpoint").read_text() == note
    assert (work / "growth").read_text() == f"old 9\n\n{note}"
    assert read_inclusion((work / "receipt.tlog-proof").read_text()).index == 4


def test_the_page_names_every_problem_and_every_path() -> None:
    text = PAGE.read_text()
    assert [name for name in BY_NAME if f"`{name}`" not in text] == []
    paths = ("/parcels", "/parcels/next", "/statements", "/answers", "/checkpoint")
    assert [path for path in paths if f"`POST {path}`" not in text] == []
