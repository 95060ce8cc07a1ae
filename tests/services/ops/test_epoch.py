"""A gateway restored from a backup goes on in a new epoch: nothing is reused, nothing vanishes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain import failpoints
from gateway.domain.delivery import State
from gateway.domain.epoch import (
    EpochDocument,
    HighWaterMark,
    Sighting,
    Source,
    first_delivery_number,
    next_batch_number,
    read_document,
    read_high_water,
)
from gateway.domain.errors import Conflict, InputError, NotPermitted, NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.records import Attempt
from gateway.domain.times import MINUTE
from gateway.ports import RefusedError
from gateway.services.epoch_draft import Evidence
from tests.services.back.peer import Peer
from tests.services.back.world import World, entry, numbers
from tests.services.ops.conftest import Losing


def manifests(world: World, peer: Peer) -> list[Manifest]:
    """What arrived at the peer, in order, by its own opening."""
    return [opened_of(peer, parcel.data) for parcel in peer.arrivals]


def opened_of(peer: Peer, data: bytes) -> Manifest:
    from gateway.domain import parcel
    from keys.jose import open_jwe
    from keys.keyring import KeyOpeners

    return read_manifest(parcel.unpack(open_jwe(data, KeyOpeners(*peer.openers))).manifest)


def lost_at(world: Losing, kept: int, more: int) -> Evidence:
    """`kept` batches before the backup, `more` after it, then the machine is lost."""
    world.send(kept)
    world.back_up()
    world.send(more, since=kept)
    return world.restore()


def test_no_sequence_delivery_or_batch_number_comes_twice(world: Losing, peer: Peer) -> None:
    evidence = lost_at(world, kept=4, more=3)
    assert world.open_epoch(evidence) == 2
    world.send(3, since=100)
    seen = manifests(world, peer)
    assert [(m.epoch, m.sequence) for m in seen] == [
        *((1, n) for n in range(1, 8)),
        *((2, n) for n in range(1, 4)),
    ]
    assert len({str(m.delivery) for m in seen}) == len(seen)
    assert [m.batch for m in seen if m.epoch == 2] == [2001, 2002, 2003]
    first = next(m for m in seen if m.epoch == 2)
    assert (first.previous, first.voids) == ("", ())
    assert {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED}


def test_the_surviving_high_water_file_says_what_may_have_been_received(
    world: Losing, peer: Peer
) -> None:
    evidence = lost_at(world, kept=4, more=3)
    document = world.epochs.draft(evidence)
    share = document.shares[0]
    assert (share.restored, share.first, share.last) == (4, 5, 7)
    assert (document.before, document.epoch, document.next_batch) == (1, 2, 2001)
    assert document.high_water


def test_without_the_file_the_end_is_unknown_and_what_was_seen_is_named(
    world: Losing, peer: Peer
) -> None:
    lost_at(world, kept=2, more=2)
    seen = Sighting("opr-uji-a", Source.SAID, 1, 3)
    document = world.epochs.draft(Evidence(sightings=(seen,)))
    share = document.shares[0]
    assert (share.restored, share.first, share.last, share.seen) == (2, 3, 0, 3)
    assert not document.high_water


def test_a_later_epoch_that_was_seen_is_left_behind_too(world: Losing, peer: Peer) -> None:
    world.send(1)
    seen = Sighting("opr-uji-a", Source.RECEIPT, 4, 9)
    document = world.epochs.draft(Evidence(sightings=(seen,)))
    assert document.epoch == 5
    mark = HighWaterMark(3, 10, (("opr-uji-a", 2),))
    again = world.epochs.draft(Evidence(surviving=(mark,)))
    assert (again.epoch, again.high_water, again.shares[0].last) == (4, False, 0)


def test_the_worker_writes_every_partners_sequence_whomever_it_sends_to(
    world: Losing, peer: Peer
) -> None:
    other = world.partner("opr-uji-b")
    world.release([entry(numbers(1)[0])])
    world.release([entry(628721112000, route="opr-uji-b")])
    for partner in (peer, other):
        world.sealing.seal_partner(partner.id)
    path = world.folder / "high-water.json"
    path.unlink()
    world.highwater.start(1)  # another machine's file, which knows nothing yet
    world.dispatch.run_partner(other.id)
    assert dict(read_high_water(path.read_bytes()).streams) == {"opr-uji-a": 1, "opr-uji-b": 1}


def test_of_several_machines_files_the_maximum_counts_and_each_is_needed_to_know_the_end(
    world: Losing, peer: Peer
) -> None:
    marks = tuple(HighWaterMark(1, 20, (("opr-uji-a", last),)) for last in (6, 9, 7))
    document = world.epochs.draft(Evidence(surviving=marks, machines=3))
    assert (document.high_water, document.shares[0].last) == (True, 9)
    document = world.epochs.draft(Evidence(surviving=marks[:2], machines=3))
    assert (document.high_water, document.shares[0].last, document.shares[0].seen) == (False, 0, 9)


def test_the_same_backup_restored_twice_opens_no_epoch_twice(world: Losing, peer: Peer) -> None:
    """The second machine is lost as well, with its high-water file: only partners know of it."""
    lost_at(world, kept=1, more=1)
    (world.folder / "again.sqlite").write_bytes((world.folder / "palang.sqlite").read_bytes())
    assert world.open_epoch(Evidence(sightings=(said("1:2"),))) == 2
    world.send(1, since=50)
    world.copy = world.folder / "again.sqlite"
    world.restore()
    silent = world.epochs.draft(Evidence())
    assert (silent.epoch, silent.unheard) == (2, ("opr-uji-a",))
    with pytest.raises(InputError, match=r"how far these are: opr-uji-a") as caught:
        world.epochs.propose(silent, world.siti)
    assert "--seen" in caught.value.hint
    with pytest.raises(InputError):
        world.epochs.open(silent, world.budi)
    asked = world.epochs.draft(Evidence(sightings=(said("2:1"),)))
    assert (asked.epoch, asked.unheard) == (3, ())
    named = world.epochs.draft(Evidence(epoch=7))
    assert (named.epoch, named.unheard, read_document(named.to_bytes())) == (7, (), named)
    with pytest.raises(InputError, match="expected an epoch from 3 on, not 2"):
        world.epochs.draft(Evidence(sightings=(said("2:1"),), epoch=2))


def said(text: str, partner: str = "opr-uji-a") -> Sighting:
    epoch, _, sequence = text.partition(":")
    return Sighting(partner, Source.SAID, int(epoch), int(sequence))


def test_a_partner_of_the_lost_time_is_listed_though_the_database_does_not_know_it(
    world: Losing, peer: Peer
) -> None:
    mark = HighWaterMark(1, 20, (("ott-baru", 3), ("opr-uji-a", 2)))
    shares = world.epochs.draft(Evidence(surviving=(mark,))).shares
    assert [(s.partner, s.restored, s.first, s.last) for s in shares] == [
        ("opr-uji-a", 0, 1, 2),
        ("ott-baru", 0, 1, 3),
    ]


def test_what_waited_is_sent_again_under_a_new_number(world: Losing, peer: Peer) -> None:
    """A batch in the middle: at the backup it was queued, afterwards it was sent and received."""
    world.send(1)
    number = world.release([entry(one) for one in numbers(3, 628701112000)])
    world.back_up()
    world.round(2)
    assert world.state(f"{number}.opr-uji-a.1") is State.ACKNOWLEDGED
    world.open_epoch(world.restore())
    assert world.state(f"{number}.opr-uji-a.1") is State.WITHHELD
    world.round(2)
    assert world.state(f"{number}.opr-uji-a.101") is State.ACKNOWLEDGED
    same = [m for m in manifests(world, peer) if m.batch == number]
    assert [(str(m.delivery), m.epoch) for m in same] == [
        (f"{number}.opr-uji-a.1", 1),
        (f"{number}.opr-uji-a.101", 2),
    ]
    assert len(same[0].digest()) and same[0].digest() != same[1].digest()


def test_what_was_sent_without_a_receipt_goes_again_and_a_late_receipt_still_counts(
    world: Losing, peer: Peer
) -> None:
    number = world.release([entry(one) for one in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    world.dispatch.run_partner("opr-uji-a")
    assert world.state(f"{number}.opr-uji-a.1") is State.SENT
    world.back_up()
    late, peer.outbox = peer.outbox, {}
    evidence = world.restore()
    document = world.epochs.draft(evidence)
    assert document.shares[0].uncertain[0].delivery == f"{number}.opr-uji-a.1"
    world.open_epoch(evidence)
    assert world.state(f"{number}.opr-uji-a.1") is State.WITHHELD
    peer.outbox = late
    world.round(3)
    assert world.state(f"{number}.opr-uji-a.1") is State.ACKNOWLEDGED
    assert world.state(f"{number}.opr-uji-a.101") is State.ACKNOWLEDGED


def test_an_attempt_that_was_under_way_is_closed_as_unknown(world: Losing, peer: Peer) -> None:
    number = world.release([entry(one) for one in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    world.book.begin(f"{number}.opr-uji-a.1")
    assert world.state(f"{number}.opr-uji-a.1") is State.SENDING
    world.back_up()
    world.open_epoch(world.restore())
    with world.store.read() as uow:
        attempts: tuple[Attempt, ...] = uow.deliveries.attempts(f"{number}.opr-uji-a.1")
        assert [a.outcome for a in attempts] == ["unknown"]
        assert uow.deliveries.in_flight("opr-uji-a") == 0
    world.round(2)
    assert world.state(f"{number}.opr-uji-a.101") is State.ACKNOWLEDGED


def test_a_dead_letter_of_the_old_epoch_is_resumed_under_a_number_of_the_new_one(
    world: Losing, peer: Peer
) -> None:
    """After the backup it may have been resumed and replaced already, under the next number."""
    peer.faults.append(RefusedError("uji"))
    number = world.release([entry(one) for one in numbers(1)])
    world.round()
    assert world.state(f"{number}.opr-uji-a.1") is State.FAILED
    world.back_up()
    world.open_epoch(world.restore())
    world.desk.resume(f"{number}.opr-uji-a.1", world.word)
    world.round(3)
    assert world.state(f"{number}.opr-uji-a.1") is State.WITHHELD
    assert world.state(f"{number}.opr-uji-a.101") is State.ACKNOWLEDGED


def test_every_move_has_its_leaf_and_the_ledger_holds(world: Losing, peer: Peer) -> None:
    world.send(1)
    world.release([entry(one) for one in numbers(1, 628701113000)])
    world.back_up()
    world.open_epoch(world.restore())
    world.send(1, since=50)
    world.pass_time(2 * MINUTE)
    world.round()
    proposed, opened = world.events(Tag.EPOCH_OPEN)
    assert (proposed["officer"], proposed["opened"]) == ("siti", False)
    assert (opened["officer"], opened["opened"], opened["epoch"]) == ("budi", True, 2)
    assert opened["backup"] == "sha256:" + "ab" * 32
    (withheld,) = world.events(Tag.DELIVERY_WITHHOLD)
    assert withheld["reason"] == "old-epoch"
    world.check_ledger()


# --- two officers -------------------------------------------------------------------------------


@pytest.fixture
def document(world: Losing, peer: Peer) -> EpochDocument:
    evidence = lost_at(world, kept=1, more=1)
    return world.epochs.draft(evidence)


def test_one_officer_alone_opens_nothing(world: Losing, document: EpochDocument) -> None:
    with pytest.raises(NotPermitted, match="nobody else"):
        world.epochs.open(document, world.siti)
    world.epochs.propose(document, world.siti)
    with pytest.raises(NotPermitted, match="has signed"):
        world.epochs.open(document, world.siti)
    with world.store.read() as uow:
        assert uow.registry.gateway().epoch == 1


def test_the_second_signature_counts_only_over_the_same_document(
    world: Losing, document: EpochDocument
) -> None:
    world.epochs.propose(document, world.siti)
    with pytest.raises(NotPermitted, match="nobody else"):
        world.epochs.open(replace(document, next_batch=3001), world.budi)


def test_a_key_that_is_not_the_officers_signs_nothing(
    world: Losing, document: EpochDocument
) -> None:
    stranger = replace(world.budi, officer="siti")
    with pytest.raises(NotVerified):
        world.epochs.propose(document, stranger)


def test_a_database_that_changed_since_it_was_shown_is_shown_again(
    world: Losing, document: EpochDocument
) -> None:
    world.release([entry(one) for one in numbers(1, 628701119000)])
    with pytest.raises(Conflict, match="changed since"):
        world.epochs.propose(document, world.siti)


def test_a_document_over_another_ledger_is_refused(world: Losing, document: EpochDocument) -> None:
    for other in (
        replace(document, root="sha256:" + "0" * 64),
        replace(document, ledger=10_000),
        replace(document, gateway="lain"),
        replace(document, before=2, epoch=3),
    ):
        with pytest.raises(Conflict):
            world.epochs.propose(other, world.siti)


def test_an_epoch_is_opened_once(world: Losing, document: EpochDocument) -> None:
    world.epochs.propose(document, world.siti)
    world.epochs.open(document, world.budi)
    with pytest.raises(Conflict, match="in epoch 2"):
        world.epochs.open(document, world.budi)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["epoch.propose", "epoch.open"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_step_it_happened_whole_or_not_at_all(
    world: Losing, document: EpochDocument, step: str, when: str
) -> None:
    def kill(point: str) -> None:
        if point == f"{when}:{step}":
            raise Killed

    failpoints.arm(kill)
    with pytest.raises(Killed):
        world.epochs.propose(document, world.siti)
        world.epochs.open(document, world.budi)
    failpoints.arm(None)
    with world.store.read() as uow:
        epoch, words = uow.registry.gateway().epoch, uow.registry.approvals(document.subject)
    expected = {"before:epoch.propose": (1, 0), "after:epoch.propose": (1, 1)}
    expected |= {"before:epoch.open": (1, 1), "after:epoch.open": (2, 2)}
    assert (epoch, len(words)) == expected[f"{when}:{step}"]


# --- values -------------------------------------------------------------------------------------


def test_a_document_is_read_as_it_was_written(world: Losing, document: EpochDocument) -> None:
    assert read_document(document.to_bytes()) == document


@pytest.mark.parametrize(
    "member", ["partners", "sightings", "backup", "consents", "high_water", "survived"]
)
def test_a_document_without_a_member_is_refused(document: EpochDocument, member: str) -> None:
    from gateway.domain.canonical import decode, encode

    parts = decode(document.to_bytes(), what="it")
    del parts[member]
    with pytest.raises(NotVerified):
        read_document(encode(parts))


def test_numbers_of_an_epoch_stand_above_those_before() -> None:
    assert [first_delivery_number(epoch) for epoch in (1, 2, 3)] == [1, 101, 201]
    assert [next_batch_number(last) for last in (0, 40, 999, 1000, 2040)] == [
        2001,
        2001,
        2001,
        3001,
        4001,
    ]


def test_a_backup_at_40_sent_to_50_restored_and_continued(world: Losing, peer: Peer) -> None:
    """The issue's own words: no number reused, 41 to 50 listed as possibly received."""
    evidence = lost_at(world, kept=40, more=10)
    share = world.epochs.draft(evidence).shares[0]
    assert (share.restored, share.first, share.last) == (40, 41, 50)
    world.open_epoch(evidence)
    world.send(5, since=100)
    seen = manifests(world, peer)
    assert len({(m.epoch, m.sequence) for m in seen}) == len(seen) == 55
    assert len({str(m.delivery) for m in seen}) == 55
    assert len({m.batch for m in seen}) == 55
