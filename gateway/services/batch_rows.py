"""The rows that make a batch: accepted ones and finally resolved ones, merged by number.

One number may come from several sources in several intakes. It becomes one entry; every row that
asked for it is kept beside (entry_sources).
"""

from collections.abc import Iterable, Sequence
from operator import add
from typing import NamedTuple

from gateway.domain.entries import BLOCK
from gateway.domain.errors import Conflict, InputError
from gateway.domain.numbering import mask
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.rules import Outcome
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.approvals import Approvals
from gateway.services.corrections import corrected_rows
from gateway.services.hold_choice import named
from gateway.services.hold_final import final_rows
from gateway.services.intake import find

_NAMED = 3  # numbers shown masked in an error
_LAST_DAY = "9999-12-31"  # after every evidence date: a row without one comes last


class TakenRow(NamedTuple):
    """A row for a batch, with where it stands; `decided_at` is when it became accepted."""

    intake: int
    position: int
    row: IntakeRow
    decided_at: Micros


class LeftOut(NamedTuple):
    """Accepted rows that no new batch takes: those that a batch has already (one that was stopped
    before its release gave them back), and those that their sender corrected in a later file."""

    taken: int
    corrected: int

    def __str__(self) -> str:
        return (
            f"{self.taken} are in a batch already, {self.corrected} were corrected by their sender"
        )


def taken_rows(
    uow: UnitOfWork, approvals: Approvals, intakes: Sequence[int], action: str, at: Micros
) -> list[TakenRow]:
    """The accepted and the finally resolved rows of these intakes, of one action, in their order,
    but for those that a batch has already and those that their sender corrected (`left_out`).

    Raises NotFound, InputError (a number that they ask both to block and to unblock, or both kinds
    and no action named), Conflict (all rows are left out), NotVerified (resolutions that are not
    what was signed).
    """
    rows: list[TakenRow] = []
    left = LeftOut(0, 0)
    for number in dict.fromkeys(intakes):
        intake = find(uow, number)
        accepted, without = _standing(uow, intake, action)
        left = LeftOut(*map(add, left, without))
        rows += [TakenRow(number, at_, row, intake.added_at) for at_, row in accepted]
        resolved = final_rows(uow, approvals, number, at)
        rows += [TakenRow(number, at_, row, part.at) for at_, row, part in resolved]
    _refuse_opposed(rows)
    rows = [one for one in rows if action in ("", one.row.action)]
    if not rows and any(left):
        raise Conflict(
            f"all accepted rows of these intakes are left out: {left}",
            hint="palang batch list; a batch that is stopped before its release gives its rows "
            "back, after it a file is added anew with --resend",
        )
    if len({one.row.action for one in rows}) > 1:
        raise InputError(
            "these intakes hold blocks and unblocks; a batch is one of the two",
            hint="make two: palang batch new ... --action unblock, then --action block",
        )
    return rows


def left_out(uow: UnitOfWork, intakes: Sequence[int], action: str = "") -> LeftOut:
    """How many accepted rows of these intakes `taken_rows` leaves out now. Raises NotFound."""
    counts = [_standing(uow, find(uow, number), action)[1] for number in dict.fromkeys(intakes)]
    return LeftOut(sum(one.taken for one in counts), sum(one.corrected for one in counts))


def _standing(
    uow: UnitOfWork, intake: Intake, action: str
) -> tuple[list[tuple[int, IntakeRow]], LeftOut]:
    """The accepted rows that a batch may take, and how many of that action it may not."""
    taken = uow.lists.resolutions.taken(intake.id)
    corrected = corrected_rows(uow, intake).keys() - taken
    free: list[tuple[int, IntakeRow]] = []
    counts = [0, 0]
    for position, row in uow.lists.placed_rows(intake.id, str(Outcome.ACCEPTED)):
        if position not in taken and position not in corrected:
            free.append((position, row))
        elif action in ("", row.action):
            counts[position in corrected] += 1
    return free, LeftOut(*counts)


def _refuse_opposed(rows: Iterable[TakenRow]) -> None:
    asked: dict[int, set[str]] = {}
    for one in rows:
        asked.setdefault(one.row.number, set()).add(one.row.action)
    opposed = sorted(number for number, actions in asked.items() if len(actions) > 1)
    if not opposed:
        return
    intakes = sorted({one.intake for one in rows if one.row.number in set(opposed)})
    shown = ", ".join(map(mask, opposed[:_NAMED]))
    raise InputError(
        f"intakes {', '.join(map(str, intakes))} ask both to block and to unblock {len(opposed)} "
        f"of their numbers: {shown}",
        hint="ask the sources which one holds, and make the batch of the other intakes",
    )


def merged(rows: Iterable[TakenRow]) -> list[TakenRow]:
    """One row a number: the one with the earliest evidence date, of equals the first."""
    best: dict[int, TakenRow] = {}
    for one in rows:
        known = best.setdefault(one.row.number, one)
        if _date(one) < _date(known):
            best[one.row.number] = one
    return list(best.values())


def _date(one: TakenRow) -> str:
    return one.row.evidence_date or _LAST_DAY


def merged_counts(uow: UnitOfWork, batch: int) -> tuple[int, int]:
    """How many numbers of a batch several rows ask for, and for how many of these the rows name
    different categories."""
    rows: dict[int, dict[int, int]] = {}
    for number, intake, position in uow.lists.resolutions.shared(batch):
        rows.setdefault(intake, {})[position] = number
    named: dict[int, set[str]] = {}
    for intake, numbers in rows.items():
        for position, row in uow.lists.placed_rows(intake):
            if position in numbers:
                named.setdefault(numbers[position], set()).add(row.category)
    return len(named), sum(len(categories) > 1 for categories in named.values())


def without_freed(uow: UnitOfWork, rows: Sequence[TakenRow]) -> list[TakenRow]:
    """The rows but for those that `refuse_freed` speaks of."""
    freed = _freed(uow, rows)
    return [one for one in rows if one not in freed]


def refuse_freed(uow: UnitOfWork, rows: Sequence[TakenRow]) -> None:
    """Raises Conflict for blocks of numbers that were unblocked after their row was accepted: an
    appeal that was upheld meanwhile is not undone by an older row."""
    freed = _freed(uow, rows)
    if not freed:
        return
    first = next(iter(freed))
    same = [one.position for one in freed if one.intake == first.intake]
    raise Conflict(
        f"{len(freed)} of the numbers were unblocked after their rows were accepted: "
        f"{named(first.intake, same)}",
        hint="leave them out with --without-freed; with new evidence they come in a new file",
    )


def _freed(uow: UnitOfWork, rows: Sequence[TakenRow]) -> dict[TakenRow, None]:
    blocks = [one for one in rows if one.row.action == BLOCK]
    freed = uow.standing.freed_at([one.row.number for one in blocks]) if blocks else {}
    return dict.fromkeys(
        one for one in blocks if freed.get(one.row.number, one.decided_at) > one.decided_at
    )
