"""Two workers on one database: each part claims what it does, or leaves it to the one that has it.

On SQLite, with two sets of connections; tests on a server run the same in test_*_postgresql.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from gateway.domain.canonical import digest
from gateway.domain.consent import ConsentRecord
from gateway.domain.delivery import State
from gateway.domain.errors import NotFound, Taken
from gateway.domain.ledger import Tag
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.statements import Withdrawal
from gateway.domain.times import DAY, HOUR, MINUTE
from gateway.jobs import Trouble, Yielded
from gateway.services.attempts import Begun
from tests.services.back.parts import entry, numbers
from tests.services.back.test_receiving import ONE, blocked, sent
from tests.services.back.world import World


@pytest.fixture
def twin(world: World) -> Iterator[World]:
    """Return a second worker on the world's database."""
    made = world.twin()
    yield made
    made.rounds.close()
    made.store.close()


def both(*acts: Callable[[], object]) -> None:
    """At once, as far as a machine can; the first error of a thread is raised here."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # raised below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_two_workers_deliver_everything_and_each_thing_has_one_effect(
    world: World, twin: World
) -> None:
    for letter in "ab":
        world.partner(f"opr-uji-{letter}")
    for i in range(6):
        world.release([entry(628701112000 + i), entry(628721112000 + i, route="opr-uji-b")])
    for _ in range(3):
        both(world.rounds.run_once, twin.rounds.run_once)
        world.pass_time(MINUTE)
    world.round(2)
    assert {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED}
    for peer in world.peers.values():
        sealed = [d for d in world.deliveries() if d.partner == peer.id]
        assert sorted(d.sequence for d in sealed) == [1, 2, 3, 4, 5, 6]
        assert len({str(p.name) for p in peer.arrivals}) == 6
        copies = Counter(m.data for m in peer.told if m.subject)
        with world.store.read() as uow:
            kept = uow.inbox.listing(peer.id, ())
        assert not [one for one in kept if one.state is InboundState.PENDING]
        accepted = {one.digest for one in kept if one.state is InboundState.ACCEPTED}
        assert len(accepted) == len(copies)
    for delivery in world.deliveries():
        with world.store.read() as uow:
            assert [r.counted for r in uow.inbox.receipts(delivery.id)].count(True) == 1
            assert len(uow.inbox.confirmations(delivery.id)) == 1
    told = world.heard + twin.heard
    assert [one for one in told if isinstance(one, Trouble)] == []
    world.pass_time(2 * MINUTE)
    world.round()
    world.check_ledger()


def test_one_item_judged_by_two_at_once_has_one_effect_and_nobody_is_alarmed(
    world: World, twin: World
) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    peer.say(peer.confirm(opened, blocked(opened)))
    peer.say(peer.sign(peer.confirm(opened, [(9, "gagal", "")])))
    peer.say(peer.nothing(1))
    world.collect.collect(peer.id)
    world.heard.clear()
    both(world.rounds._judge, twin.rounds._judge)
    with world.store.read() as uow:
        assert len(uow.inbox.receipts(ONE)) == 1
        assert len(uow.inbox.confirmations(ONE)) == 1
        answers = uow.outgoing.due(peer.id, world.clock.now(), 99)
    assert len([a for a in answers if a.subject]) == 4
    for tag in (Tag.RECEIPT_RECORD, Tag.CONFIRMATION_RECORD, Tag.NOTHING_RECORD):
        assert len(world.events(tag)) == 1
    assert len(world.events(Tag.STATEMENT_REFUSE)) == 1
    assert not [one for one in world.heard + twin.heard if isinstance(one, Trouble)]


def test_what_another_worker_has_is_yielded_quietly(world: World, twin: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    (kept,) = world.judge.pending()
    twin.judge.judge(kept)
    world.heard.clear()
    world.rounds._try("judge", peer.id, lambda: world.judge.judge(kept))
    assert [type(one) for one in world.heard] == [Yielded]


def test_two_workers_begin_one_attempt_of_a_partner(world: World, twin: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.sealing.seal_partner(peer.id)
    got: list[object] = []
    both(
        lambda: got.append(world.book.begin("1.opr-uji-a.1")),
        lambda: got.append(twin.book.begin("2.opr-uji-a.1")),
    )
    assert [isinstance(one, Begun) for one in got].count(True) == 1


def test_two_workers_that_recover_one_attempt_close_it_once(world: World, twin: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner(peer.id)
    assert isinstance(world.book.begin(ONE), Begun)
    world.pass_time(world.book.lease)
    found: list[str] = []
    both(lambda: found.extend(world.book.recover()), lambda: found.extend(twin.book.recover()))
    assert found == [ONE]
    assert len(world.events(Tag.DELIVERY_OUTCOME)) == 1


def test_a_worker_that_lost_its_lease_records_nothing_and_the_other_goes_on(
    world: World, twin: World
) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner(peer.id)

    def stopped_for_long() -> None:
        peer.during = lambda: None
        world.pass_time(world.book.lease)  # as after SIGSTOP and SIGCONT
        twin.book.recover()
        world.pass_time(HOUR)
        twin.dispatch.run_partner(peer.id)

    peer.during = stopped_for_long
    (tried,) = world.dispatch.run_partner(peer.id)
    assert tried.outcome == "lost-lease"
    world.round()
    assert len(peer.arrivals) == 2  # the same bytes twice; the partner records them once
    assert peer.arrivals[0].data == peer.arrivals[1].data
    after = world.delivery(ONE)
    assert (after.state, after.attempts) == (State.ACKNOWLEDGED, 2)
    with world.store.read() as uow:
        outcomes = [a.outcome for a in uow.deliveries.attempts(ONE)]
    assert outcomes == ["unknown", "sent"]


def test_a_withdrawal_waits_for_the_consent_that_another_worker_still_judges(
    world: World,
) -> None:
    peer = world.ott()
    world.pass_time(HOUR)
    consent = peer.say(world.terms(peer, until=world.clock.now() + 300 * DAY))
    word = Withdrawal(peer.id, "palang-uji", world.clock.now(), digest(consent))
    peer.say(peer.sign(word))
    world.collect.collect(peer.id)
    first, second = world.judge.pending()
    with pytest.raises(Taken, match="not judged yet"):
        world.judge.judge(second)  # the first one is in another worker's hands
    assert world.judge.judge(first).state is InboundState.ACCEPTED
    assert world.judge.judge(second).state is InboundState.ACCEPTED
    assert _consents(world, peer.id)[-1].withdrawn_at is not None


def _consents(world: World, partner: str) -> tuple[ConsentRecord, ...]:
    with world.store.read() as uow:
        return uow.registry.consents(partner)


def test_two_workers_seal_each_delivery_once(world: World, twin: World) -> None:
    peer = world.partner("opr-uji-a")
    for i in range(4):
        world.release([entry(628701112000 + i)])

    def seal(worker: World) -> None:
        worker.rounds._try("seal", peer.id, lambda: worker.sealing.seal_partner(peer.id))

    for _ in range(3):
        both(lambda: seal(world), lambda: seal(twin))
    assert sorted(d.sequence for d in world.deliveries()) == [1, 2, 3, 4]
    assert not [one for one in world.heard + twin.heard if isinstance(one, Trouble)]


def test_an_item_that_is_gone_is_told(world: World) -> None:
    ghost = InboundRecord(99, "opr-uji-a", "statement", "sha256:" + "0" * 64, b"x", 0)
    world.partner("opr-uji-a")
    with pytest.raises(NotFound):
        world.judge.judge(ghost)
