"""The figures of a report, counted from the rows that were known at its cut-off."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.domain.canonical import Json, JsonObject, decode
from gateway.domain.parties import PartnerKind
from gateway.domain.times import Micros, duration
from gateway.ports.views.reports import DeliveryRow, ReportRows, Scope
from gateway.services.report_answers import Answer, Asked, answers, counting
from gateway.services.report_tally import Known, Tally

FEWEST_OTTS = 2
"""Below this the OTTs' answers and times are not shown: a total of one is that one's own figure."""

MOST_LISTED = 100  # deliveries with entries that nobody answered, the largest first

_OURS = frozenset({"released", "sent", "halted", "left_out"})
"""What the gateway did; the rest is what partners did."""

Kinds = dict[str, PartnerKind]
Tell = Callable[[str], None]


@dataclass(slots=True)
class _Sums:
    operators: dict[str, Tally] = field(default_factory=dict)
    otts: Tally = field(default_factory=Tally)
    silent: list[tuple[int, str, str, int]] = field(default_factory=list)


def compute(view: ReportRows, scope: Scope, kinds: Kinds, tell: Tell) -> JsonObject:
    """All figures of the scope. `kinds` are the partners as at the cut-off; `tell` hears what is
    being counted."""
    tell("deliveries and confirmations")
    sums = _sums(view, scope, kinds)
    tell("different numbers")
    operators = [_operator(view, partner, tally) for partner, tally in _named(sums.operators)]
    keys = [key for _, tally in _named(sums.operators) for key in tally.sent]
    statements = [key for _, tally in _named(sums.operators) for key in tally.statements]
    blocked, unblocked = view.numbers(keys)
    never = view.never_answered(keys, statements)
    tell("intakes and sources")
    batches, nobody = _reviews(view)
    return {
        "v": 1,
        "batches": batches,
        "other_batches": view.other_batches(),
        "nobody": nobody,
        "operators": operators,
        "otts": _otts(sums.otts),
        "numbers": {"block": blocked, "unblock": unblocked, "never": never},
        "days": _days(sums.operators.values()),
        "unanswered": _silent(sums.silent),
        "strange_statements": view.strange_entries(
            sorted(p for p, kind in kinds.items() if kind is PartnerKind.OPERATOR)
        ),
        "intake": _intake(view),
        "resolutions": dict(view.resolutions()),
        "repeats": [list(row) for row in view.repeats()],
    }


def _named(operators: dict[str, Tally]) -> list[tuple[str, Tally]]:
    return sorted(operators.items())


def _sums(view: ReportRows, scope: Scope, kinds: Kinds) -> _Sums:
    sums, now = _Sums(), scope.marks.at
    said = counting(view.statements())
    known = {one.row.key: one for one in _known(view, scope, kinds)}
    asked = (
        Asked(one.row, one.deadline, said[one.row.id])
        for one in known.values()
        if one.row.id in said
    )
    answered = set()
    for about, answer in answers(view, asked):
        one = known[about.row.key]
        answered.add(one.row.key)
        _add(sums, scope, kinds, one, answer, now)
        if one.start is not None and one.row.released_at >= scope.begin:
            keys = [statement.key for statement in about.statements]
            _tally(sums, kinds, one.row.partner).statements.extend(keys)
    for key, one in known.items():
        if key not in answered:
            _add(sums, scope, kinds, one, Answer(), now)
    return sums


def _tally(sums: _Sums, kinds: Kinds, partner: str) -> Tally:
    if kinds[partner] is PartnerKind.OPERATOR:
        return sums.operators.setdefault(partner, Tally())
    return sums.otts


def _add(sums: _Sums, scope: Scope, kinds: Kinds, one: Known, answer: Answer, now: Micros) -> None:
    tally, row = _tally(sums, kinds, one.row.partner), one.row
    if row.released_at < scope.begin:
        return tally.carry(one, answer, now)
    never = tally.add(one, answer, now)
    if never and kinds[row.partner] is PartnerKind.OPERATOR:
        sums.silent.append((never, row.id, row.partner, row.blocks + row.unblocks))
    return None


def _known(view: ReportRows, scope: Scope, kinds: Kinds) -> Iterator[Known]:
    """Every delivery up to the scope's end, with its receipts and its deadline."""
    positive: dict[str, Micros] = {}
    negative: set[str] = set()
    for receipt in view.receipts():
        if receipt.result == "positive":
            positive[receipt.delivery] = receipt.received_at
        else:
            negative.add(receipt.delivery)
    shares = _shares(view)
    for row in view.deliveries():
        received = positive.get(row.id)
        start = row.handed_over_at if row.handed_over_at is not None else received
        yield Known(
            row=row._replace(manifest=b""),  # read; thousands of them would take megabytes
            released=shares.get((row.batch, row.partner), (0, 0)),
            acknowledged_at=received,
            refused=received is None and row.id in negative,
            deadline=_deadline(row, start, kinds),
        )


