"""Sealing: order, chain, consent, refusals, one manifest for life."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag, read_checkpoint
from gateway.domain.parties import PartnerKind
from gateway.domain.records import GatewayState
from gateway.domain.times import DAY, HOUR
from gateway.jobs import Trouble
from gateway.services.sealing import Sealed
from gateway.store import entries as reading
from tests.services.back.parts import START, entry, numbers
from tests.services.back.peer import Peer, down
from tests.services.back.world import World


@pytest.fixture(autouse=True)
def _in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sealed does not depend on where a block of entries ends."""
    monkeypatch.setattr(reading, "BLOCK", 2)


def _manifests(peer: Peer) -> list[tuple[int, int, str]]:
    opened = [peer.opened[sequence].manifest for sequence in sorted(peer.opened)]
    return [(m.sequence, m.batch, m.previous) for m in opened]


def test_sequences_follow_batch_order_and_chain_by_digest(world: World) -> None:
    peer = world.partner("opr-uji-a")
    for start in (0, 10, 20):
        world.release([entry(n) for n in numbers(2, 628701112000 + start)])
    world.round()
    first, second, third = _manifests(peer)
    assert [first[:2], second[:2], third[:2]] == [(1, 1), (2, 2), (3, 3)]
    digests = [peer.opened[s].manifest.digest() for s in (1, 2)]
    assert [first[2], second[2], third[2]] == ["", *digests]


def test_each_partner_has_a_sequence_of_its_own(world: World) -> None:
    one, two = world.partner("opr-uji-a"), world.partner("opr-uji-b")
    world.release([entry(628701112000), entry(628721112000, route="opr-uji-b")])
    world.round()
    assert [_manifests(one)[0][0], _manifests(two)[0][0]] == [1, 1]
    assert [e.number for e in two.opened[1].entries] == [628721112000]


def test_a_batch_without_two_valid_signatures_is_a_dead_letter_and_holds_up_nothing(
    world: World,
) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)], words=1)
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.round()
    refused = world.delivery("1.opr-uji-a.1")
    assert (refused.state, refused.reason) == (State.FAILED, "release-not-verified")
    assert _manifests(peer) == [(1, 2, "")]


def test_entries_that_were_changed_after_the_signatures_are_not_sealed(world: World) -> None:
    peer = world.partner("opr-uji-a")
    batch = world.release([entry(n) for n in numbers(1)])

    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS entries_frozen")
        connection.execute("UPDATE entries SET number = number + 1 WHERE batch = ?", (batch,))
    world.round()
    assert world.state("1.opr-uji-a.1") is State.FAILED
    assert peer.arrivals == []


def test_a_stopped_batch_takes_no_sequence(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.stop_batch(world.release([entry(n) for n in numbers(1)]))
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.round()
    assert world.state("1.opr-uji-a.1") is State.STOPPED
    assert _manifests(peer) == [(1, 2, "")]


def test_a_real_batch_never_reaches_a_test_partner(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)], test=False)
    world.round()
    withheld = world.delivery("1.opr-uji-a.1")
    assert (withheld.state, withheld.reason, withheld.sequence) == (
        State.WITHHELD,
        "test-mismatch",
        0,
    )


def test_an_ott_without_a_live_consent_gets_nothing_and_takes_no_sequence(world: World) -> None:
    peer = world.partner("ott-uji", PartnerKind.OTT)
    world.release([entry(n) for n in numbers(1)])
    world.round()
    withheld = world.delivery("1.ott-uji.1")
    assert (withheld.state, withheld.reason) == (State.WITHHELD, "no-live-consent")
    assert (withheld.sequence, peer.arrivals) == (0, [])
    world.consent(peer)
    world.release([entry(n) for n in numbers(1)])
    world.round()
    assert _manifests(peer) == [(1, 2, "")]
    assert world.state("1.ott-uji.1") is State.WITHHELD


def test_an_ott_sees_what_its_consent_covers_and_no_field_more(world: World) -> None:
    peer = world.ott()
    world.release([entry(628701112000), entry(628701112001, channel="sms")])
    world.round()
    (line,) = peer.opened[1].entries
    assert (line.number, line.action, line.category) == (628701112000, "listed", "penipuan")
    assert (line.channel, line.evidence_date, line.basis, line.review_date) == ("", "", "", "")
    manifest = peer.opened[1].manifest
    assert (manifest.basis, manifest.respond_within) == ("voluntary", "PT72H")


