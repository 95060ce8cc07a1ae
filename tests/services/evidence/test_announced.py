"""A bundle carries the officers' words under keys that came after the trust file was made."""

from __future__ import annotations

from dataclasses import dataclass

import palang_verify
from gateway.domain import bundle
from gateway.domain.canonical import decode
from gateway.domain.statements import Card
from gateway.domain.times import HOUR
from gateway.domain.trust import Role, Trust, key_to_json, write_trust
from gateway.services.approvals import Signatory
from gateway.services.dossier import ANNOUNCED
from gateway.services.keys import Keys
from gateway.services.partners import Partners
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.cards import open_card
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.parts import GATEWAY, START, entry, numbers
from tests.services.back.peer import Peer
from tests.services.back.rotating import Rotating
from tests.services.evidence.road import Road

A, DELIVERY = "opr-uji-a", "1.opr-uji-a.1"


@dataclass
class House:
    """A gateway whose partner came in by its card, and the trust file of that day."""

    road: Road

    def __post_init__(self) -> None:
        road = self.road
        self.partners = Partners(
            road.store, road.approvals, road.clock, open_card, lambda _card: None
        )
        self.peer = road.peers[A] = Peer(A, GATEWAY, START, road.clock.now, road.trust)
        self.approved(road.siti, road.budi)
        self.onboarding = road.trust()

    def approved(self, first: Signatory, second: Signatory) -> None:
        """The partner's card of now, under two officers."""
        peer, at = self.peer, self.road.clock.now()
        card = Card(
            iss=A,
            aud=GATEWAY,
            at=at,
            name="Operator Uji A",
            partner_kind="operator",
            contacts=("noc@mitra.example",),
            envelopes=("jose",),
            channel=f"peer:{A}",
            reply=f"peer:{A}",
            peer="",
            test=True,
            keys=(key_to_json(peer.statement_pin), key_to_json(peer.seal_pin)),
        )
        self.partners.propose(peer.sign(card), first)
        self.partners.approve(A, second, override="SK-1/2026")

    def officer(self, name: str) -> Signatory:
        """A third officer, approved by the first two."""
        found = self.road._officer(name)
        for one in (self.road.siti, self.road.budi):
            self.road.officers.approve(name, one)
        return found

    def revoke(self, kid: str, *officers: Signatory) -> None:
        for one in officers:
            Keys(self.road.store, self.road.approvals, self.road.clock).revoke(kid, one)

    def exported(self) -> bytes:
        return self.road.evidence.delivery(DELIVERY, "tester").data


def checked(data: bytes, trust: Trust) -> Report:
    """What both verifiers say; they say the same."""
    report = verify(data, trust, JoseSignatures(), C2spNotes())
    other = palang_verify.verify(data, palang_verify.Pins(write_trust(trust), "trust.json"))
    said = [(one.check.number, one.status, one.detail, one.reason) for one in other.results]
    mine = [(one.number, str(one.status), one.reason) for one in report.results]
    assert [(number, status, reason) for number, status, _detail, reason in said] == mine
    return report


def told(report: Report) -> str:
    return report.results[34].detail


def acts(data: bytes) -> list[object]:
    """What the bundle announces, in order."""
    member = bundle.unpack(data).get(ANNOUNCED)
    items = decode(member, what="it")["items"] if member else []
    assert isinstance(items, list)
    return [one["act"] for one in items if isinstance(one, dict)]


def test_before_any_change_nothing_is_announced(road: Road) -> None:
    house = House(road)
    road.release([entry(number) for number in numbers(2)])
    road.round()
    data = house.exported()
    assert acts(data) == []
    report = checked(data, house.onboarding)
    assert report.passed
    assert told(report) == "it rests on no key beyond your trust file"


def test_a_new_officer_a_new_card_a_rotation_and_two_losses_are_bridged(road: Road) -> None:
    house, rotating = House(road), Rotating(road)
    wati = house.officer("wati")
    old = house.peer.statement_pin.kid
    road.pass_time(HOUR)
    house.peer.signer, house.peer.statement_pin = house.peer.new_signer()
    house.approved(wati, road.siti)
    house.revoke(old, road.siti, wati)
    for role in (Role.MANIFEST, Role.CHECKPOINT, Role.MANIFEST):
        road.clock.at = rotating.rotate(role, HOUR).not_before
    for officer in (road.siti, wati):
        road.officers.revoke("budi", officer)
    road.budi = wati
    road.release([entry(number) for number in numbers(2)])
    road.round()
    data = house.exported()
    assert acts(data) == [
        "officer.approve",
        "partner.approve",
        "key.revoke",
        *(["key.announce"] * 3),
        "key.revoke",
    ]
    report = checked(data, house.onboarding)
    assert report.passed, report.failed
    assert f"{A} statement {house.peer.statement_pin.kid} announced by wati, siti" in told(report)
    assert f"{A} statement {old} revoked by siti, wati" in told(report)
    assert {one.announced for one in report.used} >= {"siti, budi", "wati, siti", ""}
    assert checked(data, road.trust()).passed


def test_without_a_pinned_officer_nothing_new_counts(road: Road) -> None:
    house, rotating = House(road), Rotating(road)
    for role in (Role.MANIFEST, Role.CHECKPOINT):
        road.clock.at = rotating.rotate(role, HOUR).not_before
    road.release([entry(number) for number in numbers(2)])
    road.round()
    data = house.exported()
    assert checked(data, house.onboarding).passed
    siti = next(key for key in house.onboarding.keys if key.owner.id == "siti")
    others = [key for key in house.onboarding.keys if key is not siti]
    late = siti.revoked_at(road.clock.now() + HOUR)
    for keys, reason in ((others, "unknown-key"), ([*others, late], "key-revoked")):
        report = checked(data, Trust(GATEWAY, keys))
        assert (report.results[34].reason, report.passed) == (reason, False)


def test_a_month_bridges_them_too(road: Road) -> None:
    house, rotating = House(road), Rotating(road)
    road.clock.at = rotating.rotate(Role.CHECKPOINT, HOUR).not_before
    road.release([entry(number) for number in numbers(2)])
    road.round()
    (month,) = road.evidence.month("2026-11", "tester")
    assert checked(month.data, house.onboarding).passed


def test_a_key_of_one_officer_alone_is_no_announcement(road: Road) -> None:
    house, rotating = House(road), Rotating(road)
    rotating.rotation.announce(rotating.new_key(Role.MANIFEST, HOUR), road.siti)
    road.release([entry(number) for number in numbers(2)])
    road.round()
    data = house.exported()
    assert acts(data) == []
    assert checked(data, house.onboarding).passed
