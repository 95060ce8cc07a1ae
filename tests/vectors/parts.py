"""The parts that a made-up gateway works with: what bundle, whose words, when."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain import fetched
from gateway.domain.canonical import JsonObject
from gateway.domain.fetched import Fetched
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.statements import Request, Statement, to_bytes
from gateway.domain.times import Micros
from gateway.services.dossier import Standing
from keys.jws import JoseSignatures
from tests.vectors.keyring import GATEWAY, PARTNER, Keys

ORIGIN = "palang-uji.example/ledger"
SALT = bytes(range(32))
SIGNATURES = JoseSignatures()
DELIVERY = f"7.{PARTNER}.1"


@dataclass(frozen=True)
class Scenario:
    """Which bundle: its kind, whether entries are shown, the basis, whether it was fetched, whether
    a guard was above its threshold, whether it has a cover page; `whole`: number or month."""

    kind: str = "delivery"
    with_entries: bool = False
    voluntary: bool = False
    pull: bool = False
    guarded: bool = False
    cover: bool = False
    whole: str = ""


@dataclass
class Answer:
    """A statement, who signs it, when it comes, and what becomes of it."""

    statement: Statement
    at: Micros
    standing: Standing = Standing.COUNTED
    signer: str = "partner"
    reason: str = ""
    payload: bytes = b""  # signed instead of the statement's own, where it is set

    def jws(self, keys: Keys) -> bytes:
        payload = self.payload or to_bytes(self.statement)
        return SIGNATURES.sign(payload, str(self.statement.kind), keys.signers[self.signer])


@dataclass
class Fetch:
    """A signed request, and what the listener says of the fetch that it asked for."""

    statement: Request
    parcel: str
    at: Micros
    signer: str = "partner"

    def word(self, keys: Keys) -> bytes:
        signer = keys.signers[self.signer]
        jws = SIGNATURES.sign(to_bytes(self.statement), str(self.statement.kind), signer)
        return fetched.to_bytes(Fetched(self.parcel, self.at, jws.decode()))


@dataclass
class Word:
    """An officer's approval before it is signed."""

    officer: str
    signer: str
    act: str
    subject: str = "batch:7"
    digest: str = ""
    aud: str = GATEWAY


def salt_of(index: int) -> bytes:
    """A leaf's salt, the same on every run."""
    return index.to_bytes(16)


def event(tag: Tag, at: Micros, facts: JsonObject) -> bytes:
    """An event's bytes."""
    return LedgerEvent(tag, at, facts).to_bytes()