def _deadline(row: DeliveryRow, start: Micros | None, kinds: Kinds) -> Micros:
    """Only an operator has one, and it runs from the first hand-over that was confirmed."""
    if start is None or not row.manifest or kinds[row.partner] is not PartnerKind.OPERATOR:
        return 0
    return start + duration(decode(row.manifest, what="a manifest")["respond_within"])


def _shares(view: ReportRows) -> dict[tuple[int, str], tuple[int, int]]:
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for review in _read(view.reviews()):
        for partner, block, unblock in review["shares"]:
            found[review["batch"], partner] = (block, unblock)
    return found


def _reviews(view: ReportRows) -> tuple[int, int]:
    """Batches of the period, and entries in them that no partner may receive (promise A)."""
    batches = nobody = 0
    for review in _read(view.reviews()):
        batches, nobody = batches + 1, nobody + review["nobody"]
    return batches, nobody


def _read(reviews: Iterable[bytes]) -> Iterator[JsonObject]:
    return (decode(review, what="a batch's review") for review in reviews if review)


def _operator(view: ReportRows, partner: str, tally: Tally) -> JsonObject:
    blocked, unblocked = view.numbers(tally.sent)
    return {
        "partner": partner,
        **tally.document(),
        "numbers": {"block": blocked, "unblock": unblocked},
    }


def _otts(tally: Tally) -> JsonObject:
    """Totals of all; what they answered only where no total is one OTT's own figure."""
    document = tally.document()
    shown = len(tally.partners) >= FEWEST_OTTS
    if not shown:
        for name in ("deliveries", "block", "unblock"):
            document[name] = {key: n for key, n in document[name].items() if key in _OURS}
        nothing: JsonObject = {"entries": 0, "seconds": []}
        document |= {"dispositions": [], "to_acknowledge": nothing, "to_declared_blocked": nothing}
    del document["carried"]  # silence of a voluntary partner means nothing
    return {"partners": len(tally.partners), "shown": shown, **document}


def _days(tallies: Iterable[Tally]) -> list[Json]:
    """Jakarta days with the operators' entries handed over, and declared blocked, on each."""
    sent: Counter[str] = Counter()
    blocked: Counter[str] = Counter()
    for tally in tallies:
        sent.update(tally.sent_on)
        blocked.update(tally.blocked_on)
    return [[day, sent[day], blocked[day]] for day in sorted(sent.keys() | blocked.keys())]


def _silent(found: list[tuple[int, str, str, int]]) -> JsonObject:
    ordered = sorted(found, key=lambda one: (-one[0], one[1]))
    listed: list[Json] = [
        [delivery, partner, entries, never] for never, delivery, partner, entries in ordered
    ]
    return {"deliveries": len(ordered), "listed": listed[:MOST_LISTED]}


def _intake(view: ReportRows) -> list[Json]:
    files: dict[str, Counter[str]] = {}
    rows: dict[str, Counter[str]] = {}
    for intake in view.intakes():
        counted = files.setdefault(intake.source, Counter())
        counted["files"] += 1
        counted["corrections"] += intake.follows is not None
        rows.setdefault(intake.source, Counter()).update(dict(json.loads(intake.counts)))
    return [
        {
            "source": source,
            "files": counted["files"],
            "corrections": counted["corrections"],
            "rows": dict(sorted(rows[source].items())),
        }
        for source, counted in sorted(files.items())
    ]
