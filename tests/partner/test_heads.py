"""Signed heads: freeze, rollback, fast-forward and equivocation (threats.md D2, D3, D4, D12)."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.domain.statements import Request
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND
from gateway.domain.trust import Role
from partner import asking, heard, messages
from partner.identity import TRUST, pin
from partner.kit import Kit, SystemClock, load_kit
from partner.loop import Rounds
from partner.main import cli
from partner.messages import MessageRefused
from partner.receive import receive
from partner.refusal import ParcelRefused
from partner.state import State
from partner.status import status
from tests.partner.factory import FakeClock, Gateway, block, make_kit, signing_key

Events = list[tuple[str, dict[str, object]]]


@pytest.fixture
def clock(gateway: Gateway) -> FakeClock:
    return FakeClock(gateway.at)


@pytest.fixture
def kit(tmp_path: Path, gateway: Gateway, clock: FakeClock) -> Kit:
    return make_kit(tmp_path / "kit", gateway, clock=clock)


def later(gateway: Gateway, by: int = MINUTE) -> None:
    """Time goes on at the gateway."""
    gateway.at += by


def take(gateway: Gateway, kit: Kit, count: int = 1) -> None:
    """So many parcels, a minute apart."""
    for _ in range(count):
        later(gateway)
        receive(kit, gateway.parcel(kit, block(gateway.sequence + 1)).data)


def refused(kit: Kit, data: bytes) -> MessageRefused:
    with pytest.raises(MessageRefused) as caught:
        messages.take(kit, data)
    return caught.value


def restarted(kit: Kit) -> Kit:
    """The same folder, read by a new process."""
    return dataclasses.replace(
        load_kit(kit.home, kit.clock, {}), state=State(kit.home / "state.sqlite")
    )


def events_of(rounds: Rounds, events: Events) -> list[str]:
    events.clear()
    rounds.once()
    return [str(facts.get("name", event)) for event, facts in events]


def test_a_head_is_fresh_until_its_moment_and_then_an_alarm_that_is_told_once_an_hour(
    gateway: Gateway, kit: Kit, clock: FakeClock
) -> None:
    take(gateway, kit)
    head = gateway.head(kit, until=clock.at + 6 * HOUR)
    events: Events = []
    rounds = Rounds(kit, lambda event, facts: events.append((event, facts)))
    assert messages.take(kit, head).new
    assert "frozen" not in events_of(rounds, events)
    clock.at += 6 * HOUR - SECOND
    assert not status(kit).frozen
    clock.at += SECOND
    assert not messages.take(kit, head).new  # the same head again does not make it fresh (D3)
    assert status(kit).frozen
    assert not status(kit).good
    assert status(restarted(kit)).frozen
    assert "frozen" in events_of(rounds, events)
    clock.at += MINUTE
    assert "frozen" not in events_of(rounds, events)
    clock.at += HOUR
    assert "frozen" in events_of(rounds, events)
    gateway.at = clock.at
    messages.take(kit, gateway.head(kit))
    assert not status(kit).frozen


def test_a_gateway_that_signs_heads_and_never_sent_one_is_silent_too(
    gateway: Gateway, kit: Kit, clock: FakeClock
) -> None:
    os.utime(kit.home / TRUST, ns=(clock.at * 1000, clock.at * 1000))
    clock.at += 48 * HOUR - SECOND
    assert not status(kit).frozen
    clock.at += SECOND
    assert status(kit).frozen


def test_a_lower_head_made_after_a_parcel_is_a_rollback_that_survives_a_restart(
    gateway: Gateway, kit: Kit
) -> None:
    take(gateway, kit, 2)
    later(gateway)
    error = refused(kit, gateway.head(kit, sequence=1, manifest="sha256:" + "1" * 64))
    assert (error.reason, error.alarm) == ("rollback", True)
    messages.put_aside(kit, b"the head", error)
    found = status(restarted(kit))
    assert [name for name, _what in found.alarms] == ["rollback"]
    assert not found.good
    assert [path.read_bytes() for path in kit.settings.path("refused").iterdir()] == [b"the head"]


def test_a_lower_head_after_a_higher_head_is_a_rollback(gateway: Gateway, kit: Kit) -> None:
    take(gateway, kit, 1)
    gateway.parcel(kit, block(2))
    messages.take(kit, gateway.head(kit))
    again = restarted(kit)
    later(gateway)
    low = gateway.head(kit, sequence=1, manifest="sha256:" + "1" * 64)
    assert refused(again, low).reason == "rollback"


def test_a_head_that_only_came_late_is_no_alarm(gateway: Gateway, kit: Kit) -> None:
    old = gateway.head(kit)
    take(gateway, kit)
    assert refused(kit, old).stale
    newer = gateway.head(kit)
    later(gateway)
    messages.take(kit, gateway.head(kit))
    assert refused(kit, newer).stale
    assert status(kit).alarms == ()


def test_one_sequence_has_one_manifest_in_heads_parcels_and_voids(
    gateway: Gateway, kit: Kit
) -> None:
    other = "sha256:" + "2" * 64
    take(gateway, kit)
    later(gateway)
    assert refused(kit, gateway.head(kit, manifest=other)).reason == "sequence-conflict"
    gateway.parcel(kit, block(2))
    messages.take(kit, gateway.head(kit))
    later(gateway)
    error = refused(kit, gateway.head(kit, manifest=other))
    assert (error.reason, error.alarm) == ("sequence-conflict", True)


def test_a_head_with_another_smaller_or_forged_ledger_is_refused(
    gateway: Gateway, kit: Kit
) -> None:
    take(gateway, kit, 3)
    later(gateway)
    known = gateway.size - 1  # of the last parcel
    stranger, _pin = signing_key(gateway.owner, Role.CHECKPOINT)
    for note, reason in (
        (gateway.note(known, root=b"x" * 32), "inconsistent"),
        (gateway.note(known - 1), "checkpoint"),
        (gateway.note(known + 9, origin="other"), "checkpoint"),
        (gateway.note(known + 9, signer=stranger), "unknown-key"),
    ):
        assert refused(kit, gateway.head(kit, checkpoint=note)).reason == reason
    messages.take(kit, gateway.head(kit, checkpoint=gateway.note(known + 9)))
    later(gateway)
    smaller = gateway.head(kit, checkpoint=gateway.note(known + 8))
    assert refused(kit, smaller).reason == "checkpoint"


def test_an_unverified_head_leaves_the_known_one_in_force(gateway: Gateway, kit: Kit) -> None:
    take(gateway, kit)
    messages.take(kit, gateway.head(kit))
    before = status(kit)
    stranger, _pin = signing_key(gateway.owner, Role.STATEMENT)
    forged = gateway.head(kit, signer=stranger, at=gateway.at + MINUTE, until=gateway.at + 99 * DAY)
    assert refused(kit, forged).reason == "unknown-key"
    assert status(restarted(kit)) == before


def test_a_head_ahead_of_the_parcels_tells_what_is_missing_and_it_is_asked_for(
    gateway: Gateway, kit: Kit, clock: FakeClock
) -> None:
    take(gateway, kit, 2)
    for n in (3, 4):
        gateway.parcel(kit, block(n))
    messages.take(kit, gateway.head(kit))
    assert status(kit).gaps == ()  # they may be on their way
    assert asking.request(kit) == []
    clock.at += 10 * MINUTE
    assert status(kit).gaps == ((3, 4),)
    (made,) = asking.request(kit)
    wanted = gateway.read(kit, made.body)
    assert isinstance(wanted, Request)
    assert (wanted.epoch, wanted.since) == (1, 3)
    assert asking.request(kit) == []


def test_a_refreshed_head_of_the_same_sequence_does_not_put_the_request_off(
    gateway: Gateway, kit: Kit, clock: FakeClock
) -> None:
    gateway.parcel(kit, block(1))
    for _ in range(3):
        messages.take(kit, gateway.head(kit))
        clock.at += 5 * MINUTE
        gateway.at = clock.at
    assert status(kit).gaps == ((1, 1),)


def test_a_huge_sequence_of_a_stolen_key_blocks_neither_parcels_nor_heads_for_long(
    gateway: Gateway, kit: Kit, clock: FakeClock
) -> None:
    take(gateway, kit)
    later(gateway)
    top = 2**53 - 1
    far = gateway.head(
        kit, epoch=top, sequence=top, manifest="sha256:" + "3" * 64, at=gateway.at, checkpoint=""
    )
    messages.take(kit, far)
    take(gateway, kit)  # a head's key is not a parcel's: the next one is taken
    later(gateway)
    assert refused(kit, gateway.head(kit)).reason == "old-epoch"
    # recovery: the gateway revokes that key and has another
    gateway.keys[-1] = dataclasses.replace(gateway.keys[-1], revoked=gateway.at)
    gateway.teller, pinned = signing_key(gateway.owner, Role.STATEMENT)
    gateway.keys.append(pinned)
    pin(kit.home, gateway.trust(), gateway.name, clock.at, replace=True)
    assert messages.take(kit, gateway.head(kit)).new
    assert status(kit).gaps == ()


def test_a_huge_parcel_sequence_ends_with_the_epoch(gateway: Gateway, kit: Kit) -> None:
    take(gateway, kit)
    receive(
        kit, gateway.parcel(kit, block(2), sequence=2**53 - 1, previous="sha256:" + "4" * 64).data
    )
    assert status(kit).sequence == 2**53 - 1
    gateway.epoch, gateway.sequence, gateway.previous = 2, 0, ""
    take(gateway, kit)
    found = status(restarted(kit))
    assert (found.epoch, found.sequence, found.gaps) == (2, 1, ())
    later(gateway)
    messages.take(kit, gateway.head(kit))


def test_a_head_of_a_new_epoch_asks_for_its_parcels_and_the_old_epoch_is_over(
    gateway: Gateway, kit: Kit, clock: FakeClock
) -> None:
    take(gateway, kit, 3)
    later(gateway)
    old = gateway.parcel(kit, block(4))
    gateway.epoch, gateway.sequence, gateway.previous = 2, 0, ""
    first = gateway.parcel(kit, block(5))
    messages.take(kit, gateway.head(kit, checkpoint=""))
    clock.at += 10 * MINUTE
    assert status(kit).gaps == ((1, 1),)
    (made,) = asking.request(kit)
    wanted = gateway.read(kit, made.body)
    assert isinstance(wanted, Request)
    assert (wanted.epoch, wanted.since) == (2, 1)
    receive(kit, first.data)
    with pytest.raises(ParcelRefused, match="check 19"):
        receive(kit, old.data)


def test_a_head_comes_by_the_inbox_and_a_newer_one_takes_its_place(
    gateway: Gateway, kit: Kit
) -> None:
    path = kit.settings.path("inbox") / f"palang-{kit.identity.id}-head.jws"
    events: Events = []
    rounds = Rounds(kit, lambda event, facts: events.append((event, facts)))
    for _ in range(2):
        later(gateway)
        path.write_bytes(gateway.head(kit))
        assert "head" in events_of(rounds, events)
        assert not path.exists()
    with kit.state.read() as tx:
        head = heard.newest_head(tx, kit.pins())
    assert head is not None
    assert head.at == gateway.at // SECOND * SECOND


def test_two_partners_compare_what_the_gateway_showed_them(tmp_path: Path) -> None:
    gateway = Gateway(at=SystemClock().now())
    homes = [tmp_path / "a", tmp_path / "b"]
    kits = [make_kit(home, gateway, partner=f"opr-uji-{home.name}") for home in homes]
    size, previous = gateway.size, []
    for kit in kits:
        gateway.sequence, gateway.previous, gateway.size = 0, "", size
        take(gateway, kit, 2)
        previous.append(gateway.previous)
    note, notes = tmp_path / "note.txt", tmp_path / "notes.json"
    assert run(homes[0], "checkpoint", "--out", str(note))[0] == 0
    code, output = run(homes[0], "checkpoint", "--all")
    notes.write_text(output)
    assert (code, run(homes[1], "compare", str(note))[0]) == (0, 0)
    code, output = run(homes[1], "compare", str(notes), "--json")
    assert (code, json.loads(output)["equal"]) == (0, [100, 101])
    # B is shown another ledger of the size that A knows
    later(gateway)
    note_b = gateway.note(gateway.size, root=b"y" * 32)
    receive(kits[1], gateway.parcel(kits[1], block(3), checkpoint=note_b, keep=True).data)
    gateway.previous = previous[0]
    take(gateway, kits[0])
    code, output = run(homes[0], "checkpoint", "--all")
    notes.write_text(output)
    code, output = run(homes[1], "compare", str(notes), "--json")
    document = json.loads(output)
    assert (code, document["different"]) == (1, [102])


def test_comparing_takes_only_notes_of_the_pinned_gateway(tmp_path: Path) -> None:
    gateway, other = Gateway(at=SystemClock().now()), Gateway(at=SystemClock().now())
    home = tmp_path / "kit"
    kit = make_kit(home, gateway)
    note = tmp_path / "note.txt"
    assert run(home, "checkpoint")[0] == 2
    take(gateway, kit)
    for text, code in (
        (other.note(100), 1),
        (gateway.note(999), 1),
        ("hello", 1),
        ('{"v":1}', 2),
        (gateway.note(100), 0),
    ):
        note.write_text(text)
        assert run(home, "compare", str(note))[0] == code, text


def test_a_revoked_checkpoint_key_vouches_for_nothing_when_comparing(tmp_path: Path) -> None:
    gateway = Gateway(at=SystemClock().now())
    home, note = tmp_path / "kit", tmp_path / "note.txt"
    take(gateway, make_kit(home, gateway))
    note.write_text(gateway.note(100))
    assert run(home, "compare", str(note))[0] == 0
    gateway.keys[1] = dataclasses.replace(gateway.keys[1], revoked=gateway.at)
    pin(home, gateway.trust(), gateway.name, gateway.at - HOUR, replace=True)
    assert run(home, "compare", str(note))[0] == 1


def run(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli(), ["--home", str(home), *arguments])
    return result.exit_code, result.stdout