def test_nothing_that_the_consent_covers_is_withheld(world: World) -> None:
    world.ott(categories=("judi_online",))
    world.release([entry(628701112000)])
    world.round()
    assert world.delivery("1.ott-uji.1").reason == "nothing-to-send"


def test_the_consents_maximum_counts_over_its_period(world: World) -> None:
    peer = world.ott(most=5, period="P1D")
    world.release([entry(n) for n in numbers(4)])
    world.release([entry(n) for n in numbers(4, 628701112000)])
    world.round()
    assert [len(peer.opened[s].entries) for s in (1, 2)] == [4, 1]
    assert [event["cut"] for event in world.events(Tag.DELIVERY_SEAL)][-1] == 3
    world.release([entry(n) for n in numbers(1, 628701113000)])
    world.round()
    assert world.delivery("3.ott-uji.1").reason == "nothing-to-send"
    world.pass_time(2 * DAY)
    world.release([entry(n) for n in numbers(3, 628701114000)])
    world.round()
    assert len(peer.opened[3].entries) == 3


def test_an_unblock_reaches_an_ott_whose_consent_ended_for_what_it_was_sent(world: World) -> None:
    peer = world.ott(until=START + 2 * DAY)
    world.release([entry(628701112000)])
    world.round()
    world.pass_time(3 * DAY)
    world.release([entry(628701112000, "unblock"), entry(628701112999, "unblock")])
    world.round()
    assert [e.number for e in peer.opened[2].entries] == [628701112000]
    assert peer.opened[2].entries[0].category == ""
    assert not peer.is_blocked(628701112000)


def test_the_manifest_carries_a_checkpoint_that_covers_the_release(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.round()
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.round()
    for sequence in (1, 2):
        note = peer.opened[sequence].manifest.checkpoint
        with world.store.read() as uow:
            released = uow.log.find(uow.lists.batch(sequence).digest)
        assert read_checkpoint(note.partition("\n\n")[0] + "\n").size > max(released)


def test_the_high_water_file_is_raised_before_anything_is_sent(world: World) -> None:
    peer = world.partner("opr-uji-a")
    seen: list[str] = []
    peer.during = lambda: seen.append((world.folder / "high-water.json").read_text())
    world.release([entry(n) for n in numbers(1)])
    world.round()
    assert '"streams":{"opr-uji-a":1}' in seen[0]


def test_nothing_is_sent_while_the_high_water_file_is_gone(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    (world.folder / "high-water.json").unlink()
    world.round()
    assert peer.arrivals == []
    assert world.happened(Trouble)
    assert world.delivery("1.opr-uji-a.1").attempts == 0


def test_a_revoked_seal_key_gives_a_new_sealing_of_the_same_manifest(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(3)])
    world.round()
    before = world.delivery("1.opr-uji-a.1")
    world.revoke(peer.seal_pin)
    world.pin(peer.new_seal(START))
    world.pass_time()
    world.round()
    after = world.delivery("1.opr-uji-a.1")
    assert (after.state, after.sealing) == (State.ACKNOWLEDGED, 2)
    assert (after.manifest, after.sequence) == (before.manifest, before.sequence)
    with world.store.read() as uow:
        parcels = [uow.deliveries.sealing("1.opr-uji-a.1", n) for n in (1, 2)]
    assert parcels[0].digest != parcels[1].digest
    assert peer.arrivals[0].data == parcels[1].parcel


def test_an_otts_slice_is_written_again_byte_for_byte_for_a_new_sealing(world: World) -> None:
    peer = world.ott()
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(3)])
    world.round()
    world.revoke(peer.seal_pin)
    world.pin(peer.new_seal(START))
    world.pass_time()
    world.round()
    assert world.delivery("1.ott-uji.1").sealing == 2
    assert peer.opened[1].manifest.digest() == world.delivery("1.ott-uji.1").manifest


