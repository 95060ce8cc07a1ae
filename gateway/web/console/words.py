"""The console's words: English in the source, Bahasa Indonesia from `words/id/*.po`.

The catalogues are read as they are written, so nothing is compiled before a start. Each area has a
file; a message means the same in all of them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import g

LANGUAGES = ("id", "en")
DEFAULT = "id"
FOLDER = Path(__file__).parent / "words"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English message -> translation; empty for English.

    Raises ValueError where two files translate one message differently.
    """
    words: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                key, text = _pair(message.id, message.string)
                if not key or not text:
                    continue
                if words.setdefault(key, text) != text:
                    raise ValueError(f"{path.name}: {key!r} is translated otherwise elsewhere")
    return words


def _pair(source: object, target: object) -> tuple[str, str]:
    """A message and its translation; of a plural, which Indonesian has not, the plural."""
    if isinstance(source, tuple | list):
        source = source[1]
    if isinstance(target, tuple | list):
        target = target[0] if target else ""
    return str(source), str(target)


def language() -> str:
    """The language of this request."""
    # not through the proxy, which takes four times as long: a page asks hundreds of times
    here = g._get_current_object()
    return str(here.get("language", DEFAULT))


def say(message: str, **values: object) -> str:
    """The message in this request's language, with its values: `%(name)s`."""
    text = catalogue(language()).get(message, message)
    return text % values if values else text


def say_many(one: str, many: str, count: int, **values: object) -> str:
    """As `say`, by a count; `%(count)s` is its written form."""
    from gateway.web.console.formats import whole

    text = catalogue(language()).get(many)
    if text is None:
        text = one if count == 1 else many
    return text % {"count": whole(count), **values}


def later(message: str) -> str:
    """Marks a message that `say` translates later; gives it back unchanged."""
    return message
