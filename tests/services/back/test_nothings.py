"""Nothing-to-report: the partner's word, shown as such, and never a confirmation."""

from __future__ import annotations

from gateway.cli.delivery_tables import delivery_document, summary_lines
from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.times import HOUR, show_wib
from tests.services.back.parts import entry, numbers
from tests.services.back.test_answers import said
from tests.services.back.test_receiving import ONE, judged, sent
from tests.services.back.world import World


def test_it_is_kept_and_shown_as_the_partners_word(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    world.pass_time(HOUR)
    assert judged(world, peer, peer.sign(peer.nothing(1))) == [("ACCEPTED", "")]
    (leaf,) = world.events(Tag.NOTHING_RECORD)
    assert (leaf["partner"], leaf["epoch"], leaf["sequence"]) == (peer.id, 1, 1)
    progress = world.progress.delivery(ONE)
    assert progress.nothing_at == world.clock.now()
    shown = "\n".join(summary_lines(progress))
    assert f"nothing to report, received {show_wib(world.clock.now())}; its word, no" in shown
    assert delivery_document(progress)["nothing_to_report"] is not None
    assert said(world, peer)[-1] == ("accepted", "", 0)


def test_it_counts_for_no_entry(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)), peer.sign(peer.nothing(1)))
    progress = world.progress.delivery(ONE)
    assert (progress.done, progress.outstanding, progress.confirmed) == (0, 3, ())
    world.pass_time(25 * HOUR)
    assert world.progress.delivery(ONE).overdue
    assert world.progress.unanswered(ONE) == [1, 2, 3]


def test_it_is_no_receipt(world: World) -> None:
    peer, _opened = sent(world)
    judged(world, peer, peer.sign(peer.nothing(1)))
    assert world.state(ONE) is State.SENT


def test_it_covers_what_was_sealed_by_then_and_nothing_later(world: World) -> None:
    peer, _opened = sent(world)
    judged(world, peer, peer.sign(peer.nothing(1)))
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.round()
    assert world.progress.delivery(ONE).nothing_at is not None
    assert world.progress.delivery("2.opr-uji-a.1").nothing_at is None


def test_it_is_refused_for_another_epoch_or_a_sequence_that_does_not_exist(world: World) -> None:
    peer, _opened = sent(world)
    assert judged(world, peer, peer.sign(peer.nothing(1, epoch=2))) == [("REFUSED", "old-epoch")]
    assert judged(world, peer, peer.sign(peer.nothing(2))) == [("REFUSED", "unknown-sequence")]
    assert world.events(Tag.NOTHING_RECORD) == []


def test_the_same_word_twice_is_one_record(world: World) -> None:
    peer, _opened = sent(world)
    body = peer.sign(peer.nothing(1))
    assert judged(world, peer, body, body) == [("ACCEPTED", ""), ("DUPLICATE", "replayed")]
    assert len(world.events(Tag.NOTHING_RECORD)) == 1
