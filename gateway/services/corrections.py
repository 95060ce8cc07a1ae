"""Which rows of an intake stand no more, as their sender corrected them (domain/corrections.py)."""

from collections import defaultdict
from itertools import chain

from gateway.domain.batch import Batch
from gateway.domain.corrections import Family
from gateway.domain.errors import Conflict
from gateway.domain.records import Intake
from gateway.domain.resolutions import in_force
from gateway.domain.returned import row_mark
from gateway.ports import UnitOfWork

_NAMED = 10  # rows named in an error


def family(uow: UnitOfWork, intake: Intake) -> Family:
    """The intake with all that it corrects and that correct it."""
    first = intake
    while first.follows:
        first = uow.lists.intake(first.follows)
    members = [first]
    for member in members:  # it grows: corrections of corrections
        members.extend(uow.lists.followers(member.id))
    found = Family([(member.id, member.follows or 0) for member in members])
    if len(members) == 1:
        return found
    for number, follows in found.members:
        if follows:
            found.learn(number, uow.lists.placed_rows(number))
        decided = in_force(uow.lists.resolutions.of(number)).values()
        found.learn_decided(number, chain.from_iterable(decided))
    return found


def corrected_rows(uow: UnitOfWork, intake: Intake) -> dict[int, int]:
    """By position the intake whose row stands for this one now: the sender corrected the file."""
    return family(uow, intake).corrected(intake.id)


def refuse_corrected(uow: UnitOfWork, batch: Batch) -> None:
    """Raises Conflict where a batch that is not released yet stands on rows that their sender
    corrected after it was prepared."""
    if batch.released_at is not None:
        return
    rows: dict[int, set[int]] = defaultdict(set)
    for _, intake, position in uow.lists.sources(batch.id):
        rows[intake].add(position)
    for intake, positions in sorted(rows.items()):
        later = corrected_rows(uow, uow.lists.intake(intake))
        gone = sorted(positions & later.keys())
        if gone:
            marks = ", ".join(row_mark(intake, at) for at in gone[:_NAMED])
            raise Conflict(
                f"batch {batch.id}: its sender corrected {len(gone)} of its rows in intake "
                f"{later[gone[0]]}: {marks}",
                hint=f"palang batch stop {batch.id}, then palang batch new: corrected rows are "
                "left out",
            )
