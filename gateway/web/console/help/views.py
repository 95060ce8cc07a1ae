"""The pages: all guides, one guide in the reader's language, a picture of it."""

from flask import Blueprint, Response, render_template, url_for

from gateway.domain.accounts import Right
from gateway.domain.errors import NotFound
from gateway.web.console.access import SIGNED_IN, needs
from gateway.web.console.frame import Area, Link
from gateway.web.console.help.guides import GUIDES, Guide, guide
from gateway.web.console.help.pictures import Picture
from gateway.web.console.words import LANGUAGES, language, later

ABOUT = {
    "officer": later("A day's work: lists, releases, deliveries, answers, reports."),
    "operator": later("For an operator's staff: receive, block, confirm, and what if it fails."),
    "ott": later("For a messaging provider: opt in, pull, answer, all of it voluntary."),
    "auditor": later("From one number to verified evidence; every check explained in words."),
}


def help_area() -> Area:
    """The guides. Every account may read them; so the menu shows them to whoever may read."""
    pages = Blueprint("help", __name__, template_folder="templates", url_prefix="/help")

    @pages.get("")
    @needs(SIGNED_IN)
    def index() -> str:
        shelf = [(name, _in_words(name), ABOUT[name]) for name in GUIDES]
        return render_template("help/index.html", shelf=shelf)

    @pages.get("/<guide>")
    @needs(SIGNED_IN)
    def page(guide: str) -> str:
        if guide not in GUIDES:
            raise _missing()
        return render_template("help/page.html", guide=_in_words(guide))

    @pages.get("/pictures/<tongue>/<name>")
    @needs(SIGNED_IN)
    def picture(tongue: str, name: str) -> Response:
        found = Picture.read(tongue, name) if tongue in LANGUAGES else None
        if found is None:
            raise _missing()
        return Response(found.png, mimetype="image/png")

    return Area(pages, (Link(later("Guides"), "help.index", Right.READ),))


def _in_words(name: str) -> Guide:
    return guide(name, language(), url_for("help.index") + "/pictures/")


def _missing() -> NotFound:
    return NotFound("There is no such guide.", hint="Choose one from the list of guides.")
