"""Names of files and sheets are shown and stored without numbers of people."""

import pytest

from gateway.domain.plain_names import without_numbers


@pytest.mark.parametrize(
    ("name", "shown"),
    [("laporan_087034567890_Budi.csv", "laporan_..._Budi.csv"),
     ("WA 0870-3456-7890.xlsx", "WA ....xlsx"), ("+62 870 3456 7890.csv", "....csv"),
     ("9901010101700001.csv", "....csv"), ("laporan_20261124.csv", "laporan_20261124.csv"),
     ("laporan 24-11-2026.csv", "laporan 24-11-2026.csv"), ("rekap 202611.ods", "rekap 202611.ods"),
     ("x1234567.csv", "x....csv"), ("87034567890.csv", "....csv")],
    ids=range(9),
)  # fmt: skip
def test_a_name_keeps_days_and_no_numbers(name: str, shown: str) -> None:
    assert without_numbers(name) == shown
