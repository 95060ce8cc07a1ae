"""What was sealed for whom: the stored slice is the signed one, and the partner may have it (F, G).

entries.csv is written again from the stored rows, one line after the other, so that a slice of a
million entries needs no more memory than its tree's edge.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gateway.domain import entries as csv
from gateway.domain import slices
from gateway.domain.canonical import decode
from gateway.domain.consent import ConsentRecord
from gateway.domain.errors import NotVerified
from gateway.domain.frontier import Frontier
from gateway.domain.ids import DeliveryId
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.numbering import NumberRules
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.period_keys import of_delivery
from gateway.domain.statements import OPTIONAL_FIELDS
from gateway.domain.times import to_wib
from gateway.fsck.batches import partner_of
from gateway.fsck.case import Case
from gateway.fsck.consents import consents_of
from gateway.fsck.rows import PartnerRow, listed
from gateway.fsck.tables import dated_tables, protecting

_SEALED = (
    "SELECT d.id, d.key, d.batch, m.partner, m.body, m.salt FROM manifests m"
    " JOIN deliveries d ON d.id = m.delivery ORDER BY d.key"
)
_LINES = (
    "SELECT s.entry, s.number, s.unblock, e.action, e.category, e.channel, e.evidence_date,"
    " e.basis, e.review_date, e.route FROM slice_entries s"
    " LEFT JOIN entries e ON e.batch = ? AND e.number = s.number"
    " WHERE s.delivery_key = ? ORDER BY s.entry"
)
_FOREIGN = (
    "SELECT s.entry FROM slice_entries s WHERE s.delivery_key = ? AND s.unblock AND NOT EXISTS ("
    "SELECT 1 FROM slice_entries b JOIN deliveries d ON d.key = b.delivery_key"
    " WHERE b.number = s.number AND NOT b.unblock AND d.partner = ? AND d.key <> ?"
    " AND (d.epoch < ? OR d.epoch = ? AND d.sequence < ?)) ORDER BY s.entry"
)


class Line(NamedTuple):
    """A stored entry of a slice with what its batch says of it; None where the batch lacks it."""

    entry: int
    number: int
    unblock: bool
    action: str | None
    category: str
    channel: str
    evidence_date: str
    basis: str
    review_date: str
    route: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One sealed slice. `consent` is the one that the manifest names."""

    delivery: str
    key: int
    batch: int
    partner: Partner
    manifest: Manifest
    salt: bytes
    consent: ConsentRecord | None
    rules: NumberRules | None

    @property
    def voluntary(self) -> bool:
        """Whether the partner takes part by consent."""
        return self.partner.kind is PartnerKind.OTT


def check_slices(case: Case) -> None:
    """Every sealed slice whose numbers are not purged."""
    partners = {p.id: partner_of(p) for p in listed(case.core, PartnerRow, "partners ORDER BY id")}
    protected = _Protected(case)
    for delivery, key, batch, partner, body, sealed in case.core.stream(_SEALED):
        salt = case.opened(of_delivery(delivery, "manifests.salt"), sealed)
        if salt is None:
            continue
        if not salt:
            if not sealed:
                case.emptied_by_purge("proofs", delivery, f"the salt of delivery {delivery}")
            case.report.notes.append(f"delivery {delivery}: its numbers are purged")
            continue
        try:
            manifest = read_manifest(body)
        except NotVerified:
            continue  # told where manifests are checked
        given = [c for c in consents_of(case, partner) if c.digest == manifest.consent]
        consent = given[0] if given else None
        rules = protected.of(batch)
        subject = Subject(delivery, key, batch, partners[partner], manifest, salt, consent, rules)
        _slice(case, subject)


