"""`palang delivery` over a real gateway: what a person sees, what a program gets."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.common import Front, Tools
from gateway.cli.delivery import DeliveryTools, delivery_group
from gateway.cli.delivery_tables import csv_text
from gateway.domain.delivery import State
from gateway.domain.errors import NotFound
from gateway.domain.times import HOUR
from gateway.ports import Signer
from gateway.services.approvals import Signatory
from gateway.services.desk import Word
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import lost_reply, refused
from tests.services.back.test_receiving import judged, sent
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"


def run(world: World, *words: str) -> Result:
    """One command on a terminal of Siti's."""

    def front() -> Front:
        raise NotFound("these commands need no front services")

    def key(_path: Path, _passphrase: bytes) -> Signer:
        return world.siti.signer

    def words_of(by: Signatory) -> Word:
        assert by.officer == "siti"
        return world.word

    tools = Tools(front, key, key)
    group = delivery_group(tools, lambda: DeliveryTools(world.desk, world.progress, words_of))
    root = click.Group("palang", commands={"delivery": group})
    return CliRunner().invoke(root, ["delivery", *words])


def document(world: World, *words: str) -> dict[str, Any]:
    result = run(world, *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def secret(tmp_path: Path) -> str:
    file = tmp_path / "frasa"
    file.write_text("frasa sandi uji\n")
    return str(file)


def test_the_list_shows_each_delivery_with_its_counts(world: World) -> None:
    world.partner("opr-uji-a")
    world.ott()
    world.release([entry(n) for n in numbers(3)])
    world.round()
    result = run(world, "list")
    assert result.exit_code == 0
    assert "1.opr-uji-a.1  ACKNOWLEDGED  routine  3" in result.stdout
    assert "target " in result.stdout  # an OTT has no deadline
    (only,) = document(world, "list", "--partner", "ott-uji")["deliveries"]
    assert (only["kind"], only["deadline"], only["overdue"]) == ("ott", None, False)


def test_the_list_filters_by_state_and_names_the_next_step(world: World) -> None:
    world.partner("opr-uji-a").faults = [refused()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    shown = run(world, "list", "--state", "failed")
    assert f"Next: palang delivery resume {ONE}" in shown.stdout
    assert document(world, "list", "--state", "SENT")["deliveries"] == []


def test_show_gives_attempts_receipts_and_masked_entries(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.lost = [lost_reply()]
    world.release([entry(n) for n in numbers(3)])
    world.run_until_quiet(3)
    result = run(world, "show", ONE, "--entries")
    assert result.exit_code == 0, result.output
    for text in ("unknown", "sent", "positive", "diblokir_total", "3 declared done"):
        assert text in result.stdout
    assert "+62870•••••00" in result.stdout
    assert not any(str(n)[2:] in result.stdout for n in numbers(3))
    found = document(world, "show", ONE, "--entries")
    assert [a["outcome"] for a in found["attempts"]][:1] == ["unknown"]
    assert len(found["entries_list"]) == 3


def test_an_unanswered_entry_is_listed_as_unanswered(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.confirm(opened, [(2, "diblokir_total", "total")])))
    rows = list(csv.DictReader(io.StringIO(run(world, "show", ONE, "--csv").stdout)))
    assert [row["declared"] for row in rows] == ["unanswered", "diblokir_total", "unanswered"]
    assert all("•••••" in row["number"] for row in rows)


def test_what_is_overdue_and_was_missed_is_said(world: World) -> None:
    sent(world)
    world.pass_time(25 * HOUR)
    assert "OVERDUE" in run(world, "list").stdout
    assert "3 entries had no final word at the deadline" in run(world, "show", ONE).stdout


def test_progress_gives_the_sums_of_each_partner(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(4)])
    world.round()
    (partner,) = document(world, "progress", "--batch", "1")["partners"].items()
    assert partner[0] == "opr-uji-a"
    assert partner[1]["confirmed"] == {"diblokir_total": 4}
    lines = run(world, "progress", "--csv").stdout.splitlines()
    assert lines[0].startswith("partner,kind,entries")
    assert lines[1].startswith("opr-uji-a,operator,4,4,4,4,0,0")


def test_progress_names_what_was_not_fetched_and_who_says_nothing(world: World) -> None:
    peer = world.partner("opr-uji-a", channel="pull:opr-uji-a")
    peer.ready = []
    world.release([entry(n) for n in numbers(2)])
    world.round()
    judged(world, peer, peer.sign(peer.nothing(1)))
    (partner,) = document(world, "progress")["partners"].values()
    assert (partner["unfetched"], partner["sent"]) == (1, 0)
    assert partner["nothing_to_report"] is not None
    assert "lies ready, not fetched" in run(world, "show", ONE).stdout


def test_what_a_consents_maximum_left_out_is_shown(world: World) -> None:
    world.ott(most=2)
    world.release([entry(n) for n in numbers(5)])
    world.round()
    shown = run(world, "show", "1.ott-uji.1").stdout
    assert "3 entries were left out: the consent's maximum was reached" in shown
    assert document(world, "show", "1.ott-uji.1")["cut"] == 3
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)], ["opr-uji-a"])
    world.round()
    assert "left out" not in run(world, "show", "2.opr-uji-a.1").stdout


def test_what_was_never_sealed_has_no_evidence_to_export(world: World) -> None:
    world.ott()
    world.release([entry(n, category="judi") for n in numbers(1)])  # outside the consent
    world.round()
    withheld = run(world, "show", "1.ott-uji.1").stdout
    assert "WITHHELD (nothing-to-send)" in withheld
    assert "audit export" not in withheld
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)], ["opr-uji-a"])
    world.round()
    assert "audit export --delivery 2.opr-uji-a.1" in run(world, "show", "2.opr-uji-a.1").stdout


def test_an_officer_resumes_and_stops_with_a_signature(world: World, secret: str) -> None:
    world.partner("opr-uji-a").faults = [refused(), refused()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    signing = ("--officer", "siti", "--key", "siti.pem", "--passphrase-file", secret)
    assert run(world, "resume", ONE, *signing).exit_code == 0
    assert world.state(ONE) is State.QUEUED
    world.round()
    stopped = run(world, "stop", ONE, *signing)
    assert (stopped.exit_code, "is STOPPED" in stopped.stdout) == (0, True)
    assert "palang batch new --unblock" in stopped.stdout
    again = run(world, "resume", ONE, *signing)
    assert (again.exit_code, ONE in again.stderr) == (1, True)


def test_an_unknown_delivery_is_said_before_a_passphrase_is_asked_for(world: World) -> None:
    result = run(world, "resume", "9.opr-uji-a.1", "--officer", "siti", "--key", "siti.pem")
    assert result.exit_code == 1
    assert "no delivery 9.opr-uji-a.1" in result.stderr
    assert "Passphrase" not in result.output


@pytest.mark.parametrize("command", ["list", "show", "progress", "resume", "stop"])
def test_each_help_has_an_example(world: World, command: str) -> None:
    result = run(world, command, "--help")
    assert (result.exit_code, f"palang delivery {command}" in result.stdout) == (0, True)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_no_csv_cell_runs_as_a_formula(sign: str) -> None:
    assert csv_text(("a",), [(f"{sign}1+1",)]).splitlines()[1].strip('"').startswith("'")
