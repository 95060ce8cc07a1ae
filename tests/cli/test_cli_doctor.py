"""`palang status` and `palang doctor`, over a real home."""

from __future__ import annotations

import json
import sqlite3
from importlib.metadata import version
from typing import Any

import pytest

from gateway.cli.status import one_line, performance
from gateway.domain.canonical import digest
from gateway.domain.health import Finding, Level
from gateway.domain.ids import Envelope
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.main.restore_settings import assigned
from gateway.main.wiring import SystemClock
from gateway.store.store import open_store
from tests.cli.desk import Desk, findings

# --- status ---------------------------------------------------------------------------------------


def test_a_check_is_one_line_with_the_exit_code_of_its_level(desk: Desk) -> None:
    desk.backed_up(desk.folder / "b.backup")
    first = desk.run("status", "--check")
    assert first.exit_code == 2
    assert first.stdout.startswith("PALANG CRITICAL - worker: no worker has run here; next: ")
    assert first.stdout.count("\n") == 1
    desk.beat()
    again = desk.run("status", "--check")
    assert again.exit_code in (0, 1), again.stdout  # this machine's disk and clock are its own
    assert "worker" not in again.stdout.partition(" | ")[0]
    assert " | worker=" in again.stdout


def test_a_gateway_that_can_not_be_read_is_critical_in_one_line(desk: Desk) -> None:
    desk.database.write_bytes(b"not a database" * 1000)
    for home in (desk.home, desk.folder / "none"):
        found = desk.run("status", "--check", home=home)
        assert found.exit_code == 2
        assert found.stdout.startswith("PALANG CRITICAL - ")
        assert found.stdout.count("\n") == 1


def test_status_for_a_person_names_every_next_step(desk: Desk) -> None:
    found = desk.run("status")
    assert found.exit_code == 0
    assert "Next (worker):" in found.stdout
    assert "Next (backup): palang backup" in found.stdout


def test_thresholds_stand_in_the_performance_data_as_nagios_reads_them() -> None:
    age = Finding("unsent", Level.OK, "", figure=12.0, unit="s", warn=3600, crit=21600)
    days = Finding("keys", Level.OK, "", figure=729, warn=60, crit=7, floor=True)
    assert performance(age) == "unsent=12s;3600;21600"
    assert performance(days) == "keys=729;60:;7:"
    assert performance(Finding("clock", Level.OK, "synchronised")) == ""


def test_the_worst_comes_first_and_nothing_breaks_the_line() -> None:
    found = [
        Finding("a", Level.OK, "fine"),
        Finding("b", Level.WARNING, "one\ntwo | three", "look", figure=1),
        Finding("c", Level.CRITICAL, "bad", "act"),
    ]
    line = one_line(found)
    assert line == "PALANG CRITICAL - c: bad; next: act; b: one two / three; next: look | b=1"


# --- doctor ---------------------------------------------------------------------------------------


SETUP = {
    *("program", "settings", "folders", "unlock", "own-keys", "databases", "append-only"),
    *("high-water", "copies", "exchange", "units", "worker", "ledger", "disk", "clock", "keys"),
}


def test_a_new_gateway_is_examined_by_every_module(desk: Desk) -> None:
    found = findings(desk, "--no-network")
    assert set(found) >= SETUP
    bad = {name for name, one in found.items() if one["level"] == "CRITICAL"}
    assert bad - {"disk"} == {"worker"}
    assert f"palang {version('palang')}" in found["program"]["text"]


def _open_to_others(desk: Desk) -> None:
    (desk.home / "keys").chmod(0o755)


def _without_unlock(desk: Desk) -> None:
    (desk.home / "secrets" / "unlock").unlink()


def _without_a_key(desk: Desk) -> None:
    next((desk.home / "keys").glob("checkpoint-*.pem")).unlink()


def _another_key(desk: Desk) -> None:
    one = next((desk.home / "keys").glob("checkpoint-*.pem"))
    one.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")


def _without_a_trigger(desk: Desk) -> None:
    database = sqlite3.connect(desk.database)
    database.execute("DROP TRIGGER ledger_leaves_kept")
    database.commit()
    database.close()


def _without_high_water(desk: Desk) -> None:
    (desk.home / "state" / "high-water.json").unlink()


def _a_file_that_is_not_there(desk: Desk) -> None:
    settings = desk.home / "palang.toml"
    text = assigned(settings.read_text(), "exchange", {"tls_cert": "tls.pem"})
    settings.write_text(text)


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        (_open_to_others, "folders", "open to others"),
        (_without_unlock, "unlock", "no secret file"),
        (_without_a_key, "own-keys", "checkpoint"),
        (_another_key, "own-keys", "checkpoint"),
        (_without_a_trigger, "append-only", "ledger_leaves_kept"),
        (_without_high_water, "high-water", "is missing"),
        (_a_file_that_is_not_there, "exchange", "tls_cert (tls.pem)"),
    ],
)
def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(
    desk: Desk, damage: Any, name: str, words: str
) -> None:
    assert findings(desk, "--no-network")[name]["level"] == "OK"
    damage(desk)
    found = findings(desk, "--no-network")[name]
    assert found["level"] == "CRITICAL", found
    assert words in found["text"]
    assert found["advice"]
    assert desk.run("doctor", "--no-network").exit_code == 1


def _live(desk: Desk, name: str, envelope: Envelope) -> None:
    """A live partner that chose this envelope."""
    uri = f"dir:{name}"
    made = Partner(
        *(name, PartnerKind.OPERATOR, name, uri, uri, "", envelope, True, "PT24H"),
        digest(name.encode()),
        Standing.LIVE,
    )
    store = open_store(f"sqlite:///{desk.database}", SystemClock())
    with store.write() as uow:
        event = LedgerEvent(Tag.PARTNER_APPROVE, SystemClock().now(), {"partner": name})
        uow.save(made, event)
        uow.commit("test")
    store.close()


def test_the_doctor_names_the_partners_whose_tool_reads_no_word_of_the_gateway(desk: Desk) -> None:
    def told() -> list[str]:
        found = json.loads(desk.run("doctor", "--json", "--no-network").stdout)["findings"]
        return [f"{one['text']}; {one['advice']}" for one in found if one["name"] == "form-keys"]

    for name, envelope in (("opr-uji-a", Envelope.JOSE), ("opr-uji-b", Envelope.CMS)):
        _live(desk, name, envelope)
    assert told() == ["the gateway signs in the form of each live partner; "]
    _live(desk, "opr-uji-c", Envelope.OPENPGP)
    assert told() == [
        "no manifest key for openpgp: deliveries wait for opr-uji-c; "
        "palang key rotate manifest --alg OpenPGP, by two officers",
        "no statement key for openpgp: answers and heads are a JWS for opr-uji-c; "
        "palang key rotate statement --alg OpenPGP, by two officers",
    ]


def test_keys_that_were_made_with_the_gateway_wait_for_nobody(desk: Desk) -> None:
    """They are in the trust file that each partner got."""
    _live(desk, "opr-uji-b", Envelope.CMS)
    phases = desk.done("key", "phases")["keys"]
    assert {one["phase"] for one in phases} == {"confirmed"}
    assert findings(desk, "--no-network")["rotation"]["level"] == "OK"
