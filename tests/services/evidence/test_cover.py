"""The page for people: known words, no script, each value where it belongs, nothing of an order
on an OTT's page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.domain import bundle
from gateway.services.cover.page import FIXED, NONE, template, told
from gateway.services.cover.words import PAGES
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

ROOT = Path(__file__).resolve().parents[3]
A, OTT = "1.opr-uji-a.1", "1.ott-uji.1"


def page_of(data: bytes) -> tuple[str, dict[str, str], str]:
    fixed, values, rows = told(bundle.unpack(data)["cover.html"])
    return FIXED[fixed], values, rows


def test_the_fixed_words_are_those_of_the_documented_form() -> None:
    """Another digest would be a page that no kept verifier knows."""
    documented = set(re.findall(r"\| `([0-9a-f]{64})` \|", (ROOT / "docs/evidence.md").read_text()))
    assert {fixed.removeprefix("sha256:") for fixed in FIXED} == documented
    assert len(FIXED) == len(PAGES)


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_runs_and_loads_nothing(kind: str) -> None:
    text = template(kind)
    assert "default-src 'none'" in text
    for word in ("<script", "http:", "https:", "url(", "@import", "src=", "href=", "onload"):
        assert word not in text, word
    assert "<!doctype html>" in text and 'lang="id"' in text and 'lang="en"' in text


def test_a_page_for_an_ott_speaks_of_no_order() -> None:
    text = re.sub("<[^>]*>", " ", template("listed")).casefold()
    for word in (
        "block",
        "blokir",
        "deadline",
        "batas waktu",
        "must",
        "wajib",
        "harus",
        "perintah",
    ):
        assert word not in text, word
    assert "target" in text and "listed" in text and "dicantumkan" in text


def test_a_page_for_an_operator_says_declared_blocked() -> None:
    text = template("order")
    assert "dinyatakan diblokir" in text and "declared blocked" in text


def test_the_page_has_the_receipt_the_parties_and_the_three_clocks(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(3)])
    road.round()
    exported = road.evidence.delivery(A, "tester")
    kind, values, rows = page_of(exported.data)
    assert kind == "order"
    assert values == {**values, **exported.cover.values}
    assert re.fullmatch(re.escape(A) + "-[0-9a-f]{16}", values["receipt"])
    assert (values["entries"], values["done"], values["unanswered"]) == ("3", "3", "0")
    for clock in ("released", "sealed", "handed", "received", "partners", "exported"):
        assert re.fullmatch(r"\d\d-\d\d-\d{4} \d\d\.\d\d WIB", values[clock]), clock
    assert (values["entry"], values["number"]) == (NONE, NONE)
    assert rows == "<tr><td>diblokir_total</td><td>total</td><td>3</td></tr>\n"


def test_without_an_acknowledgement_the_page_has_no_receipt_number(road: Road) -> None:
    road.partner("opr-uji-a").answers = False
    road.release([entry(n) for n in numbers(2)])
    road.round()
    _kind, values, rows = page_of(road.evidence.delivery(A, "tester").data)
    assert (values["receipt"], values["received"], values["partners"]) == (NONE, NONE, NONE)
    assert values["handed"] != NONE
    assert rows == ""


def test_an_otts_page_is_the_one_of_what_was_listed(road: Road) -> None:
    road.ott()
    road.release([entry(n) for n in numbers(2)])
    road.round()
    kind, values, _rows = page_of(road.evidence.entry(OTT, 2, "tester").data)
    assert kind == "listed"
    assert (values["entry"], values["number"]) == ("2", f"+{numbers(2)[1]}")
