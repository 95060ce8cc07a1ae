"""What the kit says, as the gateway reads it: receipts, confirmations, requests, consent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.canonical import digest
from gateway.domain.dispositions import check
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.statements import (
    Ack,
    Confirmation,
    Consent,
    Reason,
    Request,
    Statement,
    Withdrawal,
)
from gateway.domain.times import DAY, HOUR
from partner import answers, applying, asking, outgoing, parcels
from partner.kit import Kit
from partner.receive import receive, refuse
from partner.refusal import ParcelRefused
from tests.partner.factory import FakeClock, Gateway, block, kinds, make_kit, number, void


def outbox(gateway: Gateway, kit: Kit, kind: str) -> list[Statement]:
    """The statements of a kind in outbox/, verified as the gateway verifies them."""
    outgoing.publish(kit)
    return [gateway.read(kit, data) for data in kinds(kit.settings.path("outbox"))[kind]]


def test_an_acknowledgement_names_parcel_and_manifest_and_echoes_the_checkpoint(
    gateway: Gateway, kit: Kit
) -> None:
    made = gateway.parcel(kit, block(1))
    receive(kit, made.data)
    answers.acknowledge(kit)
    (said,) = outbox(gateway, kit, "ack")
    assert isinstance(said, Ack)
    assert said.result == "positive"
    assert (said.about.parcel, said.about.manifest) == (made.digest, digest(made.body))
    assert (said.about.epoch, said.about.sequence) == (1, 1)
    assert said.checkpoint == digest(made.manifest.checkpoint.encode())


def test_the_same_parcel_again_is_one_record_and_the_same_answer_again(
    gateway: Gateway, tmp_path: Path
) -> None:
    clock = FakeClock()
    kit = make_kit(tmp_path / "kit", gateway, clock=clock)
    made = gateway.parcel(kit, block(1))
    for _ in range(2):
        receive(kit, made.data)
        answers.acknowledge(kit)
        clock.at += HOUR
    first, second = outbox(gateway, kit, "ack")
    assert isinstance(first, Ack)
    assert isinstance(second, Ack)
    assert (first.about, first.result) == (second.about, second.result)
    with kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM parcels") == (1,)
        assert tx.one("SELECT count(*) FROM operations") == (1,)


def test_a_new_sealing_of_the_same_manifest_is_the_same_delivery(
    gateway: Gateway, kit: Kit
) -> None:
    first = gateway.parcel(kit, block(1), keep=True)
    second = gateway.parcel(kit, block(1))
    assert first.body == second.body
    assert first.data != second.data
    assert receive(kit, first.data).new
    assert not receive(kit, second.data).new
    answers.acknowledge(kit)
    named = {said.about.parcel for said in outbox(gateway, kit, "ack") if isinstance(said, Ack)}
    assert named == {first.digest, second.digest}


def test_a_refused_parcel_is_answered_with_its_reason_once(gateway: Gateway, kit: Kit) -> None:
    rubbish, strange = b"rubbish", gateway.parcel(kit, block(1), test=False)
    for data in (rubbish, strange.data):
        with pytest.raises(ParcelRefused) as caught:
            receive(kit, data)
        refuse(kit, caught.value)
    answers.acknowledge(kit)
    answers.acknowledge(kit)
    said = {s.about.parcel: s for s in outbox(gateway, kit, "ack") if isinstance(s, Ack)}
    assert len(kinds(kit.settings.path("outbox"))["ack"]) == 2
    assert said[digest(rubbish)].reason is Reason.CANT_OPEN
    assert said[digest(rubbish)].about.manifest == ""
    assert said[strange.digest].reason is Reason.TEST_MISMATCH
    assert said[strange.digest].about.manifest == digest(strange.body)


def test_a_parcel_that_is_taken_after_all_is_not_refused_any_more(
    gateway: Gateway, kit: Kit
) -> None:
    made = gateway.parcel(kit, block(1))
    pinned = (kit.home / "trust.json").read_bytes()
    (kit.home / "trust.json").write_bytes(Gateway().trust())
    with pytest.raises(ParcelRefused) as caught:
        receive(kit, made.data)
    refuse(kit, caught.value)
    (kit.home / "trust.json").write_bytes(pinned)
    receive(kit, made.data)
    answers.acknowledge(kit)
    assert [said.result for said in outbox(gateway, kit, "ack") if isinstance(said, Ack)] == [
        "positive"
    ]


def test_nobody_fills_the_state_with_rubbish(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "KEPT_REFUSALS", 3)
    for n in range(9):
        with pytest.raises(ParcelRefused) as caught:
            receive(kit, b"rubbish %d" % n)
        refuse(kit, caught.value)
    with kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM refusals") == (3,)


def test_acknowledging_what_never_came_is_refused(kit: Kit) -> None:
    with pytest.raises(NotFound):
        answers.acknowledge(kit, "9.opr-uji-a.1")


def test_revisions_rise_and_state_only_what_is_new(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, block(1, 2))
    receive(kit, made.data)
    applying.apply(kit)
    answers.confirm(kit)
    answers.confirm(kit)
    _record(kit, made.delivery, "2,sudah_nonaktif,")
    answers.confirm(kit)
    first, second = outbox(gateway, kit, "confirm")
    assert isinstance(first, Confirmation)
    assert isinstance(second, Confirmation)
    assert (first.revision, second.revision) == (1, 2)
    assert [row.entry for row in first.rows] == [1, 2]
    assert [row[:3] for row in second.rows] == [(2, "sudah_nonaktif", "")]
    assert all(check(row.disposition, row.scope) for row in first.rows)


def _record(kit: Kit, delivery: str, *rows: str) -> int:
    text = "".join(f"{row},2026-11-24T07:00:00Z\n" for row in rows)
    return answers.record(kit, delivery, f"entry,disposition,scope,at\n{text}".encode(), "hand.csv")


def test_the_same_word_again_is_not_stated_again(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, block(1))
    receive(kit, made.data)
    for _ in range(2):
        _record(kit, made.delivery, "1,gagal,")
        answers.confirm(kit)
    assert len(outbox(gateway, kit, "confirm")) == 1


def test_a_result_by_hand_can_not_contradict_that_an_order_was_overtaken(
    gateway: Gateway, kit: Kit
) -> None:
    made = gateway.parcel(kit, block(1))
    receive(kit, made.data)
    applying.apply(kit)
    receive(kit, gateway.parcel(kit, block(1, action="unblock")).data)
    applying.apply(kit)
    with pytest.raises(InputError):
        _record(kit, made.delivery, "1,diblokir_total,total")


def test_confirmations_can_be_published_once_more_byte_for_byte(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, block(1))
    receive(kit, made.data)
    applying.apply(kit)
    answers.confirm(kit)
    (path,) = outgoing.publish(kit)
    data = path.read_bytes()
    path.unlink()
    answers.repeat_confirmations(kit, made.delivery)
    assert outgoing.publish(kit) == [path]
    assert path.read_bytes() == data


def test_a_gap_is_asked_for_once_an_hour_and_the_newer_parcel_is_taken_at_once(
    gateway: Gateway, tmp_path: Path
) -> None:
    clock = FakeClock()
    kit = make_kit(tmp_path / "kit", gateway, clock=clock)
    missing = gateway.parcel(kit, block(1))
    receive(kit, gateway.parcel(kit, block(2)).data)
    assert applying.apply(kit).ruled
    assert len(asking.request(kit)) == 1
    assert asking.request(kit) == []
    clock.at += HOUR
    assert len(asking.request(kit)) == 1
    said = outbox(gateway, kit, "request")[0]
    assert isinstance(said, Request)
    assert (said.epoch, said.since) == (1, 1)
    receive(kit, missing.data)
    clock.at += HOUR
    assert asking.request(kit) == []


def test_gaps_are_ranges_whatever_a_sequence_jumps_to(gateway: Gateway, kit: Kit) -> None:
    receive(kit, gateway.parcel(kit, block(1)).data)
    receive(kit, gateway.parcel(kit, block(2), sequence=2**53 - 1).data)
    with kit.state.read() as tx:
        assert parcels.gaps(tx) == [parcels.Gap(2, 2**53 - 2)]


def test_a_declared_void_is_no_gap(gateway: Gateway, kit: Kit) -> None:
    stopped = gateway.parcel(kit, block(1))
    receive(kit, gateway.parcel(kit, block(2), voids=(void(stopped),)).data)
    assert asking.request(kit) == []


# --- consent -----------------------------------------------------------------------------------


@pytest.fixture
def ott(gateway: Gateway, tmp_path: Path) -> Kit:
    """An OTT's kit."""
    return make_kit(tmp_path / "ott", gateway, partner="ott-uji", kind="ott")


