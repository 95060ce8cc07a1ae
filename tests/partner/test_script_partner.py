"""The script partner of the demo: nothing of ours inside, and both sides understand each other."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from jwcrypto.jwe import JWE  # type: ignore[import-untyped]  # it ships no types
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # as above

from gateway.domain import parcel as zipped
from gateway.domain.statements import Ack, Confirmation
from gateway.domain.trust import Role
from keys.cards import open_card
from partner.identity import load_identity
from partner.kit import Kit, SystemClock
from tests.partner.factory import (
    FakeClock,
    Gateway,
    Made,
    block,
    edited,
    kinds,
    make_kit,
    number,
    signing_key,
)

SCRIPT = Path(__file__).parents[2] / "demo" / "script_partner" / "partner_script.py"
ME = "opr-skrip"


@dataclass
class Peer:
    """The script's folder, and the gateway that it pinned."""

    home: Path
    gateway: Gateway

    @property
    def kit(self) -> Kit:
        """What the gateway's side needs of a partner: its card and keys."""
        at = self.gateway.at
        seen = SimpleNamespace(identity=load_identity(self.home, at), clock=FakeClock(at))
        return cast(Kit, seen)

    def drop(self, made: Made, name: str = "") -> None:
        path = self.home / "inbox" / (name or made.name)
        path.write_bytes(made.data)
        beside = f"{hashlib.sha256(made.data).hexdigest()}  {path.name}\n"
        path.with_name(f"{path.name}.sha256").write_text(beside)

    def run(self) -> str:
        return call(self.home, "run")

    def acks(self) -> list[Ack]:
        return [cast(Ack, self.gateway.read(self.kit, jws)) for jws in self.said("ack")]

    def confirmations(self) -> list[Confirmation]:
        found = [self.gateway.read(self.kit, jws) for jws in self.said("confirm")]
        return sorted((cast(Confirmation, one) for one in found), key=lambda one: one.delivery)

    def said(self, kind: str) -> list[bytes]:
        return kinds(self.home / "outbox")[kind]

    def blocked(self) -> set[str]:
        path = self.home / "blocked.json"
        ruling = json.loads(path.read_bytes()) if path.exists() else {}
        return {number for number, (_batch, action) in ruling.items() if action == "block"}


