"""Lies about a third officer, the cover page, and bundles of several deliveries (31 to 34)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.ledger import Tag
from gateway.domain.times import DAY
from gateway.services.cover.page import html
from tests.vectors.liar import Liar
from tests.vectors.lying import (
    COVER,
    GUARDED,
    MONTH,
    NUMBER,
    OTT_COVER,
    Tell,
    fact,
    files,
    lies,
    put,
    review,
)
from tests.vectors.parts import Scenario, Word

BAD_TEXT = {"cover.html": b"\xff"}
PLAIN_NUMBER = Scenario(kind="entry", whole="number")
PLAIN_MONTH = Scenario(whole="month")


def _whole(**changes: Any) -> Tell:
    return lambda liar: setattr(liar, "whole_head", replace(liar.whole_head, **changes))


def _figures(**changes: Any) -> Tell:
    return lambda liar: liar.figures.update(changes)


def _renamed(liar: Liar) -> None:
    liar.inside = {"7.opr-uji-b.1": liar.inside.popitem()[1]}


def _cut_short(liar: Liar) -> None:
    assert liar.whole_head.cutoff is not None
    cutoff = replace(liar.whole_head.cutoff, leaves=liar.whole_head.cutoff.leaves - 1)
    liar.whole_head = replace(liar.whole_head, cutoff=cutoff)


def _empty_of_another(liar: Liar) -> None:
    liar.inside = {}
    liar.whole_head = replace(liar.whole_head, gateway="palang-lain")
    liar.figures |= {"deliveries": [], "totals": []}


def _december(liar: Liar) -> None:
    liar.whole_head = replace(liar.whole_head, month="2026-12")
    liar.figures["month"] = "2026-12"


def _page(**values: str) -> Tell:
    def tell(liar: Liar) -> None:
        cover = replace(liar.cover, values=liar.cover.values | values)
        liar.change(cover=html(cover))
        liar.files["cover.html"] = liar.dossier.cover

    return lambda liar: files(lambda _files: tell(liar))(liar)


def _written(old: str, new: str) -> Tell:
    def change(found: dict[str, bytes]) -> None:
        page = found["cover.html"]
        assert old.encode() in page
        found["cover.html"] = page.replace(old.encode(), new.encode(), 1)

    return files(change)


def _outside(old: str, new: str) -> Tell:
    def tell(liar: Liar) -> None:
        page = liar.extra["cover.html"]
        assert old.encode() in page
        liar.extra["cover.html"] = page.replace(old.encode(), new.encode(), 1)

    return tell


OFFICERS = [
    *lies(
        8,
        "review",
        ("not-endorsed", "a guard and no third officer", review(guards=[["prefix", 4, 3]])),
        ("malformed", "a guard that is none", review(guards=[["prefix", 4]])),
    ),
    *lies(
        8,
        "review",
        ("not-endorsed", "an endorsement without a need", review(guards=[])),
        (
            "two-officers",
            "the releaser endorsed",
            put(endorse=Word("budi", "budi", "batch.endorse")),
        ),
        (
            "two-officers",
            "the submitter endorsed with another key",
            put(endorse=Word("siti", "siti-2", "batch.endorse")),
        ),
        (
            "other-subject",
            "a submit as endorsement",
            put(endorse=Word("tini", "tini", "batch.submit")),
        ),
        (
            "unknown-key",
            "an endorsement by nobody",
            put(endorse=Word("tini", "unpinned", "batch.endorse")),
        ),
        scenario=GUARDED,
    ),
    *lies(
        25,
        "events",
        (
            "not-in-ledger",
            "an endorsement that was never logged",
            fact(Tag.BATCH_ENDORSE, 0, batch=8),
        ),
        scenario=GUARDED,
    ),
]

COVERS = [
    *lies(
        34,
        "members",
        ("cover", "a page with a receipt that is another", _page(receipt="7.opr-uji-a.1-0")),
        ("cover", "a page that calls more entries done", _page(done="4")),
        ("cover", "a page of another partner", _page(partner="opr-uji-b")),
        ("cover", "a page with an earlier time", _page(received="01-11-2026 00.00 WIB")),
        ("cover", "a page with a sentence more", _written("</h1>", "</h1><p>LUNAS</p>")),
        (
            "cover",
            "a page with a row more",
            _written("</tbody></table></div>", "<tr></tr></tbody></table></div>"),
        ),
        ("cover", "a page that is no text", files(lambda found: found.update(BAD_TEXT))),
        scenario=COVER,
    ),
    *lies(
        34,
        "members",
        ("cover", "an order's words to an OTT", _written("Dicantumkan", "Permintaan pemblokiran")),
        scenario=OTT_COVER,
    ),
    *lies(
        34,
        "whole",
        ("cover", "a page of another number", _outside("+62870", "+62871")),
        ("cover", "a page with another outcome", _outside(">tidak_ditemukan<", ">diblokir_total<")),
        scenario=NUMBER,
    ),
    *lies(
        34,
        "whole",
        ("cover", "a page with other totals", _outside("<td>4</td>", "<td>5</td>")),
        scenario=MONTH,
    ),
]

WHOLES = [
    *lies(
        3,
        "whole",
        ("members", "something beside the deliveries", put(extra={"note.txt": b"x"})),
        scenario=PLAIN_NUMBER,
    ),
    *lies(
        4,
        "whole",
        ("other-gateway", "an empty month of another gateway", _empty_of_another),
        scenario=PLAIN_MONTH,
    ),
    *lies(
        31,
        "whole",
        ("other-bundle", "a delivery under another name", _renamed),
        ("other-bundle", "another moment of export", _whole(exported=DAY)),
        ("empty", "no delivery at all", put(inside={})),
        scenario=PLAIN_NUMBER,
    ),
    *lies(
        31,
        "whole",
        ("cutoff", "a cut-off that is none", _cut_short),
        scenario=PLAIN_MONTH,
    ),
    *lies(
        32,
        "whole",
        ("other-month", "a delivery of another month", _december),
        scenario=PLAIN_MONTH,
    ),
    *lies(
        33,
        "whole",
        ("figures", "a delivery left out of the figures", _figures(deliveries=[])),
        ("figures", "other totals", _figures(totals=[])),
        ("figures", "a figure more", _figures(note="x")),
        ("malformed", "more is no truth value", _figures(more="no")),
        ("malformed", "an unsealed delivery that is none", _figures(unsealed=[{}])),
        (
            "figures",
            "unsealed deliveries before the last part",
            _figures(
                more=True, unsealed=[dict.fromkeys(("delivery", "partner", "state", "reason"), "x")]
            ),
        ),
        scenario=PLAIN_MONTH,
    ),
]


LIES = [*OFFICERS, *COVERS, *WHOLES]
