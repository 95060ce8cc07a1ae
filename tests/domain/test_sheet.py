"""Reading sheets: encodings, separators, spreadsheet row numbers, odd rows, repeats, caps."""

from __future__ import annotations

import pytest

from gateway.domain import csvbytes
from gateway.domain.errors import InputError
from gateway.domain.numbers import Outcome
from gateway.domain.sheet import Sheet, decide_rows, read_sheet
from tests.domain.number_rules import NUMBER, seed_rules

ONE, TWO = "087034567890", "087134567890"


def _sheet(text: str, column: str | None = None, encoding: str = "utf-8") -> Sheet:
    return read_sheet(text.encode(encoding), column, "list.csv")


def _rules_by_row(sheet: Sheet) -> dict[int, str]:
    return {row.row: decision.rule for row, decision in decide_rows(sheet.rows, seed_rules())}


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_separator_encoding_and_line_end_reads_alike(
    separator: str, encoding: str, newline: str
) -> None:
    lines = ["NO|NOMOR HP|NAMA", f"1|{ONE}|Renée", f"2|{TWO}|José"]
    text = newline.join(lines).replace("|", separator) + newline
    sheet = _sheet(text, encoding=encoding)
    assert [(row.row, row.raw) for row in sheet.rows] == [(2, ONE), (3, TWO)]
    assert (sheet.column_letter, sheet.column_header) == ("B", "NOMOR HP")
    assert (sheet.separator, sheet.encoding) == (separator, encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_read(encoding: str) -> None:
    assert _sheet(f"NOMOR HP\n{ONE}\n", encoding=encoding).rows[0].raw == ONE


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    text = f'DAFTAR NOMOR;;\n\nNO;"NOMOR\nHP";NAMA\n1;{ONE};"dua\nbaris"\n;;\n2;{TWO};\nTOTAL;2;\n'
    sheet = _sheet(text)
    assert [row.row for row in sheet.rows] == [4, 5, 6, 7]
    assert _rules_by_row(sheet) == {
        4: "national_zero", 5: "empty", 6: "national_zero", 7: "total_row",
    }  # fmt: skip


def test_a_swallowed_row_is_seen_with_old_line_ends_too() -> None:
    with pytest.raises(InputError, match="several inside one"):
        _sheet('NAMA;HP\r"Budi;1\rSari;2\rTono";3\r')


def test_a_first_line_that_only_begins_like_excels_is_a_row() -> None:
    assert _sheet(f"sep=x\nNO;HP\n1;{ONE}\n").rows[0].row == 3
    assert _sheet(f"set=;\nNO;HP\n1;{ONE}\n").rows[0].row == 3


def test_the_separator_line_of_excel_is_not_a_row() -> None:
    odd = _sheet(f"sep=|\nHP|NAMA\n{ONE}|a;b;c\n")
    assert (odd.separator, odd.rows[0].row) == ("|", 2)
    sheet = _sheet(f"sep=;\r\nNO;HP\r\n1;{ONE}\r\n")
    assert (sheet.rows[0].row, sheet.separator) == (2, ";")


def test_one_column_without_a_header_starts_at_row_one() -> None:
    sheet = _sheet(f"{ONE}\n{TWO}\n6,28703E+12\n{ONE};{TWO}\n")
    assert (sheet.column_letter, sheet.column_header, sheet.separator) == ("A", "", "")
    assert _rules_by_row(sheet) == {
        1: "national_zero", 2: "national_zero", 3: "scientific", 4: "two_numbers",
    }  # fmt: skip


def test_a_one_column_header_is_no_row() -> None:
    for header in ("NOMOR HP", "MSISDN", "Kontak terlapor", "NO", '"No. HP/WA"'):
        sheet = _sheet(f"{header}\n{ONE}\n")
        assert [row.row for row in sheet.rows] == [2]


def test_a_repeat_names_the_first_row_whatever_the_notation() -> None:
    sheet = _sheet(f"HP\n{ONE}\n+62 870-3456-7890\n0061491570006\n+61 491 570 006\n")
    decided = list(decide_rows(sheet.rows, seed_rules()))
    assert [decision.outcome for _, decision in decided] == [
        Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.ACCEPTED, Outcome.DUPLICATE,
    ]  # fmt: skip
    assert [decision.reason[-6:] for _, decision in decided[1::2]] == ["row 2.", "row 4."]
    assert decided[1][1].number is None


def test_optional_columns_are_read_by_their_headers_and_no_other_is_kept() -> None:
    text = (
        "NAMA;NIK;NOMOR HP;KATEGORI;KANAL;TANGGAL BUKTI;NO. TIKET;TINDAKAN\n"
        f"Budi;9901010101700001;{ONE};Judi online;WhatsApp;16 Mei 2026;UJI-1;Buka blokir\n"
        f"Sari;9901010101700002;{TWO};Penipuan;SMS;16/05/2026;UJI-2;Blokir\n"
        f"Tono;9901010101700003;087234567890;;;32/05/2026;;\n"
    )
    one, two, three = _sheet(text).rows
    assert (one.category, one.channel, one.evidence_ref) == ("Judi online", "WhatsApp", "UJI-1")
    assert (one.evidence_date, one.action) == ("2026-05-16", "unblock")
    assert (two.evidence_date, two.action) == ("2026-05-16", "block")
    assert (three.evidence_date, three.action, three.category) == ("", "", "")
    assert "Budi" not in repr(one) and "990101" not in repr(one)


def test_an_action_that_says_neither_holds_the_row() -> None:
    sheet = _sheet(f"HP;TINDAKAN\n{ONE};jangan diblokir\n{TWO};blokir\n0870xxxx;jangan\n")
    assert _rules_by_row(sheet) == {2: "unknown_action", 3: "national_zero", 4: "masked"}


def test_block_and_unblock_of_one_number_hold_both_rows() -> None:
    sheet = _sheet(f"HP;TINDAKAN\n{ONE};blokir\n{TWO};blokir\n+6287034567890;buka\n")
    assert _rules_by_row(sheet) == {
        2: "conflicting_action", 3: "national_zero", 4: "conflicting_action",
    }  # fmt: skip


def test_a_row_with_cells_beyond_the_header_is_held() -> None:
    sheet = _sheet(f"NO,HP,NAMA\n1,{ONE},Budi\n2,6,28703E+12,Sari\n3,{TWO},Jalan,Mawar\n")
    assert _rules_by_row(sheet) == {2: "national_zero", 3: "shifted_row", 4: "shifted_row"}


def test_a_number_that_slid_into_another_column_holds_the_row() -> None:
    sheet = _sheet(f"NO;NAMA;HP\n1;Budi;{ONE}\n2;{TWO};\n3;;\n")
    assert _rules_by_row(sheet) == {2: "national_zero", 3: "shifted_row", 4: "empty"}


def test_an_account_that_changed_places_with_the_number_holds_the_row() -> None:
    rows = f"1;1234567890;{ONE}\n2;{TWO};8712345678\n3;;8734567890\n4;{ONE[:-1]};{TWO}\n"
    rows += f"5;{ONE};tidak tahu\n"
    assert _rules_by_row(_sheet(f"NO;REKENING;HP\n{rows}")) == {
        2: "national_zero", 3: "shifted_row", 4: "lost_zero", 5: "national_zero", 6: "no_number",
    }  # fmt: skip


def test_a_total_row_never_hides_a_number() -> None:
    sheet = _sheet(f"NO;HP\n1;{ONE}\nTOTAL;1\nJUMLAH;{TWO}\nTotal;\n")
    assert _rules_by_row(sheet) == {
        2: "national_zero", 3: "total_row", 4: "total_unclear", 5: "total_row",
    }  # fmt: skip
    alone = _sheet(f"HP\n{ONE}\nTotal {TWO}\n")
    assert _rules_by_row(alone)[3] == "total_unclear"


def test_a_lone_small_number_is_no_header() -> None:
    assert _rules_by_row(_sheet(f"HP\n1\n{ONE}\n"))[2] == "short_code"


def test_no_action_and_block_are_one_and_the_same() -> None:
    text = f"HP;TINDAKAN\n{ONE};\n{ONE};blokir\n{TWO};buka\n"
    assert _rules_by_row(_sheet(text)) == {2: "national_zero", 3: "repeat", 4: "national_zero"}


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-05-16", "2026-05-16"), ("2026-05-16 10:30", "2026-05-16"),
        ("6/5/2026", "2026-05-06"),
        ("16.05.2026", "2026-05-16"), ("2 Agt 2026", ""), ("2 Agustus 2026", "2026-08-02"),
        ("31-04-2026", ""), ("kemarin", ""), ("05/16/2026", ""),
    ],
)  # fmt: skip
def test_evidence_dates_are_read_day_first_or_not_at_all(written: str, iso: str) -> None:
    assert _sheet(f"HP;TANGGAL\n{ONE};{written}\n").rows[0].evidence_date == iso


