"""Receipts and confirmations under attack and in every odd order: R1 to R8 of threats.md 1.4."""

from __future__ import annotations

import dataclasses
from itertools import permutations
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.domain.records import InboundState
from gateway.domain.statements import About, Ack, Approval, Card, Reason
from gateway.domain.times import DAY, HOUR
from gateway.domain.trust import Algorithm
from gateway.ports import Inbound, RefusedError, SendError
from gateway.services.receiving import Judged
from tests.services.back.peer import Opened, Peer
from tests.services.back.world import GATEWAY, World, entry, new_signer, numbers

ONE = "1.opr-uji-a.1"


def sent(world: World, count: int = 3) -> tuple[Peer, Opened]:
    """A delivery that was handed over; the peer opened it and has said nothing yet."""
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(n) for n in numbers(count)])
    world.round()
    assert world.state(ONE) is State.SENT
    opened = peer.open(peer.arrivals[0])
    peer.answers = True
    return peer, opened


def judged(world: World, peer: Peer, *said: bytes) -> list[tuple[str, str]]:
    """What becomes of these bytes on the peer's channel."""
    before = len(world.happened(Judged))
    for body in said:
        peer.say(body)
    world.round()
    return [(str(j.state), j.note) for j in world.happened(Judged)[before:]]


def blocked(opened: Opened) -> list[tuple[int, str, str]]:
    return [(e.entry, "diblokir_total", "total") for e in opened.entries]


# --- R1 forged ----------------------------------------------------------------------------------


def test_a_receipt_by_an_unknown_key_is_refused_and_changes_nothing(world: World) -> None:
    peer, opened = sent(world)
    forged = peer.sign(peer.ack(opened.about), new_signer())
    assert judged(world, peer, forged) == [("REFUSED", "unknown-key")]
    assert world.state(ONE) is State.SENT


def test_an_unsigned_receipt_is_refused(world: World) -> None:
    peer, opened = sent(world)
    head, body, _signature = peer.sign(peer.ack(opened.about)).split(b".")
    assert judged(world, peer, b".".join((head, body, b"")))[0][0] == "REFUSED"
    assert world.state(ONE) is State.SENT


def test_a_receipt_under_a_revoked_key_is_refused(world: World) -> None:
    peer, opened = sent(world)
    world.revoke(peer.statement_pin)
    world.pass_time()
    assert judged(world, peer, peer.sign(peer.ack(opened.about))) == [("REFUSED", "key-revoked")]


