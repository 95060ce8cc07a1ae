"""Signed answers: every authenticated statement gets one, in the transaction that judges it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.domain.canonical import digest, encode
from gateway.domain.delivery import State
from gateway.domain.errors import NotVerified, Taken
from gateway.domain.records import InboundState
from gateway.domain.statements import Answer, Kind
from gateway.domain.times import DAY, HOUR, MINUTE, Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.jobs import Trouble
from gateway.ports import Signer
from gateway.services.answers import Answers
from gateway.services.outbox import Spoken
from gateway.services.pens import Pens
from gateway.services.receiving import Judged
from keys.jws import JoseSignatures
from tests.services.back.parts import GATEWAY, entry, new_signer, numbers
from tests.services.back.peer import Peer, down, refused
from tests.services.back.test_crash import Killed, Killer
from tests.services.back.test_receiving import ONE, blocked, judged, sent
from tests.services.back.world import World


def heard(world: World, peer: Peer) -> list[Answer]:
    """The answers that reached the peer, verified as it would verify them."""
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    found = []
    for message in peer.told:
        signed = JoseSignatures().open_statement(
            message.data, owner, Role.STATEMENT, world.trust(), peer.now(), peer.id
        )
        if isinstance(signed.statement, Answer):
            assert signed.statement.statement == message.subject
            short = message.subject.removeprefix("sha256:")[:16]
            assert message.name == f"palang-{peer.id}-answer-{short}.jws"
            assert message.digest == digest(message.data)
            found.append(signed.statement)
    return found


def said(world: World, peer: Peer) -> list[tuple[str, str, int]]:
    return [(a.result, a.reason, a.row) for a in heard(world, peer)]


def test_an_accepted_statement_is_answered_in_the_same_round(world: World) -> None:
    peer, opened = sent(world)
    receipt = peer.sign(peer.ack(opened.about))
    judged(world, peer, receipt)
    (answer,) = heard(world, peer)
    assert (answer.statement, answer.result, answer.row) == (digest(receipt), "accepted", 0)


def test_an_answer_carries_the_note_of_what_was_accepted(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    judged(world, peer, peer.sign(peer.nack(opened.about)))
    assert said(world, peer) == [("accepted", "", 0), ("accepted", "conflict", 0)]


def test_a_refusal_names_its_reason_and_the_entry_at_fault(world: World) -> None:
    peer, opened = sent(world)
    rows = [(1, "diblokir_total", "total"), (4, "diblokir_total", "total")]
    judged(world, peer, peer.sign(peer.confirm(opened, rows)))
    judged(world, peer, peer.sign(peer.confirm(opened, [(2, "dibuka", "")])))
    assert said(world, peer) == [("refused", "entry-outside", 4), ("refused", "wrong-action", 2)]


def test_signed_bytes_that_can_not_be_read_are_refused_with_row_0(world: World) -> None:
    peer, _opened = sent(world)
    half = encode({"v": 1, "typ": "ack", "iss": peer.id, "aud": GATEWAY})
    judged(world, peer, world.signatures.sign(half, "ack", peer.signer))
    judged(world, peer, world.signatures.sign(b"no JSON", "ack", peer.signer))
    assert said(world, peer) == [("refused", "malformed", 0)] * 2


def test_a_statement_for_another_gateway_is_the_partners_own_and_answered(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(dataclasses.replace(peer.ack(opened.about), aud="palang-lain")))
    assert said(world, peer) == [("refused", "audience", 0)]


def test_what_can_not_be_authenticated_gets_no_answer(world: World) -> None:
    peer, opened = sent(world)
    other = world.partner("opr-uji-b")
    ack = peer.ack(opened.about)
    genuine = peer.sign(ack)
    head, body, _signature = genuine.split(b".")
    wrong_issuer = dataclasses.replace(ack, iss=other.id)
    bodies = [
        peer.sign(ack, new_signer()),  # an unknown key
        b".".join((head, body, b"")),  # no signature at all
        genuine[:-4] + (b"AAAA" if genuine[-4:] != b"AAAA" else b"BBBB"),  # a broken one
        peer.sign(wrong_issuer),
        other.sign(other.ack(opened.about)),  # another partner's, in this one's channel
        b"",
        b"hello",
    ]
    assert {state for state, _ in judged(world, peer, *bodies)} == {"REFUSED"}
    assert heard(world, peer) == []
    with world.store.read() as uow:
        assert all(uow.outgoing.answer(peer.id, digest(body)) is None for body in bodies)


def test_a_key_that_is_revoked_signs_nothing_that_is_answered(world: World) -> None:
    peer, opened = sent(world)
    world.revoke(peer.statement_pin)
    world.pass_time()
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    assert heard(world, peer) == []


def test_a_statement_that_comes_again_gets_the_same_bytes_again(world: World) -> None:
    peer, opened = sent(world)
    receipt = peer.sign(peer.ack(opened.about))
    judged(world, peer, receipt)
    world.pass_time(HOUR)
    assert judged(world, peer, receipt) == [("DUPLICATE", "replayed")]
    answers = [m.data for m in peer.told if m.subject]
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_a_refused_statement_that_comes_again_gets_the_same_bytes_again(world: World) -> None:
    peer, opened = sent(world)
    wrong = peer.sign(peer.confirm(opened, [(9, "gagal", "")]))
    judged(world, peer, wrong)
    world.pass_time(HOUR)
    judged(world, peer, wrong)
    answers = [m.data for m in peer.told if m.subject]
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_another_verdict_on_the_same_bytes_is_another_answer(world: World) -> None:
    peer = world.ott()
    world.pass_time(MINUTE)
    later = dataclasses.replace(world.terms(peer), since=world.clock.now() + DAY)
    body = peer.sign(later)
    judged(world, peer, body)
    world.pass_time(2 * DAY)
    judged(world, peer, body)
    assert said(world, peer) == [("refused", "not-accepted", 0), ("accepted", "", 0)]


def test_without_a_statement_key_the_statement_counts_and_a_person_is_told(world: World) -> None:
    peer, opened = sent(world)
    keyless = Answers(Pens(_Keyless(), world.signatures))
    world.rounds.work = dataclasses.replace(
        world.rounds.work, judge=dataclasses.replace(world.judge, answers=keyless)
    )
    receipt = peer.sign(peer.ack(opened.about))
    judged(world, peer, receipt)
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert heard(world, peer) == []
    (trouble,) = [t for t in world.happened(Trouble) if t.step == "answer"]
    assert trouble.alert
    assert "no statement key" in trouble.text
    world.rounds.work = dataclasses.replace(world.rounds.work, judge=world.judge)
    judged(world, peer, receipt)  # the key is there now: asked again, it is answered
    assert [a.statement for a in heard(world, peer)] == [digest(receipt)]


class _Keyless:
    """The keyring of a gateway that was made before there were answers."""

    def signer(self, role: Role, at: Micros, among: Collection[Algorithm] = ()) -> Signer:
        raise NotVerified("no-key", f"palang-uji has no {role} key at {at}")


def test_a_request_may_be_signed_by_a_key_that_makes_requests_only(world: World) -> None:
    peer, opened = sent(world)
    signer = new_signer()
    window = peer.window()
    pin = PinnedKey(signer.kid, peer.owner, Role.REQUEST, Algorithm.ED25519, signer.public, *window)
    world.pin(pin)
    assert judged(world, peer, peer.sign(peer.request(1), signer)) == [
        ("ACCEPTED", "nothing-to-send")
    ]
    assert judged(world, peer, peer.sign(peer.ack(opened.about), signer)) == [
        ("REFUSED", "wrong-role")
    ]
    # the partner's own key, so it is told what is wrong
    assert said(world, peer) == [("accepted", "nothing-to-send", 0), ("refused", "wrong-role", 0)]


# --- on its way ----------------------------------------------------------------------------------


def test_a_channel_that_is_down_hears_the_answer_later(world: World) -> None:
    peer, opened = sent(world)
    peer.deaf = [down(), down()]
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    assert heard(world, peer) == []
    assert [s.outcome for s in world.happened(Spoken)][-1] == "later"
    world.round()  # not at once again
    assert peer.deaf == [peer.deaf[0]]
    world.pass_time(5 * MINUTE)
    world.round()
    world.pass_time(5 * MINUTE)
    world.round()
    assert said(world, peer) == [("accepted", "", 0)]


def test_a_partner_that_refuses_answers_gets_its_parcels_all_the_same(world: World) -> None:
    peer, opened = sent(world)
    peer.deaf = [refused() for _ in range(20)]
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    dropped = [s for s in world.happened(Spoken) if s.kind == Kind.ANSWER]
    assert [(s.outcome, s.alert) for s in dropped] == [("dropped", True)]
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.round()
    assert world.state("2.opr-uji-a.1") is State.ACKNOWLEDGED
    world.pass_time(DAY)
    before = len(peer.deaf)
    world.round()
    assert len(peer.deaf) == before - 1  # a new head was due; the dropped answer was not


def test_an_answer_is_given_up_after_the_days_of_the_budget(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    peer.deaf = [down() for _ in range(500)]
    judged(world, peer, peer.sign(peer.confirm(opened, blocked(opened))))
    for _ in range(60):
        world.pass_time(6 * HOUR)
        world.round()
    answers = [s.outcome for s in world.happened(Spoken) if s.kind == Kind.ANSWER]
    assert answers[0] == "sent"
    assert answers[-1] == "dropped"
    assert answers.count("dropped") == 1


def test_parcels_go_before_answers_and_a_dead_channel_is_asked_for_neither(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    for record in world.judge.pending():
        world.judge.judge(record)
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(1, 628701112000)])
    before = len(peer.told)
    world.round()
    assert len(peer.told) == before  # the channel was down a moment ago
    world.pass_time(HOUR)
    world.round()
    assert len(peer.told) > before


def test_two_workers_say_one_answer_once(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    for record in world.judge.pending():
        world.judge.judge(record)
    with world.store.read() as uow:
        waiting = uow.outgoing.due(peer.id, world.clock.now(), 9)
    assert world.outbox._claim(waiting[0]) is not None
    assert world.outbox.say_to(peer.id) == []
    assert heard(world, peer) == []
    world.pass_time(world.outbox.lease)  # that worker died
    assert [s.outcome for s in world.outbox.say_to(peer.id)] == ["sent"]
    assert len(heard(world, peer)) == 1


ANSWER_POINTS = [
    f"{when}:{step}"
    for step in ("inbound.judge", "outgoing.claim", "say", "outgoing.settle", "head.issue")
    for when in ("before", "after")
]


@pytest.mark.parametrize("point", ANSWER_POINTS)
def test_a_crash_at_any_step_leaves_one_answer_that_is_said(tmp_path: Path, point: str) -> None:
    world = World(tmp_path)
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    killer = Killer(point)
    failpoints.arm(killer)
    for _ in range(8):
        try:
            world.round()
        except Killed:
            world.rounds.close()
            world.start_worker()
        world.pass_time(20 * MINUTE)
    failpoints.arm(None)
    assert killer.fired
    with world.store.read() as uow:
        accepted = uow.inbox.listing(peer.id, (InboundState.ACCEPTED,))
    assert len(accepted) == 2  # the receipt and the confirmation
    copies: dict[str, set[bytes]] = {}
    for message in peer.told:
        if message.subject:
            copies.setdefault(message.subject, set()).add(message.data)
    assert set(copies) == {record.digest for record in accepted}
    assert {len(bodies) for bodies in copies.values()} == {1}
    heard(world, peer)
    world.close()


def test_the_ledger_has_no_leaf_for_what_was_only_said(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    for record in world.judge.pending():
        world.judge.judge(record)
    with world.store.read() as uow:
        size = uow.log.size()
    world.outbox.say_to(peer.id)
    assert len(heard(world, peer)) == 1
    with world.store.read() as uow:
        assert uow.log.size() == size


def test_a_judged_item_is_judged_once_whatever_it_becomes(world: World) -> None:
    peer, opened = sent(world)
    peer.say(peer.sign(peer.ack(opened.about), new_signer()))
    world.collect.collect(peer.id)
    (kept,) = world.judge.pending()
    world.judge.judge(kept)
    with pytest.raises(Taken):
        world.judge.judge(kept)
    assert len(world.happened(Judged)) == 0
