"""The phases of a key's life, and the words that officers sign over its changes (docs/keys.md).

announced -> overlap -> confirmed -> retired; a revocation ends every phase at once. Verifying takes
any key that is valid at the time of the ledger's leaf; signing takes the newest valid one; sealing
takes the newest that the partner confirmed. So no phase needs a stop.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import StrEnum

from gateway.domain.canonical import digest, encode
from gateway.domain.times import DAY, SECOND, Micros, to_wire
from gateway.domain.trust import Algorithm, PinnedKey, Role

LIFE: Micros = 730 * DAY  # NIST SP 800-57 gives a key of this use one to three years

NOTICE: Micros = 14 * DAY
"""How long before its first use a new key of the gateway is announced, where nobody says how long:
partners without the kit read mail on working days."""

REMIND = (60, 30, 14, 7)
"""Days before the end of an owner's last key of a role at which somebody is reminded."""


class Phase(StrEnum):
    """Where a key stands."""

    PROPOSED = "proposed"
    ANNOUNCED = "announced"
    OVERLAP = "overlap"
    CONFIRMED = "confirmed"
    RETIRED = "retired"
    REVOKED = "revoked"


def phase(key: PinnedKey, all_keys: Iterable[PinnedKey], confirmed: bool, at: Micros) -> Phase:
    """A key's phase. `confirmed`: what shows that the other side has it is there. A key without an
    older valid one beside it needs no confirmation."""
    if key.revoked is not None and key.revoked <= at:
        return Phase.REVOKED
    if key.not_after == key.not_before:
        return Phase.PROPOSED
    if at >= key.not_after:
        return Phase.RETIRED
    if at < key.not_before:
        return Phase.ANNOUNCED
    older = [one for one in all_keys if _beside(one, key) and one.not_before < key.not_before]
    alone = not any(one.valid_at(at) for one in older)
    return Phase.CONFIRMED if confirmed or alone else Phase.OVERLAP


def _beside(one: PinnedKey, key: PinnedKey) -> bool:
    same = (one.owner, one.role) == (key.owner, key.role) and is_openpgp(one) is is_openpgp(key)
    return same and one.kid != key.kid


def is_openpgp(key: PinnedKey) -> bool:
    """An OpenPGP key replaces no key of the other forms, and none of them replaces it."""
    return key.alg is Algorithm.OPENPGP


def by_form(keys: Iterable[PinnedKey]) -> tuple[list[PinnedKey], list[PinnedKey]]:
    """Keys that can replace each other: those of JOSE and CMS, and those of OpenPGP."""
    kept = list(keys)
    return [k for k in kept if not is_openpgp(k)], [k for k in kept if is_openpgp(k)]


def begins(at: Micros) -> Micros:
    """The whole second of a moment: the trust file says no more."""
    return at // SECOND * SECOND


def planned(key: PinnedKey) -> PinnedKey:
    """A proposed key (its window is empty) with the window that it will have."""
    return replace(key, not_after=key.not_before + LIFE)


def announcement_digest(key: PinnedKey) -> str:
    """Digest of what two officers sign when the gateway gets a new key: which key, for what, and
    from when until when. Partners verify it too: the announcement travels with the officers' words.
    """
    return digest(
        encode(
            {
                "v": 1,
                "typ": "key-announce",
                "owner": f"{key.owner.kind}/{key.owner.id}",
                "kid": key.kid,
                "role": str(key.role),
                "alg": str(key.alg),
                "public": digest(key.public.encode()),
                "begins": to_wire(key.not_before),
                "ends": to_wire(key.not_after),
            }
        )
    )


def retirement_digest(key: PinnedKey) -> str:
    """Digest of what two officers sign when a key ends before its time without being lost."""
    owner = f"{key.owner.kind}/{key.owner.id}"
    return digest(encode({"v": 1, "typ": "key-retire", "kid": key.kid, "owner": owner}))


def lasts_until(keys: Collection[PinnedKey], role: Role, at: Micros) -> Micros | None:
    """When an owner's keys of a role end, those that begin later counted in; None where none is
    valid now."""
    living = [k for k in keys if k.role is role and k.revoked is None]
    if not any(key.valid_at(at) for key in living):
        return None
    return max(key.not_after for key in living)


def reminder(end: Micros, at: Micros) -> int | None:
    """The reminder that is due this long before an end: the smallest of REMIND that has come, None
    before the first and after the end."""
    if at >= end:
        return None
    return min((days for days in REMIND if end - at <= days * DAY), default=None)
