"""The components that a list repeats in every row, as `ui.html` gives them out with its macros: a
macro takes five times as long to call."""

from markupsafe import Markup, escape

from gateway.domain.times import Micros
from gateway.web.console.formats import NONE, machine, moment, whole
from gateway.web.console.words import say


def badge(words: str, tone: str = "") -> Markup:
    """A word in its colour. `tone` is good, warn, bad, info or ""."""
    return _written(f'<span class="badge {escape(tone)}">{escape(words)}</span>')


def time(at: Micros | None) -> Markup:
    """A moment, for people and for machines; a dash where there is none."""
    if at is None:
        return escape(NONE)
    return _written(f'<time datetime="{machine(at)}">{moment(at)}</time>')


def meter(part: int, total: int, words: str = "") -> Markup:
    """A share as a bar that is also words."""
    label = escape(words or say("Share"))
    return _written(
        f'<span class="meter"><progress value="{part}" max="{total or 1}" aria-label="{label}">'
        f'</progress>\n<span class="number">{whole(part)} / {whole(total)}</span></span>'
    )


def _written(html: str) -> Markup:
    """Markup's own formatting escapes too, and takes three times as long."""
    return Markup(html)  # noqa: S704  # each text in it is escaped where it is put in, above