def terms(kit: Kit, answer: str = "none") -> Consent:
    at = kit.clock.now()
    return Consent(
        kit.identity.id,
        kit.identity.gateway,
        at,
        since=at,
        until=at + 90 * DAY,
        categories=("penipuan",),
        channels=("sms",),
        origins=("domestic",),
        fields=("category",),
        most=1000,
        period="P30D",
        purpose="own policy",
        retention="P90D",
        target="P3D",
        answers=answer,  # type: ignore[arg-type]  # one of the three
    )


@pytest.mark.parametrize("answer", ["none", "aggregate", "per-entry"])
def test_an_ott_confirms_per_entry_only_where_its_consent_says_so(
    gateway: Gateway, ott: Kit, answer: str
) -> None:
    given = answers.consent(ott, terms(ott, answer))
    made = gateway.parcel(ott, block(1, action="listed"), consent=given.statement)
    receive(ott, made.data)
    answers.acknowledge(ott)
    applying.apply(ott)
    answers.confirm(ott)
    assert len(outbox(gateway, ott, "ack")) == 1
    assert len(outbox(gateway, ott, "confirm")) == (answer == "per-entry")


def test_a_consent_that_this_kit_never_gave_promises_no_answers(gateway: Gateway, ott: Kit) -> None:
    receive(ott, gateway.parcel(ott, block(1, action="listed")).data)
    applying.apply(ott)
    assert answers.confirm(ott) == []


