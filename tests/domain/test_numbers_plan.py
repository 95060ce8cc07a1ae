"""The numbering plan and the protected list: dated, unambiguous, never passed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import phonenumbers
import pytest
from phonenumbers import carrier

from config.seed import load_seed
from gateway.domain.errors import InputError
from gateway.domain.numbering import (
    NumberingPlan,
    NumberRules,
    PlanRow,
    ProtectedRow,
    protected_rows,
    rules_from_tables,
)
from gateway.domain.numbers import Outcome, decide
from gateway.domain.protection import matches_nothing
from gateway.domain.rules import RULES
from tests.domain.number_rules import DAY, NUMBER, seed_rules

LABELS = {
    "Telkomsel": "telkomsel",
    "Indosat Ooredoo Hutchison": "indosat",
    "XL": "xlsmart",
    "AXIS": "xlsmart",
    "Smartfren": "xlsmart",
}


def _row(ndc: str, partner: str, start: str = "2020-01-01", end: str | None = None) -> PlanRow:
    ends = date.fromisoformat(end) if end else None
    return PlanRow(ndc, partner, date.fromisoformat(start), ends, "test", True)


def test_every_real_prefix_goes_to_the_licensee_that_phonenumbers_names() -> None:
    plan = seed_rules().plan
    named = 0
    for ndc in range(810, 900):
        number = int(f"62{ndc}" + "0" * 8)  # built here, never kept
        parsed = phonenumbers.parse(f"+{number}")
        label = carrier.name_for_number(parsed, "en")
        row = plan.partner_for(number, DAY)
        if label:
            named += 1
            assert row is not None
            assert (row.partner, row.test) == (LABELS[label], False)
        else:
            assert row is None or row.test
    assert named == 38


@pytest.mark.parametrize("ndc", ["884", "885", "886", "828", "868"])
def test_a_prefix_without_a_sourced_licensee_is_held_as_unmapped(ndc: str) -> None:
    decision = decide(f"0{ndc}" + "0" * 8, seed_rules())
    assert (decision.outcome, decision.rule) == (Outcome.HELD, "unmapped")


def test_test_prefixes_go_to_test_operators() -> None:
    routes = {ndc: decide(f"0{ndc}34567890", seed_rules()) for ndc in range(870, 876)}
    assert [routes[ndc].route for ndc in range(870, 876)] == [
        "opr-uji-a", "opr-uji-a", "opr-uji-b", "opr-uji-b", "opr-uji-c", "opr-uji-c",
    ]  # fmt: skip
    assert all(decision.test for decision in routes.values())


def test_the_longest_prefix_wins() -> None:
    plan = NumberingPlan("v", (_row("870", "opr-a"), _row("87034", "opr-b")))
    found = plan.partner_for(NUMBER, DAY)
    assert found is not None and found.partner == "opr-b"
    assert decide("087034567890", NumberRules(plan, (), DAY)).route == "opr-b"
    assert decide("087012345678", NumberRules(plan, (), DAY)).route == "opr-a"


def test_a_prefix_changes_hands_on_its_day() -> None:
    old, new = _row("870", "opr-a", end="2025-04-15"), _row("870", "opr-b", start="2025-04-16")
    plan = NumberingPlan("v", (old, new))
    assert decide("087034567890", NumberRules(plan, (), date(2025, 4, 15))).route == "opr-a"
    assert decide("087034567890", NumberRules(plan, (), date(2025, 4, 16))).route == "opr-b"
    assert plan.partner_for(NUMBER, date(2019, 12, 31)) is None
    assert decide("087034567890", NumberRules(plan, (), date(2019, 12, 31))).rule == "unmapped"


def test_two_partners_for_one_prefix_on_one_day_are_refused() -> None:
    with pytest.raises(InputError, match="opr-a and opr-b"):
        NumberingPlan("v", (_row("870", "opr-a"), _row("0870", "opr-b", start="2024-01-01")))


@pytest.mark.parametrize("pattern", ["0870 999", "", "87O", "+"])
def test_a_prefix_that_is_not_digits_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="digits"):
        NumberingPlan("v", (_row(pattern, "opr-a"),))


@pytest.mark.parametrize(
    "written",
    ["62870", "6287034567890", "0062870", "0087034567890", "+6208703456789", "+0870", "62", "0",
     "06287034567890", "0628703456789", "+62870345678901234", "0870345678901234"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["numbering_plan", "protected_numbers"])
def test_a_pattern_in_another_form_is_refused_and_its_row_named(kind: str, written: str) -> None:
    """It would be read as a number that nobody has, and so protect or route nothing."""
    plan = [("870", "opr-a", "2024-01-01", "", "1", "s")]
    protected = [("110", "exact", "2024-01-01", "s")]
    if kind == "numbering_plan":
        plan.append((written, *plan[0][1:]))
    else:
        protected.append((written, *protected[0][1:]))
    tables = [
        _Table("numbering_plan", "v", PLAN, tuple(plan)),
        _Table("protected_numbers", "v", PROTECTED, tuple(protected)),
    ]
    with pytest.raises(InputError, match=f"{kind} v, row 2: expected .* 870, 0870") as refused:
        rules_from_tables(tables, DAY)
    assert len(written) < 9 or written.lstrip("+0") not in str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "match", "nothing"),
    [
        ("087034567890", "exact", False),
        ("0870345", "exact", True),  # too short to be a number: meant as a prefix
        ("0870345", "prefix", False),
        ("+62870", "prefix", False),
        ("0840", "prefix", True),  # no operator has 84
        ("0215551234", "exact", True),
        ("110", "exact", False),
        ("1500", "prefix", False),
        ("800", "prefix", False),
        ("+61491570006", "exact", False),
        ("+614915700", "exact", True),
        ("+614", "prefix", False),
        ("+62", "prefix", False),
        ("+62", "exact", True),
    ],
)
def test_a_protected_row_that_matches_no_number_is_known(
    pattern: str, match: Literal["exact", "prefix"], nothing: bool
) -> None:
    row = ProtectedRow(pattern, match, "test", date(2024, 1, 1))
    assert matches_nothing(row) is nothing


def test_every_protected_row_that_ships_matches_numbers() -> None:
    rows = protected_rows(load_seed().table("protected_numbers"))
    assert rows and not any(map(matches_nothing, rows))


@pytest.mark.parametrize(
    ("pattern", "match"),
    [("087034567890", "exact"), ("87034567890", "exact"), ("+6287034567890", "exact"),
     ("0870345", "prefix")],
)  # fmt: skip
@pytest.mark.parametrize(
    "raw", ["087034567890", "+62 870 3456 7890", "87034567890.0", "wa.me/6287034567890"]
)
def test_a_protected_mobile_is_refused_in_every_spelling(
    pattern: str, match: str, raw: str
) -> None:
    kind = "exact" if match == "exact" else "prefix"
    row = ProtectedRow(pattern, "exact" if kind == "exact" else "prefix", "test", date(2020, 1, 1))
    rules = NumberRules(seed_rules().plan, (row,), DAY)
    decision = decide(raw, rules)
    assert (decision.outcome, decision.rule, decision.number) == (
        Outcome.REJECTED, "protected", None,
    )  # fmt: skip
    assert decide("087034567891", rules).outcome is (
        Outcome.ACCEPTED if kind == "exact" else Outcome.REJECTED
    )


def test_a_protected_foreign_number_is_refused() -> None:
    row = ProtectedRow("+61491570006", "exact", "test", date(2020, 1, 1))
    rules = NumberRules(seed_rules().plan, (row,), DAY)
    assert decide("+61 491 570 006", rules).rule == "protected"


def test_protection_begins_on_its_day() -> None:
    row = ProtectedRow("087034567890", "exact", "test", date(2026, 11, 25))
    assert decide("087034567890", NumberRules(seed_rules().plan, (row,), DAY)).number == NUMBER


def test_no_number_of_the_never_block_list_is_ever_accepted() -> None:
    rules = seed_rules()
    ranges = [f"14{tail:03}" for tail in range(1000)] + [f"1500{tail:03}" for tail in range(1000)]
    services = [
        f"{head}{tail:07}" for head in (800, 804, 807, 809) for tail in range(0, 10**7, 9973)
    ]
    codes = ["110", "112", "113", "115", "117", "118", "119", "129", "157", "159"]
    for number in ranges + services + codes:
        for form in ("{}", "0{}", "62{}", "+62{}", "+62 0{}", "0062{}", "{}.0", "'{}"):
            assert decide(form.format(number), rules).number is None


@dataclass(frozen=True)
class _Table:
    kind: str
    version: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


PLAN = ("ndc", "partner", "valid_from", "valid_to", "test", "source")
PROTECTED = ("pattern", "match", "valid_from", "source")


@pytest.mark.parametrize(
    ("plan", "protected", "message"),
    [
        (("870", "opr-a", "2024-01-01", "", "yes", "s"), None, "test 0 or 1"),
        (("870", "opr-a", "1/1/2024", "", "1", "s"), None, "YYYY-MM-DD"),
        (("870", "opr-a", "2024-01-01", "later", "1", "s"), None, "YYYY-MM-DD"),
        (None, ("110", "whole", "2024-01-01", "s"), "exact or prefix"),
        (None, ("110", "exact", "", "s"), "YYYY-MM-DD"),
    ],
)
def test_a_table_row_that_can_not_be_read_is_refused(
    plan: tuple[str, ...] | None, protected: tuple[str, ...] | None, message: str
) -> None:
    good = (
        ("870", "opr-a", "2024-01-01", "2026-12-31", "1", "s"),
        ("110", "exact", "2024-01-01", "s"),
    )
    tables = [
        _Table("numbering_plan", "v", PLAN, (plan or good[0],)),
        _Table("protected_numbers", "v", PROTECTED, (protected or good[1],)),
    ]
    with pytest.raises(InputError, match=message):
        rules_from_tables(tables, DAY)


def test_tables_read_back_from_anywhere_make_the_same_rules() -> None:
    tables = [
        _Table(
            "numbering_plan", "v", PLAN, (("870", "opr-a", "2024-01-01", "2026-12-31", "0", "s"),)
        ),
        _Table("protected_numbers", "v", PROTECTED, (("0870345", "prefix", "2024-01-01", "s"),)),
    ]
    rules = rules_from_tables(tables, DAY)
    assert decide("087012345678", rules).route == "opr-a"
    assert not decide("087012345678", rules).test
    assert decide("087034567890", rules).rule == "protected"
    later = rules_from_tables(tables, date(2027, 1, 1))
    assert decide("087012345678", later).rule == "unmapped"
    with pytest.raises(InputError, match="a column match"):
        rules_from_tables(
            [tables[0], _Table("protected_numbers", "v", ("pattern",), (("1",),))], DAY
        )


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (("2020-01-01", "2020-12-31"), ("2021-01-01", None), False),
        (("2021-01-01", None), ("2020-01-01", "2020-12-31"), False),
        (("2020-01-01", "2020-12-31"), ("2020-12-31", None), True),
        (("2020-12-31", None), ("2020-01-01", "2020-12-31"), True),
        (("2020-01-01", None), ("2030-01-01", None), True),
    ],
)
def test_periods_of_one_prefix_may_touch_and_never_overlap(
    first: tuple[str, str | None], second: tuple[str, str | None], clash: bool
) -> None:
    rows = (_row("870", "opr-a", *first), _row("870", "opr-b", *second))
    if clash:
        with pytest.raises(InputError, match="at a time"):
            NumberingPlan("v", rows)
    else:
        assert NumberingPlan("v", rows).rows == rows


def test_rules_need_both_tables() -> None:
    with pytest.raises(InputError, match="protected_numbers"):
        rules_from_tables([load_seed().table("numbering_plan")], DAY)


def test_every_rule_is_explained_in_both_languages_and_its_example_shows_it() -> None:
    by_place = {"repeat", "repeat_sheet", "hidden_row", "header_again"}
    by_place |= {"shifted_row", "total_unclear", "unknown_action"}
    by_place |= {"conflicting_action", "direction", "long_text"}  # told by more than one cell
    by_place |= {"released_before", "unknown_code", "resent", "resent_changed"}  # by tables
    by_place |= {"resent", "resent_changed"}  # told by an earlier file
    by_place |= {"unattended"}  # told by who looked on
    by_place |= {
        "relisted",
        "owner_changed",
        "caller_id_only",
    }  # by what happened to the number before
    for rule in RULES.values():
        assert all((rule.text_en, rule.todo_en, rule.text_id, rule.todo_id))
        assert rule.reason.endswith(".")
        if rule.code not in by_place:
            decision = decide(rule.example, seed_rules())
            assert (decision.rule, decision.outcome) == (rule.code, rule.outcome)
