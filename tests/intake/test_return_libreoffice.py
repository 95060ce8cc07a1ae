"""As a new officer would: a messy workbook of a real spreadsheet program in, its file back out."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from click.testing import CliRunner

from gateway.main import cli
from tools.peers import find

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"

ROWS: list[list[str | int | float]] = [
    ["LAPORAN NOMOR TERINDIKASI PENIPUAN"],
    [],
    ["NO", "NAMA PELAPOR", "NOMOR HP TERLAPOR", "REKENING", "KATEGORI", "NO BUKTI"],
    [1, "Sari", "0870-1111-2201", "8701111220", "penipuan", "T-1"],
    [2, "Tono", 6287111112202, "", "penipuan", "T-2"],
    [3, "Wati", "087O11112203", "", "penipuan", "T-3"],
    [4, "Yuni", 6.28711e20, "", "penipuan", "T-4"],
    [5, "Dian", '=CONCATENATE("0871";"11112205")', "", "penipuan", "T-5"],
    [6, "Eka", "+62 871 1111 2206", "", "penipuan", "T-6"],
    ["TOTAL", "", 6],
]


def office(source: Path, ending: str, folder: Path) -> Path:
    """What the program makes of a file."""
    program = find("libreoffice")
    assert program
    out = folder / f"as-{ending}"
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += ["--convert-to", ending, "--outdir", str(out), str(source)]
    home = {**os.environ, "HOME": str(folder)}
    subprocess.run(command, check=True, capture_output=True, timeout=120, env=home)
    return out / f"{source.stem}.{ending}"


def messy(folder: Path) -> Path:
    """The list, written by the program itself from a plain one."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS:
        sheet.append([cell.replace(";", ",") if str(cell)[:1] == "=" else cell for cell in row])  # type: ignore[union-attr]  # only texts begin so
    sheet.merge_cells("A1:F1")
    plain = folder / "daftar.xlsx"
    book.save(plain)
    return office(plain, "ods", folder)


def kinds(path: Path) -> list[list[tuple[str, str]]]:
    """Value type and text of every filled cell, row by row, of a flat OpenDocument file."""
    rows = []
    tree = ElementTree.parse(path)  # noqa: S314  # the program that this test ran wrote it
    for row in tree.iter(f"{TABLE}table-row"):
        cells = [
            (cell.get(f"{OFFICE}value-type", ""), "".join(cell.itertext()).strip())
            for cell in row.iter(f"{TABLE}table-cell")
        ]
        rows.append([cell for cell in cells if cell[1]])
    return [row for row in rows if row]


def run(home: Path, *words: object) -> dict[str, object]:
    """The command as typed, with --json."""
    result = CliRunner().invoke(cli(), ["--home", str(home), *map(str, words), "--json"])
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.mark.long
@pytest.mark.libreoffice
def test_a_messy_workbook_goes_in_and_the_file_back_opens_with_every_number_text(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    assert CliRunner().invoke(cli(), ["--home", str(home), "init", "--name", "uji"]).exit_code == 0
    made = run(home, "intake", "add", messy(tmp_path), "--source", "iasc")
    assert made["rows"] == {"accepted": 4, "held": 1, "rejected": 1, "duplicate": 0, "ignored": 1}
    assert {kind for _, _, kind in made["dropped"]} == {"complainant", "account"}  # type: ignore[attr-defined]  # a list
    back = tmp_path / "hasil.xlsx"
    run(home, "intake", "return", 1, "--out", back)
    rows = kinds(office(back, "fods", tmp_path))
    assert {kind for row in rows for kind, _ in row} == {"string"}
    numbers = [row[3][1] for row in rows[1:]]
    assert numbers[:2] == ["0870-1111-2201", "6287111112202"]
    assert numbers[4:6] == ["087111112205", "+62 871 1111 2206"]
    saved = office(back, "xlsx", tmp_path)
    again = run(home, "intake", "add", saved, "--source", "iasc")
    assert again["follows"] == 1
    assert (again["rows"]["duplicate"], again["rows"]["accepted"]) == (4, 0)  # type: ignore[index]  # an object
