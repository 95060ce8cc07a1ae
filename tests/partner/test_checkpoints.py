"""The kit keeps every checkpoint, demands that the ledger only grew, and alarms else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.domain import failpoints, merkle, tiles
from gateway.domain.times import HOUR, MINUTE
from gateway.ports.tree import PublishedTree
from partner import checkpoints, comparing, messages, proving, schema
from partner.checkpoints import PROOF_DUE
from partner.kit import Kit, SystemClock
from partner.loop import Rounds
from partner.main import cli
from partner.messages import MessageRefused
from partner.receive import receive
from partner.status import status
from partner.taken import take_word
from tests.partner.factory import FakeClock, block, make_kit
from tests.partner.growing import Growing
from tests.partner.pull_rig import PullRig, pull_rig

FIRST = 100  # the size of the first parcel's checkpoint


@pytest.fixture
def gateway() -> Growing:
    return Growing()


@pytest.fixture
def clock(gateway: Growing) -> FakeClock:
    return FakeClock(gateway.at)


@pytest.fixture
def kit(tmp_path: Path, gateway: Growing, clock: FakeClock) -> Kit:
    """With one parcel, whose checkpoint is over FIRST leaves."""
    made = make_kit(tmp_path / "kit", gateway, clock=clock)
    receive(made, gateway.parcel(made, block(1, 2)).data)
    return made


def later(gateway: Growing, clock: FakeClock, leaves: int = 30, by: int = MINUTE) -> None:
    """Time goes on, and the ledger grows."""
    gateway.at += by
    clock.at = gateway.at
    gateway.size += leaves


def told(kit: Kit) -> dict[str, str]:
    return dict(status(kit).alarms)


def test_heads_that_lead_on_from_what_is_kept_leave_nothing_unproven(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    for olds in ((FIRST,), (131,), (FIRST, 161)):
        later(gateway, clock)
        assert messages.take(kit, gateway.leading_head(kit, *olds)).new
    found = status(kit)
    assert (found.checkpoints, found.ledger, found.unproven) == (4, 191, 0)
    with kit.state.read() as tx:
        assert [k.proven for k in checkpoints.of_size(tx, 1, FIRST)] == [191]


def test_a_rewritten_ledger_alarms_with_both_checkpoints_and_undoes_nothing(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    rounds = Rounds(kit, lambda _event, _facts: None)
    rounds.once()
    before = status(kit)
    gateway.rewrite()
    later(gateway, clock)
    head = gateway.leading_head(kit, FIRST)
    taken = take_word(kit, "head", head)
    assert isinstance(taken.refused, MessageRefused)
    assert (taken.refused.reason, taken.refused.alarm, taken.good) == ("inconsistent", True, False)
    (alarm,) = told(kit).values()
    assert f"ledger of {FIRST} leaves" in alarm
    assert "ledger of 131 leaves" in alarm
    assert "delivery 1.opr-uji-a.1" in alarm
    assert "undo nothing" in alarm
    after = status(kit)
    assert not after.good
    assert (after.enforced, after.sequence) == (before.enforced, before.sequence) == (2, 1)
    kept = [path.read_bytes() for path in kit.settings.path("refused").iterdir()]
    assert kept == [head]
    names: list[object] = []
    Rounds(kit, lambda event, facts: names.append(event == "alarm" and facts["name"])).once()
    assert "inconsistent" in names


def test_a_proof_that_is_no_proof_alarms_too(gateway: Growing, kit: Kit, clock: FakeClock) -> None:
    later(gateway, clock)
    good = gateway.link(FIRST)
    for hashes in (good.hashes[:-1], (*good.hashes, good.hashes[0]), good.hashes[::-1], ()):
        link = type(good)(FIRST, hashes)
        with pytest.raises(MessageRefused, match="does not hold"):
            messages.take(kit, gateway.head(kit, links=(link,)))
    assert messages.take(kit, gateway.head(kit, links=(good,))).new


def test_parcels_go_on_being_taken_and_enforced_after_an_alarm(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    later(gateway, clock)
    messages.take(kit, gateway.leading_head(kit, FIRST))
    gateway.rewrite()
    gateway.size = 131  # the size that the last head had, and another root
    received = receive(kit, gateway.parcel(kit, block(3)).data)
    assert received.new
    assert "One size of a ledger has one root" in told(kit)["inconsistent"]
    Rounds(kit, lambda _event, _facts: None).once()
    assert status(kit).enforced == 3


def test_where_proofs_stop_coming_the_kit_alarms_after_two_days(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    later(gateway, clock)
    messages.take(kit, gateway.leading_head(kit, FIRST))
    seen = clock.at
    later(gateway, clock, by=HOUR)
    messages.take(kit, gateway.head(kit, links=()))
    assert status(kit).unproven == 1
    clock.at = seen + PROOF_DUE - 1
    assert status(kit).proof_due == ""
    clock.at = seen + PROOF_DUE
    assert "No proof came" in status(kit).proof_due
    names: list[object] = []
    Rounds(kit, lambda _event, facts: names.append(facts.get("name"))).once()
    assert "unproven" in names
    gateway.at = clock.at
    gateway.size += 1
    messages.take(kit, gateway.leading_head(kit, 131, 161))
    assert status(kit).proof_due == ""


def test_of_a_gateway_that_never_brought_a_proof_none_is_demanded(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    """An older program; its ledger shows as not proven, and nobody is woken."""
    later(gateway, clock)
    messages.take(kit, gateway.head(kit))
    clock.at += 10 * PROOF_DUE
    found = status(kit)
    assert (found.unproven, found.proof_due) == (1, "")


def test_a_new_epoch_is_not_held_against_the_old_one(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    """A recovery may have lost leaves; two officers declared that."""
    gateway.rewrite()
    gateway.epoch, gateway.sequence, gateway.previous = 2, 0, ""
    later(gateway, clock)
    receive(kit, gateway.parcel(kit, block(5)).data)
    later(gateway, clock)
    assert messages.take(kit, gateway.leading_head(kit, FIRST, gateway.size - 31)).new
    clock.at += PROOF_DUE
    assert (status(kit).unproven, told(kit)) == (0, {})


def test_all_that_was_ever_seen_can_be_handed_to_an_auditor(
    tmp_path: Path, gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    for _ in range(3):
        later(gateway, clock)
        messages.take(kit, gateway.head(kit))
    notes = comparing.known_notes(kit)
    assert [note.split("\n")[1] for note in notes] == ["100", "131", "161", "191"]


def test_a_proof_comes_as_a_file_where_heads_were_missed(
    tmp_path: Path, gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    later(gateway, clock)
    messages.take(kit, gateway.head(kit))
    assert status(kit).unproven == 1
    word = proving.take(kit, 1, gateway.growth(FIRST), "a file")
    assert (word.facts, word.new) == ({"old": FIRST, "new": 131}, True)
    assert status(kit).unproven == 0
    gateway.rewrite()
    gateway.size = 140
    with pytest.raises(MessageRefused, match="does not hold") as caught:
        proving.take(kit, 1, gateway.growth(FIRST), "a file")
    assert caught.value.alarm
    for bad in (b"old 1\n", b"\xff", gateway.growth(7), gateway.growth(FIRST)[:-9]):
        with pytest.raises(MessageRefused) as refused:
            proving.take(kit, 1, bad, "a file")
        assert not refused.value.alarm


def test_the_command_prove_takes_a_file_and_alarms_by_it(tmp_path: Path) -> None:
    gateway = Growing(at=SystemClock().now())
    kit = make_kit(tmp_path / "kit", gateway)
    receive(kit, gateway.parcel(kit, block(1)).data)
    gateway.size += 30
    file = tmp_path / "growth.txt"
    file.write_bytes(gateway.growth(FIRST))
    done = CliRunner().invoke(cli(), ["--home", str(kit.home), "prove", str(file), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["new"]) == (0, gateway.size)
    gateway.rewrite()
    gateway.size += 1
    file.write_bytes(gateway.growth(FIRST))
    done = CliRunner().invoke(cli(), ["--home", str(kit.home), "prove", str(file)])
    assert done.exit_code == 1
    assert "undo nothing" in done.stderr
    shown = CliRunner().invoke(cli(), ["--home", str(kit.home), "status"])
    assert shown.exit_code == 1
    assert "inconsistent" in shown.stdout


@pytest.mark.parametrize("point", ["before:kit.prove", "after:kit.prove"])
def test_a_crash_while_a_proof_is_kept_leaves_all_or_nothing(
    gateway: Growing, kit: Kit, clock: FakeClock, point: str
) -> None:
    later(gateway, clock)
    messages.take(kit, gateway.head(kit))

    def stop(reached: str) -> None:
        if reached == point:
            failpoints.arm(None)
            raise KeyboardInterrupt

    failpoints.arm(stop)
    with pytest.raises(KeyboardInterrupt):
        proving.take(kit, 1, gateway.growth(FIRST), "a file")
    assert status(kit).unproven == (1 if point.startswith("before") else 0)
    proving.take(kit, 1, gateway.growth(FIRST), "a file")
    assert status(kit).unproven == 0


def test_a_state_of_before_has_its_checkpoints_after_the_upgrade(
    gateway: Growing, kit: Kit, clock: FakeClock
) -> None:
    later(gateway, clock)
    messages.take(kit, gateway.head(kit))
    with closing(sqlite3.connect(kit.home / "state.sqlite")) as db:
        db.execute("DROP TABLE checkpoints")
        db.execute(f"PRAGMA user_version = {schema.VERSION - 1}")
        db.commit()
    found = status(kit)
    assert (found.checkpoints, found.ledger) == (2, 131)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PullRig]:
    with pull_rig(tmp_path, gateway=Growing()) as made:
        yield made


def lay(rig: PullRig, epoch: int = 1) -> Growing:
    """The tree of now, as the worker lays it ready."""
    gateway = rig.gateway
    assert isinstance(gateway, Growing)
    rig.exchange.put_tiles(list(tiles.grown(0, gateway.size, gateway.node)), (), anew=True)
    head = gateway.note(gateway.size)
    root = merkle.subtree(0, gateway.size, gateway.node)
    rig.exchange.put_tree(PublishedTree(epoch, gateway.size, root, head))
    return gateway


def missing_link(rig: PullRig) -> Growing:
    """A parcel, then a head that does not lead on from it."""
    gateway, kit = rig.gateway, rig.kit
    assert isinstance(gateway, Growing)
    receive(kit, gateway.parcel(kit, block(1)).data)
    gateway.size += 30
    messages.take(kit, gateway.head(kit))
    return gateway


def events(rig: PullRig) -> list[str]:
    heard: list[str] = []
    Rounds(rig.kit, lambda event, _facts: heard.append(event)).once()
    return heard


def test_a_kit_that_pulls_asks_the_listener_for_the_missing_proof(rig: PullRig) -> None:
    missing_link(rig)
    assert "proven" not in events(rig)  # nothing lies there yet: no trouble
    assert status(rig.kit).unproven == 1
    lay(rig)
    assert "proven" in events(rig)
    assert status(rig.kit).unproven == 0
    lay(rig)
    assert "proven" not in events(rig)  # nothing is asked that is known


def test_a_listener_that_is_further_than_the_heads_proves_all_the_same(rig: PullRig) -> None:
    gateway = missing_link(rig)
    gateway.size += 50
    lay(rig)
    events(rig)
    events(rig)
    found = status(rig.kit)
    assert (found.ledger, found.unproven) == (gateway.size, 0)


def test_a_kit_that_pulls_alarms_on_a_rewritten_ledger_and_keeps_what_was_served(
    rig: PullRig,
) -> None:
    gateway = missing_link(rig)
    gateway.rewrite()
    gateway.size += 5
    lay(rig)
    events(rig)
    assert set(told(rig.kit)) == {"inconsistent"}
    (kept,) = rig.kit.settings.path("refused").glob("*.txt")
    assert kept.read_bytes().startswith(b"old 100\n")
    assert "alarm" in events(rig)


def test_a_tree_of_another_epoch_is_not_looked_at(rig: PullRig) -> None:
    gateway = missing_link(rig)
    gateway.rewrite()
    lay(rig, epoch=2)
    events(rig)
    assert told(rig.kit) == {}
