"""The adapter contract over the pull channel, and what only this channel promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.exchange import PullScheme
from adapters.exchange_publishing import KEEP, publish_partner, remove_acknowledged, unpublish
from adapters.registry import ChannelRegistry
from gateway.domain import failpoints, fetched
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, LedgerUnavailable
from gateway.domain.parties import Standing
from gateway.domain.times import DAY
from gateway.domain.trust import OwnerKind, Role, read_trust
from gateway.ports import Message, SendError, TransportRules
from tests.adapters.contract import Contract
from tests.adapters.exchange_rigs import ExchangeRig, exchange_rig_in
from tests.adapters.rigs import DELIVERY, QUICK, Keeper, Login, StillClock, parcel
from tests.keys.parties import GATEWAY, OFFICER, TRUST
from tests.web.house import A, B, ack, partner, request


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ExchangeRig]:
    """A store, a listener over TLS, and a partner."""
    with exchange_rig_in(tmp_path) as made:
        yield made


class TestPullOverTls(Contract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[ExchangeRig]:
        with exchange_rig_in(tmp_path) as made:
            yield made


def test_laid_ready_is_not_handed_over(rig: ExchangeRig) -> None:
    with rig.open() as adapter:
        assert not adapter.send(DELIVERY, parcel()).confirmed
        assert not adapter.say(Message("palang-opr-uji-a-head.jws", b"x", digest(b"x"))).confirmed


def test_a_statement_over_tls_reaches_the_worker_and_its_answer_comes_back(
    rig: ExchangeRig,
) -> None:
    sent = ack()
    assert rig.send("statements", sent)[0] == 202
    keeper = Keeper()
    with rig.open() as adapter:
        assert adapter.collect(keeper) == 1
        assert [(item.kind, item.data) for item in keeper.kept] == [("statement", sent)]
        word = b"e30.e30.c2ln"
        name = f"palang-{A}-answer-{digest(sent)[7:23]}.jws"
        for _ in range(2):
            adapter.say(Message(name, word, digest(word), digest(sent)))
    assert word in rig.ask("answers", 1)


def test_a_fetch_over_tls_reaches_the_worker_with_its_proof(rig: ExchangeRig) -> None:
    with rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    asked = request(1, at=rig.house.clock.now())
    assert rig.send("parcels/next", asked) == (200, b"sealed")
    rig.house.until_told("fetched")  # after the last byte, so a moment after the partner has it
    keeper = Keeper()
    with rig.open() as adapter:
        assert adapter.collect(keeper) == 1
        assert adapter.collect(keeper) == 0
    (item,) = keeper.kept
    word = fetched.read(item.data)
    assert (item.kind, word.parcel, word.request) == ("fetched", parcel().digest, asked.decode())


def test_a_busy_store_costs_no_try(rig: ExchangeRig) -> None:
    def busy(point: str) -> None:
        if point == "before:exchange.publish":
            raise Conflict("another process holds the database", hint="try again in a moment")

    failpoints.arm(busy)
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.busy) == ("no", True)
    failpoints.arm(None)
    assert rig.received() == {}


def test_what_was_kept_and_not_marked_comes_again(rig: ExchangeRig) -> None:
    rig.put_reply("a", b"statement")

    def cut(point: str) -> None:
        if point == "before:exchange.taken":
            raise LedgerUnavailable("the disk is full")

    failpoints.arm(cut)
    keeper = Keeper()
    with rig.open() as adapter, pytest.raises(SendError):
        adapter.collect(keeper)
    failpoints.arm(None)
    with rig.open() as adapter:
        assert adapter.collect(keeper) == 1
    assert [item.data for item in keeper.kept] == [b"statement"] * 2  # the core's digest rule


def test_a_partner_that_is_not_published_yet_is_told_apart(rig: ExchangeRig) -> None:
    rig.partner = partner("opr-uji-c")
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert "does not know" in str(caught.value)


def test_a_probe_sees_a_card_that_is_not_published_yet(rig: ExchangeRig) -> None:
    rig.partner = replace(rig.partner, card="sha256:" + "9" * 64)
    with rig.open() as adapter:
        report = adapter.probe()
    assert [held for _name, held, _advice in report.checks] == [True, False]


def registry(rig: ExchangeRig) -> ChannelRegistry:
    """As main builds it."""
    scheme = PullScheme(rig.house.exchange, GATEWAY.id, StillClock(), QUICK)
    return ChannelRegistry(StillClock(), Login(), allow_private=False, house={"pull": scheme})


@pytest.mark.parametrize(
    ("channel", "reply", "peer"),
    [
        ("pull:", "", ""),
        ("pull:OPR", "", ""),
        ("pull://opr-uji-a", "", ""),
        ("pull:opr-uji-a/../x", "", ""),
        ("pull:opr-uji-a", "pull:opr-uji-b", ""),
        ("pull:opr-uji-a", "https://a.example/x", ""),
        ("pull:opr-uji-a", "", "ssh-ed25519 AAAA"),
    ],
)
def test_a_pull_channel_has_one_form(rig: ExchangeRig, channel: str, reply: str, peer: str) -> None:
    channels = registry(rig)
    with pytest.raises(InputError):
        channels.check_channel(channel, reply)
        channels.check_peer(channel, peer)


def test_a_good_pull_channel_is_taken_and_nobody_gets_anothers(rig: ExchangeRig) -> None:
    channels = registry(rig)
    channels.check_channel("pull:opr-uji-a", "pull:opr-uji-a")
    channels.check_peer("pull:opr-uji-a", "")
    stolen = partner(B, channel=f"pull:{A}", reply="")
    with pytest.raises(InputError), channels.open(stolen):
        pass


def test_without_an_exchange_store_the_scheme_is_unknown() -> None:
    channels = ChannelRegistry(StillClock(), Login(), allow_private=False)
    with pytest.raises(InputError) as caught:
        channels.check_channel("pull:opr-uji-a", "")
    assert "pull" not in str(caught.value)


def test_publishing_writes_only_what_changed(rig: ExchangeRig) -> None:
    exchange, rules = rig.house.exchange, TransportRules()
    same = partner()
    assert not publish_partner(exchange, same, TRUST, rules, GATEWAY.id)
    for changed in (
        replace(same, card="sha256:" + "1" * 64),
        replace(same, standing=Standing.CLOSED),
    ):
        assert publish_partner(exchange, changed, TRUST, rules, GATEWAY.id)
        assert not publish_partner(exchange, changed, TRUST, rules, GATEWAY.id)
    assert publish_partner(exchange, same, TRUST, TransportRules(bearer="x"), GATEWAY.id)


def test_who_pulls_no_longer_is_let_in_no_longer(rig: ExchangeRig) -> None:
    assert rig.send("statements", ack())[0] == 202
    assert unpublish(rig.house.exchange, A)
    assert not unpublish(rig.house.exchange, A)
    assert not unpublish(rig.house.exchange, "opr-uji-z")
    assert rig.send("statements", ack(sequence=2))[0] == 401


def test_only_the_partners_own_keys_and_the_gateways_go_out(rig: ExchangeRig) -> None:
    published = rig.house.exchange.partner(A)
    assert published is not None
    keys = read_trust(published.trust).keys
    assert {key.owner.id for key in keys} == {A, GATEWAY.id}
    assert {key.role for key in keys if key.owner.kind is OwnerKind.PARTNER} == {
        Role.STATEMENT,
        Role.REQUEST,
        Role.SEAL,
    }
    assert f'"{OFFICER.id}"'.encode() not in published.trust  # keys have any letters


def test_acknowledged_bytes_go_after_their_days_and_no_others(rig: ExchangeRig) -> None:
    exchange, at = rig.house.exchange, StillClock().now()
    for number in (1, 2, 3):
        exchange.publish(A, parcel(b"%d" % number, number), at if number < 3 else at + 9 * DAY)
    acknowledged = {parcel(b"1", 1).digest, parcel(b"3", 3).digest}
    assert remove_acknowledged(exchange, A, acknowledged, at + DAY) == 1
    assert sorted(rig.received().values()) == [b"2", b"3"]
    assert KEEP >= 30 * DAY
