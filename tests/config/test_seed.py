"""Seed facts: dated, sourced, closed, and in step with the codes in the domain."""

from __future__ import annotations

import configparser
import re
from datetime import date
from pathlib import Path

import pytest

from config.seed import KINDS, load_seed, parse
from gateway.domain.codes import code_list
from gateway.domain.errors import InputError
from gateway.domain.statements import Reason

ROOT = Path(__file__).parents[2]
GOOD = b"# version: 2026-11-24\n# source: a test\na,b\n1,2\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_is_dated_sourced_and_whole(kind: str) -> None:
    table = load_seed().table(kind)
    assert date.fromisoformat(table.version) <= date(2026, 11, 24)
    assert table.source
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", table.digest)
    assert table.rows and len(set(table.columns)) == len(table.columns)
    assert len(set(table.rows)) == len(table.rows)


def test_plan_protection_bases_and_terms_cite_a_source_in_every_row() -> None:
    for kind in ("numbering_plan", "protected_numbers", "legal_bases", "terms", "categories"):
        table = load_seed().table(kind)
        at = table.columns.index("source")
        assert all(row[at] for row in table.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_no_table_cites_a_paper_that_only_its_makers_have(kind: str) -> None:
    """A source is a regulation, a public page, a program, or no regulation, said so."""
    table = load_seed().table(kind)
    told = [table.source, *(cell for row in table.rows for cell in row)]
    assert not [cell for cell in told if re.search(r"domain\.md|threats\.md|\[\d+\]", cell)]


def test_terms_are_durations_and_only_a_duty_has_a_deadline() -> None:
    table = load_seed().table("terms")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    terms = {row["term"]: row for row in rows}
    assert all(re.fullmatch(r"P(?:\d+D|T\d+H)", row["duration"]) for row in rows)
    operator, ott = terms["operator_block"], terms["ott_answer"]
    assert (operator["duration"], operator["unit"], operator["kind"]) == (
        "PT24H", "clock_hours", "deadline",
    )  # fmt: skip
    assert (ott["duration"], ott["kind"]) == ("PT72H", "target")
    assert all(row["kind"] == "target" for row in rows if row["applies_to"] == "voluntary")


def test_the_three_legal_bases_are_there_under_their_indonesian_names() -> None:
    table = load_seed().table("legal_bases")
    assert {row[:2] for row in table.rows} == {
        ("mandatory", "wajib"), ("voluntary", "sukarela"), ("order", "perintah"),
    }  # fmt: skip


def test_refusal_reasons_are_those_of_the_statements() -> None:
    assert {row[0] for row in load_seed().table("nack_reasons").rows} == {str(r) for r in Reason}


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("categories", "Judi Online", "judi_online"),
        ("categories", "judi_online", "judi_online"),
        ("categories", "Investasi online (fiktif)", "investasi_fiktif"),
        ("categories", "penipuan berat", None),
        ("channels", "WA", "whatsapp"),
        ("channels", "Telp.", "call"),
        ("channels", "", None),
    ],
)
def test_the_words_of_senders_become_codes(kind: str, text: str, code: str | None) -> None:
    assert code_list(load_seed().table(kind)).code_for(text) == code


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (GOOD.replace(b"# version: 2026-11-24\n", b""), "version"),
        (GOOD.replace(b"2026-11-24", b"latest"), "expected a date"),
        (GOOD.replace(b"# source: a test\n", b""), "source"),
        (GOOD + b"1,2,3\n", "expected 2 cells"),
    ],
    ids=["no-version", "no-date", "no-source", "long-row"],
)
def test_a_seed_file_without_its_head_or_with_a_broken_row_is_refused(
    data: bytes, message: str
) -> None:
    assert parse("test", GOOD).rows == (("1", "2"),)
    with pytest.raises(InputError, match=message):
        parse("test", data)


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="numbering_plan"):
        load_seed().table("weather")


def test_every_seed_file_is_loaded_and_packed() -> None:
    files = sorted(path.name for path in (ROOT / "config" / "seed").iterdir())
    assert files == sorted(f"{kind}.csv" for kind in KINDS)
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert "seed/*.csv" in setup["options.package_data"]["config"].split()
