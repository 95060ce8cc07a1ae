"""What a purge takes, what it never takes, and what still holds afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotPermitted, NotVerified
from gateway.domain.period_keys import is_sealed
from gateway.domain.retention import policy
from gateway.services.batches import Wanted
from gateway.services.evidence import EvidenceService
from gateway.services.legal_holds import Order
from gateway.services.retention import Retention
from tests.compiled_once import compile_once
from tests.fsck.town_lists import hand_in
from tests.retention.archive import CITED, MONTHS, STANDS, Archive

compile_once()

CANARY = 6287011112201


class Crash(BaseException):
    """As by a power cut: nothing handles it."""


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm(None)


def crash() -> None:
    raise Crash


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path)
    yield made
    made.close()


@pytest.fixture
def due(archive: Archive) -> Archive:
    """All terms over, the policy in force."""
    archive.lived()
    archive.later()
    archive.ruled()
    return archive


def traces(folder: Path, number: int) -> list[str]:
    """Files of the database in which the number stands, as SQLite or a person writes it."""
    national = str(number).removeprefix("62")
    forms = [number.to_bytes(6, "big"), str(number).encode(), national.encode()]
    forms.append(f"0{national[:3]}-{national[3:7]}-{national[7:]}".encode())
    files = sorted(folder.glob("palang.sqlite*"))
    return [file.name for file in files if any(form in file.read_bytes() for form in forms)]


def evidence(archive: Archive) -> EvidenceService:
    return EvidenceService(archive.store, archive.clock, archive.checkpoints.covering)


def test_nothing_is_purged_without_a_policy_of_two_officers(archive: Archive) -> None:
    archive.lived()
    archive.later()
    with pytest.raises(Conflict, match="no retention policy rules"):
        archive.retention.purge(archive.siti)
    archive.retention.propose(policy("2027-1", CITED, MONTHS), archive.today(), archive.siti)
    with pytest.raises(NotPermitted, match="has signed"):
        archive.retention.approve("2027-1", archive.today(), archive.siti)
    with pytest.raises(Conflict, match="no retention policy rules"):
        archive.retention.purge(archive.siti)
    assert archive.checked().clean


def test_a_policy_without_citation_or_that_takes_numbers_before_proofs_is_refused() -> None:
    with pytest.raises(InputError, match="legal basis"):
        policy("2027-1", " ", MONTHS)
    with pytest.raises(InputError, match="before the proofs"):
        policy("2027-1", CITED, {"numbers": 2, "proofs": 3})


def test_a_version_keeps_its_words(due: Archive) -> None:
    with pytest.raises(Conflict, match="other words"):
        due.retention.propose(policy("2027-1", CITED, {"rows": 9}), due.today(), due.siti)


def test_the_review_shows_first_what_is_lost_and_what_stays(due: Archive) -> None:
    review = due.retention.review(due.retention.find("2027-1"))
    assert {share.what: (share.goes, dict(share.kept)) for share in review.shares} == {
        "parcels": (3, {}),
        "proofs": (4, {"stands blocked": 1}),
        "numbers": (4, {"stands blocked": 1}),
        "rows": (3, {}),
    }
    assert {share.month for share in review.shares} == {"2026-11"}
    assert due.checked().clean  # a look takes nothing


def test_a_purge_takes_what_is_due_and_leaves_a_signed_tombstone(due: Archive) -> None:
    assert traces(due.folder, CANARY)
    purge = due.purged()
    assert purge.tombstone.counts() == {
        "parcels": 3, "proofs": 4, "numbers": 4, "rows": 3, "received": 0
    }  # fmt: skip
    with due.store.read() as uow:
        body = uow.retention.tombstones()[0]
        word = uow.registry.approvals("retention:2027-1")[-1]
    assert word.digest == digest(body) == purge.digest
    assert (purge.tombstone.officers, word.officer) == (("siti", "budi"), "siti")
    report = due.checked()
    assert report.clean, "\n".join(report.to_lines())
    assert due.retention.purge(due.siti) is None  # and nothing is left to do


def test_nothing_of_a_purged_number_is_left_in_the_files_of_the_database(due: Archive) -> None:
    due.purged()
    assert traces(due.folder, CANARY) == []
    copy = due.folder / "copy.sqlite"
    with closing(sqlite3.connect(due.folder / "palang.sqlite")) as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    assert CANARY.to_bytes(6, "big") not in copy.read_bytes()
    assert traces(due.folder, 6287011112203) == ["palang.sqlite"]  # it stands blocked


def test_what_is_deleted_is_written_over_before_the_file_is_made_anew(due: Archive) -> None:
    """Where the run is stopped before its VACUUM."""
    both = (due.store, due.approvals, due.clock)
    Retention(*both, due.periods, lambda: None).purge(due.siti)
    with closing(sqlite3.connect(due.folder / "palang.sqlite")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert traces(due.folder, CANARY) == []


def test_what_stands_blocked_can_be_freed_after_a_purge(due: Archive) -> None:
    due.purged()
    batch = due.unblocks(list(STANDS))
    due.run_until_quiet(3)
    with due.store.read() as uow:
        delivery = uow.deliveries.delivery(f"{batch}.opr-uji-a.1")
        assert not list(uow.standing.blocked())
    assert delivery.state == "ACKNOWLEDGED"
    report = due.checked()
    assert report.clean, "\n".join(report.to_lines())


def test_a_word_that_was_overruled_does_not_rule_again(due: Archive) -> None:
    due.holds.place(Order("batch", "1", 0, "perkara", "LP/1"), due.siti)
    due.purged()
    with due.store.read() as uow:
        assert {block.number for block in uow.standing.blocked()} == {6287011112203}
        assert uow.retention.numbers(3)  # the unblocks stay while the blocks do


def test_a_block_whose_unblock_is_not_through_keeps_its_proof(archive: Archive) -> None:
    archive.lived()
    archive.unblocks(list(STANDS))  # released, not sealed yet
    archive.later()
    archive.ruled()
    archive.purged()
    with archive.store.read() as uow:
        assert uow.deliveries.sealed_numbers("opr-uji-a", [6287011112203]) == {6287011112203}


@pytest.mark.parametrize(
    ("kind", "subject", "number"),
    [
        ("partner", "opr-uji-a", 0), ("batch", "1", 0), ("intake", "1", 0),
        ("number", "", CANARY),
    ],
)  # fmt: skip
def test_what_is_under_hold_stays_until_two_lift_it(
    due: Archive, kind: str, subject: str, number: int
) -> None:
    held = due.holds.place(Order(kind, subject, number, "perkara", "LP/1"), due.siti)
    due.retention.purge(due.siti)
    assert evidence(due).entry("1.opr-uji-a.1", 1, "auditor").data
    assert due.holds.lift(held.id, due.siti) is None
    with pytest.raises(NotPermitted):
        due.holds.lift(held.id, due.siti)
    due.retention.purge(due.siti)
    assert evidence(due).entry("1.opr-uji-a.1", 1, "auditor").data
    assert due.holds.lift(held.id, due.budi) is not None
    due.purged()
    with pytest.raises(NotVerified, match="purged"):
        evidence(due).entry("1.opr-uji-a.1", 1, "auditor")
    report = due.checked()
    assert report.clean, "\n".join(report.to_lines())
    if number:
        assert traces(due.folder, number) == []


def test_a_hold_takes_a_reason_and_no_number_in_it(due: Archive) -> None:
    with pytest.raises(InputError, match="looks like a phone number"):
        due.holds.place(Order("batch", "1", 0, "tentang 0870 1111 2201", "LP/1"), due.siti)
    with pytest.raises(InputError, match="reason"):
        due.holds.place(Order("batch", "1", 0, "", "LP/1"), due.siti)


def test_evidence_says_what_was_purged_and_what_was_signed_still_verifies(due: Archive) -> None:
    before = evidence(due).delivery("1.opr-uji-a.1", "auditor")
    due.purged()
    with pytest.raises(NotVerified, match="on 2027-04-03T10:00:00Z by officer siti") as why:
        evidence(due).entry("1.opr-uji-a.1", 1, "auditor")
    assert why.value.reason == "purged"
    assert f"policy 2027-1 ({CITED})" in str(why.value)
    after = evidence(due).delivery("1.opr-uji-a.1", "auditor")
    assert after.data and before.data
    assert evidence(due).entry("2.opr-uji-a.1", 1, "auditor").data  # it stands


def test_a_sources_own_parcel_lies_under_a_period_key_and_goes_with_its_rows(
    archive: Archive,
) -> None:
    archive.partner("opr-uji-a")
    hand_in(archive)
    batch = archive.batches.prepare(Wanted((1,)))[0].id
    archive.signed(batch)
    archive.run_until_quiet(3)
    with sqlite3.connect(archive.folder / "palang.sqlite") as db:
        (stored,) = db.execute("SELECT body FROM inbound WHERE kind = 'parcel'").fetchone()
    db.close()
    assert is_sealed(stored)
    report = archive.checked()
    assert report.clean, "\n".join(report.to_lines())
    archive.later()
    archive.ruled()
    assert archive.purged().tombstone.counts()["received"] == 1
    report = archive.checked()
    assert report.clean, "\n".join(report.to_lines())
    with archive.store.read() as uow:
        lists = uow.inbox.source_lists.all()
        assert [uow.inbox.inbound_by_digest(one.parcel).body for one in lists] == [b""]


def test_a_purged_parcel_that_is_asked_for_again_is_given_up(due: Archive) -> None:
    due.purged()
    with pytest.raises(NotVerified, match="its parcels were purged"):
        due.renewal.ready("1.opr-uji-a.1")


@pytest.mark.parametrize(
    "point",
    ["before:retention.purge", "after:retention.purge", "before:period.rename",
     "after:period.rename", "before:period.destroy", "after:period.destroy"],
)  # fmt: skip
def test_a_purge_that_was_stopped_anywhere_is_finished_by_the_next_one(
    due: Archive, point: str
) -> None:
    failpoints.arm_from(point, crash)
    with pytest.raises(Crash):
        due.retention.purge(due.siti)
    failpoints.arm(None)
    report = due.checked()
    assert report.clean, "\n".join(report.to_lines())
    due.retention.purge(due.budi)
    assert not due.periods.labels()
    assert traces(due.folder, CANARY) == []
    report = due.checked()
    assert report.clean, "\n".join(report.to_lines())
