"""Intake: every row ends somewhere, with its rule, and stays (promise F, threats.md W9)."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.cli.sheet_files import write_table
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.rules import reason_of
from gateway.services.approvals import Signatory
from gateway.services.batches import Unblocks
from gateway.services.intake import Options
from gateway.services.intake_report import HEADERS, report_rows, safe_cell
from tests.services.front.world import SHEET, PartnerSide, World

HEAD = "nomor hp;kategori;kanal;tindakan\n"
Pair = tuple[Signatory, Signatory]


def outcomes(world: World, intake: int) -> dict[str, int]:
    return {name: count for name, count in world.intakes.show(intake).counts if count}


def test_every_row_is_kept_with_outcome_rule_and_what_it_said(world: World) -> None:
    intake = world.intake(HEAD + "0870-1111-2201;Penipuan;WA;\n087O1112202;;;\n;;;\nTOTAL 2;;;\n")
    rows = world.intakes.rows(intake)
    assert [row.outcome for row in rows] == ["accepted", "held", "ignored", "ignored"]
    assert [row.row for row in rows] == [2, 3, 4, 5]
    assert all(row.rule and reason_of(row) and not row.reason for row in rows)
    assert rows[1].raw == "087O1112202" and rows[1].number == 0
    assert outcomes(world, intake) == {"accepted": 1, "held": 1, "ignored": 2}


def test_the_intake_names_file_source_and_the_tables_that_decided(world: World) -> None:
    found = world.intakes.show(world.intake(SHEET, account="petugas"))
    assert found.digest == digest(SHEET.encode())
    assert (found.source, found.name, found.officer) == ("iasc", "laporan.csv", "petugas")
    for table in ("numbering_plan", "protected_numbers", "categories", "channels"):
        assert f"{table} 2026-" in found.rules


def test_the_same_file_again_is_refused_and_names_the_earlier_intake(world: World) -> None:
    first = world.intake()
    with pytest.raises(Conflict) as refused:
        world.intakes.add(world.file(SHEET.encode()), "nama-lain.csv", Options(source="ojk"))
    assert f"intake {first}" in str(refused.value)


def test_the_same_file_twice_at_once_is_one_intake(world: World) -> None:
    path = world.file(SHEET.encode())

    def add(_number: int) -> str:
        try:
            world.intakes.add(path, "laporan.csv", Options(source="iasc"))
        except Conflict:
            return "refused"
        return "added"

    with ThreadPoolExecutor(5) as pool:
        ends = sorted(pool.map(add, range(5)))
    assert ends == ["added", *["refused"] * 4]
    assert len(world.intakes.all()) == 1


def test_a_repeat_inside_the_file_is_a_duplicate(world: World) -> None:
    intake = world.intake(HEAD + "0870-1111-2201;;;\n+6287011112201;;;\n")
    assert [row.rule for row in world.intakes.rows(intake)] == ["national_zero", "repeat"]


def test_a_number_that_was_released_before_is_a_duplicate_of_its_own_rule(
    world: World, officers: Pair, operators: tuple[PartnerSide, ...]
) -> None:
    world.released(officers)
    again = world.intake(HEAD + "0870 1111 2201;;;\n0870-1111-2209;;;\n")
    assert [row.rule for row in world.intakes.rows(again)] == ["released_before", "national_zero"]
    assert world.intakes.rows(again, "duplicate")[0].number == 0


def test_a_number_that_was_only_prepared_is_no_duplicate(world: World) -> None:
    world.batch()
    again = world.intake(HEAD + "0870 1111 2201;;;\n")
    assert outcomes(world, again) == {"accepted": 1}


def test_the_other_action_for_a_released_number_is_news(
    world: World, officers: Pair, operators: tuple[PartnerSide, ...]
) -> None:
    world.released(officers)
    unblock = world.intake(HEAD + "0870 1111 2201;;;buka blokir\n")
    assert outcomes(world, unblock) == {"accepted": 1}


def test_resend_takes_released_numbers_again(
    world: World, officers: Pair, operators: tuple[PartnerSide, ...]
) -> None:
    world.released(officers)
    again = world.intake(HEAD + "0870 1111 2201;;;\n", resend=True)
    assert outcomes(world, again) == {"accepted": 1}


def test_an_unknown_category_or_channel_holds_the_row(world: World) -> None:
    intake = world.intake(HEAD + "0870-1111-2201;Lain sekali;WA;\n0870-1111-2202;Spam;Merpati;\n")
    assert {row.rule for row in world.intakes.rows(intake)} == {"unknown_code"}
    assert {row.outcome for row in world.intakes.rows(intake)} == {"held"}
    assert {row.number for row in world.intakes.rows(intake)} == {0}


def test_options_fill_only_what_the_file_leaves_empty(world: World) -> None:
    intake = world.intake(
        HEAD + "0870-1111-2201;;;\n0870-1111-2202;Judi online;SMS;\n",
        category="Penipuan",
        channel="WA",
        evidence_date="2026-11-01",
    )
    rows = world.intakes.rows(intake)
    assert [(r.category, r.channel) for r in rows] == [
        ("penipuan", "whatsapp"),
        ("judi_online", "sms"),
    ]
    assert {row.evidence_date for row in rows} == {"2026-11-01"}


@pytest.mark.parametrize(
    "options",
    [
        {"category": "lain sekali"},
        {"channel": "merpati"},
        {"evidence_date": "20-11-2026"},
        {"evidence_date": "2027-01-01"},
        {"column": "Z"},
    ],
)
def test_an_option_that_can_not_be_meant_is_refused(world: World, options: dict[str, str]) -> None:
    with pytest.raises(InputError):
        world.intake(**options)


def test_a_source_is_an_id(world: World) -> None:
    with pytest.raises(InputError):
        world.intakes.add(world.file(SHEET.encode()), "laporan.csv", Options(source="Satgas PASTI"))


def test_an_intake_that_is_not_there_is_not_found(world: World) -> None:
    for look in (world.intakes.show, world.intakes.rows):
        with pytest.raises(NotFound):
            look(7)


def test_an_evidence_reference_keeps_to_the_characters_of_entries(world: World) -> None:
    sheet = "nomor hp;no bukti\n0870-1111-2201;TKT 1 2026\n"
    assert world.intakes.rows(world.intake(sheet))[0].evidence_ref == "TKT-1-2026"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0", "\n", " =", "  @"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(start: str) -> None:
    assert safe_cell(start + "cmd|' /C calc'!A0").startswith("'")


def test_the_export_holds_every_row_and_no_cell_that_runs(world: World) -> None:
    sheet = HEAD + "=HYPERLINK(1);;;\n+6287011112201;;;\n@akun;;;\n-1;;;\n"
    out, intake = world.folder / "hasil.csv", world.intake(sheet)
    with world.intakes.stream(intake) as rows:
        assert write_table(out, "Intake", HEADERS, (), report_rows(rows)) == 4
    text = out.read_text(encoding="utf-8-sig")
    cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert len(cells) == 5
    assert not [c for row in cells for c in row if c[:1] in tuple("=+-@\t\r\0")]
    accepted = next(row for row in cells if "accepted" in row)
    assert accepted[HEADERS.index("number")] == "6287011112201"
    assert accepted[HEADERS.index("reason")]


def test_a_file_of_unblocks_must_be_certain_in_every_row(world: World) -> None:
    sheet = "nomor hp\n0870-1111-2201\n0870-1111-22O2\n"
    with pytest.raises(InputError) as refused:
        world.batches.unblock(Unblocks(world.file(sheet.encode()), "buka.csv", "SURAT-1/2026"))
    assert "row 3" in str(refused.value) and "row 2" not in str(refused.value)
    assert "1111" not in str(refused.value)
