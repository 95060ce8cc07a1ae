"""A reference names a decision or a piece of evidence, and never shows a phone number."""

import pytest

from gateway.domain.errors import InputError
from gateway.domain.references import looks_like_number, reference

GOOD = (
    "S-1", "SURAT-123/2026", "ND-114/KOMDIGI/2026", "TAP-BRTI-04/2018", "TIKET-2291",
    "B-812/11/2026", "ND-08/2026/1234", "ND-114/24-11-2026", "R/2026-11-24/0001", "ND-8/2026/11/24",
)  # fmt: skip
NUMBERS = (
    "0870" + "34567098", "62870" + "34567098", "0870-345-670-02", "0870/3456/7002",
    "0870.3456.78", "62-870-3456-7002", "0062-870-345-6702", "870-345-6702", "0870-2026-1234",
    "08-70-34-56-70-02", "12/0870-345-6702", "99.0101.010170.0001", "61-491-570-006",
    "0870--3456:7002", "870-2026-1234",
)  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_a_letter_or_ticket_number_is_a_reference(text: str) -> None:
    assert reference(text, "a reason", "ND-1/2026") == text


@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
@pytest.mark.parametrize("form", ["{}", "A/{}", "ND-{}-X"])
def test_what_looks_like_a_phone_or_identity_number_is_none(number: str, form: str) -> None:
    text = form.format(number)
    assert looks_like_number(text)
    with pytest.raises(InputError) as refused:
        reference(text, "a reason", "ND-1/2026")
    assert number not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(
    "text", ["", " ", "x", "1/2026", "dua kata", "a,b", "x" * 65, "baris\n", "?!"]
)
def test_other_characters_make_no_reference(text: str) -> None:
    with pytest.raises(InputError, match="a reason: expected a reference"):
        reference(text, "a reason", "ND-1/2026")