def call(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    """The script with its card, and the gateway's trust file in its folder."""
    gateway = Gateway(at=SystemClock().now())
    home, key = tmp_path / "script", tmp_path / "host_key.pub"
    key.write_text("ssh-ed25519 AAAA\n")
    channel = "sftp://p@host.example/"
    folders = (f"{channel}inbox", f"{channel}outbox")
    call(home, "card", "operator", ME, gateway.name, *folders, str(key))
    (home / "trust.json").write_bytes(gateway.trust())
    return Peer(home, gateway)


def names(*numbers: int) -> set[str]:
    return {str(number(n)) for n in numbers}


def test_the_script_imports_nothing_of_ours() -> None:
    tree = ast.parse(SCRIPT.read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"jwcrypto"}
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not called & {"__import__", "exec", "eval", "importlib", "runpy"}


def test_its_card_is_one_that_the_gateway_reads(peer: Peer) -> None:
    opened = open_card((peer.home / "card.jws").read_bytes(), peer.gateway.name, peer.gateway.at)
    assert (opened.card.iss, opened.card.test) == (ME, True)
    assert {key.role for key in opened.keys} == {Role.STATEMENT, Role.SEAL}


def test_it_takes_parcels_blocks_frees_acknowledges_and_confirms(peer: Peer) -> None:
    first = peer.gateway.parcel(peer.kit, block(1, 2))
    second = peer.gateway.parcel(peer.kit, [*block(1, action="unblock"), *block(3)])
    for made in (first, second):
        peer.drop(made)
    peer.run()
    assert peer.blocked() == names(2, 3)
    acks = peer.acks()
    assert {(ack.result, ack.about.parcel) for ack in acks} == {
        ("positive", first.digest),
        ("positive", second.digest),
    }
    assert [[row[:3] for row in one.rows] for one in peer.confirmations()] == [
        [(1, "diblokir_total", "total"), (2, "diblokir_total", "total")],
        [(1, "dibuka", ""), (2, "diblokir_total", "total")],
    ]
    assert list((peer.home / "inbox").iterdir()) == []
    said = b"".join(peer.said("ack") + peer.said("confirm"))
    assert not any(n.encode() in said for n in names(1, 2, 3))


def test_the_same_parcel_again_changes_nothing_and_says_the_same(peer: Peer) -> None:
    made = peer.gateway.parcel(peer.kit, block(1))
    for _ in range(2):
        peer.drop(made)
        peer.run()
    assert len({ack.about for ack in peer.acks()}) == 1
    assert len({(one.revision, one.rows) for one in peer.confirmations()}) == 1
    assert peer.blocked() == names(1)


def test_an_order_that_a_later_batch_overtook_is_confirmed_so(peer: Peer) -> None:
    late = peer.gateway.parcel(peer.kit, block(1))
    peer.drop(peer.gateway.parcel(peer.kit, block(1, action="unblock")))
    peer.run()
    peer.drop(late)
    peer.run()
    assert peer.blocked() == set()
    assert peer.confirmations()[0].rows[0].disposition == "superseded"


def test_what_is_not_for_it_or_not_the_gateways_is_refused_with_a_signed_reason(
    peer: Peer, tmp_path: Path
) -> None:
    gateway, kit = peer.gateway, peer.kit
    other = make_kit(tmp_path / "other", gateway, partner="opr-uji-b")
    taken = gateway.parcel(kit, block(1), epoch=2, sequence=1, previous="")
    peer.drop(taken)
    peer.run()
    gateway.epoch, gateway.sequence = 2, 1
    stranger, _pin = signing_key(gateway.owner, Role.MANIFEST)
    seal = kit.identity.trust.newest(kit.identity.owner, Role.SEAL, gateway.at)
    whole = gateway.parcel(kit, block(2), keep=True)
    entries = whole.manifest.entries  # those of another salt
    wrong = {
        "bad-signature": gateway.parcel(kit, block(2), signer=stranger, keep=True),
        "wrong-partner": gateway.parcel(other, block(2), recipient=seal, keep=True),
        "cant-open": gateway.parcel(other, block(2), keep=True),
        "bad-digest": gateway.parcel(kit, block(2), salt=b"s" * 32, entries=entries, keep=True),
        "test-mismatch": gateway.parcel(kit, block(2), test=False, keep=True),
        "old-epoch": gateway.parcel(kit, block(2), epoch=1, keep=True),
        "sequence-conflict": gateway.parcel(kit, block(2), sequence=1, previous="", keep=True),
    }
    sent = {made.digest: reason for reason, made in wrong.items()}
    foreign = zipped.unpack(open_with(peer, whole)).signature
    swapped = gateway.parcel(kit, block(3), signature=foreign, keep=True)
    notary = gateway.parcel(kit, block(2), signer=gateway.notary, keep=True)
    renamed = gateway.parcel(kit, block(2), body=edited(gateway="gerbang-lain"), keep=True)
    sent |= {
        swapped.digest: "bad-signature",
        notary.digest: "bad-signature",
        renamed.digest: "bad-signature",
    }
    for position, made in enumerate([*wrong.values(), swapped, notary, renamed]):
        peer.drop(made, f"palang-{ME}-2-{position + 10:08d}.zip.jwe")
    peer.run()
    negatives = {a.about.parcel: a.reason for a in peer.acks() if a.result == "negative"}
    assert negatives == sent
    assert peer.blocked() == names(1)


def open_with(peer: Peer, made: Made) -> bytes:
    """What is inside a parcel, by the script's own seal key."""
    secret = JWK(**json.loads((peer.home / "keys.json").read_bytes())["seal"])
    token = JWE()
    token.deserialize(made.data.decode(), secret)
    return bytes(token.payload)


def test_it_hears_the_gateways_answer_and_nobody_elses(peer: Peer) -> None:
    gateway, kit = peer.gateway, peer.kit
    peer.drop(gateway.parcel(kit, block(1)))
    peer.run()
    (ack,) = peer.said("ack")
    stranger, _pin = signing_key(gateway.owner, Role.STATEMENT)
    inbox = peer.home / "inbox"
    (inbox / f"palang-{ME}-answer-{'0' * 16}.jws").write_bytes(gateway.answer(kit, ack))
    forged = gateway.answer(kit, ack, "malformed", signer=stranger)
    (inbox / f"palang-{ME}-answer-{'1' * 16}.jws").write_bytes(forged)
    output = peer.run()
    named = f"sha256:{hashlib.sha256(ack).hexdigest()}"
    assert f"accepted {named}" in output
    assert "refused sha256" not in output
    assert "not the gateway's" in output
