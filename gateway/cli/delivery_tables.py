"""Rows and documents of `palang delivery`: plain values, times as WIB for people, UTC for programs.

A CSV cell never begins with a sign that a spreadsheet would run as a formula (threats.md W9).
"""

import csv
import io
from collections.abc import Iterable, Sequence

from gateway.domain.canonical import Json
from gateway.domain.delivery import Priority
from gateway.domain.numbering import mask
from gateway.domain.parties import PartnerKind
from gateway.domain.records import Attempt, Receipt
from gateway.domain.times import HOUR, MINUTE, Micros, show_wib, to_wire
from gateway.services.progress import EntryLine, PartnerProgress, Progress

Table = tuple[Sequence[str], list[Sequence[object]]]

DELIVERY_HEAD = (
    "delivery",
    "state",
    "lane",
    "entries",
    "sent",
    "acknowledged",
    "done",
    "outstanding",
    "due",
    "reason",
)
PARTNER_HEAD = (
    "partner",
    "kind",
    "entries",
    "sent",
    "acknowledged",
    "done",
    "outstanding",
    "missed",
    "overdue",
    "confirmed",
    "states",
    "unfetched",
    "nothing said",
)


def delivery_row(one: Progress) -> Sequence[object]:
    """A delivery as a line of the list."""
    return (
        one.delivery.id,
        one.delivery.state,
        Priority(one.delivery.priority).name.lower(),
        one.entries,
        one.sent,
        one.acknowledged,
        one.done,
        one.outstanding,
        _due(one),
        one.delivery.reason,
    )


def _due(one: Progress) -> str:
    """A deadline binds an operator; a target binds nobody."""
    if one.deadline is not None:
        return f"{show_wib(one.deadline)}{' OVERDUE' if one.overdue else ''}"
    return f"target {show_wib(one.target)}" if one.target is not None else "-"


def delivery_document(one: Progress) -> dict[str, Json]:
    """A delivery as JSON; moments in UTC, spans in whole seconds."""
    delivery = one.delivery
    return {
        "delivery": delivery.id,
        "batch": delivery.batch,
        "partner": delivery.partner,
        "kind": str(one.kind),
        "state": str(delivery.state),
        "reason": delivery.reason,
        "conflict": delivery.conflict,
        "lane": Priority(delivery.priority).name.lower(),
        "epoch": delivery.epoch,
        "sequence": delivery.sequence,
        "manifest": delivery.manifest,
        "sealing": delivery.sealing,
        "entries": one.entries,
        "sent": one.sent,
        "acknowledged": one.acknowledged,
        "confirmed": dict(one.confirmed),
        "done": one.done,
        "outstanding": one.outstanding,
        "overtaken": one.overtaken,
        "handed_over": _wire(delivery.handed_over_at),
        "deadline": _wire(one.deadline),
        "target": _wire(one.target),
        "overdue": one.overdue,
        "missed": one.missed,
        "lost_here_seconds": one.lost_here // 1_000_000,
        "lost_there_seconds": one.lost_there // 1_000_000,
        "waits_for": one.waits_for,
        "lies_ready": one.lies_ready,
        "nothing_to_report": _wire(one.nothing_at),
    }


def _wire(at: Micros | None) -> str | None:
    return to_wire(at) if at is not None else None