def test_a_receipt_that_was_kept_before_the_revocation_counts(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    world.pass_time()
    world.revoke(peer.statement_pin)
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_a_revocation_between_verifying_and_recording_wins(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    (kept,) = world.judge.pending()
    inner = world.signatures

    class Slow:
        """Verifies, and while it does the key is revoked as of an hour before."""

        def open_statement(self, *args: object) -> object:
            signed = inner.open_statement(*args)  # type: ignore[arg-type]  # passed on
            revoked = peer.statement_pin.revoked_at(kept.received_at - HOUR)
            world.save(revoked, Tag.KEY_REVOKE, kid=revoked.kid)
            return signed

    slow = dataclasses.replace(world.judge, signatures=Slow())  # type: ignore[arg-type]  # a part
    assert slow.judge(kept).note == "key-revoked"
    assert world.state(ONE) is State.SENT


def test_a_key_that_becomes_valid_later_does_not_count_now(world: World) -> None:
    peer, opened = sent(world)
    signer = new_signer()
    later = dataclasses.replace(
        peer.statement_pin,
        kid=signer.kid,
        public=signer.public,
        not_before=world.clock.now() + DAY,
    )
    world.pin(later)
    said = peer.sign(peer.ack(opened.about), signer)
    assert judged(world, peer, said) == [("REFUSED", "key-not-valid")]


def test_a_seal_key_signs_no_receipt(world: World) -> None:
    peer, opened = sent(world)
    from gateway.domain.trust import PinnedKey, Role

    signer = new_signer()
    window = peer.window()
    world.pin(
        PinnedKey(signer.kid, peer.owner, Role.REQUEST, Algorithm.ED25519, signer.public, *window)
    )
    said = peer.sign(peer.ack(opened.about), signer)
    assert judged(world, peer, said) == [("REFUSED", "wrong-role")]


# --- R2 replayed --------------------------------------------------------------------------------


def test_the_same_receipt_twice_is_one_record_and_a_duplicate(world: World) -> None:
    peer, opened = sent(world)
    body = peer.sign(peer.ack(opened.about))
    assert judged(world, peer, body, body) == [("ACCEPTED", ""), ("DUPLICATE", "replayed")]
    with world.store.read() as uow:
        assert len(uow.inbox.receipts(ONE)) == 1
        size = uow.log.size()
    assert judged(world, peer, body) == [("DUPLICATE", "replayed")]
    with world.store.read() as uow:
        assert uow.log.size() == size + 1  # the leaf of the bytes kept, nothing else


def test_an_item_that_the_channel_gives_twice_after_a_crash_counts_once(world: World) -> None:
    peer, opened = sent(world)
    body = peer.sign(peer.ack(opened.about))
    keep = world.collect._keeper(peer.id)
    for _ in range(2):
        keep(Inbound("statement", body, "one.jws"))
    world.round()
    states = [str(j.state) for j in world.happened(Judged)]
    assert states == ["ACCEPTED", "DUPLICATE"]


def test_two_workers_that_judge_one_item_record_it_once(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.confirm(opened, blocked(opened)))
    world.collect.collect(peer.id)
    (kept,) = world.judge.pending()
    world.judge.judge(kept)
    with pytest.raises(Conflict, match="judged by another worker"):
        world.judge.judge(kept)
    with world.store.read() as uow:
        assert len(uow.inbox.confirmations(ONE)) == 1


def test_a_second_receipt_that_says_the_same_is_kept_and_not_counted(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    world.pass_time()
    assert judged(world, peer, peer.sign(peer.ack(opened.about))) == [("ACCEPTED", "settled")]
    with world.store.read() as uow:
        assert [r.counted for r in uow.inbox.receipts(ONE)] == [True, False]


# --- R3 cross-partner, R4 wrong object ----------------------------------------------------------


def test_a_genuine_receipt_in_another_partners_channel_is_refused(world: World) -> None:
    peer, opened = sent(world)
    other = world.partner("opr-uji-b")
    assert judged(world, other, peer.sign(peer.ack(opened.about))) == [("REFUSED", "wrong-owner")]
    assert world.state(ONE) is State.SENT


def test_a_partner_can_not_acknowledge_what_another_one_was_sent(world: World) -> None:
    _peer, opened = sent(world)
    other = world.partner("opr-uji-b")
    said = other.sign(other.ack(opened.about))
    assert judged(world, other, said) == [("REFUSED", "unknown-parcel")]
    said = other.sign(other.confirm(opened, blocked(opened)))
    assert judged(world, other, said) == [("REFUSED", "unknown-parcel")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"parcel": "sha256:" + "0" * 64}, "unknown-parcel"),
        ({"manifest": "sha256:" + "0" * 64}, "wrong-object"),
        ({"sequence": 2}, "wrong-object"),
        ({"epoch": 2}, "wrong-object"),
    ],
)
def test_a_receipt_over_anything_else_is_refused(
    world: World, changes: dict[str, object], reason: str
) -> None:
    peer, opened = sent(world)
    about: About = dataclasses.replace(opened.about, **changes)  # type: ignore[arg-type]  # by name
    assert judged(world, peer, peer.sign(peer.ack(about))) == [("REFUSED", reason)]
    said = peer.sign(dataclasses.replace(peer.confirm(opened, blocked(opened)), about=about))
    assert judged(world, peer, said) == [("REFUSED", reason)]


def test_a_confirmation_that_names_another_delivery_is_refused(world: World) -> None:
    peer, opened = sent(world)
    said = dataclasses.replace(peer.confirm(opened, blocked(opened)), delivery="2.opr-uji-a.1")
    assert judged(world, peer, peer.sign(said)) == [("REFUSED", "wrong-object")]


def test_a_receipt_for_another_gateway_is_refused(world: World) -> None:
    peer, opened = sent(world)
    said = dataclasses.replace(peer.ack(opened.about), aud="palang-lain")
    assert judged(world, peer, peer.sign(said)) == [("REFUSED", "audience")]


def test_a_negative_that_could_not_read_the_manifest_names_the_parcel_only(world: World) -> None:
    peer, opened = sent(world)
    about = About(0, 0, opened.parcel, "")
    assert judged(world, peer, peer.sign(peer.nack(about, Reason.CANT_OPEN))) == [("ACCEPTED", "")]
    assert (world.state(ONE), world.delivery(ONE).reason) == (State.REJECTED, "cant-open")


# --- R5 late ------------------------------------------------------------------------------------


def test_a_late_receipt_counts_and_stays_late(world: World) -> None:
    peer, opened = sent(world)
    world.pass_time(25 * HOUR)
    judged(world, peer, peer.sign(dataclasses.replace(peer.ack(opened.about), at=0)))
    assert world.state(ONE) is State.ACKNOWLEDGED
    with world.store.read() as uow:
        receipt = uow.inbox.receipts(ONE)[0]
    assert (receipt.late, receipt.counted, receipt.said_at) == (True, True, 0)
    progress = world.progress.delivery(ONE)
    assert (progress.outstanding, progress.overdue, progress.missed) == (0, False, 3)


