"""Errors of batches on Indonesian pages: the page's words, and the service's beside them."""

from __future__ import annotations

import re

from gateway.domain.accounts import Role
from tests.web.console.batches.conftest import Desk
from tests.web.console.people import PASSPHRASE, Person

OWN = re.compile(r'<summary>Pesan asli layanan</summary><p lang="en">(.*?)</p>')


def _refused(page: str) -> tuple[str, str]:
    """What the page says, and the service's own words beside it."""
    said = re.search(
        r'id="problem">\s*<strong>Tidak ada yang berubah\.</strong>\s*<p>(.*?)</p>', page
    )
    own = OWN.search(page)
    assert said
    assert own
    return said[1], own[1]


def _post(person: Person, path: str, **form: str) -> str:
    form |= {"csrf": "token-uji", "passphrase": PASSPHRASE}
    return person.client.post(path, data=form, base_url="https://localhost").text


def test_an_act_that_is_refused_is_explained_above_its_form(desk: Desk) -> None:
    batch = desk.world.batch()
    desk.world.releases.submit(batch, desk.officers[0])
    siti = desk.person("siti", Role.APPROVER, "id")
    digest = desk.world.batches.show(batch).digest
    said, own = _refused(_post(siti, f"/batches/{batch}/release", shown=digest))
    assert said.startswith("Yang mengajukan paket data tidak dapat juga mendukung")
    assert "Pejabat aktif lain melakukannya" in said
    assert own == f"batch {batch} was submitted by officer siti, who can&#39;t release it too"


def test_an_error_of_a_whole_page_is_explained_too(desk: Desk) -> None:
    siti = desk.person("siti", Role.APPROVER, "id")
    said, own = _refused(siti.raw("/batches/999", 404).text)
    assert said == "Tidak ada paket data 999. Pilih salah satu dari daftar paket data."
    assert own == "no batch 999"


def test_what_the_gate_refuses_is_explained_too(desk: Desk) -> None:
    tono = desk.person("tono", Role.AUDITOR, "id")
    said, _own = _refused(_post(tono, f"/batches/{desk.world.batch()}/release", shown=""))
    assert said.startswith("Peran Anda tidak boleh melakukan ini.")


def test_an_english_page_has_the_next_step_of_the_page_where_the_service_knows_a_command(
    desk: Desk,
) -> None:
    siti = desk.person("siti", Role.APPROVER)
    page = siti.raw("/batches/999", 404).text
    assert "There is no batch 999. Choose one from the list of batches." in page
    assert "palang batch list" not in page
