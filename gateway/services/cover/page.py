"""The cover page as HTML: fixed text that verifiers know, with values and rows in their places.

It runs nothing and loads nothing: one file that a browser shows and prints.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape, unescape

from gateway.domain.canonical import digest
from gateway.services.cover.words import PAGES, Facts, Page, Pair

NONE = "\u2013"
"""Written where there is no value."""

_SLOT = re.compile(r'<td id="([a-z]+)">([^<]*)</td>')
_ROWS = re.compile(r'(<tbody id="rows">).*(</tbody>)', re.DOTALL)

_STYLE = """
body{font:11pt/1.45 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;
color:#1a1a1a;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
i{color:#555;font-weight:400}h1 i,h2 i{font-size:.8em}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top}
tbody th{width:42%;font-weight:400;background:#f5f5f5}td{overflow-wrap:anywhere}
.rows{overflow-x:auto}.rows table{font-size:.85em}.rows td{overflow-wrap:normal}li{margin:.4rem 0}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}
"""


@dataclass(frozen=True, slots=True)
class Cover:
    """What one page says: its kind of PAGES, its values by slot, its rows."""

    kind: str
    values: dict[str, str]
    rows: tuple[tuple[str, ...], ...]


def html(cover: Cover) -> bytes:
    """cover.html."""
    page = template(cover.kind)
    page = _SLOT.sub(lambda slot: _cell(slot[1], cover.values.get(slot[1], NONE)), page)
    return _ROWS.sub(lambda found: found[1] + _rows(cover.rows) + found[2], page).encode()


def told(data: bytes) -> tuple[str, dict[str, str], str]:
    """The digest of a page's fixed text, its values, and its rows as they are written.

    Raises UnicodeDecodeError.
    """
    page = data.decode()
    rows = _ROWS.search(page)
    written = rows[0].removeprefix('<tbody id="rows">').removesuffix("</tbody>") if rows else ""
    values = {slot: unescape(value) for slot, value in _SLOT.findall(page)}
    fixed = _SLOT.sub(lambda slot: _cell(slot[1], ""), _ROWS.sub(r"\1\2", page))
    return digest(fixed.encode()), values, written


def rows_of(cover: Cover) -> str:
    """The rows as they are written."""
    return _rows(cover.rows)


def template(kind: str) -> str:
    """A page's fixed text."""
    page = PAGES[kind]
    sections = "".join(_section(title, facts) for title, facts in page.sections)
    return (
        '<!doctype html>\n<html lang="id">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{page.title[0]}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{_both(page.title)}</h1>\n{sections}{_table(page)}{_notes(page.notes)}"
        "</body>\n</html>\n"
    )


def _section(title: Pair, facts: Facts) -> str:
    lines = (
        f'<tr><th scope="row">{_both(label)}</th>{_cell(slot, "")}</tr>\n' for slot, label in facts
    )
    return f"<h2>{_both(title)}</h2>\n<table><tbody>\n{''.join(lines)}</tbody></table>\n"


def _table(page: Page) -> str:
    heads = "".join(f'<th scope="col">{_both(column)}</th>' for column in page.columns)
    return (
        f'<h2>{_both(page.rows)}</h2>\n<div class="rows"><table><thead><tr>{heads}</tr></thead>\n'
        '<tbody id="rows"></tbody></table></div>\n'
    )


def _notes(notes: Iterable[Pair]) -> str:
    lines = "".join(f'<li>{one}<br><i lang="en">{two}</i></li>\n' for one, two in notes)
    return f'<h2>Keterangan <i lang="en">Notes</i></h2>\n<ul>\n{lines}</ul>\n'


def _both(pair: Pair) -> str:
    return f'{pair[0]} <i lang="en">{pair[1]}</i>'


def _cell(slot: str, value: str) -> str:
    return f'<td id="{slot}">{escape(value)}</td>'


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )


FIXED = {digest(template(kind).encode()): kind for kind in PAGES}
"""The kinds of pages by the digest of their fixed text."""
