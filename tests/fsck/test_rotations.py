"""Announced and retired keys: fsck holds window and signatures against the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.times import DAY, HOUR
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.services.rotation import Rotation
from keys import jwk
from keys.generate import generate
from tests.fsck.town import Town, by_hand, check
from tests.services.back.parts import GATEWAY


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    town.partner("opr-uji-a")
    yield town
    town.store.close()


def rotation(town: Town) -> Rotation:
    return Rotation(town.store, town.approvals, town.clock)


def new_key(town: Town, role: Role = Role.MANIFEST) -> PinnedKey:
    begin = town.clock.now() + DAY
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    public = generate(Algorithm.ED25519).public_key()
    return jwk.pinned_key(public, owner, role, begin, begin + DAY)


def rotated(town: Town) -> PinnedKey:
    made = rotation(town).announce(new_key(town), town.siti)
    return rotation(town).approve(made.kid, town.budi)


def retired(town: Town) -> str:
    """The first manifest key, retired after the second one counts."""
    rotated(town)
    first = next(k for k in town.trust().keys if k.role is Role.MANIFEST)
    town.clock.at += 2 * DAY
    for by in (town.siti, town.budi):
        rotation(town).retire(first.kid, by)
    return first.kid


def codes(town: Town, **more: object) -> list[str]:
    report = check(town.folder / "palang.sqlite", **({"trust": town.trust()} | more))  # type: ignore[arg-type]  # a table of values
    return [finding.code for finding in report.findings]


def change(town: Town, sql: str, *values: object) -> None:
    with by_hand(town.folder / "palang.sqlite") as db:
        assert db.execute(sql, values).rowcount
        db.commit()


def test_a_rotation_is_clean_in_each_of_its_steps(town: Town) -> None:
    rotation(town).announce(new_key(town), town.siti)
    assert codes(town) == []
    early = town.trust()
    rotation(town).announce(new_key(town, Role.STATEMENT), town.siti)
    retired(town)
    assert codes(town) == []
    assert codes(town, trust=early) == []  # kept before; the ledger says what came since


@pytest.mark.parametrize("member", ["not_before", "not_after"])
def test_another_window_than_the_announced_one_is_found(town: Town, member: str) -> None:
    key = rotated(town)
    change(town, f"UPDATE keys SET {member} = {member} - ? WHERE kid = ?", HOUR, key.kid)
    assert "row-differs" in codes(town)


def test_a_retirement_that_is_taken_back_is_found(town: Town) -> None:
    kid, trust = retired(town), town.trust()
    change(town, "UPDATE keys SET not_after = not_after + ? WHERE kid = ?", DAY, kid)
    assert set(codes(town, trust=trust)) == {"key-differs", "row-differs"}
    assert codes(town, trust=None) == ["row-differs"]


@pytest.mark.parametrize("act", ["key.announce", "key.retire"])
def test_one_officers_word_is_one_too_few(town: Town, act: str) -> None:
    retired(town)
    change(town, "DELETE FROM approvals WHERE act = ? AND officer = 'budi'", act)
    assert "approval-missing" in codes(town)
