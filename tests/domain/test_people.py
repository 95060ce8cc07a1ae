"""Columns that may hold people are known by header or value; identity numbers are masked."""

from __future__ import annotations

import pytest

from gateway.domain.columns_words import evidence_type, words
from gateway.domain.people import kind_of_header, kind_of_value, without_identities
from gateway.domain.sheet_judge import clean_reference, kept_text

NIK = "9971234567890123"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("NIK", "identity"), ("No. KTP", "identity"), ("NPWP", "identity"), ("Paspor", "identity"),
        ("Nama Lengkap", "name"), ("Name", "name"), ("ALAMAT", "address"), ("Kota", "address"),
        ("Kronologi Kejadian", "narrative"), ("Keterangan", "narrative"), ("E-mail", "email"),
        ("Surel", "email"), ("Tanggal Lahir", "birth"), ("Jenis Kelamin", "birth"),
        ("Atas Nama", "holder"), ("a.n.", "holder"), ("Nama Pemilik", "holder"),
        ("No. Rekening", "account"), ("Bank", "account"), ("Nama Bank", "account"),
        ("No HP Pelapor", "complainant"), ("Reporter phone", "complainant"), ("IMEI", "device"),
        ("Foto KTP", "identity"), ("Foto", "picture"), ("NOMOR HP", None), ("KATEGORI", None),
        ("Tanggal Bukti", None),
    ],
)  # fmt: skip
def test_a_header_says_what_a_column_holds_of_people(header: str, kind: str | None) -> None:
    assert kind_of_header(words(header)) == kind


@pytest.mark.parametrize(
    "written",
    [NIK, "99.71.23.456789.0123", "9971 2345 6789 0123", "99-7123-456789-0123",
     "９９７１２３４５６７８９０１２３", "99\u00a071234567890123"],
    ids=range(6),
)  # fmt: skip
def test_an_identity_number_is_masked_in_whatever_is_kept(written: str) -> None:
    assert kind_of_value(written) == "identity"
    for text in (written, f"lihat {written}", f"{written}/087034567890", f"NIK:{written}."):
        kept = kept_text(text)
        assert "•" * 16 in kept and sum(map(str.isdigit, kept)) in (0, 12)
    assert not any(map(str.isdigit, clean_reference(written)))
    assert not any(map(str.isdigit, clean_reference(f"UJI-{written}")))


@pytest.mark.parametrize("text", ["087034567890", "0062873456789012", "+62 0 8734 5678 9012", "12"])
def test_a_phone_number_is_never_taken_for_an_identity(text: str) -> None:
    assert without_identities(text) == text


@pytest.mark.parametrize(
    "written",
    ["99O1010101700001", "990l01010I700001", "997123/456789/0123", "99/71/23/456789/0123"],
)
def test_an_identity_number_with_letters_or_slashes_is_masked_too(written: str) -> None:
    assert without_identities(f"lihat {written}.") == f"lihat {'•' * 16}."


@pytest.mark.parametrize(
    "text", ["087034567890/087134567890", "8703456789/123456", "0870-3456-7890/1", "LP/12/2026"]
)
def test_two_numbers_with_a_slash_are_no_identity(text: str) -> None:
    assert without_identities(text) == text


def test_a_story_in_a_number_cell_is_cut_off() -> None:
    assert len(kept_text("kronologi " * 100)) == 201


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Tangkapan layar", "screenshot"), ("screenshot", "screenshot"), ("SS chat", "screenshot"),
        ("Rekaman suara", "recording"), ("video", "recording"), ("Caller ID", "caller-id"),
        ("nomor di layar", "caller-id"), ("Nomor yang tampil di layar", "caller-id"),
        ("log panggilan", "caller-id"), ("surat", "other"), ("", ""), (" - ", ""),
    ],
)  # fmt: skip
def test_a_kind_of_evidence_is_read_as_its_code(written: str, code: str) -> None:
    assert evidence_type(written) == code
