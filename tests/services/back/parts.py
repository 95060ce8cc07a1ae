"""What a test gateway is made of: its clock, its keys in memory, entries with synthetic numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from gateway.domain.batch import Entry
from gateway.domain.errors import NotVerified
from gateway.domain.times import DAY, Micros, from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Signer
from keys import jwk
from keys.generate import generate
from keys.raw import PrivateSigner

GATEWAY = "palang-uji"
START = from_wire("2026-11-24T07:00:00Z")
FROM, UNTIL = START - DAY, START + 300 * DAY


@dataclasses.dataclass
class SetClock:
    """Stands still until it is moved."""

    at: Micros = START

    def now(self) -> Micros:
        return self.at


class MemoryKeyring:
    """The gateway's private keys, held in memory."""

    def __init__(self, start: Micros = START) -> None:
        self.owner = Owner(OwnerKind.GATEWAY, GATEWAY)
        window = (start - DAY, start + 300 * DAY)
        self.signers: dict[Role, PrivateSigner] = {}
        self.native: dict[Role, list[Signer]] = {}  # of other algorithms
        self.pins: list[PinnedKey] = []
        for role in (Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT):
            signer = new_signer()
            self.signers[role] = signer
            public = jwk.public_text(signer._key.public_key())
            assert public == signer.public
            self.pins.append(
                PinnedKey(signer.kid, self.owner, role, signer.alg, signer.public, *window)
            )

    def signer(self, role: Role, at: Micros, among: Collection[Algorithm] = ()) -> Signer:
        for signer in (self.signers[role], *self.native.get(role, [])):
            if not among or signer.alg in among:
                return signer
        raise NotVerified("no-key", f"{GATEWAY} has no {role} key of these kinds")


def new_signer() -> PrivateSigner:
    return PrivateSigner(generate(Algorithm.ED25519))  # type: ignore[arg-type]  # a signing key


def entry(number: int, action: str = "block", route: str = "opr-uji-a", **more: Any) -> Entry:
    """An entry; 628701111000.. are synthetic (domain.md 5)."""
    values: dict[str, Any] = {
        "category": "penipuan",
        "channel": "whatsapp",
        "evidence_ref": "TIKET-1",
        "evidence_date": "2026-11-20",
        "basis": "PM7-2026",
        "review_date": "2027-02-20",
        "source": 0,
    } | more
    return Entry(number=number, action=action, route=route, **values)


def numbers(count: int, start: int = 628701111000) -> list[int]:
    return [start + i for i in range(count)]
