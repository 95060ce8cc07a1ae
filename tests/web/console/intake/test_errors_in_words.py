"""What goes wrong is said in the page's language, with the service's own words beside it."""

from __future__ import annotations

import io

import pytest

from gateway.domain.accounts import Role
from gateway.domain.returned import row_mark
from gateway.services.intake import Options
from tests.intake.holding import LETTER, TWO, sheet
from tests.web.console.intake.office import Office, Person

TWO_COLUMNS = "No HP;No WA\n0870-1111-2211;0871-1111-2212\n"


@pytest.fixture
def budi(office: Office) -> Person:
    """A preparer who reads Indonesian."""
    return office.signed_in(office.app(), "budi", Role.PREPARER, "id")


def _preview(who: Person, content: bytes, name: str) -> str:
    file = (io.BytesIO(content), name)
    return who.get(who.post("/intake/add", source="iasc", pasted="", file=file))


def test_a_file_that_can_t_be_read_is_explained(office: Office, budi: Person) -> None:
    assert "bukan daftar yang dibaca di sini" in _preview(budi, b"%PDF-1.4", "surat.pdf")
    assert "Tidak ada baris bernomor telepon" in _preview(budi, b"", "kosong.csv")
    two = _preview(budi, TWO_COLUMNS.encode(), "dua.csv")
    assert "Beberapa kolom mungkin berisi nomor" in two and "it could be any of" in two
    known = b"nomor hp\n0870-1111-2201\n"
    office.world.intakes.add(office.world.file(known), "a.csv", Options("iasc"))
    assert "sudah menjadi penerimaan 1" in _preview(budi, known, "a.csv")


def test_a_saved_column_that_does_not_fit_is_explained(office: Office, budi: Person) -> None:
    sample = office.world.file(TWO_COLUMNS.encode())
    with office.world.intakes.planned(sample, "dua.csv", "", "B") as (_opened, plan):
        office.world.intakes.profiles.save("iasc", plan, "siti")
    page = _preview(budi, b"Telepon;WA\n0870-1111-2211;0871-1111-2212\n", "lain.csv")
    assert "tidak sama dengan yang tersimpan" in page


def test_a_decision_that_can_t_be_is_explained(office: Office, budi: Person) -> None:
    intake = office.world.intake(sheet(LETTER, TWO))
    row = f"/holds/row/{row_mark(intake, 1)}"
    given = {"reason": "evidence_shows", "reference": "TIKET-1"}
    page = budi.post(row, expect=400, way="typed", typed="1500888", **given)
    assert "Yang diketik tidak dapat diterima: Termasuk nomor yang dilindungi" in page
    number = {"reason": "not_proven", "reference": "0870-1111-2201"}
    assert "Rujukan terdiri atas" in budi.post(row, expect=400, way="reject", **number)
    draft = budi.post(f"/holds/row/{row_mark(intake, 2)}", 303, way="split", **given)
    assert "Frasa sandi tidak membuka kunci Anda" in budi.post(draft, 403, passphrase="x")