def test_a_newer_key_beside_a_valid_one_changes_no_parcel(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    world.pin(peer.new_seal(START))
    world.pass_time()
    world.round()
    assert world.delivery("1.opr-uji-a.1").sealing == 1


def test_a_partner_without_a_seal_key_waits_and_others_do_not(world: World) -> None:
    one, two = world.partner("opr-uji-a"), world.partner("opr-uji-b")
    world.revoke(one.seal_pin)
    world.release([entry(628701112000), entry(628721112000, route="opr-uji-b")])
    world.round()
    assert world.state("1.opr-uji-a.1") is State.QUEUED
    assert world.state("1.opr-uji-b.1") is State.ACKNOWLEDGED
    assert [t.partner for t in world.happened(Trouble)] == ["opr-uji-a"]
    world.pin(one.new_seal(START))
    world.round()
    assert world.state("1.opr-uji-a.1") is State.ACKNOWLEDGED
    assert two.opened[1].manifest.sequence == 1


def test_a_draft_that_another_worker_overtook_is_thrown_away(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])

    def slow(size: int) -> bytes:
        # while this worker builds, another one seals the same delivery
        other = dataclasses.replace(world.sealing, draw=lambda n: b"\x02" * n)
        other.seal_partner("opr-uji-a")
        return b"\x01" * size

    with pytest.raises(Conflict, match=r"1\.opr-uji-a\.1 changed"):
        dataclasses.replace(world.sealing, draw=slow).seal_partner("opr-uji-a")
    with world.store.read() as uow:
        record = uow.deliveries.manifest("1.opr-uji-a.1")
        assert record is not None
        assert record.salt == b"\x02" * 32
        assert uow.deliveries.stream("opr-uji-a", 1).sequence == 1


@pytest.mark.parametrize("change", ["delivery", "batch", "consent"])
def test_what_changes_while_it_is_being_built_is_not_sealed(world: World, change: str) -> None:
    peer = world.ott()
    batch = world.release([entry(n) for n in numbers(1)])
    with world.store.read() as uow:
        (given,) = uow.registry.consents(peer.id)

    def slow(size: int) -> bytes:
        if change == "delivery":
            world.desk.stop("1.ott-uji.1", world.word)
        elif change == "batch":
            world.stop_batch(batch)
        else:
            world.withdraw(peer, given.digest)
        return b"\x01" * size

    with pytest.raises(Conflict, match=r"1\.ott-uji\.1 changed"):
        dataclasses.replace(world.sealing, draw=slow).seal_partner(peer.id)
    with world.store.read() as uow:
        assert uow.deliveries.stream(peer.id, 1).sequence == 0
    world.round()
    expected = State.WITHHELD if change == "consent" else State.STOPPED
    assert world.state("1.ott-uji.1") is expected
    assert peer.arrivals == []


def test_a_slice_that_can_not_be_written_again_is_a_dead_letter(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down(), down()]
    world.release([entry(n) for n in numbers(2)])
    world.round()

    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as connection, connection:
        connection.execute("DROP TRIGGER entries_frozen")
        connection.execute("UPDATE entries SET category = 'judi_online'")
    connection.close()
    world.revoke(peer.seal_pin)
    world.pin(peer.new_seal(START))
    world.pass_time()
    world.round()
    failed = world.delivery("1.opr-uji-a.1")
    assert (failed.state, failed.reason, failed.sealing) == (State.FAILED, "bad-digest", 1)
    assert peer.arrivals == []


def test_a_new_epoch_replaces_what_was_sealed_in_the_old_one(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    world.save(GatewayState("palang-uji", "palang-uji.example/ledger", 2, START), Tag.EPOCH_OPEN)
    world.pass_time(2 * HOUR)
    world.round(2)
    assert world.delivery("1.opr-uji-a.1").reason == "old-epoch"
    follower = world.delivery("1.opr-uji-a.101")
    assert (follower.state, follower.epoch, follower.sequence) == (State.ACKNOWLEDGED, 2, 1)
    assert world.happened(Sealed)[-1].delivery == "1.opr-uji-a.101"


def test_voids_that_a_withheld_manifest_declared_are_declared_again(world: World) -> None:
    peer = world.ott()
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    for fields in ((), ("basis",)):  # each replaces the consent under which the last was cut
        world.pass_time()
        peer.faults = [down()] if not fields else []
        world.consent(peer, fields=fields)
        world.round(2)
    assert [v.sequence for v in peer.opened[3].manifest.voids] == [1, 2]
