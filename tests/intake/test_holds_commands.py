"""`palang intake holds` and `resolve`, as two officers use them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.returned import row_mark
from tests.cli.front_tools import Desk, shows_a_number
from tests.compiled_once import compile_once
from tests.intake.holding import LETTER, TWO, TYPED, sheet
from tests.services.front.world import World

compile_once()

WHY = ("--reason", "evidence_shows", "--reference", "TIKET-7")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    world = World(folder)
    made = Desk(folder, world)
    for officer in ("siti", "budi"):
        made.enrol(officer)
    yield made
    world.store.close()


def added(desk: Desk, *cells: str) -> int:
    """An intake of these cells; no two files are the same."""
    return desk.world.intake(sheet(*cells).replace("TIKET-1", f"T-{desk.world.pass_time()}"))


def test_a_number_is_typed_signed_looked_at_again_and_enters_a_batch(desk: Desk) -> None:
    intake = added(desk, LETTER)
    mark = row_mark(intake, 1)
    words = ["intake", "resolve", mark, "--accept", "typed", *WHY]
    result = desk.run(*words, *desk.sign("siti"), typed=f"{TYPED}\n")
    assert result.exit_code == 0, result.stderr
    assert "other_digits" in result.stderr and "Bukti pendukung" in result.stderr
    asked, _, told = result.stderr.partition("\n")  # the terminal shows what is typed into it
    assert "as 08..." in asked
    assert not shows_a_number(result.stdout + told)
    (row,) = desk.done("intake", "holds", "--intake", intake, "--second")["holds"]
    assert (row["mark"], row["state"]) == (mark, "second")
    assert not shows_a_number(json.dumps(row))
    again = ["intake", "resolve", "--intake", intake, "--second", row["decision"]["digest"][:19]]
    assert desk.run(*again, *desk.sign("siti")).exit_code == 1
    assert "batch new" in desk.done(*again, *desk.sign("budi"))["next"]
    assert desk.done("batch", "new", intake)["entries"] == 1
    assert desk.done("intake", "holds", "--intake", intake)["holds"] == []


def test_many_rows_are_rejected_by_rule_with_one_signature(desk: Desk) -> None:
    intake = added(desk, TWO, LETTER, TWO.replace("4", "8"))
    words = ["intake", "resolve", "--intake", intake, "--rule", "two_numbers"]
    refused = desk.run(*words, "--accept", "split", *WHY, *desk.sign("siti"))
    assert refused.exit_code == 2 and row_mark(intake, 3) in refused.stderr
    reject = ["--reject", "--reason", "sent_anew", "--reference", "SURAT-9"]
    done = desk.done(*words, *reject, *desk.sign("siti"))
    assert [row["mark"] for row in done["rows"]] == [row_mark(intake, 1), row_mark(intake, 3)]
    assert done["second"] == 0
    left = desk.done("intake", "holds", "--intake", intake)["holds"]
    assert [row["rule"] for row in left] == ["letters"]


def test_a_split_is_shown_masked_on_screen_and_whole_in_the_file(
    desk: Desk, tmp_path: Path
) -> None:
    intake = added(desk, TWO, "=1+1 0870111")
    shown = desk.run("intake", "holds", "--intake", intake).stdout
    assert "+62870•••••04 +62871•••••05" in shown and not shows_a_number(shown)
    for kind in ("json", "csv", "xlsx"):
        file = tmp_path / f"ditahan.{kind}"
        told = desk.done("intake", "holds", "--intake", intake, "--out", file)
        assert told["holds"] == 2
        assert file.stat().st_mode & 0o777 == 0o600
    whole = json.loads((tmp_path / "ditahan.json").read_text())
    assert all(len(number) == 13 for number in whole[0]["proposed"])
    with (tmp_path / "ditahan.csv").open(encoding="utf-8-sig", newline="") as file_:
        rows = list(csv.DictReader(file_, delimiter=";"))
    assert rows[0]["Usulan nomor"].split() == whole[0]["proposed"]
    assert rows[1]["Isi sel"].startswith("'=")
    read = desk.run("intake", "check", tmp_path / "ditahan.xlsx", "--column", "Isi sel")
    assert TWO not in read.stdout


def test_what_is_asked_wrongly_is_told(desk: Desk) -> None:
    intake = added(desk, LETTER)
    mark, other = row_mark(intake, 1), row_mark(intake + 1, 1)
    sign = desk.sign("siti")
    for words in (
        [mark, other, "--reject", "--reason", "not_proven", "--reference", "T-1"],
        ["--reject", "--reason", "not_proven", "--reference", "T-1"],
        [mark, "--reject", "--accept", "split", *WHY],
        [mark, *WHY],
        [mark[:-1], "--reject", "--reason", "not_proven", "--reference", "T-1"],
        [mark, "--reject", *WHY],
        [mark, "--accept", "inferred", *WHY],
    ):
        assert desk.run("intake", "resolve", *words, *sign).exit_code == 2, words
    assert desk.run("intake", "resolve", "--intake", 99, "--second", "sha256:" + "0" * 64,
                    *sign).exit_code == 1  # fmt: skip
