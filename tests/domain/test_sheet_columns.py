"""The number column is certain, or the file is refused: the harm of a wrong one is a stranger's."""

from __future__ import annotations

import pytest

from gateway.domain.columns import letter
from gateway.domain.errors import InputError
from tests.domain.sheets import read_plan, read_rows

ONE, TWO = "087034567890", "087134567890"


def _letter(text: str, column: str = "") -> str:
    return letter(read_plan(text, column).sheets[0].columns.number)


@pytest.mark.parametrize(
    "header",
    ["NO HP", "NOMOR HP", "No. HP/WA", "MSISDN", "nomor telepon", "phone", "Phone Number",
     "Nomor Ponsel Terlapor", "No. WhatsApp", "Handphone", "NO_HP", "Telp.", "nomor seluler",
     "No HP Pelaku", "Mobile"],
)  # fmt: skip
def test_number_headers_in_both_languages_are_known(header: str) -> None:
    assert _letter(f"NO;CABANG;{header};REKENING\n1;Uji;{ONE};8712345678\n") == "C"


@pytest.mark.parametrize(
    "header",
    ["NO. REKENING", "Nomor Rekening", "No Rek", "Account No", "NIK", "No. KTP", "Bank",
     "Nomor HP/Rekening", "No HP Pelapor", "Nomor Telepon Korban", "Reporter phone", "IMEI"],
)  # fmt: skip
def test_accounts_identities_and_complainants_are_never_the_number_column(header: str) -> None:
    text = f"NO;{header}\n1;{ONE}\n2;{TWO}\n"
    with pytest.raises(InputError):
        _letter(text)
    for wanted in (header, "B", "b"):
        with pytest.raises(InputError, match="account, identity or complainant"):
            _letter(text, wanted)
    with pytest.raises(InputError):
        _letter(f"{header}\n{ONE}\n")
    assert _letter(f"NO;{header};NOMOR HP TERLAPOR\n1;{TWO};{ONE}\n") == "C"


def test_two_possible_columns_are_named_and_one_can_be_asked_for() -> None:
    text = f"NO;No HP;No WA\n1;{ONE};{TWO}\n"
    with pytest.raises(InputError, match=r"B \(No HP\), C \(No WA\)") as raised:
        _letter(text)
    assert "--column" in raised.value.hint
    assert _letter(text, "no hp") == "B"
    assert _letter(text, "C") == "C"


def test_a_column_is_told_by_its_values_when_no_header_says_it() -> None:
    assert _letter(f"URUT;SASARAN;KETERANGAN\n1;{ONE};a\n2;{TWO};b\n") == "B"
    assert _letter(f"1;Budi;{ONE}\n2;Sari;{TWO}\n") == "C"


def test_two_columns_of_numbers_without_headers_are_ambiguous_and_not_shown() -> None:
    with pytest.raises(InputError, match="A, B") as raised:
        _letter(f"{ONE};{TWO}\n087234567890;087334567890\n")
    assert "0870" not in str(raised.value)


def test_accounts_alone_are_no_phone_numbers() -> None:
    for text in ("a;8701234567\nb;8712345678\n", "NAMA;TUJUAN\na;1234567890\nb;8712345678\n"):
        with pytest.raises(InputError, match="found none"):
            _letter(text)


def test_of_two_number_headers_the_filled_one_is_read() -> None:
    assert _letter(f"NO;No HP;No WA\n1;;{TWO}\n2;;{ONE}\n") == "C"


def test_a_word_like_a_header_inside_the_list_does_not_end_the_search() -> None:
    sheet = read_rows(f"{ONE};ada\nWA;Telepon\n{TWO};ada\n")
    assert [row.row for row in sheet] == [1, 2, 3]


def test_a_named_column_is_read_even_if_no_value_is_a_number() -> None:
    assert _letter("NO;NOMOR HP\n1;6,28703E+12\n") == "B"


def test_a_header_with_digits_is_named_by_its_letter_only() -> None:
    with pytest.raises(InputError, match=r"any of: A, B$"):
        _letter(f"No HP 1;No HP 2\n{ONE};{TWO}\n")


def test_an_account_column_beside_an_unnamed_one_is_no_candidate() -> None:
    assert _letter(f"NO REKENING;SASARAN\n{TWO};{ONE}\n") == "B"


def test_a_numbered_header_is_a_number_header() -> None:
    assert _letter(f"CABANG;No HP 1\nUji;{ONE}\n") == "B"


def test_mobile_numbers_under_a_header_that_says_nothing_make_a_second_candidate() -> None:
    with pytest.raises(InputError, match=r"A \(SASARAN\), B \(No HP\)"):
        _letter(f"SASARAN;No HP\n{TWO};{ONE}\n")


def test_tickets_are_no_phone_numbers() -> None:
    with pytest.raises(InputError, match="found none"):
        _letter(f"NO TIKET;NAMA\n{ONE};a\n{TWO};b\n")


