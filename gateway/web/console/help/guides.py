"""A guide: one Markdown file in each language, with an anchor behind each of its sections.

`## Hari ini {#today}` starts the section that `ui.guide("officer#today")` leads to.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gateway.web.console.help.pictures import Picture

HERE = Path(__file__).parent
GUIDES = ("officer", "operator", "ott", "auditor")
_ANCHOR = re.compile(r"\s*\{#([a-z][a-z-]*)\}$")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level: where a link leads to, and its words."""

    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide in one language; `body` is markup without the title."""

    title: str
    body: str
    sections: tuple[Section, ...]


def source(name: str, language: str) -> Path:
    """The file of a guide; `name` is one of GUIDES."""
    return HERE / "guides" / language / f"{name}.md"


@cache
def guide(name: str, language: str, pictures: str) -> Guide:
    """The guide as a page shows it; `pictures` is the address under which its pictures stand.

    Raises ValueError for a file that doesn't begin with its title, or a section without an anchor.
    """
    path = source(name, language)
    reader = MarkdownIt("commonmark", {"html": False})
    tokens = reader.parse(path.read_text("utf-8"))
    if [one.type for one in tokens[:1]] != ["heading_open"] or tokens[0].tag != "h1":
        raise ValueError(f"{path.name}: expected a title in the first line")
    title, rest = tokens[1].content, tokens[3:]
    sections = tuple(_sections(rest, path.name))
    for token in rest:
        for child in token.children or ():
            if child.type == "image":
                _place(child, language, pictures)
    return Guide(title, reader.renderer.render(rest, reader.options, {}), sections)


def _sections(tokens: list[Token], file: str) -> list[Section]:
    """The sections; each heading gets its anchor, and the braces are taken out of its words."""
    found = []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or opening.tag != "h2":
            continue
        anchor = _ANCHOR.search(inline.content)
        if anchor is None or not inline.children:
            raise ValueError(f"{file}: expected {{#anchor}} behind {inline.content!r}")
        opening.attrSet("id", anchor[1])
        last = inline.children[-1]
        last.content = _ANCHOR.sub("", last.content)
        found.append(Section(anchor[1], inline.content[: anchor.start()]))
    return found


def _place(image: Token, language: str, address: str) -> None:
    """Let a picture of the file's own folder come from the console, at its size."""
    name = str(image.attrGet("src")).rpartition("/")[2]
    picture = Picture.read(language, name)
    image.attrSet("src", f"{address}{language}/{name}")
    image.attrSet("loading", "lazy")
    if picture is not None:
        image.attrSet("width", str(picture.width))
        image.attrSet("height", str(picture.height))
