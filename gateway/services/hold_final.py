"""Which resolutions are final: what a batch may take of an intake's held rows.

Nothing that stands in the table is believed for this: the officers' signatures are verified, and
the rows against the digest that was signed (promises F and I). No time that passes makes one final.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from gateway.domain.errors import NotVerified
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.resolutions import ACCEPT, Resolution, act_digest, in_force, subject
from gateway.domain.row_digest import row_digest
from gateway.domain.rules import Outcome
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.approvals import NEEDED, Act, Approvals
from gateway.services.corrections import corrected_rows

HELD = str(Outcome.HELD)

Words = dict[str, set[tuple[str, str]]]
"""Officer and key of every signature that counts now, by the digest that was signed."""


def words_of(uow: UnitOfWork, approvals: Approvals, intake: int, at: Micros) -> Words:
    """The signatures that count over an intake's resolutions."""
    found: Words = {}
    for word in uow.registry.approvals(subject(intake)):
        if word.act == Act.HOLD_RESOLVE and approvals.holds(uow, word, at):
            found.setdefault(word.digest, set()).add((word.officer, word.kid))
    return found


def is_final(parts: list[Resolution], words: Words) -> bool:
    """Whether what was decided of a row stands: by the officer who decided, and by a second one
    under another key where that is needed."""
    given = words.get(parts[0].digest, set())
    officers, keys = {officer for officer, _ in given}, {kid for _, kid in given}
    needed = NEEDED if any(part.second for part in parts) else 1
    return parts[0].officer in officers and min(len(officers), len(keys)) >= needed


def final_acts(
    uow: UnitOfWork, approvals: Approvals, intake: int, at: Micros
) -> dict[int, list[Resolution]]:
    """By position what was decided for good of an intake's held rows, whatever became of it.

    Raises NotVerified("resolutions-changed").
    """
    resolutions = uow.lists.resolutions.of(intake)
    if not resolutions:
        return {}
    rows = uow.lists.rows_at(intake, {one.position for one in resolutions})
    check_acts(uow, uow.lists.intake(intake), resolutions, rows)
    words = words_of(uow, approvals, intake, at)
    found = in_force(resolutions)
    return {position: parts for position, parts in found.items() if is_final(parts, words)}


def final_rows(
    uow: UnitOfWork, approvals: Approvals, intake: int, at: Micros
) -> Iterator[tuple[int, IntakeRow, Resolution]]:
    """The held rows of an intake that are accepted for good, that no batch has taken and that no
    later file corrects, one for each part, as if they had been accepted at once.

    Raises NotVerified("resolutions-changed").
    """
    final = final_acts(uow, approvals, intake, at)
    if not final:
        return
    rows = uow.lists.rows_at(intake, final.keys())
    gone = uow.lists.resolutions.taken(intake)
    gone |= corrected_rows(uow, uow.lists.intake(intake)).keys()
    for position, parts in sorted(final.items()):
        if position in gone or parts[0].act != ACCEPT:
            continue
        for part in parts:
            yield position, accepted_row(rows[position], part), part


def accepted_row(row: IntakeRow, part: Resolution) -> IntakeRow:
    """The held row with what a part of its resolution says."""
    return row._replace(
        outcome=str(Outcome.ACCEPTED),
        number=part.number,
        route=part.route,
        test=part.test,
        confidence=part.confidence,
    )


def check_acts(
    uow: UnitOfWork,
    intake: Intake,
    resolutions: Iterable[Resolution],
    rows: dict[int, IntakeRow],
) -> None:
    """Each act's resolutions and the rows that they are about are those that were signed.

    Raises NotVerified("resolutions-changed").
    """
    gateway = uow.registry.gateway().name
    by_act = sorted(resolutions, key=attrgetter("digest", "position", "part"))
    for digest, parts in groupby(by_act, key=attrgetter("digest")):
        lines = [
            (row_digest(rows[part.position]) if part.position in rows else "", part)
            for part in parts
        ]
        found = act_digest(lines[0][1].salt, gateway, intake.id, intake.digest, lines)
        if found != digest:
            raise NotVerified(
                "resolutions-changed",
                f"intake {intake.id}: what was decided of its held rows is not what was signed",
                hint="palang fsck; keep this database as evidence and restore a backup",
            )
