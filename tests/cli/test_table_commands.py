"""`palang table`: a version is written out, loaded, compared, and activated by two officers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.seed import KINDS
from gateway.cli.common import Tools
from gateway.cli.table import table_group
from gateway.domain.records import ReferenceTable
from gateway.reading.files import FileReader
from gateway.services.approvals import Signatory
from gateway.services.tables import Tables
from keys import files
from tests.cli.front_tools import PASSPHRASE, Desk, new_signer
from tests.services.front.test_tables import day, moved_plan, read
from tests.services.front.world import PartnerSide, World


class Administrator(Desk):
    """A desk with the dated tables."""

    def table(self, *words: object) -> Result:
        """Run `palang table ...`."""
        world = self.world
        tables = Tables(world.store, world.approvals, world.clock, read)
        tools = Tools(lambda: pytest.fail("no front is needed"), new_signer, files.load_signer)
        group = table_group(tools, lambda: tables, KINDS)
        return CliRunner().invoke(group, [*map(str, words), "--json"])

    def signatory(self, officer: str) -> Signatory:
        """An enrolled officer with the opened key."""
        key = self.folder / f"{officer}.pem"
        return Signatory(officer, files.load_signer(key, PASSPHRASE.encode()))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Administrator]:
    world = World(tmp_path)
    made = Administrator(tmp_path, world)
    for officer in ("siti", "budi"):
        made.enrol(officer)
    yield made
    world.store.close()


def done(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_two_officers_bring_a_version_into_force(desk: Administrator) -> None:
    file = desk.file("rencana.csv", moved_plan(desk.world))
    loaded = done(desk.table("load", "numbering_plan", file))
    assert loaded["next"] == "palang table compare numbering_plan 2027-01-01"
    words = ("activate", "numbering_plan", "2027-01-01", "--from", day(desk.world, 0))
    assert done(desk.table(*words, *desk.sign("siti")))["active"] is False
    assert done(desk.table(*words, *desk.sign("budi")))["active"] is True
    listed = done(desk.table("list"))["tables"]
    assert isinstance(listed, list)
    plans = [(v["version"], v["rules"]) for v in listed if v["table"] == "numbering_plan"]
    assert plans[-1] == ("2027-01-01", True) and not any(rules for _, rules in plans[:-1])


@pytest.mark.parametrize("name", ["berubah.csv", "berubah.xlsx"])
def test_a_comparison_is_written_number_by_number(desk: Administrator, name: str) -> None:
    by = (desk.signatory("siti"), desk.signatory("budi"))
    for partner in ("opr-uji-a", "opr-uji-b"):
        desk.world.live_partner(PartnerSide(partner, "operator"), by)
    desk.world.released(by)
    desk.table("load", "numbering_plan", desk.file("rencana.csv", moved_plan(desk.world)))
    out = desk.folder / name
    told = done(desk.table("compare", "numbering_plan", "2027-01-01", "--out", out))
    assert told["changes"] == [
        {"was": "opr-uji-a", "now": "opr-uji-c", "numbers": 1},
        {"was": "opr-uji-b", "now": "unmapped", "numbers": 1},
    ]
    with FileReader().open(out, name) as opened:
        rows = [row for block in opened.blocks(0) for row in block.rows]
    assert [row[2:] for row in rows] == [
        ["was", "would_be"],
        ["opr-uji-a", "opr-uji-c"],
        ["opr-uji-b", "unmapped"],
    ]


def test_a_table_that_was_written_out_is_the_same_when_it_is_read(desk: Administrator) -> None:
    out = desk.folder / "aturan.csv"
    done(desk.table("show", "numbering_plan", "--out", out))
    assert desk.table("show", "numbering_plan", "--out", out).exit_code == 1  # it is there
    table: ReferenceTable = read("numbering_plan", out.read_bytes())
    shown = done(desk.table("show", "numbering_plan"))
    assert shown["report"] == [list(row) for row in table.rows]


def test_what_can_not_be_done_names_the_next_step(desk: Administrator) -> None:
    assert desk.table("load", "numbering_plan", desk.file("x.csv", b"\xff")).exit_code == 2
    gone = desk.table("show", "numbering_plan", "2001-01-01")
    assert gone.exit_code == 1 and "palang table list" in gone.stderr
