"""Who and by what rules: everything comes back as it was saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.dated import Activation
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Owner, OwnerKind
from gateway.ports import UnitOfWork
from gateway.store.store import SqlStore
from tests.store.samples import (
    OPERATOR,
    OTT,
    T0,
    approval,
    consent,
    event,
    gateway,
    key,
    officer,
    partner,
    reference,
    refused,
)


def test_nothing_is_there_before_init(store: SqlStore) -> None:
    with store.read() as uow:
        for ask in (
            uow.registry.gateway,
            uow.registry.trust,
            lambda: uow.registry.officer("siti"),
            lambda: uow.registry.partner(OPERATOR),
            lambda: uow.registry.reference("plan", 0),
        ):
            with pytest.raises(NotFound):
                ask()
        assert uow.registry.partners() == ()
        assert uow.registry.consents(OTT) == ()
        assert uow.registry.approvals("batch:7") == ()


def test_the_gateway_is_one_row_that_an_epoch_changes(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(gateway(), event(Tag.GATEWAY_INIT))
        uow.save(replace(gateway(), epoch=2), event(Tag.EPOCH_OPEN))
        assert uow.registry.gateway() == replace(gateway(), epoch=2)


def test_a_gateway_can_not_be_renamed(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(gateway(), event(Tag.GATEWAY_INIT))
        with pytest.raises(Conflict, match="gateway"):
            uow.save(replace(gateway(), origin="other.example/log"), event(Tag.GATEWAY_INIT))


def test_parties_are_read_by_id_and_overwritten_whole(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(partner(OTT, PartnerKind.OTT), event(Tag.PARTNER_PROPOSE))
        uow.save(partner(), event(Tag.PARTNER_PROPOSE))
        live = replace(partner(), standing=Standing.LIVE, reply="", test=False)
        uow.save(live, event(Tag.PARTNER_APPROVE))
        uow.save(officer("wati"), event(Tag.OFFICER_ENROL))
        uow.save(officer("siti"), event(Tag.OFFICER_ENROL))
        uow.save(replace(officer("wati"), standing=Standing.LIVE), event(Tag.OFFICER_APPROVE))
        assert uow.registry.partner(OPERATOR) == live
        assert uow.registry.partners() == (live, partner(OTT, PartnerKind.OTT))
        assert uow.registry.officer("siti") == officer("siti")
        assert [one.standing for one in uow.registry.officers()] == ["proposed", "live"]


def test_keys_become_the_trust(store: SqlStore) -> None:
    second = replace(key("kid-2"), not_before=T0 + DAY, revoked=T0 + 2 * DAY)
    with store.write() as uow:
        uow.save(gateway(), event(Tag.GATEWAY_INIT))
        uow.save(second, event(Tag.KEY_ADD))
        uow.save(key(), event(Tag.KEY_ADD))
        trust = uow.registry.trust()
    assert trust.gateway == "palang-uji"
    assert trust.keys == (key(), second)


def test_a_pinned_key_can_be_revoked_once_and_never_rebound(store: SqlStore) -> None:
    revoked = key().revoked_at(T0 + DAY)
    with store.write() as uow:
        uow.save(gateway(), event(Tag.GATEWAY_INIT))
        uow.save(key(), event(Tag.KEY_ADD))
        uow.save(revoked, event(Tag.KEY_REVOKE))
        uow.commit("partner.approve")
    refused(store, key(), "keys")
    refused(store, replace(revoked, revoked=T0 + 2 * DAY), "keys")
    refused(store, replace(revoked, owner=Owner(OwnerKind.PARTNER, "opr-uji-b")), "keys")
    refused(store, replace(revoked, public="{}"), "keys")
    with store.read() as uow:
        assert uow.registry.trust().keys == (revoked,)


def test_consents_come_oldest_first_with_their_whole_terms(store: SqlStore) -> None:
    first = consent()
    terms = replace(first.terms, at=T0 + DAY, fields=("category", "channel"), answers="per-entry")
    later = replace(first, digest="sha256:" + "0" * 64, terms=terms)
    withdrawn = replace(first, withdrawn_at=T0 + 5, ended_at=T0 + 7)
    with store.write() as uow:
        uow.save(partner(OTT, PartnerKind.OTT), event(Tag.PARTNER_PROPOSE))
        uow.save(later, event(Tag.CONSENT_GIVE))
        uow.save(first, event(Tag.CONSENT_GIVE))
        uow.save(withdrawn, event(Tag.CONSENT_WITHDRAW))
        assert uow.registry.consents(OTT) == (withdrawn, later)
        with pytest.raises(Conflict, match="consents"):
            uow.save(first, event(Tag.CONSENT_GIVE))


def ruling(uow: UnitOfWork, at: Micros) -> str:
    return uow.registry.reference("plan", at).version


def test_the_version_loaded_first_rules_until_another_is_activated(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(reference("2026-11"), event(Tag.REFERENCE_LOAD))
        uow.save(reference("2026-10b"), event(Tag.REFERENCE_LOAD))
        uow.save(replace(reference("9"), kind="terms"), event(Tag.REFERENCE_LOAD))
        assert uow.registry.reference("plan", T0) == reference("2026-11")
        uow.save(Activation("plan", "2026-10b", T0 + 10, T0), event(Tag.REFERENCE_ACTIVATE))
        assert [ruling(uow, T0 + 9), ruling(uow, T0 + 10)] == ["2026-11", "2026-10b"]
        uow.save(Activation("plan", "2026-11", T0 + 10, T0 + 1), event(Tag.REFERENCE_ACTIVATE))
        assert ruling(uow, T0 + 10) == "2026-11"
        assert [t.version for t in uow.registry.references()] == ["2026-11", "2026-10b", "9"]
        assert [a.version for a in uow.registry.activations()] == ["2026-10b", "2026-11"]


def test_a_version_never_changes_its_content(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(reference(), event(Tag.REFERENCE_LOAD))
        with pytest.raises(Conflict, match="other content"):
            uow.save(replace(reference(), rows=()), event(Tag.REFERENCE_LOAD))


def test_approvals_are_appended_per_subject(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(approval(who="wati"), event(Tag.BATCH_SUBMIT))
        uow.save(approval("partner:x"), event(Tag.PARTNER_APPROVE))
        uow.save(approval(who="siti"), event(Tag.BATCH_RELEASE))
        assert uow.registry.approvals("batch:7") == (approval(who="wati"), approval(who="siti"))