def test_the_header_below_a_letterhead_is_found() -> None:
    text = f"KEMENTERIAN;;\nNOMOR HP;;\n;;\nNO;NOMOR HP;KATEGORI\n1;{ONE};Penipuan\n"
    assert (_letter(text), read_rows(text)[0].row) == ("B", 5)


def test_an_uncommon_header_below_a_title_is_found_by_its_name() -> None:
    text = f"DAFTAR 2026;;\nNO;SASARAN;SISA\n1;{ONE};{TWO}\n"
    assert _letter(text, "sasaran") == "B"
    assert [row.row for row in read_rows(text, "sasaran")] == [3]


def test_a_wanted_column_that_is_not_there_is_refused() -> None:
    text = f"NO;HP\n1;{ONE}\n"
    for wanted in ("Z", "TELEGRAM", "C"):
        with pytest.raises(InputError, match="A to B"):
            _letter(text, wanted)
    with pytest.raises(InputError, match="A, B"):
        _letter(f"HP;HP\n{ONE};{TWO}\n", "HP")


@pytest.mark.parametrize(
    "headers",
    ["NO;Nama;No HP", "NO;Nama Pelapor;HP", "NO;NIK;No Telepon", "NO;Alamat;Telp",
     "NO;No HP Pelapor;No HP", "NO;Kronologi;MSISDN", "NO;Email;WA", "NO;Tgl Lahir;HP",
     "NO;Nama;TUJUAN", "NO;Nama;"],
)  # fmt: skip
def test_a_plain_telephone_beside_who_complains_is_read_only_when_it_is_named(headers: str) -> None:
    text = f"{headers}\n1;x;{ONE}\n2;x;{TWO}\n"
    with pytest.raises(InputError, match=r"C.* may be the complainants' own.* beside B") as raised:
        _letter(text)
    assert "--column" in raised.value.hint
    assert _letter(text, "C") == "C"
    reported = headers.rpartition(";")[0] + ";No HP Terlapor"
    assert _letter(f"{reported}\n1;x;{ONE}\n") == "C"


def test_a_story_with_numbers_in_it_makes_a_plain_telephone_doubtful() -> None:
    told = f"NO;HP;KETERANGAN\n1;{ONE};ditipu oleh 87134567890\n"
    with pytest.raises(InputError, match="beside C"):
        _letter(told)
    assert _letter(f"NO;HP;KETERANGAN\n1;{ONE};lihat berkas\n") == "B"


def test_a_title_that_names_complainants_makes_a_plain_telephone_doubtful() -> None:
    rows = f"NO;HP\n1;{ONE}\n2;{TWO}\n"
    with pytest.raises(InputError, match="the title names complainants"):
        _letter(f"DATA PELAPOR DAN KORBAN;\n{rows}")
    assert _letter(f"NOMOR TERLAPOR DARI PELAPOR;\n{rows}") == "B"
    assert _letter(f"DAFTAR NOMOR;\n{rows}") == "B"


@pytest.mark.parametrize(
    ("header", "value"),
    [("Nomor yang dilaporkan", "87134567890"), ("Nomor Pelaku", "+62-871-3456-7890 (WA)"),
     ("Nomor Penipu", ""), ("Terlapor", "https://wa.me/6287134567890"), ("Nomor Tersangka", "x"),
     ("Reported number", "87134567890"), ("Target", "?"), ("Nomor yang akan diblokir", ""),
     ("Nama/No HP Pelaku", "Uji")],
)  # fmt: skip
def test_a_header_that_says_reported_is_always_a_candidate(header: str, value: str) -> None:
    for headers in (f"NO;No HP;{header}", f"NO;No HP Terlapor;{header}"):
        with pytest.raises(InputError, match=r"any of: B \(No HP.*\), C \("):
            _letter(f"{headers}\n1;{ONE};{value}\n")
    assert _letter(f"NO;CABANG;{header}\n1;Uji;{value}\n") == "C"


def test_what_is_said_of_the_reported_beside_their_number_is_no_candidate() -> None:
    headers = "Nama Terlapor;Alamat Pelaku;Rekening Penipu;Tanggal dilaporkan;Dilaporkan oleh"
    assert _letter(f"{headers};HP Terlapor\nx;x;{TWO};x;{TWO};{ONE}\n") == "F"


def test_links_remarks_and_lost_zeros_make_a_second_candidate() -> None:
    for value in ("wa.me/6287134567890", "87134567890", "0871-3456-7890 dan satu lagi"):
        with pytest.raises(InputError, match=r"any of: A \(No HP\), B \(LAIN\)"):
            _letter(f"No HP;LAIN\n{ONE};{value}\n")


def test_a_column_alone_without_a_word_about_telephones_may_hold_accounts() -> None:
    for text in ("NOMOR\n8701234567\n8712345678\n", "8701234567\n8712345678\n"):
        with pytest.raises(InputError, match="found none"):
            _letter(text)
        assert _letter(text, "A") == "A"
    assert _letter(f"NOMOR\n8701234567\n{ONE}\n") == "A"
    assert _letter("NOMOR HP\n8701234567\n") == "A"


def test_columns_are_lettered_as_in_a_spreadsheet() -> None:
    assert [letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
