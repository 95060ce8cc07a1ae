"""The file alone: Python, `cryptography`, a bundle, the trust file of onboarding, ten years on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.times import DAY, HOUR
from gateway.domain.trust import PinnedKey, Role, write_trust
from gateway.services.evidence import EvidenceService
from gateway.services.keys import Keys
from tests.services.back.rotating import Rotating
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road
from tests.verifier.both import FOLDER, TRUST
from tests.verifier.machine import Machine

A, DELIVERY = "opr-uji-a", "1.opr-uji-a.1"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "machine").mkdir()
    made = Machine(tmp_path / "machine")
    made.file("trust.json", TRUST.read_bytes())
    return made


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    (tmp_path / "gateway").mkdir()
    made = Road(tmp_path / "gateway")
    yield made
    made.close()


def put(machine: Machine, name: str) -> str:
    return machine.file("bundle.zip", (FOLDER / f"{name}.zip").read_bytes())


def test_it_needs_python_and_cryptography_alone(machine: Machine) -> None:
    done = machine.verify(put(machine, "good/delivery-with-cover"), "--trust", "trust.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "GOOD: every check passed." in done.stdout
    assert done.stdout.count("; now: ended 2027-09-20T07:00:00Z") >= 5


def test_it_says_what_became_of_each_key_since(machine: Machine) -> None:
    done = machine.verify(put(machine, "good/revoked-later"), "--trust", "trust.json", "--json")
    said = json.loads(done.stdout)
    revoked = [one for one in said["used"] if one["now"].startswith("revoked since")]
    assert (done.returncode, said["passed"], said["exit"]) == (0, True, 0)
    assert {one["role"] for one in revoked} == {"manifest", "checkpoint", "statement"}
    assert {one["then"] for one in said["used"]} == {"valid"}


def test_a_bad_bundle_is_refused_there_too(machine: Machine) -> None:
    done = machine.verify(put(machine, "bad/15-ack-by-a-stranger"), "--trust", "trust.json")
    assert (done.returncode, done.stderr) == (1, "")
    assert "NOT GOOD: check 15 failed." in done.stdout


@pytest.mark.parametrize(
    ("name", "tool", "checks"),
    [
        ("good/receipts-cms", "openssl", "14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 27, 28"),
        ("good/receipts-openpgp", "gpg", "14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 27, 28"),
        ("good/stamped", "openssl", "29"),
        ("bad/15-a-CMS-receipt-of-other-words", "openssl", ""),
    ],
)
def test_a_missing_tool_is_not_checked_and_never_a_pass(
    machine: Machine, name: str, tool: str, checks: str
) -> None:
    done = machine.verify(put(machine, name), "--trust", "trust.json")
    assert done.returncode == 3
    assert f"{tool} is not on this machine" in done.stdout
    assert "NOT PROVEN: check " + checks in done.stdout


@pytest.mark.long
@pytest.mark.gpg
@pytest.mark.openssl
def test_with_the_tools_ten_years_on_the_same_bundles_are_proven(machine: Machine) -> None:
    path = os.environ["PATH"]
    for name in ("receipts-cms", "receipts-openpgp", "stamped"):
        done = machine.verify(put(machine, f"good/{name}"), "--trust", "trust.json", path=path)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def rotate(road: Road, rotating: Rotating) -> None:
    """Manifest and checkpoint key are replaced."""
    for role in (Role.MANIFEST, Role.CHECKPOINT):
        road.clock.at = rotating.rotate(role, HOUR).not_before


def newest(road: Road, role: Role) -> PinnedKey:
    keys = [key for key in road.trust().keys if key.role is role]
    return max(keys, key=lambda key: key.not_before)


def test_after_two_rotations_and_a_compromise_the_trust_file_of_onboarding_still_proves_it(
    road: Road, machine: Machine
) -> None:
    """One bundle was handed out before; then the gateway's keys were replaced twice, one of them
    was stolen, the partner's too, and what was sent since is exported under the newest. Then the
    gateway is gone."""
    peer = road.partner(A)
    rotating = Rotating(road)
    trust = machine.file("onboarding.json", write_trust(road.trust()))
    road.release([entry(number) for number in numbers(2)])
    road.round()
    evidence = EvidenceService(road.store, road.clock, road.checkpoints.covering)
    bundle = machine.file("bundle.zip", evidence.delivery(DELIVERY, "tester").data)
    first = newest(road, Role.MANIFEST)
    rotate(road, rotating)
    for key in (newest(road, Role.MANIFEST), first):
        for officer in (road.siti, road.budi):
            Keys(road.store, road.approvals, road.clock).revoke(key.kid, officer)
    rotate(road, rotating)
    road.release([entry(number) for number in list(numbers(4))[2:]])
    road.round()
    road.pass_time(HOUR)
    road.revoke(peer.statement_pin)
    road.pass_time(DAY)
    later = machine.file("later.json", write_trust(road.trust()))
    after = machine.file("after.zip", evidence.delivery("2.opr-uji-a.1", "tester").data)
    road.close()
    for pinned, known in ((trust, "; now: ended"), (later, "; now: revoked since")):
        done = machine.verify(bundle, "--trust", pinned)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert f"{DELIVERY}: ACKNOWLEDGED, 2 entries." in done.stdout
        assert known in done.stdout
    assert machine.verify(after, "--trust", later).returncode == 0
    done = machine.verify(after, "--trust", trust)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert ": valid, announced by siti, budi; now: ended" in done.stdout
    assert done.stdout.count("revoked by siti, budi") == 2


def test_a_key_that_is_retired_in_peace_spoils_no_older_bundle(
    road: Road, machine: Machine
) -> None:
    """Retirement brings a key's end forward: a trust file from before and one from after differ."""
    road.partner(A)
    rotating = Rotating(road)
    road.release([entry(number) for number in numbers(2)])
    road.round()
    evidence = EvidenceService(road.store, road.clock, road.checkpoints.covering)
    bundle = machine.file("bundle.zip", evidence.delivery(DELIVERY, "tester").data)
    old = newest(road, Role.MANIFEST)
    rotate(road, rotating)
    for officer in (road.siti, road.budi):
        rotating.rotation.retire(old.kid, officer)
    trust = machine.file("later.json", write_trust(road.trust()))
    done = machine.verify(bundle, "--trust", trust)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
