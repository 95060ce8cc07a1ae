"""Deciding what a raw cell is: one number, exactly as written, or a named reason why not.

Promise F (design 5): the accepted national number is the written digits in order, less one prefix
of a closed list (`0`, `62`, `+62`, `+62 0`, `0062`) and a trailing `.0`; doubt holds the row.
Phonenumbers is asked about foreign numbers only, because for Indonesian cells it repairs what it
should doubt (domain.md 3.4).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from phonenumbers import PhoneNumberType as Kind

from gateway.domain.cells import Written, read_cell
from gateway.domain.numbering import OTT_ROUTE, NumberRules, mask
from gateway.domain.numbers_foreign import foreign_kind, is_possible
from gateway.domain.rules import REASONS, RULES, Outcome
from gateway.domain.verdicts import Found, acceptance, refused

__all__ = ["Decision", "Outcome", "decide", "mask"]


class Decision(NamedTuple):
    """What became of one cell.

    `number` (E.164 digits), `confidence` (certain | inferred) and `route` (partner id, or `ott` for
    foreign numbers) are set only when accepted. `rule` is a code of rules.RULES, `reason` its
    English sentence with the next step; neither holds any part of the cell.
    """

    outcome: Outcome
    number: int | None
    confidence: str
    route: str
    rule: str
    reason: str
    foreign: bool
    test: bool


# Lengths and second digits of Indonesian mobiles, as in phonenumbers' metadata (domain.md 3.5).
_MOBILE = re.compile(r"8[1-35-9][0-9]{7,10}").fullmatch
_FOREIGN = "foreign"  # the only rule that accepts a number of another country
_LONGEST_SERVICE = 8  # digits: 1500xxx and a margin; a longer run is an account, not a service code
_SUBSCRIBER_KINDS = frozenset(
    (Kind.MOBILE, Kind.FIXED_LINE, Kind.FIXED_LINE_OR_MOBILE, Kind.VOIP, Kind.PERSONAL_NUMBER)
)


def decide(raw: str, rules: NumberRules) -> Decision:
    """Decide one raw cell. Pure; never raises for any text.

    The accepted number is the written one or none: see the module's head for promise F.
    """
    number, (outcome, confidence, route, rule, test) = find(raw, rules)
    reason, foreign = REASONS[rule], rule == _FOREIGN
    kept = number or None
    return Decision(Outcome(outcome), kept, confidence, route, rule, reason, foreign, test)


def find(raw: str, rules: NumberRules) -> Found:
    """The same as `decide`, as decided rows have it: for many cells at once."""
    written = read_cell(raw)
    return refused(written) if isinstance(written, str) else _by_prefix(written, rules)


def _by_prefix(written: Written, rules: NumberRules) -> Found:
    """Take one prefix of the closed list off, or refuse."""
    digits, form = written.digits, written.form
    if written.plus:
        return _after_plus(digits, form, rules)
    if digits.startswith("0062"):
        return _national(digits[4:], "country_code", form, rules)
    if digits.startswith("00"):
        return _after_double_zero(digits, form, rules)
    if digits.startswith("0"):
        return _national(digits[1:], "national_zero", form, rules)
    if digits.startswith("62"):
        rule = "short_62" if len(digits) == 11 else "country_code"
        return _national(digits[2:], rule, form, rules)
    if digits.startswith("8"):
        return _national(digits, "lost_zero", form, rules)
    return _bare(digits, rules)


def _after_plus(digits: str, form: str, rules: NumberRules) -> Found:
    if digits.startswith("620"):
        return _national(digits[3:], "country_code_zero", form, rules)
    if digits.startswith("62"):
        return _national(digits[2:], "country_code", form, rules)
    if digits.startswith("8"):
        return refused("plus_before_8")
    return refused("odd_prefix") if digits.startswith("0") else _foreign(digits, rules)


def _after_double_zero(digits: str, form: str, rules: NumberRules) -> Found:
    """00 and a country code, unless it may be 001, 007, 008 or 009 and a country code."""
    if digits[2:3] in ("", "0"):
        return refused("odd_prefix")
    if digits[2] == "8" or (digits[2] in "179" and is_possible(digits[3:])):
        return refused("idd_unclear")
    return _foreign(digits[2:], rules)


def _national(national: str, rule: str, form: str, rules: NumberRules) -> Found:
    if _MOBILE(national):
        return _mobile(national, rule, form, rules)
    if rules.is_protected("62" + national):
        return refused("protected")
    return refused(_why_not_mobile(national))


def _mobile(national: str, rule: str, form: str, rules: NumberRules) -> Found:
    """Route a well-formed mobile number by the plan; a protected or unmapped one goes nowhere."""
    digits = "62" + national
    row = rules.common_row(digits)
    if row is None:
        if rules.is_protected(digits):
            return refused("protected")
        row = rules.plan_row(digits)
    if row is None:
        return refused("unmapped")
    named = form if form and (RULES[rule].certain or not RULES[form].certain) else rule
    return int(digits), acceptance(named, row.partner, test=row.test)


def _why_not_mobile(national: str) -> str:
    if national[:1] in ("", "0") or re.match("628[0-9]{8}", national):
        return "odd_prefix"
    if national.startswith("1"):
        return "short_code" if len(national) <= 8 else "too_long"
    if national.startswith("8"):
        if len(national) < 9:
            return "too_short"
        return "not_mobile" if national[1] in "04" else "too_long"
    if len(national) <= 6:
        return "too_short"
    return "fixed_line" if len(national) <= 11 else "too_long"


def _bare(digits: str, rules: NumberRules) -> Found:
    """Digits without 0, 62, + or 8: a short code at most, never a number to accept."""
    if len(digits) <= _LONGEST_SERVICE and rules.is_protected("62" + digits):
        return refused("protected")
    if len(digits) == 16:
        return refused("identity_number")
    return refused("short_code" if len(digits) <= 6 else "bare_digits")


def _foreign(digits: str, rules: NumberRules) -> Found:
    """Accept a foreign number only if phonenumbers reads exactly the written digits as valid."""
    if rules.is_protected(digits):
        return refused("protected")
    kind = foreign_kind(digits)
    if kind is None:
        return refused("foreign_invalid")
    if kind not in _SUBSCRIBER_KINDS:
        return refused("foreign_service")
    row = rules.plan_row(digits)
    test = row is not None and row.test
    return int(digits), acceptance(_FOREIGN, OTT_ROUTE, test=test)
