"""exceptions.toml: read strictly, and what it lets in."""

from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.main.exceptions import FILE_NAME, recorded
from keys.exceptions import Weakness
from tests.keys.parties import NOW

GOOD = """
[[exception]]
partner = "opr-uji-a"
weakness = "cms-cbc"
since = "2026-11-01T00:00:00Z"
until = "2027-05-01T00:00:00Z"
reason = "until their relay is replaced"
by = "siti"
"""


def test_what_the_file_records_rules(tmp_path: Path) -> None:
    assert recorded(tmp_path).allowed("opr-uji-a", NOW) == set()
    (tmp_path / FILE_NAME).write_text(GOOD)
    assert recorded(tmp_path).allowed("opr-uji-a", NOW) == {Weakness.CBC}
    assert recorded(tmp_path).allowed("opr-uji-b", NOW) == set()


@pytest.mark.parametrize(
    "text",
    [
        "[[",
        "other = 1",
        "exception = 1",
        GOOD.replace("cms-cbc", "md5"),
        GOOD.replace('by = "siti"', ""),
        GOOD.replace('by = "siti"', "by = 1"),
        GOOD + 'more = "x"',
        GOOD.replace("2027-05-01T", "2028-05-01T"),
        GOOD.replace("2027-05-01T00:00:00Z", "2027-05-01"),
    ],
)
def test_a_file_of_another_form_is_refused_and_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(InputError, match=r"exceptions\.toml"):
        recorded(tmp_path)
