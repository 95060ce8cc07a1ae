"""Against phonenumbers: where we accept it agrees; where we refuse what it takes, a rule says why.

phonenumbers is no oracle for bad cells (domain.md 3.4): it drops letters and takes the first of two
numbers. So the other direction is a list of rules by which we are stricter, and nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random

import phonenumbers
import pytest

from gateway.domain.numbers import decide
from gateway.domain.numbers_foreign import foreign_kind
from gateway.domain.rules import RULES
from tests.domain.number_rules import seed_rules
from tests.intake.lists import HEADER, mixed_rows

_NUMBER = HEADER.index("NOMOR HP")
# Rules by which a cell is refused that the library reads as a valid number, and why we are right.
STRICTER = {
    "letters": "it drops letters, or reads them as a keypad",
    "bracket_doubt": "it drops words in brackets",
    "extension": "it takes extensions off",
    "two_numbers": "it takes the first of two numbers",
    "masked": "x is a 9 on a keypad, and an extension",
    "odd_character": "it drops what it does not know",
    "grouping": "it drops separators, whatever they separate",
    "amount_or_date": "an amount of money is no number",
    "direction": "it reads the bytes, a person the screen",
    "scientific": "digits are lost",
    "plus_before_8": "another country, or a lost zero",
    "odd_prefix": "it takes national prefixes off again",
    "idd_unclear": "00 is no prefix of Indonesia, 001 and 008 are",
    "bare_digits": "an account number can be a fixed line",
    "fixed_line": "no partner takes fixed lines",
    "protected": "emergency, toll-free and service numbers",
    "short_code": "no subscriber",
    "not_mobile": "a service range",
    "unmapped": "no operator in the numbering plan",
    "foreign_service": "toll-free and premium numbers abroad",
    "foreign_invalid": "it repairs a foreign number by taking its national zero out",
    "link_unclear": "a number in a link to something else",
    "sender_id": "a user name with digits in it",
    "too_long": "more digits than an Indonesian mobile number has",
    "too_short": "short fixed lines",
    "long_text": "a story",
    "identity_number": "sixteen digits",
    "total_row": "a total is no number",
    "note": "words only",
}


_SHORT = re.compile(r"(?<![0-9+])62(?=[0-9]{9}(?![0-9]))")


def _repaired(cell: str, rule: str) -> str:
    """Two ways of writing that the library is known to read as another number, made fit for it.

    Domain.md 3.4: a float's last zero becomes a digit, and 62 with nine digits a fixed line.
    """
    text = cell.strip().removesuffix(".0") if rule == "float_tail" else cell
    if rule == "short_62":
        return "+" + text.strip()
    return _SHORT.sub("+62", text) if rule in ("link", "float_tail") else text


def _valid(cell: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(cell, "ID")
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _inputs(seed: int, count: int) -> Iterator[str]:
    """Cells of the oracle, and as many digit strings with any prefix and length."""
    rng = Random(seed)
    for known in mixed_rows(seed, count // 2):
        yield known.cells[_NUMBER] if len(known.cells) > _NUMBER else ""
    for _ in range(count // 2):
        lead = rng.choice(("", "0", "62", "+62", "+", "00", "+62 0", "08", "+628", "8"))
        yield lead + "".join(rng.choice("0123456789") for _ in range(rng.randrange(3, 14)))


def _compare(seed: int, count: int) -> Counter[tuple[str, str]]:
    """Disagreements by rule: no number is ever shown by a test."""
    wrong: Counter[tuple[str, str]] = Counter()
    for cell in _inputs(seed, count):
        decision = decide(cell, seed_rules())
        if decision.number is not None:
            written = phonenumbers.parse(f"+{decision.number}")
            if not phonenumbers.is_valid_number(written):
                wrong["accepted though not valid", decision.rule] += 1
            theirs = _valid(_repaired(cell, decision.rule))
            e164 = theirs and phonenumbers.format_number(theirs, 0)
            if theirs and e164 != f"+{decision.number}":
                wrong["another number", decision.rule] += 1
        elif decision.rule not in STRICTER and _valid(cell):
            wrong["refused by no named rule", decision.rule] += 1
    return wrong


def test_where_we_accept_phonenumbers_agrees_and_where_not_a_rule_says_why() -> None:
    assert _compare(31, 10_000) == Counter()


@pytest.mark.long
def test_a_million_inputs_agree_or_are_refused_by_a_named_rule() -> None:
    assert _compare(32, 1_000_000) == Counter()


def test_every_stricter_rule_is_one_of_the_closed_list_and_accepts_nothing() -> None:
    assert all(str(RULES[rule].outcome) != "accepted" for rule in STRICTER)


def _foreign(seed: int, count: int) -> Counter[str]:
    """The shorter way to a foreign number's kind against parsing it."""
    rng, wrong = Random(seed), Counter[str]()
    for place in range(count):
        # in some of Belarus the library finds a national prefix to take away
        lead, most = ("375810", 8) if place % 10 == 0 else (str(rng.randrange(1, 10)), 15)
        digits = lead + "".join(rng.choice("0123456789") for _ in range(rng.randrange(4, most)))
        try:
            number = phonenumbers.parse("+" + digits)
        except phonenumbers.NumberParseException:
            expected = None
        else:
            same = phonenumbers.format_number(number, 0) == "+" + digits
            valid = same and phonenumbers.is_valid_number(number)
            expected = phonenumbers.number_type(number) if valid else None
        wrong["differs"] += foreign_kind(digits) != expected
    return +wrong


def test_the_short_way_to_a_foreign_number_says_what_parsing_says() -> None:
    assert _foreign(33, 3_000) == Counter()


@pytest.mark.long
def test_the_short_way_agrees_on_three_hundred_thousand_foreign_numbers() -> None:
    assert _foreign(34, 300_000) == Counter()
