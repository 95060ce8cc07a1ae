"""partner.toml is read strictly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from partner.settings import FILE_NAME, TEMPLATE, Settings, load, parse

SERVED = 'listen = "h:1"\ntls_cert = "c"\ntls_key = "k"\n'


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('pull.uri = "x"', "pull.uri is not a setting"),
        ("pull = 1", "pull: expected Pull, got int"),
        ("pull.http_signature = 1", "pull.http_signature: expected bool, got int"),
        ('pull.url = "http://host.example/v1/a"', "pull.url: expected https://host/path"),
        ('pull.url = "https://u:p@host.example/v1/a"', "pull.url: expected https://host/path"),
        ('mail.maildir = "mails"', "mail.smtp: expected a value"),
        (
            'listen = "h:1"\ntls_cert = "c"\ntls_key = "k"\npull.url = "https://h/v1/a"',
            "one channel",
        ),
        ("say_again_minutes = 0", "say_again_minutes: expected 1 or more"),
    ],
)
def test_sections_are_read_as_strictly_as_the_rest(text: str, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        parse(text, Path("kit"), "partner.toml")


def test_the_way_is_what_the_settings_name() -> None:
    def way(text: str) -> str:
        return parse(text, Path("kit"), "partner.toml").way

    mail = '[mail]\nmaildir = "m"\nsmtp = "smtps://h"\nsender = "a@b.c"\nto = "d@e.f"\n'
    assert [way(""), way('[pull]\nurl = "https://h/v1/a"\n'), way(mail)] == [
        "folder",
        "pull",
        "mail",
    ]
