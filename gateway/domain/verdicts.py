"""How a row ended, as decided rows have it. Few verdicts stand for many rows: each is made once."""

from __future__ import annotations

from functools import cache

from gateway.domain.rules import RULES, Outcome

Verdict = tuple[str, str, str, str, bool]
"""Outcome, confidence, route, rule and test, as a decided row has them."""

Found = tuple[int, Verdict]
"""The accepted number, 0 for none, and the verdict."""

_ACCEPTED = str(Outcome.ACCEPTED)


@cache
def refusal(rule: str) -> Verdict:
    """That of a rule which accepts nothing."""
    return str(RULES[rule].outcome), "", "", rule, False


@cache
def refused(rule: str) -> Found:
    """No number, by this rule."""
    return 0, refusal(rule)


@cache
def acceptance(rule: str, route: str, *, test: bool) -> Verdict:
    """That of a number accepted by a rule for a route; the rule says how sure it is."""
    return _ACCEPTED, "certain" if RULES[rule].certain else "inferred", route, rule, test
