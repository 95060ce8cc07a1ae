"""Receipts under attack, R1 to R5 of threats.md 1.4."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.domain.statements import About, Reason
from gateway.domain.times import DAY, HOUR
from gateway.domain.trust import Algorithm
from gateway.ports import Inbound
from gateway.services.receiving import Judged
from tests.services.back.parts import entry, new_signer, numbers
from tests.services.back.peer import Opened, Peer
from tests.services.back.world import World

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
