"""Cells of domain.md 3.4 and worse ones: accepted exactly as written, or refused by name."""

from __future__ import annotations

import pytest

from gateway.domain.numbers import Outcome, decide, mask
from tests.domain.number_rules import NUMBER, seed_rules

# Every way of writing NUMBER that is accepted, with its rule.
AS_WRITTEN = [
    ("national_zero", "087034567890"),
    ("national_zero", "0870-3456-7890"),
    ("national_zero", "0870 3456 7890"),
    ("national_zero", "0870.3456.7890"),
    ("national_zero", "(0870) 3456-7890"),
    ("national_zero", "[0870] 3456 7890"),
    ("national_zero", "0870 - 3456 - 7890"),
    ("national_zero", "0870\u20133456\u20147890"),
    ("national_zero", "08 70 34 56 78 90"),
    ("national_zero", "0 870 3456 7890"),
    ("national_zero", "0870-34567-890"),
    ("national_zero", "'087034567890"),
    ("national_zero", "\u2019087034567890"),
    ("national_zero", '="087034567890"'),
    ("national_zero", '"087034567890"'),
    ("national_zero", "  087034567890\t"),
    ("national_zero", "0870\u00a03456\u00a07890"),
    ("national_zero", "\ufeff0870\u200b34567890"),
    ("national_zero", "0\u00ad87034567890"),
    ("national_zero", "\u200f087034567890"),
    ("national_zero", "\uff10\uff18\uff17\uff10\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10"),
    ("national_zero", "\u0660\u0668\u0667\u0660\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660"),
    ("national_zero", "\u06f0\u06f8\u06f7\u06f0\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u06f0"),
    ("country_code", "6287034567890"),
    ("country_code", "+6287034567890"),
    ("country_code", "+62 870-3456-7890"),
    ("country_code", "+62.870.3456.7890"),
    ("country_code", "(+62) 870 3456 7890"),
    ("country_code", "+62 (870) 3456 7890"),
    ("country_code", "62 870 3456 7890"),
    ("country_code", "\uff0b62 870 3456 7890"),
    ("country_code", "006287034567890"),
    ("country_code", "00 62 870-3456-7890"),
    ("country_code", "\u202a+62\u00a0870\u20113456\u20117890\u202c"),
    ("country_code_zero", "+62 087034567890"),
    ("country_code_zero", "+62 0870-3456-7890"),
    ("country_code_zero", "+62 (0)870-3456-7890"),
    ("link", "wa.me/6287034567890"),
    ("link", "https://wa.me/6287034567890"),
    ("link", "HTTPS://WA.ME/+6287034567890"),
    ("link", "https://wa.me/6287034567890?text=Halo%20kak"),
    ("link", "wa.me/087034567890"),
    ("link", "https://api.whatsapp.com/send?phone=6287034567890"),
    ("link", "https://api.whatsapp.com/send/?phone=%2B6287034567890&text&app_absent=0"),
    ("link", "whatsapp://send?phone=6287034567890"),
    ("link", "6287034567890@c.us"),
    ("link", "6287034567890@s.whatsapp.net"),
    ("link", "tel:+62-870-3456-7890"),
    ("link", "tel:087034567890"),
    ("bracket_note", "0870-3456-7890 (Budi)"),
    ("bracket_note", "087034567890 [WA]"),
]
INFERRED = [
    ("lost_zero", "87034567890"),
    ("lost_zero", "870-3456-7890"),
    ("lost_zero", "tel:87034567890"),
    ("lost_zero", "870 3456 7890"),
    ("float_tail", "6287034567890.0"),
    ("float_tail", "87034567890.0"),
    ("float_tail", "087034567890.0"),
]
# What must never be accepted, with the rule that names why.
REFUSED = [
    ("letters", "0870345678l0"),
    ("letters", "O87034567890"),
    ("letters", "\u041e87034567890"),
    ("letters", "08703456789O"),
    ("letters", "0870S4567890"),
    ("letters", "0870345678\u3007"),
    ("letters", "\u00b2087034567890"),
    ("letters", "087034567890\u00b2"),
    ("letters", "\u096687034567890"),
    ("letters", "hub: 087034567890"),
    ("letters", "0870-3456-7890 Budi"),
    ("letters", "+6287034567890 WA"),
    ("letters", "Rp 870.345.678"),
    ("letters", "870345678E1"),
    ("letters", "\u0966\u096e\u096d\u0966\u0969\u096a\u096b\u096c\u096d\u096e\u096f\u0966"),
    ("bracket_doubt", "0870-3456-7890 (korban)"),
    ("bracket_doubt", "0870-3456-7890 (bukan pelaku)"),
    ("bracket_doubt", "0870-3456-7890 (istri Budi)"),
    ("bracket_doubt", "0870-3456-7890 (?)"),
    ("bracket_doubt", "0870-3456-7890 (salahnomor)"),
    ("bracket_doubt", "0870-3456-7890 (dicabut)"),
    ("bracket_doubt", "0870-3456-7890 (klarifikasi)"),
    ("bracket_doubt", "0870-3456-7890 (nonaktif)"),
    ("bracket_doubt", "0870-3456-7890 (pembeli)"),
    ("extension", "087034567890 ext 12"),
    ("extension", "087034567890x12"),
    ("extension", "087034567890 pes. 3"),
    ("masked", "0870 xxxx 7890"),
    ("masked", "+62 870 XXXX 7890"),
    ("masked", "08703456***"),
    ("masked", "0870\u2022\u2022\u2022\u20227890"),
    ("masked", "0870345678..."),
    ("masked", "0870345678\u2026"),
    ("masked", "0870----7890"),
    ("masked", "0870_3456_7890"),
    ("masked", "*888#"),
    ("two_numbers", "087034567890;087134567890"),
    ("two_numbers", "087034567890 / 087134567890"),
    ("two_numbers", "087034567890, 087134567890"),
    ("two_numbers", "087034567890\n087134567890"),
    ("two_numbers", "087034567890 atau 087134567890"),
    ("two_numbers", "087012 087134"),
    ("two_numbers", "087034567890 087134567890"),
    ("odd_character", "0870/3456/7890"),
    ("odd_character", "087034567890,0"),
    ("odd_character", "087034567890,"),
    ("odd_character", "0870\n34567890"),
    ("odd_character", "0\ufe0f\u20e38703456789"),
    ("odd_character", "0870345\u03386789"),
    ("direction", "\u202e087034567890"),
    ("direction", "\u200f0870 3456 7890"),
    ("direction", "\u0660\u0668\u0667\u0660 \u0663\u0664\u0665\u0666 \u0667\u0668\u0669\u0660"),
    ("direction", "0870\u0663\u0664\u0665\u06667890"),
    ("grouping", "1. 087034567890"),
    ("grouping", "1) 087034567890"),
    ("grouping", "[1] 0870-3456-7890"),
    ("grouping", "3. 8703456789"),
    ("amount_or_date", "8. 8703456789"),
    ("grouping", "87 - 8701234567"),
    ("grouping", "870 870123456"),
    ("grouping", "0870-3456-7890 (2)"),
    ("grouping", "0870 3456 7890 (2)"),
    ("grouping", "087034567890 (2)"),
    ("grouping", "0870345678-79"),
    ("grouping", "0870123456-57"),
    ("grouping", "0870-123456-57"),
    ("grouping", "0870345678-9-1"),
    ("grouping", "0870 (3456) 7890"),
    ("grouping", "(0870) 3456 (7890)"),
    ("grouping", "0870 123 456 - 457"),
    ("grouping", "087034567890.00"),
    ("grouping", "087034567890.5"),
    ("grouping", "0870123456.000"),
    ("grouping", "087034567890."),
    ("grouping", "-87034567890"),
    ("grouping", "0870     3456 7890"),
    ("grouping", "(0870 3456 7890"),
    ("grouping", "0870) 3456 7890"),
    ("grouping", "+62+87034567890"),
    ("grouping", "0.8703456789"),
    ("amount_or_date", "870.345.678"),
    ("amount_or_date", "8.703.456.789"),
    ("amount_or_date", "62.870.123.456"),
    ("amount_or_date", "628 703 456 789"),
    ("amount_or_date", "870 345 678"),
    ("amount_or_date", "870-345-678"),
    ("amount_or_date", "08-12-2024 09.30"),
    ("amount_or_date", "08.12.2024 09.30"),
    ("amount_or_date", "08-12-24 09-30"),
    ("too_short", "08/12/2024".replace("/", "")),
    ("odd_character", "08/12/2024 09:30"),
    ("plus_before_8", "+87034567890"),
    ("plus_before_8", "+8613800000000"),
    ("plus_before_8", "wa.me/87034567890"),
    ("plus_before_8", "87034567890@c.us"),
    ("odd_prefix", "+087034567890"),
    ("odd_prefix", "6208703456789"),
    ("odd_prefix", "62 62 870 3456 7890"),
    ("odd_prefix", "+62 62870 3456 7890"),
    ("odd_prefix", "062870 3456 7890"),
    ("odd_prefix", "0062 0870 3456 7890"),
    ("odd_prefix", "+0062 870 3456 7890"),
    ("idd_unclear", "0087034567890"),
    ("idd_unclear", "0012025550123"),
    ("scientific", "6,28123E+12"),
    ("scientific", "6.28123E+12"),
    ("scientific", "8,70346e+10"),
    ("scientific", "6.28703456789E12"),
    ("too_short", "08703456"),
    ("too_short", "087034567"),
    ("too_long", "08703456789012"),
    ("too_long", "+628703456789012"),
    ("protected", "110"),
    ("protected", "+62110"),
    ("protected", "112"),
    ("protected", "159"),
    ("protected", "14045"),
    ("protected", "1500888"),
    ("protected", "+62 1500 888"),
    ("protected", "01500888"),
    ("protected", "0800 1 234567"),
    ("protected", "+62 800 123 4567"),
    ("protected", "8001234567"),
    ("protected", "0807 123 4567"),
    ("protected", "0809 123 4567"),
    ("protected", "0804 123 4567"),
    ("not_mobile", "0840 123 4567"),
    ("short_code", "98870"),
    ("short_code", "123"),
    ("identity_number", "9901010101700001"),
    ("bare_digits", "1234567890"),
    ("bare_digits", "14578670721"),
    ("bare_digits", "61491570006"),
    ("fixed_line", "0299 123456"),
    ("fixed_line", "+62 299 123456"),
    ("fixed_line", "021 1500888"),
    ("unmapped", "0876-3456-7890"),
    ("sender_id", "BANKUJI"),
    ("sender_id", "INFO-UJI"),
    ("sender_id", "@akun_uji"),
    ("sender_id", "@087034567890"),
    ("sender_id", "t.me/akun_uji"),
    ("sender_id", "a@b.example"),
    ("link_unclear", "t.me/+6287034567890"),
    ("link_unclear", "087034567890@example.com"),
    ("link_unclear", "wa.me/62870-3456-7890"),
    ("link_unclear", "wa.me/6287034567890?text=087134567890"),
    ("link_unclear", "https://api.whatsapp.com/send?phone=6287034567890&phone=6287134567890"),
    ("link_unclear", "https://api.whatsapp.com/send?phone=62870345%37890"),
    ("link_unclear", "6287034567890-16123@g.us"),
    ("foreign_invalid", "+61 491 570"),
    ("foreign_invalid", "+61 0491 570 006"),
    ("foreign_invalid", "+999 123 456 789"),
    ("foreign_service", "+1 800 555 0100"),
    ("no_number", "sesuai surat terdahulu"),
    ("no_number", "tel:+"),
    ("letters", "tel:087034567890 (Budi)"),
    ("letters", "hub 0870 xxxx 7890"),
    ("sender_id", "UJI123"),
    ("odd_prefix", "wa.me/+087034567890"),
    ("link_unclear", "https://api.whatsapp.com/send?phone=6287034567890&phone=a"),
    ("link_unclear", "https://api.whatsapp.com/send?phone=6287034567890&text=087134567890"),
    ("link_unclear", "https://api.whatsapp.com/send?phone=6287034567890&n=1"),
    ("link_unclear", "https://api.whatsapp.com/send?phone=6287034567890&app_absent=7"),
    ("odd_prefix", "00"),
    ("odd_prefix", "000 870 3456 7890"),
    ("short_code", "+62 123"),
    ("too_long", "+62 123 456 7890"),
    ("too_short", "0299 123"),
    ("foreign_invalid", "0070123456789"),
    ("long_text", "kronologi " * 30 + "087034567890"),
]
IGNORED = [
    ("empty", ""),
    ("empty", " \u00a0"),
    ("note", "-"),
    ("note", "tidak ada"),
    ("note", "Lihat lampiran"),
    ("note", "N/A"),
    ("total_row", "TOTAL 120"),
    ("total_row", "Jumlah: 25 nomor"),
]