class _Protected:
    """The protected numbers of the version that a batch's review cites, one batch at a time."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._tables = dated_tables(case.core)
        self._known: dict[tuple[str, object], NumberRules | None] = {}

    def of(self, batch: int) -> NumberRules | None:
        """None where the batch or the table can't be found; the table's absence is told once."""
        sql = "SELECT review, released_at FROM batches WHERE id = ?"
        found = self._case.core.rows(sql, batch)
        if not found or not found[0][0] or found[0][1] is None:
            return None
        try:
            plan = str(decode(found[0][0], what="a review").get("plan"))
        except NotVerified:
            return None
        version, on = plan.rpartition("/")[2], to_wib(found[0][1]).date()
        if (version, on) not in self._known:
            self._known[version, on] = protecting(self._tables, version, on)
            if self._known[version, on] is None:
                name = f"protected_numbers {version}"
                self._case.found("reference-differs", f"batch {batch}", name, "no such table")
        return self._known[version, on]


def _slice(case: Case, subject: Subject) -> None:
    about = f"delivery {subject.delivery}"
    _check_test(case, about, subject)
    written = _write(case, subject, subject.consent, check=True)
    head = subject.manifest.entries
    if written.digest() != head.digest and subject.voluntary:
        # what is only freed again shows no field: no consent covers it any more
        written = _write(case, subject, None, check=False)
    told = (head.bytes, head.digest, head.root)
    came = (written.size, written.digest(), "sha256:" + written.tree.root().hex())
    case.differs("slice-differs", about, "bytes, digest, root", told, came)
    counts = (subject.manifest.block, subject.manifest.unblock)
    case.differs("slice-differs", about, "blocks, unblocks", counts, written.counts)
    sql = "SELECT blocks, unblocks FROM slices WHERE delivery_key = ?"
    stored = [tuple(row) for row in case.core.rows(sql, subject.key)]
    case.differs("slice-differs", about, "stored counts", [written.counts], stored)
    if _has_purged(case, subject.partner.id):
        return  # what it was sent before may be gone
    place = (subject.manifest.epoch, subject.manifest.epoch, subject.manifest.sequence)
    for (entry,) in case.core.stream(
        _FOREIGN, subject.key, subject.partner.id, subject.key, *place
    ):
        where = f"entry {entry} of {about}"
        case.found("slice-foreign", where, "an unblock of what it was sent", "never sent to it")


def _has_purged(case: Case, partner: str) -> bool:
    named = (name for stone in case.stones for name in stone.proofs)
    return any(DeliveryId.parse(name).partner == partner for name in named)


def _check_test(case: Case, about: str, subject: Subject) -> None:
    if subject.manifest.test != subject.partner.test:
        kind = "test" if subject.partner.test else "real"
        case.found("slice-foreign", about, f"{kind} numbers, as the partner's mark says", "others")


@dataclass(slots=True)
class _Written:
    """entries.csv as it is written again."""

    hasher: "hashlib._Hash"
    tree: Frontier = field(default_factory=Frontier)
    size: int = 0
    blocks: int = 0
    unblocks: int = 0

    def add(self, line: bytes) -> None:
        """One line with its LF."""
        self.hasher.update(line)
        self.size += len(line)

    def digest(self) -> str:
        """The salted digest."""
        return "sha256:" + self.hasher.hexdigest()

    @property
    def counts(self) -> tuple[int, int]:
        """Blocks and unblocks."""
        return self.blocks, self.unblocks


def _write(case: Case, subject: Subject, consent: ConsentRecord | None, *, check: bool) -> _Written:
    written = _Written(hashlib.sha256(subject.salt))
    written.add(csv.HEADER.encode() + b"\n")
    salts = csv.leaf_salts(subject.salt, subject.manifest.count)
    shown = _shown(subject, consent)
    lines = case.core.stream(_LINES, subject.batch, subject.key)
    for line in (Line(*row) for row in (case.counted("sealed entries", lines) if check else lines)):
        text = _text(line, shown, subject.voluntary).encode()
        salt = salts[16 * (line.entry - 1) : 16 * line.entry]
        written.add(text + b"\n")
        written.tree.append(csv.leaf(salt, text))
        written.unblocks += bool(line.unblock)
        written.blocks += not line.unblock
        if check:
            for code, wanted, came in _wrongs(line, subject):
                case.found(code, f"entry {line.entry} of delivery {subject.delivery}", wanted, came)
    return written


def _shown(subject: Subject, consent: ConsentRecord | None) -> frozenset[str]:
    if not subject.voluntary:
        return frozenset(OPTIONAL_FIELDS)
    return frozenset(consent.terms.fields if consent is not None else ())


def _text(line: Line, shown: frozenset[str], voluntary: bool) -> str:
    words = (csv.LISTED, csv.DELISTED) if voluntary else (csv.BLOCK, csv.UNBLOCK)
    basis = slices.VOLUNTARY_BASIS if voluntary else line.basis
    values = {
        "category": line.category,
        "channel": line.channel,
        "evidence_date": line.evidence_date,
        "basis": basis,
        "review_date": line.review_date,
    }
    rest = [values[name] or "" if name in shown else "" for name in csv.COLUMNS[3:]]
    return ",".join([str(line.entry), str(line.number), words[bool(line.unblock)], *rest])


def _wrongs(line: Line, subject: Subject) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one sealed entry: code, expected, came."""
    action = csv.UNBLOCK if line.unblock else csv.BLOCK
    if line.action != action:
        yield "slice-unreleased", f"a released {action}", line.action or "none in its batch"
        return
    if line.unblock:
        return
    if not _may_receive(line, subject):
        yield "slice-foreign", "a number that the partner may receive", "another's"
    if subject.rules is not None and subject.rules.is_protected(str(line.number)):
        yield "protected-sealed", "no protected number", "one"


def _may_receive(line: Line, subject: Subject) -> bool:
    if not subject.voluntary:
        return line.route == subject.partner.id
    if subject.consent is None:
        return False
    origin: Literal["foreign", "domestic"]
    origin = "foreign" if line.route == slices.FOREIGN_ROUTE else "domestic"
    return subject.consent.covers(line.category, line.channel, origin)
