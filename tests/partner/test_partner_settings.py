"""partner.toml is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from partner.settings import FILE_NAME, TEMPLATE, Settings, load, parse


def test_the_template_says_the_defaults(tmp_path: Path) -> None:
    assert parse(TEMPLATE, tmp_path, "template") == Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("dayly_ceiling = 5", "dayly_ceiling"),
        ('daily_ceiling = "5"', "daily_ceiling"),
        ("daily_ceiling = true", "daily_ceiling"),
        ("daily_ceiling = -1", "daily_ceiling"),
        ("hook = 'sh'", "hook"),
        ("hook = [1]", "hook"),
        ("poll_seconds = 0", "poll_seconds"),
        ('list_forms = ["8"]', "list_forms"),
        ('list_separator = "x"', "list_separator"),
        ('reply_mode = "later"', "reply_mode"),
        ('listen = "8443"', "listen"),
        ('listen = "127.0.0.1:8443"', "tls_cert"),
        ("utc_offset_minutes = 1440", "utc_offset_minutes"),
        ("daily_ceiling = ", "TOML"),
    ],
)
def test_a_setting_that_would_mean_something_else_is_refused_by_name(
    tmp_path: Path, line: str, named: str
) -> None:
    (tmp_path / FILE_NAME).write_text(line)
    with pytest.raises(InputError, match=named) as caught:
        load(tmp_path)
    assert str(tmp_path / FILE_NAME) in str(caught.value)


def test_a_folder_without_settings_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert "init" in caught.value.hint
