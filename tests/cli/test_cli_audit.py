"""`palang audit`: what it writes, lists and refuses; no number stands on a command line."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.audit import audit_group
from gateway.cli.audit_export import AuditServices
from gateway.domain.bundle import unpack
from gateway.domain.canonical import digest
from gateway.domain.ledger import Tag
from gateway.domain.times import to_wib
from gateway.domain.trust import Trust
from gateway.services import evidence_month
from gateway.services.audit_log import AuditLog
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

A = "1.opr-uji-a.1"


@pytest.fixture
def road(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    made = Road(tmp_path)
    made.partner("opr-uji-a")
    made.ott()
    made.release([entry(n) for n in numbers(3)])
    made.round()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield made
    made.close()


def run(road: Road, *arguments: str, stdin: str = "") -> Result:
    log = AuditLog(road.store, road.checkpoints.covering)
    group = audit_group(lambda: AuditServices(road.evidence, log, "tester"))
    return CliRunner().invoke(group, list(arguments), input=stdin)


def good(path: Path, trust: Trust) -> bool:
    return verify(path.read_bytes(), trust, JoseSignatures(), C2spNotes()).passed


def test_a_delivery_is_written_for_its_owner_only_and_verifies(road: Road) -> None:
    done = run(road, "export", "--delivery", A)
    assert done.exit_code == 0, done.output
    path = Path(f"palang-evidence-{A}.zip")
    assert good(path, road.trust())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"palang verify {path}" in done.output


def test_an_export_says_as_json_what_it_wrote(road: Road) -> None:
    done = run(road, "export", "--delivery", A, "--with-entries", "--out", "all.zip", "--json")
    told = json.loads(done.output)
    data = Path("all.zip").read_bytes()
    assert told == {"file": "all.zip", "bytes": len(data), "digest": digest(data)}
    assert str(numbers(1)[0]).encode() in data


def test_an_existing_file_is_never_overwritten(road: Road) -> None:
    Path("mine.zip").write_bytes(b"mine")
    done = run(road, "export", "--delivery", A, "--out", "mine.zip")
    assert done.exit_code == 2
    assert Path("mine.zip").read_bytes() == b"mine"


def test_an_entry_is_named_by_delivery_and_entry(road: Road) -> None:
    assert run(road, "export", "--entry", f"{A}/2", "--out", "two.zip").exit_code == 0
    assert good(Path("two.zip"), road.trust())


@pytest.mark.parametrize("entry_name", ["2", f"{A}/", f"{A}/x", f"{A}/0", f"{A}/99999999", "7/2"])
def test_what_names_no_entry_is_refused(road: Road, entry_name: str) -> None:
    assert run(road, "export", "--entry", entry_name).exit_code == 2


@pytest.mark.parametrize("written", ["+62 {}", "0{}", "62{}", " 0{} "])
def test_a_number_comes_by_standard_input_and_is_never_printed(road: Road, written: str) -> None:
    national = str(numbers(3)[1])[2:]
    done = run(road, "export", "--number", stdin=written.format(national) + "\n")
    assert done.exit_code == 0, done.output
    (made,) = Path().glob("*.zip")
    assert good(made, road.trust())
    assert {f"deliveries/{A}.zip", "deliveries/1.ott-uji.1.zip"} < set(unpack(made.read_bytes()))
    assert national not in made.name
    assert national not in done.output


def test_a_month_is_written_with_its_cover_page_on_paper(road: Road) -> None:
    month = to_wib(road.clock.now()).strftime("%Y-%m")
    done = run(road, "export", "--month", month, "--pdf", "--out", "bulan.zip", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["file"], told["pdf"]) == ("bulan.zip", "bulan.pdf")
    assert good(Path("bulan.zip"), road.trust())
    paper = Path("bulan.pdf").read_bytes()
    assert paper.startswith(b"%PDF-") and b"Penyampaian satu bulan" in paper
    assert stat.S_IMODE(Path("bulan.pdf").stat().st_mode) == 0o600
    cutoff = json.loads(unpack(Path("bulan.zip").read_bytes())["bundle.json"])["cutoff"]["leaves"]
    again = run(road, "export", "--month", month, "--cutoff", str(cutoff), "--out", "lagi.zip")
    assert again.exit_code == 0, again.output
    first, second = (unpack(Path(name).read_bytes()) for name in ("bulan.zip", "lagi.zip"))
    assert first["month.json"] == second["month.json"]


def test_the_parts_of_a_big_month_stand_beside_each_other(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_month, "PART", 1)
    month = to_wib(road.clock.now()).strftime("%Y-%m")
    done = run(road, "export", "--month", month, "--out", "bulan.zip")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in Path().glob("*")) == ["bulan-part-2.zip", "bulan.zip"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--month", "2026"),
        ("--month", "2026-11", "--number"),
        ("--month", "2026-11", "--with-entries"),
        ("--delivery", A, "--cutoff", "5"),
        (),
    ],
)
def test_what_can_not_be_asked_together_is_refused(road: Road, wrong: tuple[str, ...]) -> None:
    assert run(road, "export", *wrong).exit_code == 2
    assert not list(Path().glob("*"))


def test_a_number_that_never_left_is_not_found(road: Road) -> None:
    done = run(road, "export", "--number", stdin="0870-999-8888\n")
    assert done.exit_code == 1
    assert "8888" not in done.output


def test_what_is_no_number_is_refused_without_repeating_it(road: Road) -> None:
    done = run(road, "export", "--number", stdin="0870x12345\n")
    assert done.exit_code == 2
    assert "12345" not in done.output


def test_no_command_takes_a_number_as_an_argument_or_option_value(road: Road) -> None:
    assert run(road, "export", "--number", "08701111001").exit_code == 2
    group = audit_group(lambda: pytest.fail("nothing is opened for this"))
    export = group.commands["export"]
    number = next(p for p in export.params if p.name == "number")
    assert isinstance(number, click.Option) and number.is_flag
    assert not any(isinstance(p, click.Argument) for p in export.params)


@pytest.mark.parametrize(
    "arguments",
    [(), ("--delivery", A, "--entry", f"{A}/1"), ("--entry", f"{A}/1", "--with-entries")],
)
def test_a_bundle_is_of_one_thing(road: Road, arguments: tuple[str, ...]) -> None:
    assert run(road, "export", *arguments).exit_code == 2


def test_help_opens_nothing() -> None:
    group = audit_group(lambda: pytest.fail("nothing is opened for help"))
    for command in ("export", "log", "checkpoint"):
        shown = CliRunner().invoke(group, [command, "--help"])
        assert shown.exit_code == 0
        assert "Example:" in shown.output


def rows(road: Road, *arguments: str) -> list[dict[str, object]]:
    done = run(road, "log", "--json", *arguments)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.output.splitlines()]


def test_the_log_lists_every_leaf_in_order(road: Road) -> None:
    with road.store.read() as uow:
        size = uow.log.size()
    assert [row["leaf"] for row in rows(road)] == list(range(size))


def test_the_log_is_filtered_by_what_events_say(road: Road) -> None:
    assert {row["event"] for row in rows(road, "--event", "batch.release")} == {"batch.release"}
    mine = rows(road, "--delivery", A)
    assert mine and {row["delivery"] for row in mine} == {A}
    assert {row["batch"] for row in rows(road, "--batch", "1")} == {1}
    assert {row["partner"] for row in rows(road, "--partner", "ott-uji")} == {"ott-uji"}
    assert {row["officer"] for row in rows(road, "--officer", "budi")} == {"budi"}
    assert rows(road, "--event", "batch.release", "--delivery", A) == []
    begun = rows(road, "--begin", "5")
    assert begun[0]["leaf"] == 5


def test_the_log_is_filtered_by_digest_and_time(road: Road) -> None:
    (sealed,) = [r for r in rows(road, "--delivery", A) if r["event"] == str(Tag.DELIVERY_SEAL)]
    named = rows(road, "--about", str(sealed["manifest"]))
    assert sealed in named and len(named) > 1
    assert rows(road, "--since", "2026-11-24T07:00:01Z") == []
    assert rows(road, "--until", "2026-11-24T07:00:00Z") == []
    assert rows(road, "--since", "2026-11-24T07:00:00Z") == rows(road)


@pytest.mark.parametrize("arguments", [("--about", "sha256:1"), ("--since", "yesterday")])
def test_a_filter_that_cant_be_read_is_refused(road: Road, arguments: tuple[str, ...]) -> None:
    assert run(road, "log", *arguments).exit_code == 2


def test_the_log_as_csv_and_as_table(road: Road) -> None:
    listed = list(csv.reader(io.StringIO(run(road, "log", "--csv", "--delivery", A).output)))
    assert listed[0] == ["leaf", "at", "event", "facts"]
    assert all(json.loads(row[3])["delivery"] == A for row in listed[1:])
    table = run(road, "log", "--delivery", A).output
    assert "delivery.seal" in table and f"delivery={A}" in table


def test_the_log_shows_no_number(road: Road) -> None:
    for form in ("--json", "--csv"):
        output = run(road, "log", form).output
        assert not any(str(number) in output for number in numbers(3))


def test_the_signed_head_is_printed_as_it_is(road: Road) -> None:
    note = run(road, "checkpoint").output
    told = json.loads(run(road, "checkpoint", "--json").output)
    assert told["note"] == note
    assert note.splitlines()[1] == str(told["size"])


def test_a_new_head_covers_all_that_is_committed(road: Road) -> None:
    run(road, "export", "--delivery", A)
    with road.store.read() as uow:
        size = uow.log.size()
    assert json.loads(run(road, "checkpoint", "--sign", "--json").output)["size"] == size


def test_before_the_first_head_there_is_none_to_print(tmp_path: Path) -> None:
    fresh = Road(tmp_path)
    done = run(fresh, "checkpoint")
    fresh.close()
    assert done.exit_code == 1
    assert "--sign" in done.output
