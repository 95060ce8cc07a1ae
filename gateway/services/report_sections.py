"""The sections of a report, from its figures."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from gateway.domain.canonical import JsonObject
from gateway.services.report_sections_more import more_sections
from gateway.services.report_shapes import Cell, Chart, Section, Table
from gateway.services.report_words import Words
from gateway.services.reports import Report

_BLOCK = ("released", "sent", "acknowledged", "done", "other-final", "outstanding", "overdue")
_COLUMNS = (*_BLOCK, "missed", "never")
_MOVES = ("released", "sent", "acknowledged", "refused", "halted")


def sections(report: Report, say: Words) -> Iterator[Section]:
    """All of them, in the order of the report."""
    figures = report.figures
    names = {one["partner"]: report.frame.name(one["partner"]) for one in figures["operators"]}
    yield Section("summary", say("s-summary"), _summary(figures, say))
    yield _by_operator(figures, names, "block", say)
    yield _by_operator(figures, names, "unblock", say)
    yield Section("deliveries", say("s-deliveries"), _deliveries(figures, names, say))
    yield _days(figures, say)
    yield from more_sections(report, names, say)
    yield Section("definitions", say("s-definitions"), None, say.definitions())


def _sum(operators: Iterable[JsonObject], *path: str) -> int:
    """Over all operators; a name that no operator has counts nothing."""
    total = 0
    for found in operators:
        value: Any = found
        for name in path:
            value = value.get(name, 0) if isinstance(value, dict) else 0
        total += value
    return total


def _summary(figures: JsonObject, say: Words) -> Table:
    operators, numbers = figures["operators"], figures["numbers"]
    rows: list[tuple[Cell, ...]] = [
        (say("sum-batches"), say("batches"), figures["batches"]),
        (say("sum-numbers"), say("numbers"), numbers["block"]),
        (say("sum-pairs"), say("pairs"), _sum(operators, "numbers", "block")),
    ]
    counts = (
        ("sum-block", "block", "sent"),
        ("sum-acknowledged", "block", "acknowledged"),
        ("sum-done", "block", "done"),
        ("sum-outstanding", "block", "outstanding"),
        ("sum-overdue", "block", "overdue"),
        ("sum-unblock", "unblock", "sent"),
        ("sum-reopened", "unblock", "done"),
    )
    rows += [(say(key), say("entries"), _sum(operators, *path)) for key, *path in counts]
    rows += [
        (say("sum-never"), say("numbers"), numbers["never"]),
        (say("sum-nobody"), say("entries"), figures["nobody"]),
    ]
    return Table("", (say("figure"), say("unit"), say("value")), tuple(rows), 2)


def side_values(side: JsonObject, columns: Sequence[str]) -> list[int]:
    """The columns of one action; what was answered otherwise for good is the rest of the final."""
    other = side.get("final", 0) - side.get("done", 0)
    return [other if name == "other-final" else side.get(name, 0) for name in columns]


def _by_operator(figures: JsonObject, names: dict[str, str], side: str, say: Words) -> Section:
    named = [
        f"{name}-unblock" if (name, side) == ("done", "unblock") else name for name in _COLUMNS
    ]
    headers = (say("operator"), say("unique"), *map(say, named))
    rows = [
        (one["numbers"][side], *side_values(one[side], _COLUMNS)) for one in figures["operators"]
    ]
    labels = [names[one["partner"]] for one in figures["operators"]]
    units = (say("pairs"), *[say("entries")] * len(_COLUMNS))
    table = Table("", headers, totalled(labels, rows, say), 1, units, total=True)
    chart = _bars(figures, labels, say) if side == "block" and labels else None
    return Section(side, say(f"s-{side}"), table, (say("unit-entries"),), chart)


def totalled(
    labels: Sequence[str], rows: Sequence[Sequence[int]], say: Words
) -> tuple[tuple[Cell, ...], ...]:
    """Rows with their labels, and a last one with their sums."""
    lines: list[tuple[Cell, ...]] = [(label, *row) for label, row in zip(labels, rows, strict=True)]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return (*lines, (say("total"), *sums)) if lines else ()


def _bars(figures: JsonObject, labels: Sequence[str], say: Words) -> Chart:
    shown = ("sent", "done", "outstanding", "overdue")
    series = tuple(
        (say(name), tuple(one["block"].get(name, 0) for one in figures["operators"]))
        for name in shown
    )
    return Chart(False, say("s-block"), tuple(labels), series)


def _deliveries(figures: JsonObject, names: dict[str, str], say: Words) -> Table:
    extra = ("waiting", "halted", "stopped")
    headers = (say("operator"), *(f"{say(m)} ({say('deliveries')})" for m in _MOVES))
    headers += (*(f"{say(name)} ({say('entries')})" for name in extra),)
    headers += (say("carried"), say("carried-overdue"))
    labels = [names[one["partner"]] for one in figures["operators"]]
    rows = [_delivery_row(one, extra) for one in figures["operators"]]
    units = (*[say("deliveries")] * len(_MOVES), *[say("entries")] * (len(extra) + 2))
    return Table("", headers, totalled(labels, rows, say), 1, units, total=True)


def _delivery_row(one: JsonObject, extra: Sequence[str]) -> list[int]:
    moves = [one["deliveries"].get(name, 0) for name in _MOVES]
    sums = {name: one["block"].get(name, 0) + one["unblock"].get(name, 0) for name in
            ("released", "sent", "halted", "stopped", "left_out")}  # fmt: skip
    sums["waiting"] = sums["released"] - sums["sent"] - sums["halted"] - sums["left_out"]
    carried = one["carried"]
    return [
        *moves,
        *(sums[name] for name in extra),
        carried.get("outstanding", 0),
        carried.get("overdue", 0),
    ]


def _days(figures: JsonObject, say: Words) -> Section:
    days = list(_every_day(figures["days"]))
    table = Table(say("entries"), (say("day"), say("sent"), say("done")), tuple(days))
    series = (
        (say("sent"), tuple(sent for _, sent, _ in days)),
        (say("done"), tuple(blocked for _, _, blocked in days)),
    )
    labels = tuple(day for day, _, _ in days)
    chart = Chart(True, say("s-days"), labels, series) if len(days) > 1 else None
    return Section("days", say("s-days"), table, (), chart)


def _every_day(days: list[list[Any]]) -> Iterator[tuple[str, int, int]]:
    """The days from the first to the last one, those without an entry too."""
    known = {date.fromisoformat(day): (sent, blocked) for day, sent, blocked in days}
    if not known:
        return
    first = min(known)
    for after in range((max(known) - first).days + 1):
        day = first + timedelta(days=after)
        yield (day.isoformat(), *known.get(day, (0, 0)))