def summary_lines(one: Progress, cut: int = 0) -> list[str]:
    """A delivery for a person; `cut` counts what its consent's maximum left out."""
    delivery = one.delivery
    mandatory = one.kind is PartnerKind.OPERATOR
    lines = [
        f"Delivery {delivery.id}: {delivery.state}"
        + (f" ({delivery.reason})" if delivery.reason else "")
        + (", CONFLICT: contradicting receipts are kept" if delivery.conflict else ""),
        f"epoch {delivery.epoch}, sequence {delivery.sequence}, sealing {delivery.sealing}, "
        f"manifest {delivery.manifest or '-'}",
        f"{one.entries} entries: {one.sent} sent, {one.acknowledged} acknowledged, "
        f"{one.done} declared done, {one.outstanding} "
        + ("outstanding" if mandatory else "without an answer, which has no consequence"),
    ]
    if one.confirmed:
        lines.append("declared: " + _pairs(one.confirmed))
    if one.overtaken:
        lines.append(f"{one.overtaken} entries are overtaken by a later batch")
    if cut:
        lines.append(f"{cut} entries were left out: the consent's maximum was reached")
    if one.nothing_at is not None:
        lines.append(
            f"the partner said that it has nothing to report, received {show_wib(one.nothing_at)}; "
            "its word, no confirmation"
        )
    lines.append(f"{'deadline' if mandatory else 'target'}: {_due(one)}")
    if one.missed:
        lines.append(f"{one.missed} entries had no final word at the deadline")
    if one.waits_for:
        what = "lies ready, not fetched" if one.lies_ready else "undelivered"
        lines.append(
            f"{what}, waiting for the {one.waits_for}: {_span(one.lost_here)} lost here, "
            f"{_span(one.lost_there)} at the partner's channel"
        )
    return lines


def _span(span: Micros) -> str:
    return f"{span // HOUR} h {span % HOUR // MINUTE} min"


def _pairs(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in pairs)


def partner_row(one: PartnerProgress) -> Sequence[object]:
    """A partner as a line of the table."""
    return (
        one.partner,
        one.kind,
        one.entries,
        one.sent,
        one.acknowledged,
        one.done,
        one.outstanding,
        one.missed,
        "yes" if one.overdue else "-",
        _pairs(one.confirmed) or "-",
        _pairs(one.states),
        one.lying or "-",
        show_wib(one.nothing_at) if one.nothing_at is not None else "-",
    )


def partner_document(one: PartnerProgress) -> dict[str, Json]:
    """A partner as JSON."""
    return {
        "kind": str(one.kind),
        "entries": one.entries,
        "sent": one.sent,
        "acknowledged": one.acknowledged,
        "confirmed": dict(one.confirmed),
        "done": one.done,
        "outstanding": one.outstanding,
        "missed": one.missed,
        "overdue": one.overdue,
        "states": dict(one.states),
        "unfetched": one.lying,
        "nothing_to_report": _wire(one.nothing_at),
    }


def attempt_rows(attempts: Iterable[Attempt]) -> Table:
    """Every attempt, with the hand-over's evidence."""
    head = ("attempt", "began", "outcome", "sealing", "endpoint", "peer", "error")
    return head, [
        (
            a.number,
            show_wib(a.began_at),
            a.outcome or "in flight",
            a.sealing,
            a.endpoint,
            a.peer_fingerprint,
            a.error,
        )
        for a in attempts
    ]


def receipt_rows(receipts: Iterable[Receipt]) -> Table:
    """Every receipt; whether it counts, and whether it came late."""
    head = ("receipt", "reason", "received", "counts", "late", "key")
    return head, [
        (
            r.result,
            r.reason,
            show_wib(r.received_at),
            "yes" if r.counted else "no",
            "yes" if r.late else "no",
            r.kid,
        )
        for r in receipts
    ]


def entry_rows(lines: Iterable[EntryLine]) -> Table:
    """Every entry; unanswered ones are named as such, never left out."""
    head = ("entry", "number", "action", "declared", "scope", "said", "note")
    return head, [_entry_row(line) for line in lines]


def _entry_row(line: EntryLine) -> Sequence[object]:
    said = line.outcome
    return (
        line.sealed.entry,
        mask(line.sealed.number),
        "unblock" if line.sealed.unblock else "block",
        said.disposition if said else "unanswered",
        said.scope if said else "",
        show_wib(said.said_at) if said else "",
        "overtaken by a later batch" if line.overtaken else "",
    )


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The table as CSV with LF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _cell(value: object) -> str:
    text = str(value)
    return (
        f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") and text != "-" else text
    )
