"""Ways to lie: each gives a function that changes a Liar's work in one point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from gateway.domain import bundle
from gateway.domain.canonical import decode, digest, encode
from gateway.domain.ledger import Tag
from gateway.domain.trust import PinnedKey, Trust, write_trust
from tests.vectors.liar import Liar
from tests.vectors.parts import Answer, Scenario

Tell = Callable[[Liar], None]

DELIVERY, ENTRIES = Scenario(), Scenario(with_entries=True)
ENTRY, OTT = Scenario(kind="entry"), Scenario(voluntary=True, with_entries=True)
PULL = Scenario(pull=True)
GUARDED = Scenario(guarded=True)
COVER, OTT_COVER = Scenario(cover=True), Scenario(cover=True, voluntary=True)
NUMBER = Scenario(kind="entry", cover=True, whole="number")
MONTH = Scenario(cover=True, whole="month")
OTHER = digest(b"other")


@dataclass(frozen=True)
class Lie:
    """What is wrong, which check sees it, and with which reason."""

    check: int
    stage: str
    reason: str
    name: str
    tell: Tell
    scenario: Scenario = DELIVERY

    def __str__(self) -> str:
        return f"{self.check}-{self.name.replace(' ', '-')}"


Row = tuple[str, str, Tell]
"""Reason, name, what is changed."""


def lies(check: int, stage: str, *rows: Row, scenario: Scenario = DELIVERY) -> list[Lie]:
    """Lies of one check that are told after one stage."""
    return [Lie(check, stage, reason, name, tell, scenario) for reason, name, tell in rows]


def put(**values: Any) -> Tell:
    """Set attributes of the liar."""

    def tell(liar: Liar) -> None:
        for name, value in values.items():
            setattr(liar, name, value)

    return tell


def part(name: str, **changes: Any) -> Tell:
    """Change members of a part that is a dataclass."""
    return lambda liar: setattr(liar, name, replace(getattr(liar, name), **changes))


def review(**members: Any) -> Tell:
    """Let the review say something else."""
    return lambda liar: liar.review.update(members)


def index(name: str, value: str) -> Tell:
    """Let the index list something else."""

    def tell(liar: Liar) -> None:
        document = decode(liar.files[bundle.INDEX], what="it")
        document["members"][name] = value
        liar.files[bundle.INDEX] = encode(document)

    return tell


def files(change: Callable[[dict[str, bytes]], Any]) -> Tell:
    """Change the members, under an index that agrees."""

    def tell(liar: Liar) -> None:
        change(liar.files)
        liar.files[bundle.INDEX] = bundle.index_of(liar.files)

    return tell


def shown_key(change: Callable[[Liar, PinnedKey], PinnedKey]) -> Tell:
    """Show the partner's statement key as something else than it is pinned."""

    def tell(liar: Liar) -> None:
        kid, trust = liar.keys.signers["partner"].kid, liar.keys.trust()
        keys = (change(liar, key) if key.kid == kid else key for key in trust.keys)
        liar.change(keys=write_trust(Trust(trust.gateway, keys)))

    return tell


def head(**changes: Any) -> Tell:
    """Let bundle.json say something else."""
    return lambda liar: liar.change(head=replace(liar.dossier.head, **changes))


def said(**changes: Any) -> Tell:
    """Let the dossier say something else."""
    return lambda liar: liar.change(**changes)


def proof(change: Callable[[Liar], dict[str, Any]]) -> Tell:
    """Show another proof of entry 3."""
    return lambda liar: liar.change(proof=replace(liar.proof(3), **change(liar)))


def attempt(position: int, **changes: Any) -> Tell:
    """Show an attempt otherwise than it was logged."""

    def tell(liar: Liar) -> None:
        shown = list(liar.dossier.attempts)
        shown[position] = replace(shown[position], **changes)
        liar.change(attempts=tuple(shown))

    return tell


def answer(name: str, **changes: Any) -> Tell:
    """Change what is done with an answer, or what its statement says."""

    def tell(liar: Liar) -> None:
        own = {field.name for field in fields(Answer)}
        before = liar.answers[name]
        words = {n: value for n, value in changes.items() if n not in own}
        ours = {n: value for n, value in changes.items() if n in own}
        statement = replace(before.statement, **words)
        liar.answers[name] = replace(before, **({"statement": statement} | ours))

    return tell


def about(name: str, **changes: Any) -> Tell:
    """Let an answer be about something else."""
    return lambda liar: answer(name, about=replace(liar.about(), **changes))(liar)


def rows(name: str, codes: dict[int, str]) -> Tell:
    """Let a confirmation have other rows."""
    return lambda liar: answer(name, rows=liar.confirm(1, codes).rows)(liar)


def _places(liar: Liar, tag: Tag) -> list[int]:
    return [place for place, one in enumerate(liar.events) if one[0] is tag]


def fact(tag: Tag, position: int, **facts: Any) -> Tell:
    """Let the position-th event of a tag say something else; `from_` is its `from`."""

    def tell(liar: Liar) -> None:
        place = _places(liar, tag)[position]
        one, at, before = liar.events[place]
        named = {name.rstrip("_"): value for name, value in facts.items()}
        liar.events[place] = (one, at, before | named)

    return tell


def unlogged(tag: Tag, position: int) -> Tell:
    """Leave an event out of the ledger."""

    def tell(liar: Liar) -> None:
        del liar.events[_places(liar, tag)[position]]

    return tell


def swapped(tag: Tag, other: Tag) -> Tell:
    """Log two events the other way round."""

    def tell(liar: Liar) -> None:
        a, b = _places(liar, tag)[0], _places(liar, other)[0]
        liar.events[a], liar.events[b] = liar.events[b], liar.events[a]

    return tell


def leaf(tag: Tag, **changes: Any) -> Tell:
    """Show a leaf otherwise than the tree has it."""

    def tell(liar: Liar) -> None:
        leaves = list(liar.dossier.leaves)
        place = next(i for i, one in enumerate(leaves) if one.tag == tag)
        leaves[place] = replace(leaves[place], **changes)
        liar.change(leaves=tuple(leaves))

    return tell


def claim(**changes: Any) -> Tell:
    """Claim something else in summary.json."""
    return lambda liar: liar.change(summary=liar.dossier.summary | changes)


def both(*tells: Tell) -> Tell:
    """One lie in two places."""

    def tell(liar: Liar) -> None:
        for one in tells:
            one(liar)

    return tell
