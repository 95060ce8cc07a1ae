"""Every word of the console stands in both languages, and no translation is left over."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from gateway.web.console.words import FOLDER, LANGUAGES, catalogue

CONSOLE = FOLDER.parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "say": None,
    "later": None,
    "means": None,
    "rest": None,
    "_n": (1, 2),
    "say_many": (1, 2),
}
PLACE = re.compile(r"%\((\w+)\)s")


def _said() -> set[str]:
    """Every message in code and templates; of a plural, the plural."""
    found: set[str] = set()
    for path in CONSOLE.rglob("*"):
        if path.suffix not in (".py", ".html"):
            continue
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract(
                method, file, KEYWORDS, options={"trimmed": "true", "silent": "false"}
            ):
                found.add(message if isinstance(message, str) else message[1])
    return found


def test_every_message_is_said_in_bahasa_indonesia() -> None:
    missing = sorted(_said() - set(catalogue("id")))
    assert not missing, f"{len(missing)} messages without a translation in words/id: {missing[:20]}"


def test_no_translation_is_left_of_a_message_that_is_gone() -> None:
    assert not sorted(set(catalogue("id")) - _said())


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_translation_has_the_places_of_its_message(language: str) -> None:
    for message, text in catalogue(language).items():
        assert set(PLACE.findall(message)) == set(PLACE.findall(text)), message


def test_no_message_is_translated_twice_in_one_file() -> None:
    for path in sorted(Path(FOLDER).rglob("*.po")):
        with path.open("rb") as file:
            ids = [str(message.id) for message in read_po(file) if message.id]
        assert len(ids) == len(set(ids)), path.name
