"""Promise F for any text: what is accepted is what was written; judged by code of its own."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.numbers import Outcome, decide
from gateway.domain.rules import RULES
from tests.domain.number_rules import seed_rules

PREFIXES = ("", "0", "62", "620", "0062")
DIGIT = st.sampled_from("0123456789")
NATIONAL = st.from_regex(r"87[0-5][0-9]{6,9}", fullmatch=True)
LEAD = st.sampled_from(["", "0", "62", "+62", "+62 0", "0062", "+", "00", "'", "wa.me/62", "tel:"])
SIGNS = " -.()[]+/;,:_*x#'\"@\u00a0\u200f\u202e\u200b\u2011OlSE\n\uff10\u0660\u00b2"
JUNK = st.sampled_from([*SIGNS, ".0", "62", "0", "8", " ext ", " (Budi)", "@c.us"])


def written_digits(raw: str) -> str:
    """Every decimal digit of a text in order, less a trailing `.0`."""
    text = raw.strip()
    whole = text[:-2] if re.search(r"\.0['\"]?$", text) else text
    return "".join(str(unicodedata.decimal(char)) for char in whole if char.isdecimal())


def assert_as_written(raw: str) -> None:
    """The promise itself, judged on the raw text."""
    decision = decide(raw, seed_rules())
    assert decision.rule in RULES
    assert decision.reason
    assert (decision.number is None) == (decision.outcome is not Outcome.ACCEPTED)
    if decision.number is None:
        return
    digits = written_digits(raw)
    if decision.foreign:
        assert str(decision.number) == digits.removeprefix("00")
        assert "+" in raw or "\uff0b" in raw or digits.startswith("00") or "@" in raw or "/" in raw
        return
    national = str(decision.number).removeprefix("62")
    assert digits in {prefix + national for prefix in PREFIXES}
    parsed = phonenumbers.parse(f"+{decision.number}")
    assert phonenumbers.is_valid_number(parsed)
    assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:] == str(
        decision.number
    )


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A clean spelling with pieces put in, taken out or doubled at any place."""
    text = draw(LEAD) + draw(NATIONAL)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 1))
        text = text[:at] + draw(JUNK) + text[at + cut :]
    return text


@given(spoiled())
@example("087034567890.0")
@example("870.345.678")
@example("0870345678.0.0")
def test_a_spoiled_spelling_is_never_accepted_as_another_number(raw: str) -> None:
    assert_as_written(raw)


@given(st.text(max_size=40))
def test_any_text_at_all_is_decided_and_never_changed(raw: str) -> None:
    assert_as_written(raw)


@given(st.text(st.sampled_from("0123456789+-. ()628"), max_size=22))
def test_any_arrangement_of_digits_and_signs_is_never_changed(raw: str) -> None:
    assert_as_written(raw)


@given(NATIONAL)
def test_every_clean_spelling_of_a_number_is_accepted(national: str) -> None:
    groups = (national[:3], national[3:7], national[7:])
    spellings = [f"{prefix}{national}" for prefix in ("", "0", "62", "+62", "+62 0", "0062", "'0")]
    spellings += [
        f"0{'-'.join(groups)}", f"0{' '.join(groups)}", f"0{'.'.join(groups)}",
        f"+62 {'-'.join(groups)}", f"(0{groups[0]}) {groups[1]}-{groups[2]}",
        f"{national}.0", f"62{national}.0", f"https://wa.me/62{national}", f"62{national}@c.us",
    ]  # fmt: skip
    for raw in spellings:
        assert decide(raw, seed_rules()).number == int("62" + national)


@given(st.text(DIGIT, min_size=7, max_size=15))
def test_a_foreign_number_is_what_phonenumbers_says_it_is(digits: str) -> None:
    decision = decide(f"+{digits}", seed_rules())
    if decision.number is not None and decision.foreign:
        parsed = phonenumbers.parse(f"+{digits}")
        assert phonenumbers.is_valid_number(parsed)
        assert not digits.startswith(("62", "8"))


@given(st.from_regex(r"[1-9][0-9]{8,11}", fullmatch=True), st.sampled_from(["+62", "0"]))
def test_full_spellings_agree_with_phonenumbers(national: str, prefix: str) -> None:
    """In these two forms the library makes no repair, so both must call the same numbers mobile."""
    decision = decide(prefix + national, seed_rules())
    parsed = phonenumbers.parse(prefix + national, "ID")
    mobile = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    as_written = str(parsed.national_number) == national
    if decision.number is not None or decision.rule == "unmapped":
        assert mobile and as_written
    elif mobile and as_written:
        assert decision.rule == "protected"
