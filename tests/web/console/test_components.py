"""What lists repeat in every row is written as any template writes it: escaped, in the language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g
from markupsafe import Markup

from gateway.domain.times import MINUTE
from gateway.web.console import components

HOSTILE = '"><script>'


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    with Flask(__name__).test_request_context("/"):
        g.language = "en"
        yield


def test_texts_are_escaped_wherever_they_stand() -> None:
    for made in (components.badge(HOSTILE, HOSTILE), components.meter(1, 2, HOSTILE)):
        assert "<script" not in made
        assert "&#34;&gt;&lt;script&gt;" in made
    assert components.badge(Markup("<b>x</b>")) == '<span class="badge "><b>x</b></span>'


def test_a_moment_is_written_for_people_and_machines_and_none_is_a_dash() -> None:
    shown = '<time datetime="1970-01-01T07:01:00+07:00">1 Jan 1970 07.01 WIB</time>'
    assert components.time(MINUTE) == shown
    assert components.time(None) == "–"


def test_a_share_of_nothing_is_no_division() -> None:
    made = components.meter(0, 0)
    assert 'value="0" max="1" aria-label="Share"' in made
    assert "0 / 0" in made
    assert "1,234 / 2,000" in components.meter(1_234, 2_000)
