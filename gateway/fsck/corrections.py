"""Rows that their sender corrected before a batch with them was released (promise F)."""

from collections import defaultdict
from collections.abc import Iterable
from math import inf

from gateway.domain.corrections import Family
from gateway.domain.ledger import Tag
from gateway.domain.resolutions import Resolution, in_force
from gateway.fsck.case import Case
from gateway.fsck.decided import decided_rows
from gateway.fsck.resolutions import acts_of

_DIGEST = "SELECT digest FROM intakes WHERE id = ?"
_INTAKES = "SELECT id, follows FROM intakes WHERE state <> 'loading' ORDER BY id"
_TAKEN = "SELECT batch, position FROM entry_sources WHERE intake = ? ORDER BY batch, position"


def families(case: Case) -> list[Family]:
    """The intakes of which one corrects another, with all that is known of their rows."""
    if "follows" not in case.core.columns()["intakes"]:
        return []  # an older program's
    first: dict[int, int] = {0: 0}
    groups: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, follows in case.core.rows(_INTAKES):
        first[number] = first.get(follows or 0) or number
        groups[first[number]].append((number, follows or 0))
    return [_learnt(case, group) for group in groups.values() if len(group) > 1]


def _learnt(case: Case, members: Iterable[tuple[int, int]]) -> Family:
    found = Family(list(members))
    for number, follows in found.members:
        if follows:
            found.learn(number, decided_rows(case, number))
        found.learn_decided(number, decided_parts(case, number))
    return found


def decided_parts(case: Case, intake: int) -> list[Resolution]:
    """What was decided last of an intake's held rows."""
    parts = [part for act in acts_of(case, intake) for part in act.parts]
    last = in_force(sorted(parts, key=lambda part: part.id))
    return [part for some in last.values() for part in some]


def check_corrections(case: Case) -> None:
    """No batch was released with a row that its sender had corrected by then."""
    released = {said.facts.get("batch"): said.leaf for said in case.facts.tagged(Tag.BATCH_RELEASE)}
    for family in families(case):
        added = {number: _added(case, number) for number, _ in family.members}
        for number, _ in family.members:
            for batch, position in case.core.rows(_TAKEN, number):
                before = released.get(batch, 0)
                gone = [one for one in family.later(number, position) if added[one] < before]
                if gone:
                    expected = f"row {position} of intake {number} as its sender left it"
                    came = f"intake {gone[0]} corrected it before the release"
                    case.found("entry-unfounded", f"batch {batch}", expected, came)


def _added(case: Case, intake: int) -> float:
    """The leaf of its arrival; one that has none the check of intakes tells."""
    ((digest,),) = case.core.rows(_DIGEST, intake)
    said = case.facts.of(f"file:{digest}", Tag.INTAKE_ADD)
    return said[0].leaf if said else inf
