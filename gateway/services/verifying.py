"""The offline verifier: numbered checks over one evidence bundle (docs/evidence.md).

No database, no network, no clock: bytes and pinned keys in, a report out. Keys inside the bundle
are never trusted by themselves; without a trust file they only show their fingerprints.
"""

from collections.abc import Sequence
from functools import partial

from gateway.domain import bundle
from gateway.domain.errors import NotVerified
from gateway.domain.manifest import read_manifest
from gateway.domain.trust import Trust, read_trust
from gateway.ports import Notes, Signatures
from gateway.ports.timestamps import Timestamps
from gateway.services import (
    checks_answers,
    checks_cover,
    checks_fetches,
    checks_form,
    checks_keys,
    checks_ledger,
    checks_order,
    checks_slice,
    checks_whole,
    dossier_read,
    verifying_whole,
    whole,
)
from gateway.services.claims import Claim, recompute
from gateway.services.examination import Check, Exam
from gateway.services.verdict import Report, Told, Watched, run

CHECKS: tuple[Check, ...] = (
    Check(1, "the file is exactly what its members make", checks_form.form, checks_whole.form),
    Check(2, "every member is as index.json says", checks_form.index, checks_whole.index),
    Check(3, "every member is known and can be read", checks_form.known, checks_whole.known),
    Check(4, "the trust file is this gateway's", checks_form.pins, checks_whole.pins),
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
    Check(31, "the deliveries belong together", checks_whole.single, checks_whole.together),
    Check(32, "all are of the number or the month", checks_whole.single, checks_whole.belongs),
    Check(33, "month.json is what they amount to", checks_whole.single, checks_whole.month_figures),
    Check(34, "the cover page says the same", checks_cover.cover, checks_cover.whole_cover),
    Check(35, "keys beyond the trust file announced by two pinned officers", checks_keys.announced),
)


def verify(
    data: bytes,
    trust: Trust | None,
    signatures: Signatures,
    notes: Notes,
    checks: Sequence[Check] = CHECKS,
    stamps: Timestamps | None = None,
) -> Report:
    """Run all checks. Raises NotVerified("bundle") where the bytes are no bundle at all."""
    members = bundle.unpack(data)
    pins = Watched(trust) if trust is not None else None
    tools = _Tools(pins, signatures, notes, stamps, checks)
    if whole.kind_of(members) in ("number", "month"):
        return verifying_whole.examine(data, members, pins, tools.examine, checks)
    report, _exam = tools.examine(data)
    return report


class _Tools:
    """What every delivery is examined with."""

    def __init__(
        self,
        pins: Watched | None,
        signatures: Signatures,
        notes: Notes,
        stamps: Timestamps | None,
        checks: Sequence[Check],
    ) -> None:
        self._pins, self._checks = pins, checks
        self._signatures, self._notes, self._stamps = signatures, notes, stamps

    def examine(self, data: bytes) -> tuple[Report, Exam | None]:
        """One delivery's bundle; no exam where it can't be read. Raises NotVerified("bundle")."""
        members = bundle.unpack(data)
        try:
            exam = self._prepare(data, members)
        except NotVerified as unreadable:
            return self._unread(data, members, unreadable), None
        results = tuple(run(check, partial(check.run, exam)) for check in self._checks)
        claim = _claim(exam)
        told = Told(exam.dossier.head, claim, exam.manifest.basis == "voluntary") if claim else None
        return Report(
            results,
            pinned=self._pins is not None,
            keys=exam.shown.keys,
            told=(told,) if told else (),
            readable=told is not None,
            used=exam.pins.uses() if isinstance(exam.pins, Watched) else (),
        ), exam

    def _prepare(self, data: bytes, members: bundle.Members) -> Exam:
        read = dossier_read.read(members)
        shown = read_trust(read.keys)
        manifest = read_manifest(read.manifest)
        base = self._pins or Watched(shown)
        return Exam(
            data,
            members,
            read,
            manifest,
            base.beside(read.announced, read.leaves),
            shown,
            self._signatures,
            self._notes,
            self._stamps,
            base,
        )

    def _unread(self, data: bytes, members: bundle.Members, why: NotVerified) -> Report:
        """The file is a bundle, but a member of it is not what it should be."""
        runs = verifying_whole.file_runs(data, members)
        return verifying_whole.unread(why, self._pins is not None, self._checks, runs)


def _claim(exam: Exam) -> Claim | None:
    """None where the statements are such that check 28 fails over them."""
    try:
        return recompute(exam.dossier, exam.manifest)
    except NotVerified:
        return None
