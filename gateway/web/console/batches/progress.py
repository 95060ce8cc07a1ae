"""How far a released batch is: a row for each partner, and their sum."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.domain.batch import Batch
from gateway.domain.delivery import HALTED, State
from gateway.ports.views.deliveries import Line
from gateway.services.review import read_review


class Row(NamedTuple):
    """A delivery; before it is sealed its entries are those that the two officers saw."""

    line: Line
    entries: int
    outstanding: int


class Total(NamedTuple):
    """Sums over partners: a number that goes to two of them counts twice."""

    entries: int
    sent: int
    acknowledged: int
    done: int
    outstanding: int


def rows_of(batch: Batch, lines: Sequence[Line]) -> list[Row]:
    """A row for each delivery, in their order."""
    shares = read_review(batch.review).shares if batch.review and lines else ()
    seen = {share.partner: share.block + share.unblock for share in shares}
    return [_row(line, seen.get(line.partner, 0)) for line in lines]


def _row(line: Line, seen: int) -> Row:
    if line.entries is not None:
        return Row(line, line.entries, line.outstanding)
    return Row(line, seen, 0 if line.state in HALTED else seen)


def total_of(rows: Sequence[Row]) -> Total:
    """Their sum; what was withheld or stopped counts in none."""
    going = [row for row in rows if row.line.state not in HALTED]
    taken = [row for row in going if row.line.handed_over_at or row.line.acknowledged_at]
    return Total(
        entries=sum(row.entries for row in going),
        sent=sum(row.entries for row in taken),
        acknowledged=sum(row.entries for row in going if row.line.acknowledged_at),
        done=sum(row.line.done for row in going),
        outstanding=sum(row.outstanding for row in going),
    )


def may_have_arrived(line: Line) -> bool:
    """Whether its parcel left, or may have."""
    return line.state in (State.SENDING, State.SENT, State.ACKNOWLEDGED)
