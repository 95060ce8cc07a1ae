"""`palang verify`: exit codes, what it prints, and what it never calls proven."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.verify import verify_command
from gateway.domain import bundle
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Role, Trust, write_trust
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.vectors.keyring import START, Keys
from tests.vectors.liar import Liar
from tests.vectors.lying import DELIVERY, ENTRY, MONTH, NUMBER, OTT, claim
from tests.vectors.parts import Scenario


@cache
def keys() -> Keys:
    return Keys()


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    path = tmp_path / "trust.json"
    path.write_bytes(write_trust(keys().trust()))
    return path


def made(folder: Path, scenario: Scenario = DELIVERY) -> Path:
    path = folder / "bundle.zip"
    path.write_bytes(Liar(keys(), scenario).data)
    return path


def run(*arguments: object, now: Micros = START + DAY) -> Result:
    command = verify_command(JoseSignatures(), C2spNotes(), now=lambda: now)
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_good_bundle_is_0_with_every_check_numbered(tmp_path: Path, trust: Path) -> None:
    done = run(made(tmp_path), "--trust", trust)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert [line[:4] for line in lines[:34]] == [f"[{n:2}]" for n in range(1, 35)]
    assert lines[-1] == "GOOD: every check passed."
    assert "opr-uji-a acknowledged it" in done.output
    assert "the gateway's own word" in done.output


def test_a_tampered_bundle_is_1_at_a_named_check(tmp_path: Path, trust: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(Liar(keys(), DELIVERY, "summary", claim(unanswered=0)).data)
    done = run(path, "--trust", trust)
    assert done.exit_code == 1
    assert "[28] the summary is what the statements amount to: FAILED summary" in done.output
    assert done.output.splitlines()[-1] == "NOT GOOD: check 28 failed."
    assert "Proven" not in done.output


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip"])
def test_what_is_no_bundle_is_2(tmp_path: Path, trust: Path, data: bytes) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    done = run(path, "--trust", trust)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")


def test_a_trust_file_that_cant_be_read_is_2(tmp_path: Path, trust: Path) -> None:
    trust.write_bytes(b"{}")
    assert run(made(tmp_path), "--trust", trust).exit_code == 2
    assert run(made(tmp_path), "--trust", tmp_path / "none.json").exit_code == 2
    assert run(tmp_path / "none.zip", "--trust", trust).exit_code == 2


def test_without_pinned_keys_it_is_3_and_fingerprints_are_shown(tmp_path: Path) -> None:
    done = run(made(tmp_path))
    assert done.exit_code == 3
    assert "GOOD:" not in done.output and "Proven" not in done.output
    assert done.output.splitlines()[-1] == "NOT PROVEN: no pinned keys."
    assert all(key.kid in done.output for key in keys().pins)


def test_a_failed_check_is_1_even_without_pinned_keys(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(Liar(keys(), DELIVERY).data + b"tail")
    assert run(path).exit_code == 1


def test_json_says_the_same_for_programs(tmp_path: Path, trust: Path) -> None:
    told = json.loads(run(made(tmp_path), "--trust", trust, "--json").output)
    assert (told["passed"], told["pinned"], len(told["checks"])) == (True, True, 35)
    assert told["claim"]["state"] == "ACKNOWLEDGED"
    assert told["bundle"]["delivery"] == "7.opr-uji-a.1"
    alone = json.loads(run(made(tmp_path), "--json").output)
    assert (alone["passed"], alone["pinned"]) == (False, False)
    assert "claim" not in alone and "unproven_claim" in alone


def test_one_entrys_story_is_told_as_declared(tmp_path: Path, trust: Path) -> None:
    output = run(made(tmp_path, ENTRY), "--trust", trust).output
    assert "Entry 3: opr-uji-a declared no such account (tidak_ditemukan)" in output


def test_a_voluntary_bundle_speaks_of_no_order_and_no_silence(tmp_path: Path, trust: Path) -> None:
    output = run(made(tmp_path, OTT), "--trust", trust).output
    told = output[output.index("Proven under") :].lower()
    assert "this was no order; silence has no consequence" in told
    for word in ("unanswered", "overdue", "deadline", "must", "blocked"):
        assert word not in told, word


def test_a_bundles_own_words_cant_steer_the_terminal(tmp_path: Path, trust: Path) -> None:
    liar = Liar(keys(), DELIVERY)
    liar.files["\x1b[2Jall is good.txt"] = b""
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle.pack(liar.files))
    done = run(path, "--trust", trust)
    assert done.exit_code == 1
    assert "\x1b" not in done.output


def test_each_key_is_told_as_of_then_and_now_and_the_clock_decides_nothing(
    tmp_path: Path, trust: Path
) -> None:
    path = made(tmp_path)
    today = run(path, "--trust", trust)
    later = run(path, "--trust", trust, now=START + 3650 * DAY)
    assert (today.exit_code, later.exit_code) == (0, 0)
    assert today.output.count("; now valid") == later.output.count("; now expired since ") == 6


def test_a_key_that_was_revoked_since_is_told_so_and_still_proves(tmp_path: Path) -> None:
    pins = keys().trust()
    kid = keys().signers["partner"].kid
    later = [k.revoked_at(START + 30 * DAY) if k.kid == kid else k for k in pins.keys]
    path = tmp_path / "trust.json"
    path.write_bytes(write_trust(Trust(pins.gateway, later)))
    done = run(made(tmp_path), "--trust", path, "--json", now=START + 40 * DAY)
    assert done.exit_code == 0
    used = {key["role"]: key for key in json.loads(done.output)["used"]}
    assert used[str(Role.STATEMENT)]["now"] == "revoked"
    assert used[str(Role.STATEMENT)]["valid_from"] < used[str(Role.STATEMENT)]["valid_until"]
    assert used[str(Role.MANIFEST)]["now"] == "valid"


@pytest.mark.parametrize("scenario", [NUMBER, MONTH], ids=str)
def test_a_bundle_of_several_tells_each_delivery(
    tmp_path: Path, trust: Path, scenario: Scenario
) -> None:
    path = made(tmp_path, scenario)
    done = run(path, "--trust", trust)
    assert done.exit_code == 0, done.output
    assert "opr-uji-a acknowledged it" in done.output
    told = json.loads(run(path, "--trust", trust, "--json").output)
    assert told["bundle"]["kind"] == scenario.whole
    assert [one["delivery"] for one in told["deliveries"]] == ["7.opr-uji-a.1"]
    unpinned = run(path, "--json")
    assert unpinned.exit_code == 3
    assert "unproven_deliveries" in json.loads(unpinned.output)


def test_a_bundle_of_several_that_is_damaged_is_1(tmp_path: Path, trust: Path) -> None:
    found = bundle.unpack(made(tmp_path, MONTH).read_bytes())
    found["month.json"] = found["month.json"].replace(b'"entries":4', b'"entries":5', 1)
    path = tmp_path / "bad.zip"
    path.write_bytes(bundle.pack(found))
    done = run(path, "--trust", trust)
    assert done.exit_code == 1
    assert "[33]" in done.output and "NOT GOOD" in done.output
