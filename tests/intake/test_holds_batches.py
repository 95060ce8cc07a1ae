"""What held rows become in later files and in batches; rows of several sources."""

from __future__ import annotations

import pytest

from gateway.domain.errors import Conflict, InputError
from gateway.services.batches import Unblocks, Wanted
from gateway.services.holds import HoldState
from tests.compiled_once import compile_once
from tests.intake.holding import (
    DOUBT,
    LETTER,
    REST,
    TYPED,
    Pair,
    choice,
    e164,
    numbers,
    queue,
    resolve,
    sheet,
)
from tests.services.front.world import PartnerSide, World

compile_once()


def test_a_corrected_row_leaves_the_queue_and_a_resolved_one_counts_once(
    world: World, pair: Pair
) -> None:
    intake = world.intake(sheet(LETTER, DOUBT))
    resolve(world, pair[0], choice(intake, 2, typed=("0870-1111-2206",)))
    later = world.intake(sheet(TYPED, "0870-1111-2206"), follows=intake)
    rows = world.intakes.rows(later)
    assert [(row.outcome, row.rule) for row in rows] == [
        ("accepted", "national_zero"),
        ("duplicate", "resent"),
    ]
    held = {row.position: row for row in queue(world, intake=intake, everything=True)}
    assert (held[1].state, held[1].corrected) == (HoldState.CORRECTED, later)
    assert held[2].state is HoldState.ACCEPTED
    with pytest.raises(Conflict, match="corrected"):
        world.hold_acts.draft(choice(intake, 1), "siti")


def test_what_waits_for_a_second_look_is_not_corrected_by_its_own_repeat(
    world: World, pair: Pair
) -> None:
    intake = world.intake(sheet(LETTER))
    resolve(world, pair[0], choice(intake, 1))
    later = world.intake(sheet(TYPED), follows=intake)
    assert [row.rule for row in world.intakes.rows(later)] == ["resent"]
    assert [row.state for row in queue(world)] == [HoldState.SECOND]


def test_what_was_resolved_in_a_correction_counts_once_too(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(LETTER))
    later = world.intake(sheet(DOUBT), follows=intake)
    resolve(world, pair[0], choice(later, 1, typed=("0870-1111-2206",)))
    last = world.intake(sheet("0870-1111-2206"), follows=intake)
    assert [row.rule for row in world.intakes.rows(last)] == ["resent"]


def test_one_number_of_several_sources_is_one_entry_with_all_of_them(
    world: World, pair: Pair
) -> None:
    late = world.intake(sheet("0870-1111-2201"))
    early = world.intake(
        sheet("+62 870-1111-2201").replace("2026-11-20", "2026-11-02").replace("Penipuan", "Spam")
    )
    undated = world.intake(sheet("6287011112201").replace("2026-11-20", ""))
    batch, count = world.batches.prepare(Wanted((late, early, undated)))
    with world.store.read() as uow:
        (entry,) = uow.lists.entries(batch.id)
        sources = uow.lists.sources(batch.id)
    assert count == 1
    assert (entry.evidence_date, entry.category, entry.source) == ("2026-11-02", "spam", early)
    assert [source[1:] for source in sources] == [(late, 1), (early, 1), (undated, 1)]
    shown = world.releases.review(batch.id)
    assert (shown.merged, shown.differing) == (1, 1)


def test_a_number_to_block_and_to_unblock_is_refused_with_its_intakes(world: World) -> None:
    one = world.intake(sheet("0870-1111-2201", "0870-1111-2202"))
    two = world.intake(sheet("0870-1111-2202", rest=REST.replace("blokir", "buka")))
    for action in ("", "block", "unblock"):
        with pytest.raises(InputError, match=f"intakes {one}, {two}") as refused:
            world.batches.prepare(Wanted((one, two), action))
        assert str(e164("0870-1111-2202")) not in str(refused.value)
        assert "•" in str(refused.value)


def test_an_older_row_does_not_undo_an_appeal(world: World, pair: Pair) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "operator"), pair)
    world.released(pair, sheet("0870-1111-2201"))
    older = world.intake(
        sheet("0870-1111-2201", "0870-1111-2202").replace("T-1", "T-2"), resend=True
    )
    world.pass_time()
    text = b"nomor hp\n0870-1111-2201\n"
    freed, _ = world.batches.unblock(Unblocks(world.file(text), "buka.csv", "SURAT-1/2026"))
    world.releases.submit(freed.id, pair[0])
    world.releases.release(freed.id, pair[1])
    with pytest.raises(Conflict, match="unblocked after") as refused:
        world.batches.prepare(Wanted((older,)))
    assert f"P{older}-1-" in str(refused.value)
    assert numbers(world, older, leave_freed=True) == [e164("0870-1111-2202")]