def _ids(cases: list[tuple[str, str]]) -> list[str]:
    return [f"{rule}-{index}" for index, (rule, _) in enumerate(cases)]


@pytest.mark.parametrize(("rule", "raw"), AS_WRITTEN, ids=_ids(AS_WRITTEN))
def test_a_clean_spelling_is_accepted_as_the_number_written(rule: str, raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert (decision.rule, decision.number) == (rule, NUMBER)
    confidence = "inferred" if rule == "bracket_note" else "certain"
    assert (decision.outcome, decision.confidence) == (Outcome.ACCEPTED, confidence)
    assert (decision.route, decision.foreign, decision.test) == ("opr-uji-a", False, True)


@pytest.mark.parametrize(("rule", "raw"), INFERRED, ids=_ids(INFERRED))
def test_a_documented_inference_is_accepted_and_marked(rule: str, raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert (decision.rule, decision.number) == (rule, NUMBER)
    assert decision.confidence == "inferred"


@pytest.mark.parametrize(("rule", "raw"), REFUSED, ids=_ids(REFUSED))
def test_doubt_is_held_or_rejected_with_a_named_rule(rule: str, raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert decision.rule == rule
    assert decision.outcome in (Outcome.HELD, Outcome.REJECTED)
    assert (decision.number, decision.route, decision.confidence) == (None, "", "")


@pytest.mark.parametrize(("rule", "raw"), IGNORED, ids=_ids(IGNORED))
def test_a_cell_that_names_nobody_is_ignored(rule: str, raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert (decision.outcome, decision.rule) == (Outcome.IGNORED, rule)


def test_other_lengths_and_groups_are_accepted_as_written() -> None:
    spellings = {"0870.345.678": 62870345678, "0870 345678901": 62870345678901}
    spellings |= {"0870-0812-3456": 6287008123456, "0870 628 3456": 628706283456}
    spellings |= {"087034 567890": NUMBER, "62 (870) 3456 7890": NUMBER}
    spellings |= {"0870-3456-78": 62870345678, "0870-345-678-90": NUMBER}
    assert {raw: decide(raw, seed_rules()).number for raw in spellings} == spellings


@pytest.mark.parametrize(
    "raw",
    ["0870 3456 7890 2", "0870-3456-7891-2", "+62 870 3456 7892 1", "+62 870-3456-7890-1",
     "62 870 3456 7890 1", "0870 345 678 9 0", "0870-3456-789-12", "870 3456 7890 2",
     "0870-3456-7890/1", "+62 870 345 678 9", "0870.3456.7890.1", "087034567890-2"],
    ids=range(12),
)  # fmt: skip
def test_one_or_two_digits_after_a_whole_number_hold_the_cell(raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert (decision.number, str(decision.outcome)) == (None, "held")


@pytest.mark.parametrize("raw", ["62870.345678", "62.87034567890", "870.34567890"])
def test_a_fraction_of_a_workbook_is_no_number(raw: str) -> None:
    assert decide(raw, seed_rules()).rule == "amount_or_date"
    assert decide("0870.34567890", seed_rules()).number == NUMBER


@pytest.mark.parametrize("raw", ["62870123456", "62 870 123 456", "62-870-123-456"])
def test_62_and_nine_digits_is_a_mobile_and_no_fixed_line(raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert (decision.number, decision.rule) == (62870123456, "short_62")
    assert decision.confidence == "inferred"


@pytest.mark.parametrize(
    "raw",
    ["+61491570006", "+61 491 570 006", "0061491570006", "wa.me/61491570006", "+61 (491) 570 006"],
)
def test_a_foreign_number_goes_to_messaging_partners_only(raw: str) -> None:
    decision = decide(raw, seed_rules())
    assert (decision.outcome, decision.number) == (Outcome.ACCEPTED, 61491570006)
    assert (decision.route, decision.foreign, decision.test) == ("ott", True, True)


@pytest.mark.parametrize(
    ("raw", "number"), [("00441134960123", 441134960123), ("0014165550123", 14165550123)]
)
def test_a_foreign_number_outside_the_test_range_is_no_test(raw: str, number: int) -> None:
    decision = decide(raw, seed_rules())  # both are reserved for fiction in their countries
    assert (decision.number, decision.route, decision.test) == (number, "ott", False)


def test_nine_digits_after_0_or_plus_62_are_certain() -> None:
    for raw in ("0870345678", "+62870345678"):
        assert decide(raw, seed_rules()).confidence == "certain"


def test_a_mask_shows_neither_the_middle_nor_the_length() -> None:
    assert mask(NUMBER) == "+62870•••••90"
    assert mask(62870123456) == "+62870•••••56"
    assert mask(61491570006) == "+6149•••••06"
    assert "110" not in mask(62110)
