"""Words stand in the compiled templates of each language, and never in those of another."""

from __future__ import annotations

import pytest
from flask import Flask, g, render_template
from jinja2 import DictLoader

from gateway.web.console import words
from gateway.web.console.templating import SpokenTemplates

PAGES = {
    "frame.html": '{{ _("Batch") }}: {% block main %}{% endblock %}',
    "parts.html": '{% macro part(of) %}{{ _("Partner") }} {{ of }}{% endmacro %}',
    "page.html": '{% extends "frame.html" %}{% import "parts.html" as parts %}'
    '{% block main %}{{ parts.part("<a>") }}, {{ _("in %(count)s rows", count=2) }}{% endblock %}',
}


@pytest.fixture
def app() -> Flask:
    made = Flask(__name__)
    made.jinja_environment = SpokenTemplates
    made.jinja_loader = DictLoader(PAGES)
    made.jinja_env.globals["_"] = words.say
    return made


def _said(app: Flask, language: str) -> str:
    with app.test_request_context("/"):
        g.language = language
        return render_template("page.html")


def test_a_page_with_its_frame_and_its_macros_is_of_the_language_of_whoever_asks(
    app: Flask,
) -> None:
    partner, batch = (words.catalogue("id")[one] for one in ("Partner", "Batch"))
    for _ in range(2):  # the second time they are compiled
        assert _said(app, "en") == "Batch: Partner &lt;a&gt;, in 2 rows"
        assert _said(app, "id") == f"{batch}: {partner} &lt;a&gt;, in 2 rows"


def test_a_message_alone_is_not_looked_up_when_a_page_is_asked_for(app: Flask) -> None:
    asked: list[str] = []

    def say(message: str, **values: object) -> str:
        asked.append(message)
        return words.say(message, **values)

    app.jinja_env.globals["_"] = say
    for language in ("id", "en", "id"):
        _said(app, language)
    assert asked == ["in %(count)s rows"] * 3


def test_a_translation_is_escaped_as_any_text(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"Batch": "<b>", "Partner": "&"}
    monkeypatch.setattr("gateway.web.console.templating.catalogue", lambda _language: given)
    assert _said(app, "id").startswith("&lt;b&gt;: &amp; &lt;a&gt;")