def test_repeated_headers_and_column_numbers_are_ignored() -> None:
    sheet = _sheet(f"NO;NAMA;HP\n(1);(2);(3)\n1;Budi;{ONE}\nNO;NAMA;HP\n2;Sari;{TWO}\n")
    assert _rules_by_row(sheet) == {
        2: "header_again", 3: "national_zero", 4: "header_again", 5: "national_zero",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "XLSX"),
        (b"\xd0\xcf\x11\xe0rest", "XLS"),
        (b"%PDF-1.7", "PDF"),
        (b"HP\n\x81\x8d\x00\x81", "UTF-8"),
        (b"", "first rows"),
        (b";;;\n\n;;\n", "first rows"),
        (b'HP;NAMA\n"087034567890;Budi\n', "closed quotes"),
        (b'HP;NAMA\n087034567890;"Budi"x\n', "closed quotes"),
        (b'NAMA;HP\n"Budi;1\nSari;2\nTono";3\n', "several inside one"),
    ],
    ids=["xlsx", "xls", "pdf", "binary", "empty", "blank", "open-quote", "odd-quote", "swallowed"],
)
def test_a_file_that_can_not_be_read_is_refused_with_what_to_do(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read_sheet(data, None, "list.csv")
    assert "list.csv" in str(raised.value)
    assert "0870" not in str(raised.value)


def test_an_xlsx_asks_for_a_csv_with_a_text_column() -> None:
    with pytest.raises(InputError) as raised:
        read_sheet(b"PK\x03\x04rest", None, "list.csv")
    assert "text" in raised.value.hint and "later release" in raised.value.hint


def test_caps_of_bytes_rows_columns_and_cells_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"HP;NAMA\n{ONE};Budi\n"
    _sheet(text)
    for cap, small in (("MAX_BYTES", 10), ("MAX_ROWS", 1), ("MAX_COLUMNS", 1), ("MAX_CELL", 5)):
        with monkeypatch.context() as patch, pytest.raises(InputError, match="at most"):
            patch.setattr(csvbytes, cap, small)
            _sheet(text)


def test_a_long_chronology_beside_the_number_does_no_harm() -> None:
    sheet = _sheet(f'HP;KRONOLOGI\n{ONE};"{"cerita panjang, " * 500}"\n')
    assert [decision.number for _, decision in decide_rows(sheet.rows, seed_rules())] == [NUMBER]


def test_a_sheet_longer_than_the_sample_keeps_its_row_numbers() -> None:
    lines = [f"{index};0870{index:08}" for index in range(1, 1501)]
    sheet = _sheet("NO;HP\n" + "\n".join(lines) + "\n")
    assert [row.row for row in sheet.rows] == list(range(2, 1502))
    assert sheet.rows[-1].raw == "087000001500"
