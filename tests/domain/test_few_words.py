"""Columns of few words say the same as the lists that they stand for, and are written alike."""

from __future__ import annotations

import json
from random import Random

import pytest

from gateway.domain.decided_rows import FIELDS, DecidedRows
from gateway.domain.errors import InputError
from gateway.domain.few_words import FewWords, members
from gateway.domain.row_pages import read_page, write_page

_FEW, _MANY = 5, 400  # verdicts; the characters of many are no ASCII


def _verdicts(count: int) -> list[tuple[str, str, str, str, bool]]:
    return [("accepted", "", f"r{at % 7}", f"rule-{at}", at % 2 == 0) for at in range(count)]


def _rows(count: int) -> list[tuple[str, str, str, str, bool]]:
    return Random(3).choices(_verdicts(count), k=1_000)


@pytest.mark.parametrize("count", [1, _FEW, _MANY])
def test_a_column_reads_like_the_list_it_stands_for(count: int) -> None:
    rows = _rows(count)
    for column, expected in zip(members(rows), zip(*rows, strict=True), strict=True):
        assert list(column) == list(expected)
        assert (len(column), column[7], column[-1]) == (1_000, expected[7], expected[-1])
        assert column[3:9] == list(expected[3:9])
        assert expected[0] in column and "none of them" not in column


@pytest.mark.parametrize("count", [1, _FEW, _MANY])
def test_a_page_is_the_same_to_the_byte(count: int) -> None:
    rows = _rows(count)
    plain = dict.fromkeys(FIELDS, [""] * 1_000) | {
        "row": range(2, 1_002), "number": [0] * 1_000, "refers": [0] * 1_000,
    }  # fmt: skip
    names = ("outcome", "confidence", "route", "rule", "test")
    listed = plain | dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    few = plain | dict(zip(names, members(rows), strict=True))
    few |= {"refers": FewWords.always(0, 1_000), "reason": FewWords.always("", 1_000)}
    page = write_page(DecidedRows(few[name] for name in FIELDS))
    assert page == write_page(DecidedRows(listed[name] for name in FIELDS))
    assert list(read_page(page)) == list(DecidedRows(listed[name] for name in FIELDS))


@pytest.mark.parametrize("count", [1, _FEW, _MANY])
def test_changed_rows_read_and_are_written_like_a_changed_list(count: int) -> None:
    rules = [rule for _, _, _, rule, _ in _rows(count)]
    new = {0: "repeat", 1: rules[-1], 500: "repeat", 999: "another"}
    expected = [new.get(at, rule) for at, rule in enumerate(rules)]
    changed = FewWords.of(rules).changed(new)
    assert list(changed) == expected
    same = FewWords.of(expected)
    assert (changed.words, changed.marks) == (same.words, same.marks)


@pytest.mark.parametrize("rows", ["aac", "aa`", "aa\ud800"])
def test_a_page_whose_rows_name_no_word_is_none(rows: str) -> None:
    page: dict[str, object] = {"count": 3} | {name: {"all": ""} for name in FIELDS}
    page |= {"row": {"from": 1}, "number": [0] * 3, "refers": {"all": 0}, "test": {"all": False}}
    assert len(read_page(_page(page))) == 3
    with pytest.raises(InputError, match="can't be read"):
        read_page(_page(page | {"rule": {"words": ["x", "y"], "rows": rows}}))
    with pytest.raises(InputError, match="can't be read"):
        read_page(_page(page | {"count": 10**12}))


def _page(members: dict[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass")
