"""Retention: how long what may name a person is kept, what keeps it longer, what a purge leaves.

Nothing is purged without a policy, and a policy needs two officers and a citation (ADR 0011). What
is not final, stands blocked, or is under legal hold stays, whatever the policy says.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from gateway.domain.canonical import Json, JsonObject, decode, digest, encode
from gateway.domain.delivery import HALTED, State
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.records import ReferenceTable
from gateway.domain.times import SECOND, Micros, to_wire

KIND = "retention"
"""The kind under which policies lie among the dated tables; `palang table` does not load them."""

PARCELS, PROOFS, NUMBERS, ROWS = "parcels", "proofs", "numbers", "rows"
WHAT = {
    PARCELS: "sealed parcels: what was sent can't be sent again",
    PROOFS: "slice salts and the numbers of slices: no entry of them can be proven any more",
    NUMBERS: "batches' entries: which numbers were asked for",
    ROWS: "intakes' raw rows, what officers resolved of them, and sources' own parcels",
}
"""What a policy can let go, and what is lost with it."""

MAX_MONTHS = 600
_COLUMNS = ("what", "months", "citation")

BATCH, PARTNER, INTAKE, NUMBER = "batch", "partner", "intake", "number"
HELD_KINDS = (BATCH, PARTNER, INTAKE, NUMBER)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many months each thing is kept; what is not named is kept for good."""

    version: str
    citation: str
    months: Mapping[str, int]

    def digest(self) -> str:
        """What its version stands for."""
        keep: JsonObject = dict(self.months)
        document = {"v": 1, "typ": "retention-policy", "version": self.version, "keep": keep}
        return digest(encode(document | {"citation": self.citation}))

    def to_table(self) -> ReferenceTable:
        """As it lies among the dated tables."""
        rows = tuple((what, str(kept), self.citation) for what, kept in sorted(self.months.items()))
        return ReferenceTable(KIND, self.version, self.citation, self.digest(), _COLUMNS, rows)


def policy(version: str, citation: str, months: Mapping[str, int]) -> Policy:
    """A policy that can be proposed. Raises InputError."""
    if not citation.strip() or not version.strip():
        raise InputError(
            "a retention policy needs a version and the legal basis that it cites",
            hint='--version 2027-1 --citation "UU 27/2022 pasal 43; Perdirjen ..."',
        )
    unknown = [name for name in months if name not in WHAT]
    if unknown or not months:
        raise InputError(f"a retention policy names one of {', '.join(WHAT)}")
    for name, kept in months.items():
        if not 0 < kept <= MAX_MONTHS:
            raise InputError(f"{name}: expected 1 to {MAX_MONTHS} months, got {kept}")
    if months.get(NUMBERS, MAX_MONTHS) < months.get(PROOFS, MAX_MONTHS):
        raise InputError(
            "numbers can't go before the proofs of their slices, which are made of them",
            hint="keep --numbers at least as long as --proofs",
        )
    return Policy(version.strip(), " ".join(citation.split()), dict(months))


def policy_of(table: ReferenceTable) -> Policy:
    """The policy of a stored table."""
    return Policy(table.version, table.source, {row[0]: int(row[1]) for row in table.rows})


