"""What partners answered about a delivery, as a report counts it: the highest revision of each
entry, when it came, and how many entries had a final word in time (design 4)."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from gateway.domain.dispositions import counts_as_done, is_final
from gateway.domain.times import Micros
from gateway.ports.views.reports import CountRow, DeliveryRow, ReportRows, StatementRow

Said = tuple[bool, str, str]
"""Whether an unblock was asked, the disposition, the scope."""

_CHUNK = 500  # confirmations counted by one statement of SQL


@dataclass(slots=True)
class Answer:
    """What counts of a delivery. `said` are entries by what was said of them, `in_time` those of
    each action with a final word by the deadline, `blocked` the block entries that stand declared
    done, by when the first word that says so came."""

    said: Counter[Said] = field(default_factory=Counter)
    in_time: Counter[bool] = field(default_factory=Counter)
    blocked: Counter[Micros] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Asked:
    """A delivery that was answered: its row, the deadline (0 for none), the statements that count,
    by revision."""

    row: DeliveryRow
    deadline: Micros
    statements: Sequence[StatementRow]

    @property
    def plain(self) -> bool:
        """Whether one statement answers, about one kind of entries: then SQL counts it all."""
        return len(self.statements) == 1 and not (self.row.blocks and self.row.unblocks)


def counting(rows: Iterable[StatementRow]) -> dict[str, list[StatementRow]]:
    """The statements that count, by delivery: two of one revision are in conflict, and neither
    does."""
    found: dict[str, list[StatementRow]] = defaultdict(list)
    for (delivery, _revision), same in groupby(rows, lambda row: (row.delivery, row.revision)):
        first, *others = same
        if not others:
            found[delivery].append(first)
    return found


def answers(view: ReportRows, asked: Iterable[Asked]) -> Iterator[tuple[Asked, Answer]]:
    """What counts of each, in no order: those with one statement are counted by the database, the
    others entry by entry, one delivery at a time."""
    source = iter(asked)
    while chunk := list(islice(source, _CHUNK)):
        plain = {one.statements[0].key: one for one in chunk if one.plain}
        counts: dict[int, list[CountRow]] = defaultdict(list)
        for row in view.counts(list(plain)) if plain else ():
            counts[row.confirmation].append(row)
        for key, one in plain.items():
            yield one, _counted(one, counts[key])
        for one in chunk:
            if not one.plain:
                yield one, _folded(view, one)


def _counted(asked: Asked, rows: Iterable[CountRow]) -> Answer:
    answer, unblock = Answer(), not asked.row.blocks
    came = asked.statements[0].received_at
    for _, code, scope, entries in rows:
        answer.said[unblock, code, scope] += entries
        if is_final(code, scope) and came <= asked.deadline:
            answer.in_time[unblock] += entries
        if not unblock and counts_as_done(code, scope):
            answer.blocked[came] += entries
    return answer


def _folded(view: ReportRows, asked: Asked) -> Answer:
    """Twelve bytes an entry, however many statements there are."""
    size = asked.row.blocks + asked.row.unblocks + 1
    codes: list[tuple[str, str]] = [("", "")]
    known: dict[tuple[str, str], int] = {}
    best, done_at = array("H", bytes(2 * size)), array("q", bytes(8 * size))
    in_time, unblocks = bytearray(size), bytearray(size)
    for entry in view.unblocks(asked.row.key) if asked.row.unblocks else ():
        unblocks[entry] = 1
    for statement in asked.statements:
        came, timely = statement.received_at, statement.received_at <= asked.deadline
        for entry, code, scope in view.answers(statement.key):
            place = known.setdefault((code, scope), len(codes))
            if place == len(codes):
                codes.append((code, scope))
            best[entry] = place
            if timely and is_final(code, scope):
                in_time[entry] = 1
            if counts_as_done(code, scope) and (not done_at[entry] or came < done_at[entry]):
                done_at[entry] = came
    return _summed(codes, best, done_at, in_time, unblocks)


def _summed(
    codes: Sequence[tuple[str, str]],
    best: Sequence[int],
    done_at: Sequence[int],
    in_time: Sequence[int],
    unblocks: Sequence[int],
) -> Answer:
    answer = Answer()
    for place, at, timely, unblock in zip(best, done_at, in_time, unblocks, strict=True):
        if place:
            code, scope = codes[place]
            answer.said[bool(unblock), code, scope] += 1
            answer.in_time[bool(unblock)] += timely
            if not unblock and counts_as_done(code, scope):
                answer.blocked[at] += 1
    return answer
