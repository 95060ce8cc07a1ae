"""Pages: what was decided comes back as it was; what is no page is refused; digests tell apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decided_rows import FIELDS, DecidedRows
from gateway.domain.errors import InputError
from gateway.domain.records import IntakeRow
from gateway.domain.row_digest import row_digest
from gateway.domain.row_pages import PagesDigest, read_page, write_page

ROW = IntakeRow(2, "0870", "held", 0, "", "", "letters", "", "a", "b", "c", "d", "block", True)
_TEXT = st.text(st.characters(exclude_categories=()), max_size=5)  # lone surrogates too
_WHOLE = st.integers(0, 10**15)
_KINDS = {"row": _WHOLE, "number": _WHOLE, "refers": _WHOLE, "test": st.booleans()}
_ROWS = st.lists(st.builds(IntakeRow, *(_KINDS.get(name, _TEXT) for name in FIELDS)), max_size=8)


def page(*rows: IntakeRow) -> bytes:
    return write_page(DecidedRows.of(rows))


def digest(*pages: bytes) -> str:
    found = PagesDigest()
    for one in pages:
        found.add(one)
    return found.value


@given(_ROWS)
def test_rows_come_back_as_they_were(rows: list[IntakeRow]) -> None:
    written = page(*rows)
    assert list(map(IntakeRow._make, read_page(written))) == rows
    assert b"\n" not in written


def test_columns_of_every_form_come_back() -> None:
    rows = [
        ROW._replace(row=at, raw=f"a{at}\n", number=at % 7, category=f"k{at % 90}", rule=f"r{at}")
        for at in range(3, 3_003)
    ]
    said = json.loads(page(*rows))
    assert said["row"] == {"from": 3} and said["raw"]["between"] == "\x1f"
    assert said["channel"] == {"all": "b"} and len(said["category"]["words"]) == 90
    assert isinstance(said["rule"], list)
    assert list(map(IntakeRow._make, read_page(page(*rows)))) == rows
    gap = [rows[0], rows[5], rows[6]._replace(raw="\x1f")]
    assert list(map(IntakeRow._make, read_page(page(*gap)))) == gap


@pytest.mark.parametrize(
    "change",
    [
        {"count": 3},
        {"count": True},
        {"rule": ["letters"] * 3},
        {"rule": [1, 2]},
        {"test": {"all": 1}},
        {"number": {"all": True}},
        {"row": {"from": 2.0}},
        {"row": {"since": 2}},
        {"row": {"from": 2, "to": 3}},
        {"test": {"from": True}},
        {"raw": {"from": 2}},
        {"number": {"text": "1 2", "between": " "}},
        {"category": {"words": ["a", 1], "rows": "ab"}},
        {"category": {"words": ["a"], "rows": "ab"}},
        {"raw": {"text": "a", "between": ""}},
        {"reason": None},
        {"other": {"all": ""}},
    ],
)
def test_what_is_no_page_is_refused(change: dict[str, object]) -> None:
    said = json.loads(page(ROW, ROW._replace(row=3))) | change
    with pytest.raises(InputError, match="expected a page"):
        read_page(json.dumps(said).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"count": 0}', b"1"])
def test_other_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(InputError, match="expected a page"):
        read_page(body)


def test_digests_change_with_every_member_and_with_the_order() -> None:
    rows = [ROW, ROW._replace(row=3)]
    whole = digest(page(*rows))
    others, single = [digest(page(*rows[::-1])), digest(page(ROW)), digest(*map(page, rows))], []
    for name, value in ROW._asdict().items():
        other = not value if isinstance(value, bool) else value * 2 + type(value)(1)
        changed = ROW._replace(**{name: other})  # type: ignore[arg-type]  # by name
        others.append(digest(page(changed, rows[1])))
        single.append(row_digest(changed))
    assert len({whole, *others}) == len(others) + 1
    assert len({row_digest(ROW), *single}) == len(single) + 1
    assert row_digest(ROW) == row_digest(ROW._replace(test=1))  # type: ignore[arg-type]  # as SQLite has it
    assert row_digest(ROW._replace(raw="a\tb")) != row_digest(ROW._replace(raw="a\\tb"))


def test_rows_are_changed_in_their_places_and_nowhere_else() -> None:
    rows = DecidedRows.of([ROW, ROW._replace(row=3), ROW._replace(row=4)])
    assert rows.changed({}) is rows
    other = rows.changed({1: ROW._replace(row=9)})
    assert list(other.column("row")) == [2, 9, 4] and list(rows.column("row")) == [2, 3, 4]
    assert len(DecidedRows.of(())) == 0 and ROW in rows and ROW._replace(row=5) not in rows