def due_at(begin: Micros, months: int) -> Micros:
    """So many calendar months later, in UTC; of a shorter month its last day."""
    at = datetime.fromtimestamp(begin // SECOND, UTC)
    years, month = divmod(at.month - 1 + months, 12)
    last = monthrange(at.year + years, month + 1)[1]
    moved = at.replace(year=at.year + years, month=month + 1, day=min(at.day, last))
    return int(moved.timestamp()) * SECOND


class DeliveryFacts(NamedTuple):
    """What is asked of a delivery before a purge. `parcels` counts those that are there, `size`
    their bytes; `proofs` entries that can be proven now; `review_until` is its batch's last review
    date, "" where none has one; `last_at` the newest moment of it."""

    id: str
    batch: int
    partner: str
    voluntary: bool
    state: str
    conflict: bool
    manifest: str
    entries: int
    proofs: int
    parcels: int
    size: int
    review_until: str
    last_at: Micros


class BatchFacts(NamedTuple):
    """The same of a batch: `numbers` that are there."""

    id: int
    state: str
    review: str
    numbers: int
    at: Micros


class IntakeFacts(NamedTuple):
    """The same of an intake: `rows` that are there; `held` wait for an officer; `provenance` is the
    digest of the list that it came in."""

    id: int
    source: str
    digest: str
    rows: int
    held: int
    accepted: int
    provenance: str
    at: Micros


def is_final(facts: DeliveryFacts, answered: int, today: str) -> bool:
    """Whether nothing more is to come of a delivery (design 4).

    Acknowledged and every entry with a final word, or of a voluntary partner, who owes none; ended
    in another way, and every review date past. A contradiction is never final: people look at it.
    """
    if facts.conflict:
        return False
    if facts.state == State.ACKNOWLEDGED:
        return facts.voluntary or answered >= facts.entries
    ended = (*HALTED, State.FAILED, State.REJECTED)
    return facts.state in ended and facts.review_until < today


@dataclass(frozen=True, slots=True)
class LegalHold:
    """An officer's order that something stays. `subject` is a batch, partner or intake; of a number
    it is "", and the number lies in `number` until the hold is lifted."""

    id: int
    kind: str
    subject: str
    number: int
    reason: str
    reference: str
    salt: bytes
    digest: str
    placed_at: Micros
    lifted_at: Micros | None = None


def hold_digest(gateway: str, hold: LegalHold) -> str:
    """What is signed when a hold is placed, and when it is lifted; the number is salted."""
    about = hold.subject
    if hold.kind == NUMBER:
        about = digest(hold.salt + str(hold.number).encode())
    document: JsonObject = {
        "v": 1,
        "typ": "legal-hold",
        "gateway": gateway,
        "kind": hold.kind,
        "about": about,
        "nonce": digest(hold.salt),  # the same order may be given twice
        "reason": hold.reason,
        "reference": hold.reference,
    }
    return digest(encode(document))


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What one purge took: ids with the digests that stay, so that each can still be compared.

    `parcels` are (delivery, digests of its parcels), `proofs` (delivery, manifest digest, entries),
    `numbers` (batch, review digest, entries), `rows` (intake, file digest, rows), `received` the
    digests of sources' parcels. `months` are those whose content it was.
    """

    gateway: str
    at: Micros
    policy: Policy
    officers: tuple[str, ...]
    by: str
    months: tuple[str, ...]
    parcels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    proofs: tuple[tuple[str, str, int], ...] = ()
    numbers: tuple[tuple[int, str, int], ...] = ()
    rows: tuple[tuple[int, str, int], ...] = ()
    received: tuple[str, ...] = ()

    def counts(self) -> JsonObject:
        """How much went."""
        return {
            "parcels": sum(len(digests) for _, digests in self.parcels),
            "proofs": sum(entries for *_, entries in self.proofs),
            "numbers": sum(entries for *_, entries in self.numbers),
            "rows": sum(rows for *_, rows in self.rows),
            "received": len(self.received),
        }

    def to_bytes(self) -> bytes:
        """The document that the officer signs."""
        return encode(
            {
                "v": 1,
                "typ": "tombstone",
                "gateway": self.gateway,
                "at": to_wire(self.at),
                "policy": {
                    "version": self.policy.version,
                    "digest": self.policy.digest(),
                    "citation": self.policy.citation,
                    "officers": list(self.officers),
                },
                "by": self.by,
                "months": list(self.months),
                "counts": self.counts(),
                **_lists(self),
            }
        )


def _lists(stone: Tombstone) -> JsonObject:
    parcels: list[Json] = [[delivery, list(digests)] for delivery, digests in stone.parcels]
    lists: dict[str, Json] = {"parcels": parcels, "received": list(stone.received)}
    for name in (PROOFS, NUMBERS, ROWS):
        lists[name] = [list(item) for item in getattr(stone, name)]
    return lists


class Went(NamedTuple):
    """What a tombstone's document names; `months` are those whose keys it destroys."""

    at: str
    policy: str
    citation: str
    by: str
    months: tuple[str, ...]
    parcels: frozenset[str]
    proofs: frozenset[str]
    numbers: frozenset[int]
    rows: frozenset[int]
    received: frozenset[str]


def read_tombstone(body: bytes) -> Went:
    """What it says. Raises NotVerified("malformed")."""
    try:
        found: dict[str, object] = dict(decode(body, what="a tombstone"))
        if (found["v"], found["typ"]) != (1, "tombstone"):
            raise NotVerified("malformed", "expected a tombstone, it is another document")
        return _went(found)
    except (KeyError, TypeError, IndexError):
        raise NotVerified("malformed", "a tombstone lacks members that each one has") from None


def _went(found: dict[str, object]) -> Went:
    named: Mapping[str, str] = found["policy"]  # type: ignore[assignment]  # checked by its use
    lists: Mapping[str, list[list[object]]] = found  # type: ignore[assignment]  # likewise
    return Went(
        at=str(found["at"]),
        policy=str(named["version"]),
        citation=str(named["citation"]),
        by=str(found["by"]),
        months=tuple(map(str, lists["months"])),
        parcels=frozenset(str(item[0]) for item in lists[PARCELS]),
        proofs=frozenset(str(item[0]) for item in lists[PROOFS]),
        numbers=frozenset(int(str(item[0])) for item in lists[NUMBERS]),
        rows=frozenset(int(str(item[0])) for item in lists[ROWS]),
        received=frozenset(map(str, lists["received"])),
    )
