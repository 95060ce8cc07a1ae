"""What an officer is about to decide of held rows: built and checked before it is shown and signed.

An accepted number is one of the row's own proposals, or one that the officer types and the number
rules take with certainty; in doubt the row stays held (promise F).
"""

from dataclasses import dataclass, replace

from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.errors import InputError
from gateway.domain.numbers import Decision
from gateway.domain.proposals import CONTEXT_RULES, NEVER_ACCEPTED, UNSURE_PLACE, typed_number
from gateway.domain.resolutions import (
    ACCEPT,
    CONTEXT,
    OTHER_DIGITS,
    PLACE,
    RELISTED,
    Resolution,
    act_digest,
    is_written,
)
from gateway.domain.row_digest import row_digest
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.approvals import Approvals
from gateway.services.hold_choice import INFERRED, SPLIT, TYPED, Choice, choose, named
from gateway.services.hold_final import words_of
from gateway.services.holds import Held, held_rows
from gateway.services.rulebook import Rulebook, rulebook

Decided = list[tuple[Held, tuple[Decision, ...]]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A choice worked out: the rows as they stand, what is decided of each, what is signed."""

    choice: Choice
    officer: str
    salt: bytes
    rows: tuple[Held, ...]
    parts: tuple[Resolution, ...]
    digest: str

    @property
    def second(self) -> int:
        """How many rows take a second officer."""
        return len({part.position for part in self.parts if part.second})


def build(
    uow: UnitOfWork, approvals: Approvals, choice: Choice, officer: str, salt: bytes, at: Micros
) -> Draft:
    """Work a choice out as things stand at `at`.

    Raises NotFound (no such intake), InputError (a row that is not held, reason or reference, no
    single proposal, a number that the rules do not take), Conflict (taken by a batch, corrected by
    a later file).
    """
    choice.check()
    rules, intake = rulebook(uow, at), uow.lists.intake(choice.intake)
    words = words_of(uow, approvals, intake.id, at)
    rows = choose(choice, list(held_rows(uow, intake, rules, words)))
    decided = _given(choice, rows, rules)
    before = _before(uow, decided)
    _refuse_repeats(choice, decided, before)
    parts = [
        _part(choice, officer, salt, at, held, number, given, before)
        for held, some in decided
        for number, given in enumerate(some or (None,))
    ]
    digests = {held.position: row_digest(held.row) for held in rows}
    lines = [(digests[part.position], part) for part in parts]
    signed = act_digest(salt, uow.registry.gateway().name, intake.id, intake.digest, lines)
    covered = tuple(replace(part, digest=signed) for part in parts)
    return Draft(choice, officer, salt, tuple(rows), covered, signed)


def _given(choice: Choice, rows: list[Held], rules: Rulebook) -> Decided:
    """The numbers of each row. Raises InputError, naming the rows that have none for sure."""
    if choice.act != ACCEPT:
        return [(held, ()) for held in rows]
    never = [held for held in rows if held.row.rule in NEVER_ACCEPTED]
    if never:
        raise InputError(
            f"what these rows ask, or who may see them, is not known: {_named(never)}",
            hint="reject them with sent_anew, and let the sender correct them",
        )
    if choice.way == TYPED:
        typed = tuple(typed_number(text, rules.numbers) for text in choice.typed)
        if len({one.number for one in typed}) != len(typed):
            raise InputError("the same number was typed twice", hint="type each number once")
        return [(rows[0], typed)]
    if choice.way == SPLIT and choice.rule:
        raise InputError(
            f"rows with several numbers are taken one by one: {_named(rows)}",
            hint="name the rows: palang intake resolve MARK --accept split ...",
        )
    wrong = [held for held in rows if (len(held.proposed) == 1) != (choice.way == INFERRED)]
    wrong += [held for held in rows if not held.proposed and choice.way == SPLIT]
    if wrong:
        kind = "exactly one proposed number" if choice.way == INFERRED else "a proposed split"
        raise InputError(
            f"these rows do not have {kind}: {_named(wrong)}",
            hint="look at each: palang intake holds; a number is typed with --accept typed",
        )
    return [(held, held.proposed) for held in rows]


def _before(uow: UnitOfWork, decided: Decided) -> dict[int, str]:
    """The last released action of each number."""
    numbers = [one.number for _, given in decided for one in given if one.number]
    return uow.lists.released_before(numbers) if numbers else {}


def _refuse_repeats(choice: Choice, decided: Decided, before: dict[int, str]) -> None:
    """Raises InputError for what a released batch asked before, but where a rule of context held
    the row: then it is the evidence that is new."""
    again = [
        held
        for held, given in decided
        if held.row.rule not in CONTEXT_RULES
        and any(before.get(one.number or 0) == held.row.action for one in given)
    ]
    if again:
        raise InputError(
            f"a released batch asked the same for the number of {_named(again)}",
            hint=f"palang intake resolve ... --reject --reason asked_before "
            f"--reference {choice.reference}",
        )


def _part(
    choice: Choice,
    officer: str,
    salt: bytes,
    at: Micros,
    held: Held,
    part: int,
    given: Decision | None,
    before: dict[int, str],
) -> Resolution:
    why = _why_second(choice, held, given, before) if given is not None else ()
    return Resolution(
        id=0,
        intake=held.intake,
        position=held.position,
        part=part,
        act=choice.act,
        number=given.number or 0 if given is not None else 0,
        route=given.route if given is not None else "",
        test=given.test if given is not None else False,
        confidence=given.confidence if given is not None else "",
        reason=choice.reason,
        reference=choice.reference,
        officer=officer,
        second=bool(why),
        why_second=" ".join(why),
        salt=salt,
        digest="",
        at=at,
    )


def _why_second(
    choice: Choice, held: Held, given: Decision, before: dict[int, str]
) -> tuple[str, ...]:
    number = given.number or 0
    own = any(number == one.number for one in held.proposed)
    reasons = {
        OTHER_DIGITS: choice.way == TYPED and not own and not is_written(held.row.raw, number),
        RELISTED: held.row.action == BLOCK and before.get(number) == UNBLOCK,
        CONTEXT: held.row.rule in CONTEXT_RULES,
        PLACE: held.row.rule in UNSURE_PLACE,
    }
    return tuple(code for code, holds in reasons.items() if holds)


def _named(rows: list[Held]) -> str:
    return named(rows[0].intake, (held.position for held in rows))