def test_a_receipt_within_the_term_is_not_late(world: World) -> None:
    peer, opened = sent(world)
    world.pass_time(23 * HOUR)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    with world.store.read() as uow:
        assert not uow.inbox.receipts(ONE)[0].late


def test_an_ott_is_never_late(world: World) -> None:
    peer = world.ott()
    peer.answers = False
    world.release([entry(n) for n in numbers(1)])
    world.round()
    peer.answers = True
    opened = peer.open(peer.arrivals[0])
    world.pass_time(20 * DAY)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    with world.store.read() as uow:
        assert not uow.inbox.receipts("1.ott-uji.1")[0].late
    progress = world.progress.delivery("1.ott-uji.1")
    assert (progress.overdue, progress.deadline) == (False, None)
    assert progress.target is not None


# --- R6 contradictory ---------------------------------------------------------------------------


def _contradiction(peer: Peer, opened: Opened) -> list[bytes]:
    """BLOCKED, FAILED, BLOCKED about the same entry, in three revisions."""
    codes = (("diblokir_total", "total"), ("gagal", ""), ("diblokir_total", "sms"))
    return [
        peer.sign(peer.confirm(opened, [(1, code, scope)], revision))
        for revision, (code, scope) in enumerate(codes, 1)
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_revisions_in_any_order_give_the_same_end(tmp_path: Path, order: tuple[int, ...]) -> None:
    world = World(tmp_path)
    peer, opened = sent(world)
    said = _contradiction(peer, opened)
    judged(world, peer, *(said[i] for i in order))
    with world.store.read() as uow:
        (outcome,) = uow.inbox.outcomes(ONE)
        assert len(uow.inbox.confirmations(ONE)) == 3
    assert (outcome.disposition, outcome.scope, outcome.revision) == ("diblokir_total", "sms", 3)
    world.close()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_one_revision_with_two_contents_counts_for_neither(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    world = World(tmp_path)
    peer, opened = sent(world)
    said = [
        peer.sign(peer.confirm(opened, [(1, "diblokir_total", "total")], 1)),
        peer.sign(peer.confirm(opened, [(1, "bukan_pelanggan", "")], 2)),
        peer.sign(peer.confirm(opened, [(1, "gagal", "")], 2)),
    ]
    notes = [note for _state, note in judged(world, peer, *(said[i] for i in order))]
    assert notes.count("conflict") == 1
    with world.store.read() as uow:
        (outcome,) = uow.inbox.outcomes(ONE)
        conflicts = [c.conflict for c in uow.inbox.confirmations(ONE)]
    assert (outcome.disposition, outcome.revision) == ("diblokir_total", 1)
    assert conflicts == [False, True, True]
    assert world.happened(Judged)[-1].alert == (notes[-1] == "conflict")
    world.close()


def test_the_same_revision_said_again_in_other_bytes_is_no_conflict(world: World) -> None:
    peer, opened = sent(world)
    first = peer.confirm(opened, [(1, "diblokir_total", "total"), (2, "gagal", "")])
    again = dataclasses.replace(first, at=first.at + HOUR, rows=first.rows[::-1])
    assert judged(world, peer, peer.sign(first), peer.sign(again)) == [
        ("ACCEPTED", ""),
        ("ACCEPTED", "same-content"),
    ]
    with world.store.read() as uow:
        assert len(uow.inbox.confirmations(ONE)) == 1


# --- R7 partial ---------------------------------------------------------------------------------


def test_a_batch_with_one_entry_unanswered_is_not_complete_and_names_it(world: World) -> None:
    peer, opened = sent(world, count=200)
    rows = [row for row in blocked(opened) if row[0] != 77]
    judged(world, peer, peer.sign(peer.ack(opened.about)), peer.sign(peer.confirm(opened, rows)))
    progress = world.progress.delivery(ONE)
    assert (progress.done, progress.outstanding) == (199, 1)
    assert world.progress.unanswered(ONE) == [77]


# --- R8 over-claim ------------------------------------------------------------------------------


@pytest.mark.parametrize("outside", [0, 4, 999_999])
def test_one_entry_outside_the_slice_spoils_the_whole_statement(world: World, outside: int) -> None:
    peer, opened = sent(world)
    rows = [*blocked(opened), (outside, "diblokir_total", "total")]
    assert judged(world, peer, peer.sign(peer.confirm(opened, rows))) == [
        ("REFUSED", "entry-outside")
    ]
    assert world.happened(Judged)[-1].alert
    with world.store.read() as uow:
        assert uow.inbox.outcomes(ONE) == []
        (kept,) = uow.inbox.listing("opr-uji-a", ("REFUSED",))
    assert kept.state is InboundState.REFUSED
    assert world.events(Tag.STATEMENT_REFUSE)[-1]["reason"] == "entry-outside"


def test_an_opening_can_not_answer_a_block(world: World) -> None:
    peer, opened = sent(world)
    rows = [(1, "diblokir_total", "total"), (2, "dibuka", "")]
    assert judged(world, peer, peer.sign(peer.confirm(opened, rows))) == [
        ("REFUSED", "wrong-action")
    ]


def test_a_listing_only_is_never_counted_as_a_block(world: World) -> None:
    peer, opened = sent(world)
    rows = [(e.entry, "diblokir_total", "list-only") for e in opened.entries]
    judged(world, peer, peer.sign(peer.confirm(opened, rows)))
    progress = world.progress.delivery(ONE)
    assert (progress.done, progress.outstanding) == (0, 3)
    assert progress.confirmed == (("diblokir_total", 3),)


# --- what else comes along the channel ----------------------------------------------------------


def test_a_checkpoint_that_was_never_shown_is_an_alert_and_the_receipt_counts(
    world: World,
) -> None:
    peer, opened = sent(world)
    said = peer.sign(peer.ack(opened.about, "sha256:" + "1" * 64))
    assert judged(world, peer, said) == [("ACCEPTED", "checkpoint-mismatch")]
    assert world.happened(Judged)[-1].alert
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert world.events(Tag.RECEIPT_RECORD)[-1]["alert"] == "checkpoint-mismatch"


@pytest.mark.parametrize("body", [b"", b"{}", b"a.b.c", b"\xff" * 300, b"." * 2_000])
def test_noise_is_kept_and_refused(world: World, body: bytes) -> None:
    peer, _opened = sent(world)
    ((state, _note),) = judged(world, peer, body)
    assert state == "REFUSED"


def test_a_card_or_an_approval_does_not_come_this_way(world: World) -> None:
    peer, _opened = sent(world)
    at = world.clock.now()
    approval = Approval(peer.id, GATEWAY, at, "batch.release", "batch:1", "sha256:" + "0" * 64)
    card = Card(
        peer.id, GATEWAY, at, "x", "operator", ("a",), ("jose",), "peer:x", "", "", True, ()
    )
    states = [s for s, _note in judged(world, peer, peer.sign(approval), peer.sign(card))]
    assert states == ["REFUSED", "REFUSED"]


def test_a_parcel_that_comes_back_is_refused(world: World) -> None:
    peer, _opened = sent(world)
    world.collect._keeper(peer.id)(Inbound("parcel", peer.arrivals[0].data, "x"))
    world.round()
    assert world.happened(Judged)[-1].note == "unexpected-kind"


def test_a_consent_and_its_withdrawal_come_by_the_channel_too(world: World) -> None:
    peer = world.ott()
    world.pass_time()
    wider = peer.sign(world.terms(peer, fields=("category", "basis")))
    assert judged(world, peer, wider) == [("ACCEPTED", "")]
    assert judged(world, peer, wider) == [("DUPLICATE", "replayed")]
    older = peer.sign(world.terms(peer, at=world.clock.now() - DAY))
    assert judged(world, peer, older) == [("REFUSED", "not-accepted")]
    with world.store.read() as uow:
        assert uow.registry.consents(peer.id)[-1].terms.fields == ("category", "basis")


def test_a_consent_of_an_operator_is_refused(world: World) -> None:
    peer, _opened = sent(world)
    assert judged(world, peer, peer.sign(world.terms(peer))) == [("REFUSED", "not-accepted")]


def test_a_channel_that_fails_while_collecting_loses_nothing(world: World) -> None:
    peer, opened = sent(world)
    body = peer.sign(peer.ack(opened.about))
    channel = world.collect.channels

    class Failing:
        """Keeps one item, then the connection ends before it is removed."""

        def open(self, partner: object) -> object:
            from contextlib import nullcontext

            return nullcontext(self)

        def collect(self, keep: object) -> int:
            keep(Inbound("statement", body, "one.jws"))  # type: ignore[operator]  # the port's
            raise SendError("the connection ended", "unknown")

    failing = dataclasses.replace(world.collect, channels=Failing())  # type: ignore[arg-type]  # a part
    with pytest.raises(SendError):
        failing.collect(peer.id)
    peer.say(body)
    world.collect.collect(peer.id)
    assert channel is world.collect.channels
    world.round()
    assert [str(j.state) for j in world.happened(Judged)] == ["ACCEPTED", "DUPLICATE"]


def test_no_ledger_leaf_holds_a_number_or_a_servers_words(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [RefusedError("we do not like 628701111000")]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    with world.store.read() as uow:
        events = b"\n".join(leaf.event for leaf in uow.log.leaves(0, uow.log.size()))
    assert b"62870" not in events
    assert isinstance(peer.ack(About(1, 1, "x", "y")), Ack)
