"""Number rules of the seed for tests, and one synthetic number with its E.164 form."""

from __future__ import annotations

from datetime import date
from functools import cache

from config.seed import load_seed
from gateway.domain.numbering import NumberRules, rules_from_tables

DAY = date(2026, 11, 24)
NUMBER = 6287034567890  # +62 870 3456 7890, a prefix that no operator has


@cache
def seed_rules() -> NumberRules:
    """The rules as `palang intake check` loads them."""
    return rules_from_tables(load_seed().tables, DAY)
