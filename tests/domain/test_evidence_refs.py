"""Of a column of evidence only references are kept."""

import pytest

from gateway.domain.evidence_refs import evidence_reference, evidence_references
from tests.domain.sheets import read_rows

KEPT = {
    "UJI-1": "UJI-1", "IASC/2026/000123": "IASC/2026/000123", " TIKET 12 ": "TIKET-12",
    "Tiket No. 12": "Tiket-No.-12",
    "LP/B/123/V/2026/SPKT/POLDA METRO": "LP/B/123/V/2026/SPKT/POLDA-METRO",
    "123/X/2026": "123/X/2026", "T12:4": "T12:4", "": "",
}  # fmt: skip
DROPPED = (
    "Korban Budi Santoso, Jl. Mawar 5, ditipu 5jt", "Korban-Budi-Santoso-Jl-Mawar-5-ditipu-5jt",
    "Ibu Siti Aminah 087111222333", "Siti Aminah 5", "siti 5", "087034567890", "0870-3456-7890",
    "UJI-087034567890", "A/0870-345-670-02", "NIK-9901010101700001", "terlampir", "Budi",
    "SITI AMINAH 5", "9901010101700001", "NIK 99O1010101700001", "x" * 70 + "1", "!?",
)  # fmt: skip


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
def test_what_has_the_shape_of_a_reference_is_kept(text: str) -> None:
    assert evidence_reference(text) == KEPT[text]
    assert evidence_reference(KEPT[text]) == KEPT[text]


@pytest.mark.parametrize("text", DROPPED, ids=range(len(DROPPED)))
def test_names_stories_and_numbers_of_people_are_dropped(text: str) -> None:
    assert evidence_reference(text) == ""
    assert evidence_references(["UJI-1", text]) == ["UJI-1", ""]


def test_nothing_of_a_story_under_bukti_is_in_a_row() -> None:
    rows = read_rows("HP;BUKTI\n087034567890;Budi Santoso Jl. Mawar 5\n087134567890;UJI-7\n")
    assert [row.evidence_ref for row in rows] == ["", "UJI-7"]
