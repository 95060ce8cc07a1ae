"""How fsck reads: beside a worker, without a trace, and what can't be read is said so."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.domain.trust import Trust
from gateway.fsck import report as reports
from gateway.fsck.report import Report
from gateway.fsck.sql import open_database
from tests.fsck.conftest import Site
from tests.fsck.tampering import change
from tests.fsck.town import by_hand, check
from tests.stored_pages import rewrite


def test_it_sees_one_moment_while_others_write(site: Site) -> None:
    """A change that is committed half way through the run is of the next moment."""
    with closing(sqlite3.connect(site.database)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        change(writer, "UPDATE deliveries SET attempts = attempts + 1")
        assert site.check().clean
        with open_database(str(site.database)) as early:
            early.rows("SELECT 1")
            writer.execute("COMMIT")
            sums = "SELECT sum(attempts) FROM deliveries"
            assert early.rows(sums) != writer.execute(sums).fetchall()
    assert set(site.check().counts) == {"row-differs"}


def test_it_writes_nothing(site: Site) -> None:
    before = {path: path.read_bytes() for path in site.folder.rglob("*.sqlite")}
    site.check()
    assert {path: path.read_bytes() for path in site.folder.rglob("*.sqlite")} == before
    with open_database(str(site.database)) as database, pytest.raises(InputError):
        database.rows("DELETE FROM deliveries")


def test_a_backup_copy_is_proven_like_the_original(site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "backup.sqlite"
    with closing(sqlite3.connect(site.database)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    report = check(copy, site.trust, **site.kept())
    assert report.clean
    assert report.figures == site.check().figures
    assert check(f"sqlite:///{copy}").clean


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 400])
def test_what_is_no_gateways_database_is_unreadable(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "palang.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        check(path)


def test_a_folder_that_can_not_be_used_is_told_apart_from_damage(site: Site) -> None:
    wal = site.folder / "palang.sqlite-wal"
    wal.unlink(missing_ok=True)  # left where the site was copied while it was open
    wal.mkdir()
    with pytest.raises(InputError) as failed:
        site.check()
    assert "own user" in failed.value.hint


def test_a_kits_state_is_no_gateways_database(site: Site) -> None:
    with pytest.raises(InputError) as failed:
        check(site.folder / "opr-uji-a" / "state.sqlite")
    assert failed.value.hint


def test_a_gateway_that_was_never_made_is_unreadable(site: Site) -> None:
    with by_hand(site.database) as db:
        change(db, "DELETE FROM gateway")
    with pytest.raises(InputError):
        site.check()


def test_without_a_key_of_its_own_nothing_is_proven(site: Site) -> None:
    with by_hand(site.database) as db:
        change(db, "DELETE FROM keys WHERE owner_kind = 'gateway'")
    report = site.check(trust=None)
    assert (report.pinned, report.clean, report.figures["leaves"]) == (False, False, 0)


def test_another_gateways_trust_file_is_refused(site: Site) -> None:
    with pytest.raises(InputError):
        site.check(trust=Trust("palang-lain", ()))


def test_keys_that_came_after_the_trust_file_are_told(site: Site) -> None:
    fewer = Trust(site.trust.gateway, site.trust.keys[:-2])
    report = site.check(trust=fewer)
    assert report.clean
    assert "2 keys were pinned after the trust file was made" in report.notes


def test_a_kept_checkpoint_is_compared(site: Site) -> None:
    with closing(sqlite3.connect(site.database)) as db:
        (note,) = db.execute("SELECT note FROM checkpoints ORDER BY key DESC LIMIT 1").fetchone()
    assert site.check(notes={"head.note": note}).clean
    with by_hand(site.database) as db:
        change(db, "DELETE FROM checkpoints WHERE note = ?", note)
        size = db.execute("SELECT max(size) FROM checkpoints").fetchone()[0]
        change(db, "DELETE FROM ledger_leaves WHERE leaf >= ?", size)
    report = site.check(notes={"head.note": note}, copies={}, exchange="")
    told = [f.about for f in report.findings if f.code == "checkpoint-history"]
    assert told == ["the kept checkpoint head.note"]


def test_what_is_ahead_of_the_high_water_file_is_told_and_no_finding(site: Site) -> None:
    file = site.folder / "high-water.json"
    file.write_text(file.read_text().replace('"opr-uji-a":4', '"opr-uji-a":3'))
    report = site.check()
    assert report.clean
    assert "opr-uji-a is sealed up to 4, the file has 3" in report.notes


def test_every_step_is_told_while_it_runs(site: Site) -> None:
    steps: list[str] = []
    check(site.database, steps=steps)
    assert {"ledger", "slices", "sequences"} <= set(steps)


def test_a_ruined_database_does_not_fill_the_memory(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_SHOWN", 5)
    with by_hand(site.database) as db:
        change(db, "UPDATE ledger_leaves SET salt = x'00'")
    report = site.check()
    assert report.counts["opening-wrong"] > 100
    assert len([f for f in report.findings if f.code == "opening-wrong"]) == 5
    assert any(line.strip().startswith("and ") for line in report.to_lines())


def test_no_finding_names_a_number(site: Site) -> None:
    with by_hand(site.database) as db:
        numbers = [str(n) for (n,) in db.execute("SELECT DISTINCT number FROM entries")]
        change(db, "UPDATE slice_entries SET number = number + 1")
        change(db, "UPDATE entries SET number = number + 2, route = 'opr-uji-c'")
        rewrite(db, lambda _, row: row._replace(number=row.number + 3, raw=f"{row.raw}1"))
    report = site.check()
    assert {"slice-unreleased", "entries-changed", "number-differs"} <= set(report.counts)
    text = re.sub("[0-9a-f]{64}", "", "\n".join(report.to_lines()))  # digests have any digits
    assert not any(number[2:9] in text for number in numbers)


def test_a_report_says_for_each_finding_what_to_do() -> None:
    report = Report()
    report.found("sequence-gap", "stream of opr-uji-a in epoch 1", "sequence 3", 4)
    (finding,) = report.to_json()["findings"]
    assert (finding["promise"], finding["came"]) == ("E", "4")
    assert finding["next"]
