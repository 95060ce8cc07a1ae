"""Resolutions of held rows: what is signed, replaced, tampered with."""

from __future__ import annotations

import pytest

from gateway.domain.errors import Conflict, NotVerified
from gateway.services.batches import Wanted
from tests.compiled_once import compile_once
from tests.intake.holding import (
    DOUBT,
    LETTER,
    TWO,
    TYPED,
    Pair,
    choice,
    numbers,
    reject,
    resolve,
    second,
    sheet,
)
from tests.services.front.world import World
from tests.stored_pages import rewrite

compile_once()


def test_what_is_shown_is_what_is_signed(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(TWO))
    draft = world.hold_acts.draft(choice(intake, 1, way="split"), "siti")
    with pytest.raises(Conflict, match="changed"):
        world.hold_acts.resolve(draft, pair[1])  # shown to another officer
    with world.by_hand() as db:
        rewrite(db, lambda _, row: row._replace(evidence_ref="TIKET-9"))
    with pytest.raises(Conflict, match="changed"):
        world.hold_acts.resolve(draft, pair[0])


def test_a_resolution_is_replaced_by_a_new_one_until_a_batch_took_it(
    world: World, pair: Pair
) -> None:
    intake = world.intake(sheet(LETTER, DOUBT))
    first = resolve(world, pair[0], choice(intake, 1))
    resolve(world, pair[1], reject(intake, 1))
    with pytest.raises(Conflict, match="replaced"):
        second(world, pair[1], first)
    resolve(world, pair[0], choice(intake, 2, typed=("0870-1111-2206",)))
    resolve(world, pair[0], reject(intake, 2))
    assert numbers(world, intake) == []
    resolve(world, pair[0], choice(intake, 2, typed=("0870-1111-2206",)))
    batch, _ = world.batches.prepare(Wanted((intake,)))
    with pytest.raises(Conflict, match="in a batch"):
        world.hold_acts.draft(reject(intake, 2), "siti")
    world.stops.stop(batch.id, pair[0])
    resolve(world, pair[0], reject(intake, 2))
    assert numbers(world, intake) == []


def test_tampered_rows_and_resolutions_enter_no_batch(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(TWO))
    resolve(world, pair[0], choice(intake, 1, way="split"))
    world.execute("UPDATE resolutions SET number = number + 1")
    with pytest.raises(NotVerified, match="not what was signed"):
        world.batches.prepare(Wanted((intake,)))


def test_a_second_look_at_other_rows_than_were_signed_is_refused(world: World, pair: Pair) -> None:
    draft = resolve(world, pair[0], choice(world.intake(sheet(LETTER)), 1))
    world.execute("UPDATE resolutions SET number = number + 1")
    with pytest.raises(NotVerified, match="not what was signed"):
        second(world, pair[1], draft)


def test_no_second_look_stands_for_the_first_one(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(TWO))
    draft = resolve(world, pair[0], choice(intake, 1, way="split"))
    world.execute("UPDATE keys SET revoked = ? WHERE owner = 'siti'", world.clock.now())
    second(world, pair[1], draft)
    assert numbers(world, intake) == []


def test_a_signature_whose_key_was_revoked_accepts_nothing(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(TWO))
    resolve(world, pair[0], choice(intake, 1, way="split"))
    world.execute("UPDATE keys SET revoked = ? WHERE owner = 'siti'", world.clock.now())
    assert numbers(world, intake) == []


def test_the_leaf_and_the_approval_hold_no_number(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(LETTER))
    second(world, pair[1], resolve(world, pair[0], choice(intake, 1)))
    with world.store.read() as uow:
        said = [leaf.event for leaf in uow.log.leaves(0, 1000) if b"hold.resolve" in leaf.event]
        words = uow.registry.approvals(f"hold:{intake}")
    assert len(said) == len(words) == 2
    assert all(TYPED[1:].encode() not in text for text in (*said, *(w.jws for w in words)))
