"""`palang fsck` as people type it: what it opens, what it prints, how it ends."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.domain.trust import write_trust
from gateway.fsck.codes import CODES
from gateway.main.fsck_command import fsck_command
from gateway.main.making import make
from gateway.main.wiring import Gateway
from tests.fsck.conftest import Site
from tests.fsck.tampering import change
from tests.fsck.town import by_hand

DOCS = Path(__file__).parents[2] / "docs" / "fsck.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "gw"
    make(home, "palang-uji", True)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(made, tmp_path / "gw")
    yield tmp_path / "gw"


def run(home: Path, *arguments: str | Path) -> Result:
    command = fsck_command(lambda: Gateway(home))
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_new_gateway_is_clean(home: Path) -> None:
    done = run(home)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "clean: every promise holds")


def test_findings_are_told_with_what_to_do(home: Path) -> None:
    with by_hand(home / "state" / "palang.sqlite") as db:
        change(db, "UPDATE gateway SET epoch = 7")
    done = run(home)
    assert done.exit_code == 1
    assert "[E] epoch-falls" in done.stdout
    assert CODES["epoch-falls"].todo in done.stdout


def test_one_object_is_for_programs(home: Path, site: Site) -> None:
    copy = f"opr-uji-a={site.folder / 'opr-uji-a'}"
    (site.folder / "opr-uji-a" / "state.sqlite").write_bytes(b"x")
    done = run(home, "--database", site.database, "--copy", copy, "--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["clean"]) == (1, False)
    assert document["counts"] == {"copy-unread": 1}
    assert document["looked_at"]["deliveries"] == 15


def test_everything_that_was_kept_is_compared(home: Path, site: Site, tmp_path: Path) -> None:
    trust, head = tmp_path / "trust.json", tmp_path / "head.note"
    trust.write_bytes(write_trust(site.trust))
    with closing(sqlite3.connect(site.database)) as db:
        head.write_text(db.execute("SELECT max(note) FROM checkpoints").fetchone()[0])
    outside = (
        "--trust",
        trust,
        "--checkpoint",
        head,
        "--exchange",
        site.folder / "exchange.sqlite",
    )
    mark = ("--high-water", site.folder / "high-water.json")
    done = run(home, "--database", site.database, *outside, *mark)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--database", "nowhere.sqlite"),
        ("--copy", "opr-uji-a"),
        ("--copy", "Opr Uji=/x"),
        ("--trust", "nowhere.json"),
        ("--exchange", "nowhere.sqlite"),
        ("--unknown",),
    ],
)
def test_what_can_not_be_read_ends_with_two(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(home, *arguments).exit_code == 2


def test_without_a_pinned_key_it_ends_with_three(home: Path) -> None:
    with by_hand(home / "state" / "palang.sqlite") as db:
        change(db, "DELETE FROM keys")
    done = run(home)
    assert done.exit_code == 3
    assert "NOT PROVEN: no key" in done.stdout


def test_help_says_what_it_is_for_with_an_example(home: Path) -> None:
    done = run(home, "--help")
    assert done.exit_code == 0
    assert "Example:" in done.stdout
    assert "--copy opr-uji-a=" in done.stdout


def test_the_documents_table_is_the_one_of_the_code() -> None:
    listed = [line for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    codes = CODES.values()
    assert listed == [f"| `{c.name}` | {c.promise} | {c.means} | {c.todo} |" for c in codes]
