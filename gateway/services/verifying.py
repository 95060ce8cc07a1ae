"""The offline verifier: numbered checks over one evidence bundle (docs/evidence.md).

No database, no network, no clock: bytes and pinned keys in, a report out. Keys inside the bundle
are never trusted by themselves; without a trust file they only show their fingerprints.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gateway.domain import bundle
from gateway.domain.errors import NotVerified
from gateway.domain.manifest import read_manifest
from gateway.domain.trust import PinnedKey, Trust, read_trust
from gateway.ports import Notes, Signatures
from gateway.services import (
    checks_answers,
    checks_fetches,
    checks_form,
    checks_ledger,
    checks_order,
    checks_slice,
    dossier_read,
)
from gateway.services.claims import Claim, recompute
from gateway.services.dossier import Head
from gateway.services.examination import Check, Exam, Finding, Status, not_checked

CHECKS: tuple[Check, ...] = (
    Check(1, "the file is exactly what its members make", checks_form.form),
    Check(2, "every member is as index.json says", checks_form.index),
    Check(3, "every member is known and can be read", checks_form.known),
    Check(4, "the trust file is this gateway's", checks_form.pins),
    Check(5, "manifest signed by a pinned key of the gateway", checks_order.manifest_signed),
    Check(6, "bundle, manifest and ledger speak of one delivery", checks_order.one_delivery),
    Check(7, "the officers reviewed this batch", checks_order.review),
    Check(8, "two different officers signed", checks_order.approvals),
    Check(9, "entries.csv is what was signed", checks_slice.whole_slice),
    Check(10, "the entry is one of those signed", checks_slice.one_entry),
    Check(11, "parcels sealed to the partner's own key", checks_order.sealings),
    Check(12, "the partner's consent covers it", checks_order.consent),
    Check(13, "attempts are as the ledger has them", checks_answers.attempts),
    Check(14, "state changes follow from each other", checks_answers.states),
    Check(15, "receipts signed by a pinned key of the partner", checks_answers.receipts_signed),
    Check(16, "receipts are over this manifest and parcel", checks_answers.receipts_about),
    Check(
        17,
        "confirmations signed by a pinned key of the partner",
        checks_answers.confirmations_signed,
    ),
    Check(18, "confirmations are over this delivery", checks_answers.confirmations_about),
    Check(19, "confirmed entries exist and are answered in kind", checks_answers.rows),
    Check(20, "what counts is what must count", checks_answers.standings),
    Check(21, "no good statement was refused", checks_answers.refusals),
    Check(22, "checkpoint signed by a pinned key of the gateway", checks_ledger.checkpoint),
    Check(23, "every event is in the ledger", checks_ledger.inclusion),
    Check(24, "the history shown to the partner was kept", checks_ledger.history),
    Check(25, "every document is in the ledger", checks_ledger.documents_logged),
    Check(26, "no phone number in statements and events", checks_ledger.no_numbers),
    Check(27, "events are in a possible order", checks_ledger.order),
    Check(28, "the summary is what the statements amount to", checks_ledger.summary),
    Check(29, "time", checks_ledger.timestamp),
    Check(30, "fetches signed by a pinned key of the partner", checks_fetches.fetches),
)


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended; `reason` is the stable code of a failure."""

    number: int
    title: str
    status: Status
    detail: str = ""
    reason: str = ""

    def line(self) -> str:
        """`[ 3] title: ok (detail)`."""
        tail = f" {self.reason}: {self.detail}" if self.reason else f" ({self.detail})"
        return f"[{self.number:2}] {self.title}: {self.status}{tail if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Report:
    """All results. `keys` are those that the bundle shows, for comparing fingerprints; `claim` and
    `head` are None where the bundle can't be read."""

    results: tuple[Result, ...]
    pinned: bool
    keys: tuple[PinnedKey, ...]
    head: Head | None
    claim: Claim | None
    voluntary: bool

    @property
    def failed(self) -> tuple[Result, ...]:
        """The checks that failed."""
        return tuple(r for r in self.results if r.status is Status.FAILED)

    @property
    def passed(self) -> bool:
        """Whether every check that applies holds under pinned keys."""
        return self.pinned and not self.failed and self.claim is not None


def verify(
    data: bytes,
    trust: Trust | None,
    signatures: Signatures,
    notes: Notes,
    checks: Sequence[Check] = CHECKS,
) -> Report:
    """Run all checks. Raises NotVerified("bundle") where the bytes are no bundle at all."""
    members = bundle.unpack(data)
    try:
        exam = _prepare(data, members, trust, signatures, notes)
    except NotVerified as unreadable:
        return _unreadable(data, members, unreadable, trust is not None, checks)
    results = tuple(_run(check, partial(check.run, exam)) for check in checks)
    claim = recompute(exam.dossier, exam.manifest)
    voluntary = exam.manifest.basis == "voluntary"
    return Report(results, trust is not None, exam.shown.keys, exam.dossier.head, claim, voluntary)


def _prepare(
    data: bytes,
    members: bundle.Members,
    trust: Trust | None,
    signatures: Signatures,
    notes: Notes,
) -> Exam:
    read = dossier_read.read(members)
    shown = read_trust(read.keys)
    manifest = read_manifest(read.manifest)
    return Exam(data, members, read, manifest, trust or shown, shown, signatures, notes)


def _unreadable(
    data: bytes, members: bundle.Members, why: NotVerified, pinned: bool, checks: Sequence[Check]
) -> Report:
    """The file is a bundle, but a member of it is not what it should be."""

    def fail() -> Finding:
        raise why

    runs: dict[int, Callable[[], Finding]] = {
        1: lambda: checks_form.same_bytes(data, members),
        2: lambda: checks_form.as_listed(members),
        3: fail,
    }
    results = tuple(
        _run(check, runs.get(check.number, lambda: not_checked("the bundle can't be read")))
        for check in checks
    )
    return Report(results, pinned, (), None, None, voluntary=False)


def _run(check: Check, run: Callable[[], Finding]) -> Result:
    try:
        finding = run()
    except NotVerified as error:
        return Result(check.number, check.title, Status.FAILED, str(error), error.reason)
    return Result(check.number, check.title, finding.status, finding.detail)