def test_a_consent_carries_its_whole_scope_and_is_withdrawn_by_its_digest(
    gateway: Gateway, ott: Kit
) -> None:
    given = answers.consent(ott, terms(ott))
    answers.withdraw(ott)
    (said,) = outbox(gateway, ott, "consent")
    (ended,) = outbox(gateway, ott, "withdrawal")
    assert isinstance(ended, Withdrawal)
    assert said == terms(ott)
    assert ended.consent == given.statement
    with pytest.raises(Conflict):
        answers.withdraw(ott)


def test_consent_is_an_otts_and_ends_in_the_future(kit: Kit, ott: Kit) -> None:
    with pytest.raises(NotPermitted):
        answers.consent(kit, terms(kit))
    with pytest.raises(InputError):
        answers.consent(ott, replace(terms(ott), until=ott.clock.now()))
    with pytest.raises(NotFound):
        answers.withdraw(ott)


def test_no_statement_holds_a_number(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, block(1, 2))
    receive(kit, made.data)
    answers.acknowledge(kit)
    applying.apply(kit)
    answers.confirm(kit)
    with kit.state.read() as tx:
        bodies = [one.body for kind in ("ack", "confirm") for one in outgoing.of_kind(tx, kind)]
    assert len(bodies) == 2
    for body in bodies:
        said = gateway.read(kit, body)
        assert str(number(1)) not in repr(said)
