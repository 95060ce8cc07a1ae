"""Who looked at what and why: found by account, subject, number, period; told to a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.domain.access import AccessFilter, What, plain_reason
from gateway.domain.accounts import Role
from gateway.domain.errors import Conflict, InputError, LedgerUnavailable
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.times import HOUR
from gateway.main import cli
from gateway.services.access import AccessLog, By, required_reason
from gateway.services.accounts import Accounts, NewAccount
from gateway.services.data_subject import DataSubject, letter
from gateway.services.wanted_heads import WantedHeads
from keys.vault import ConsoleVault
from tests.accounts.cheap import cheap_passwords
from tests.services.back.parts import entry, numbers
from tests.services.back.world import World
from tests.web.console.staff import MACHINE, StaffHouse

RINA, TONO = By("rina", "10.0.0.4"), By("tono", "10.0.0.5")
NUMBER, OTHER = numbers(2)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def log(world: World) -> AccessLog:
    return AccessLog(world.store, world.clock, ConsoleVault(b"rahasia konsol uji"))


def test_rows_are_found_by_account_subject_number_kind_and_period(
    world: World, log: AccessLog
) -> None:
    begin = world.clock.now()
    log.looked(RINA, What.CASE_VIEW, log.of_number(NUMBER), "tiket 12")
    world.pass_time(HOUR)
    log.looked(TONO, What.EXPORT_EVIDENCE, "delivery:7.opr-uji-a.1", "permintaan auditor")
    log.looked(TONO, What.CASE_VIEW, log.of_number(OTHER), "tiket 13")

    def found(**wanted: object) -> list[str]:
        rows = log.page(AccessFilter(**wanted))  # type: ignore[arg-type]  # members by name
        return [row.reason for row in rows]

    assert found() == ["tiket 13", "permintaan auditor", "tiket 12"]
    assert found(account="rina") == ["tiket 12"]
    assert found(subject="delivery:7.opr-uji-a.1") == ["permintaan auditor"]
    assert found(subject=log.of_number(NUMBER)) == ["tiket 12"]
    assert found(what=(What.CASE_VIEW,)) == ["tiket 13", "tiket 12"]
    assert found(until=begin + HOUR) == ["tiket 12"]
    assert found(since=begin + HOUR) == ["tiket 13", "permintaan auditor"]
    first, second = log.page(AccessFilter(), 2)
    assert [row.reason for row in log.page(AccessFilter(before=second.id), 2)] == ["tiket 12"]
    assert [row.id for row in log.rows(AccessFilter())] == [first.id, second.id, second.id - 1]


def test_a_number_is_kept_as_a_keyed_hash_that_another_key_does_not_give(
    world: World, log: AccessLog
) -> None:
    log.looked(RINA, What.CASE_VIEW, log.of_number(NUMBER), f"nomor +{NUMBER} dari surat")
    other = AccessLog(world.store, world.clock, ConsoleVault(b"another"))
    assert other.of_number(NUMBER) != log.of_number(NUMBER)
    row = log.page(AccessFilter())[0]
    assert str(NUMBER) not in repr(row)
    assert row.reason == "nomor +[...] dari surat"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("surat\r\n12\x1b[31m/PDP", "surat 12 [31m/PDP"),
        ("0870-1111-2222", "[...]"),
        ("0870 1111 2222", "[...]"),
        ("tiket 20261124", "tiket [...]"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_a_reason_is_one_line_without_a_number(typed: str, kept: str) -> None:
    assert plain_reason(typed) == kept


def test_a_number_typed_where_an_id_is_expected_is_not_kept(log: AccessLog) -> None:
    log.looked(RINA, What.DELIVERY_VIEW, "delivery:6287011112222")
    log.looked(RINA, What.EXPORT_EVIDENCE, "delivery:0870-1111-2222")
    log.looked(RINA, What.DELIVERY_VIEW, "delivery:20261.opr-uji-a.12")
    kept = [row.subject for row in log.page(AccessFilter())]
    assert kept == ["delivery:20261.opr-uji-a.12", "delivery:[...]", "delivery:[...]"]
    log.looked(RINA, What.CASE_VIEW, log.of_number(6287011112222), "tiket 12")
    assert log.page(AccessFilter(subject=log.of_number(6287011112222)))


def test_a_reason_says_something() -> None:
    assert required_reason("tiket 12") == "tiket 12"
    for nothing in ("", "    ", "ok", "\n\n\n\n\n\n", "0870 1111 2222", "ya 0870-1111-2222"):
        with pytest.raises(InputError, match="reason"):
            required_reason(nothing)


def test_no_row_is_changed_or_deleted_by_hand(world: World, log: AccessLog) -> None:
    log.looked(RINA, What.CASE_VIEW, "batch:1", "tiket 12")
    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as db:
        for statement in ("UPDATE access_log SET reason = ''", "DELETE FROM access_log"):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(statement)


def test_where_the_look_can_not_be_noted_it_does_not_happen(world: World, log: AccessLog) -> None:
    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as db:
        db.execute("DROP TABLE access_log")
        db.commit()
    with pytest.raises(LedgerUnavailable):
        log.looked(RINA, What.CASE_UNMASK, "batch:1", "tiket 12")


def test_the_holder_of_a_number_learns_who_got_it_and_who_looked_and_why(
    world: World, log: AccessLog
) -> None:
    accounts = Accounts(world.store, world.clock, cheap_passwords())
    accounts.add(NewAccount("rina", "Rina Putri", Role.AUDITOR), MACHINE)
    world.partner("opr-uji-a")
    world.release([entry(NUMBER), entry(OTHER)])
    world.round()
    log.looked(RINA, What.CASE_UNMASK, log.of_number(NUMBER), "pengaduan 77")
    log.looked(TONO, What.ENTRIES_VIEW, "delivery:1.opr-uji-a.1")
    log.looked(TONO, What.DELIVERY_VIEW, "delivery:1.opr-uji-a.1")
    log.looked(TONO, What.CASE_VIEW, log.of_number(OTHER), "nomor lain")
    with world.store.write() as uow:
        for places in (["1.opr-uji-a.1/1"], ["1.opr-uji-a.1/2"]):
            facts = {"kind": "number", "places": places, "login": "auditor", "bundle": "x"}
            uow.note(LedgerEvent(Tag.AUDIT_EXPORT, world.clock.now(), facts))
        uow.commit("audit.export")
    answer = DataSubject(world.store, world.clock, log).answer(NUMBER, "surat 5/PDP", MACHINE)
    assert {(look.who, look.what, look.reason) for look in answer.looked} == {
        ("Rina Putri (auditor)", What.CASE_UNMASK, "pengaduan 77"),
        ("tono", What.ENTRIES_VIEW, ""),
        ("auditor", What.EXPORT_EVIDENCE, ""),
        ("machine:uji", What.SUBJECT_ANSWER, "surat 5/PDP"),
    }
    assert [(sent.delivery, sent.voluntary) for sent in answer.sent] == [("1.opr-uji-a.1", False)]
    said = "\n".join(letter(answer, "palang-uji"))
    assert "Rina Putri (auditor) melihat nomor secara lengkap; alasan: pengaduan 77" in said
    assert "1.opr-uji-a.1 (wajib)" in said
    assert str(NUMBER) not in said and "nomor lain" not in said


def test_a_number_that_nobody_sent_or_saw_has_an_answer_too(world: World, log: AccessLog) -> None:
    answer = DataSubject(world.store, world.clock, log).answer(NUMBER, "surat 6/PDP", MACHINE)
    said = "\n".join(letter(answer, "palang-uji"))
    assert "tidak pernah disampaikan" in said


def test_the_worker_signs_the_head_that_the_console_wants_at_its_next_tick(world: World) -> None:
    world.release([entry(NUMBER)])
    made = world.checkpoints.due()
    assert made is not None and world.checkpoints.due() is None
    world.release([entry(OTHER)])
    with world.store.read() as uow:
        size = uow.log.size()

    def worker(_seconds: float) -> None:
        signed = world.checkpoints.due()  # long before its rhythm
        assert signed is not None

    head = WantedHeads(world.store, world.clock, rest=worker).covering(size)
    assert head.size >= size
    assert WantedHeads(world.store, world.clock, rest=worker).covering(size) == head


def test_without_a_worker_the_console_says_so_after_a_while(world: World) -> None:
    world.release([entry(NUMBER)])
    waited = []

    def rest(seconds: float) -> None:
        waited.append(seconds)
        world.pass_time(int(seconds * 1_000_000))

    with pytest.raises(Conflict, match="worker is not running") as why:
        WantedHeads(world.store, world.clock, rest=rest).covering(10_000)
    assert sum(waited) == 20 and "palang worker" in why.value.hint
    assert world.checkpoints.due() is not None  # a want beyond the ledger is one over all of it
    assert world.checkpoints.due() is None


def test_the_machine_asks_the_log_and_answers_a_person(house: StaffHouse, tmp_path: Path) -> None:
    def run(*words: str, given: str = "") -> str:
        result = CliRunner().invoke(cli(), ["--home", str(house.home), *words], input=given)
        assert result.exit_code == 0, result.output
        return result.output

    house.account("tono", Role.PREPARER)
    log = house.staffing.access
    log.looked(TONO, What.CASE_VIEW, log.of_number(NUMBER), "tiket 12")
    written = "0" + str(NUMBER)[2:]
    assert "tiket 12" in run("audit", "access", "--number", given=written)
    assert "tiket 12" not in run("audit", "access", "--number", given="0" + str(OTHER)[2:])
    assert "case.view" in run("audit", "access", "--account", "tono", "--json")
    run("audit", "access", "--out", str(tmp_path / "akses.xlsx"))
    said = run("audit", "subject", "--reason", "surat 5/PDP", given=written)
    assert "Tono (preparer) melihat riwayat nomor; alasan: tiket 12" in said
    run(
        "audit",
        "subject",
        "--reason",
        "surat 5/PDP",
        "--out",
        str(tmp_path / "j.csv"),
        given=written,
    )
    rows = log.page(AccessFilter(what=(What.ACCESS_SEARCH, What.EXPORT_ACCESS)))
    assert len(rows) == 4
    assert all(row.account.startswith("machine:") for row in rows)
