"""Dated tables in versions: which one rules from when, and what a new one would change.

A version that is loaded rules nothing; two officers activate it from a day (promise I). Decisions
cite the version that ruled, so an old one keeps its meaning.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain.canonical import digest, encode
from gateway.domain.numbering import OTT_ROUTE, NumberRules
from gateway.domain.records import ReferenceTable
from gateway.domain.times import Micros

PROTECTED = "protected"
UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Activation:
    """A version rules from `begins` on, until one that begins later; `at` is when it was decided.

    Of two that begin together the one decided later rules.
    """

    kind: str
    version: str
    begins: Micros
    at: Micros


def activation_digest(gateway: str, table: ReferenceTable, day: str) -> str:
    """The digest that both officers sign: this table's exact content, from this Jakarta day on."""
    return digest(
        encode(
            {
                "v": 1,
                "typ": "activation",
                "gateway": gateway,
                "kind": table.kind,
                "version": table.version,
                "table": table.digest,
                "from": day,
            }
        )
    )


class Change(NamedTuple):
    """A listed number that another version would treat otherwise.

    `was` and `now` are a partner id, `ott`, `unmapped` or `protected`.
    """

    number: int
    batch: int
    was: str
    now: str


def changes(
    standing: Iterable[tuple[int, int]], old: NumberRules, new: NumberRules
) -> Iterator[Change]:
    """The changes among numbers that stand blocked, given with the batch that blocked them."""
    for number, batch in standing:
        digits = str(number)
        was, now = treated(digits, old), treated(digits, new)
        if was != now:
            yield Change(number, batch, was, now)


def treated(digits: str, rules: NumberRules) -> str:
    """Where E.164 digits would go under these rules."""
    if rules.is_protected(digits):
        return PROTECTED
    if not digits.startswith("62"):
        return OTT_ROUTE
    row = rules.plan_row(digits)
    return row.partner if row is not None else UNMAPPED
