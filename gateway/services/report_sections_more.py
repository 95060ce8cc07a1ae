"""The sections on answers, times, silence, voluntary partners and intake."""

from collections.abc import Iterator

from gateway.domain.canonical import JsonObject
from gateway.domain.dispositions import DISPOSITIONS, counts_as_done, is_final
from gateway.services.report_figures import FEWEST_OTTS
from gateway.services.report_shapes import Cell, Section, Table
from gateway.services.report_words import DISPOSITION_ID, Words
from gateway.services.reports import Report

_OUTCOMES = ("accepted", "held", "rejected", "duplicate", "ignored")


def more_sections(report: Report, names: dict[str, str], say: Words) -> Iterator[Section]:
    """In the order of the report."""
    figures = report.figures
    yield _dispositions(figures, names, say)
    yield _times(figures, names, say)
    yield _never(figures, names, say)
    yield _unasked(figures, say)
    yield _otts(figures["otts"], say)
    yield _intake(figures, say)
    yield _repeats(figures, say)


def _dispositions(figures: JsonObject, names: dict[str, str], say: Words) -> Section:
    keys = ("operator", "action", "disposition", "scope", "counted", "entries")
    rows = [
        (names[one["partner"]], *row)
        for one in figures["operators"]
        for row in _answers(one["dispositions"], say, ("block", "unblock"))
    ]
    table = Table(say("entries"), tuple(say(key).capitalize() for key in keys), tuple(rows), 5)
    return Section("dispositions", say("s-dispositions"), table)


def _answers(
    found: list[list[Cell]], say: Words, sides: tuple[str, str]
) -> Iterator[tuple[Cell, ...]]:
    for side, code, scope, entries in found:
        code, scope = str(code), str(scope)
        words = DISPOSITION_ID[code] if say.language == "id" else DISPOSITIONS[code].english
        counted = "counts-final" if is_final(code, scope) else "counts-open"
        counted = "counts-done" if counts_as_done(code, scope) else counted
        action = sides[1] if side == "unblock" else sides[0]
        yield say(action), f"{words} ({code})", scope, say(counted), entries


def _times(figures: JsonObject, names: dict[str, str], say: Words) -> Section:
    rows = [
        (names[one["partner"]], *row)
        for one in figures["operators"]
        for row in _percentiles(one, say, "to-block")
    ]
    units = (say("entries"), *[say("hms")] * 4)
    table = Table("", (say("operator"), *_time_headers(say)), tuple(rows), 2, units)
    return Section("times", say("s-times"), table, (say("hms").capitalize() + ".",))


def _time_headers(say: Words) -> tuple[str, ...]:
    return (say("measure"), say("entries").capitalize(), "p50", "p90", "p95", say("max"))


def _percentiles(one: JsonObject, say: Words, done: str) -> Iterator[tuple[Cell, ...]]:
    for key, name in (("to_acknowledge", "to-ack"), ("to_declared_blocked", done)):
        found = one[key]
        times = [clock(seconds) for seconds in found["seconds"]] or ["–"] * 4
        yield say(name), found["entries"], *times


def clock(seconds: int) -> str:
    """`31:05:10`, hours first."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _never(figures: JsonObject, names: dict[str, str], say: Words) -> Section:
    found = figures["unanswered"]
    listed = found["listed"]
    headers = (say("delivery"), say("operator"), say("entries").capitalize(), say("never"))
    rows = tuple(
        (delivery, names[partner], entries, never) for delivery, partner, entries, never in listed
    )
    numbers = f"{say('sum-never')}: {say.whole(figures['numbers']['never'])}."
    shown = say("never-listed", say.whole(found["deliveries"]), say.whole(len(listed)))
    table = Table(say("entries"), headers, rows, 2)
    return Section("never", say("s-never"), table, (numbers, shown))


def _unasked(figures: JsonObject, say: Words) -> Section:
    blocks = [one["block"] for one in figures["operators"]]
    before = sum(side.get("before", 0) for side in blocks)
    without = sum(side.get("without_hand_over", 0) for side in blocks)
    rows: tuple[tuple[Cell, ...], ...] = (
        (say("una-before"), say("entries"), before),
        (say("una-hand"), say("entries"), without),
        (say("una-strange"), say("statements"), figures["strange_statements"]),
    )
    headers = (say("figure"), say("unit"), say("value"))
    return Section("unasked", say("s-unasked"), Table("", headers, rows, 2), (say("una-unknown"),))


def _otts(otts: JsonObject, say: Words) -> Section:
    answers = ("acknowledged", "confirmed", "done") if otts["shown"] else ()
    columns = ("released", "sent", "halted", "left_out", *answers)
    rows: list[tuple[Cell, ...]] = [
        (say(name), say(_ott_column(column)), say("entries"), otts[side].get(column, 0))
        for side, name in (("block", "listed"), ("unblock", "delisted"))
        for column in columns
    ]
    moves = ("released", "sent", "acknowledged") if otts["shown"] else ("released", "sent")
    rows += [("", say(m), say("deliveries"), otts["deliveries"].get(m, 0)) for m in moves]
    if otts["shown"]:
        for action, answer, scope, _counted, entries in _answers(
            otts["dispositions"], say, ("listed", "delisted")
        ):
            rows.append((action, f"{answer} {scope}".strip(), say("entries"), entries))
        rows += _ott_times(otts, say)
    headers = (say("action"), say("figure"), say("unit"), say("value"))
    few = () if otts["shown"] else (say("ott-few", FEWEST_OTTS),)
    texts = (say("ott-words"), *few)
    return Section("otts", say("s-otts"), Table("", headers, tuple(rows), 3), texts)


def _ott_column(column: str) -> str:
    return "done-ott" if column == "done" else column


def _ott_times(otts: JsonObject, say: Words) -> Iterator[tuple[Cell, ...]]:
    names = ("p50", "p90", "p95", say("max"))
    for what, _entries, *times in _percentiles(otts, say, "to-done"):
        for name, time in zip(names, times, strict=True):
            yield say("listed"), f"{what}, {name}", say("hms"), time


def _intake(figures: JsonObject, say: Words) -> Section:
    keys = ("source", "files", "corrections", *_OUTCOMES)
    lines = [
        (
            *(one["source"], one["files"], one["corrections"]),
            *(one["rows"].get(outcome, 0) for outcome in _OUTCOMES),
        )
        for one in figures["intake"]
    ]
    rows: list[tuple[Cell, ...]] = list(lines)
    if lines:
        sums = (sum(column) for column in zip(*(line[1:] for line in lines), strict=True))
        rows.append((say("total"), *sums))
    texts = tuple(
        f"{say(act)}: {say.whole(count)} ({say('held-rows')})."
        for act, count in sorted(figures["resolutions"].items())
    )
    units = (say("files"), say("files"), *[say("rows")] * len(_OUTCOMES))
    headers = tuple(map(say, keys))
    table = Table("", headers, tuple(rows), 1, units, total=bool(lines))
    return Section("intake", say("s-intake"), table, (say("unit-rows"), *texts))


def _repeats(figures: JsonObject, say: Words) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (first if sources == 2 else f"{say('three', sources)} {first}", last, numbers)
        for first, last, sources, numbers in figures["repeats"]
    ]
    headers = (say("source"), say("second"), say("pieces"))
    table = Table(say("numbers"), headers, tuple(rows), 2)
    return Section("repeats", say("s-repeats"), table)
