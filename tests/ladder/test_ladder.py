"""`palang partner test` over SFTP: a partner climbs the ladder, and only then goes live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.errors import Conflict, InputError
from gateway.domain.ladder.rungs import KIND, LadderResult, Rung, State, read_result
from gateway.domain.parties import Standing
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.main.laddering import build_ladder
from gateway.main.making import make
from keys.jws import JoseSignatures
from tests.fsck.town import by_hand, check
from tests.ladder.house import PARTNER, House


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("ladder")) / "gw"
    make(home, "palang-uji", True)
    return home


@pytest.fixture
def house(pattern: Path, tmp_path: Path) -> Iterator[House]:
    made = House(pattern, tmp_path)
    yield made
    made.close()


def states(result: LadderResult) -> dict[Rung, State]:
    return {one.rung: one.state for one in result.rungs}


def test_a_partner_climbs_the_ladder_and_goes_live_by_two_who_saw_it(house: House) -> None:
    house.propose()
    with pytest.raises(Conflict, match="no self-test ladder"):
        house.partners.approve(PARTNER, house.budi)
    result = house.climb()
    expected = dict.fromkeys(Rung, State.PASSED) | {Rung.ROTATION: State.NOT_RUN}
    assert states(result) == expected, [one for one in result.rungs if one.next]
    with pytest.raises(Conflict, match="signed before"):
        house.partners.approve(PARTNER, house.budi)
    house.propose()
    assert house.partners.approve(PARTNER, house.budi).partner.standing is Standing.LIVE
    jws = build_ladder(house.gateway).last(PARTNER)
    owner, trust = Owner(OwnerKind.GATEWAY, house.gateway.name), house.gateway.trust()
    now = house.gateway.clock.now()
    payload, _key = JoseSignatures().verify(jws, KIND, owner, Role.STATEMENT, trust, now)
    assert read_result(payload) == result
    with house.gateway.store.read() as uow:
        assert not uow.inbox.listing(PARTNER, ("PENDING",))
    live = house.climb()
    assert states(live) == dict.fromkeys((Rung.IDENTITY, Rung.LOGIN, Rung.WRITE), State.PASSED)
    assert live.passed
    _fsck_proves_it(house)


def _fsck_proves_it(house: House) -> None:
    database = house.gateway.home / "state" / "palang.sqlite"
    assert not check(database).findings
    with by_hand(database) as db:
        db.execute("DELETE FROM ladder WHERE kind = 'result'")
        db.commit()
    assert "row-missing" in {finding.code for finding in check(database).findings}


def test_a_partner_that_is_silent_can_go_on_later(house: House) -> None:
    house.propose()
    waiting = house.climb(lambda: None, tries=0)
    assert states(waiting)[Rung.SAMPLE] is State.WAITING
    assert not waiting.passed
    with pytest.raises(Conflict, match="sample"):
        house.partners.approve(PARTNER, house.budi)
    assert house.climb().passed


@pytest.mark.long
def test_a_climb_that_begins_anew_sends_new_samples(house: House) -> None:
    house.propose()
    waiting = house.climb(lambda: None, tries=0)
    anew = house.climb(anew=True)
    assert anew.passed
    assert not set(anew.seen) & set(waiting.seen)


def test_a_server_that_is_not_there_ends_the_climb_with_a_cause(house: House) -> None:
    house.propose()
    house.server.stop()
    result = house.climb()
    assert State.FAILED in (states(result)[Rung.IDENTITY], states(result)[Rung.LOGIN])
    assert states(result)[Rung.SAMPLE] is State.NOT_RUN
    assert all(one.cause for one in result.rungs if one.state is State.FAILED)


def test_an_override_needs_a_reference_and_is_recorded(house: House) -> None:
    house.propose()
    for bad in ("x", "telp 087034567890", "a\nb"):
        with pytest.raises(InputError):
            house.partners.approve(PARTNER, house.budi, override=bad)
    house.partners.approve(PARTNER, house.budi, override="ND-12/2026")
    with house.gateway.store.read() as uow:
        live = uow.registry.partner(PARTNER)
        notes = uow.ladder.of(PARTNER, live.card)
    assert [(note.kind, note.head) for note in notes] == [("override", "ND-12/2026")]


def test_answers_by_another_key_count_for_nothing(house: House, tmp_path: Path) -> None:
    house.propose()
    outbox = tmp_path / "sftp" / "outbox"

    def swapped() -> None:
        house.rounds()
        for path in outbox.glob("*.jws"):
            head, payload, signature = path.read_bytes().split(b".")
            path.write_bytes(b".".join((head, payload, b"A" * len(signature))))

    result = house.climb(swapped)
    assert states(result)[Rung.SAMPLE] is State.FAILED
    assert "signature" in next(one.cause for one in result.rungs if one.rung is Rung.SAMPLE)
