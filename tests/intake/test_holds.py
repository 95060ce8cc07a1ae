"""The hold queue: what stays in doubt, and who may end it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.hold_reasons import HOLD_REASONS, reasons_for
from gateway.domain.proposals import proposals
from gateway.domain.resolutions import is_written
from gateway.domain.times import DAY
from gateway.services.approvals import Signatory
from gateway.services.batches import Wanted
from gateway.services.holds import HoldState
from tests.compiled_once import compile_once
from tests.intake.holding import (
    DOUBT,
    HEAD,
    LETTER,
    REST,
    SHORT,
    TWO,
    TYPED,
    Pair,
    choice,
    e164,
    numbers,
    queue,
    reject,
    resolve,
    second,
    sheet,
)
from tests.intake.judging import deciding
from tests.services.front.world import World, new_signer

compile_once()


def test_the_queue_shows_what_each_row_proposes_and_filters(world: World, pair: Pair) -> None:
    one = world.intake(sheet(LETTER, TWO, DOUBT, "0870-1111-2201"))
    two = world.intake(sheet(LETTER, TWO).replace("TIKET-1", "TIKET-2"))
    assert [(row.intake, len(row.proposed)) for row in queue(world)] == [
        *((one, 0), (one, 2), (one, 0)),
        *((two, 0), (two, 2)),
    ]
    assert [row.position for row in queue(world, intake=one, rule="two_numbers")] == [2]
    assert queue(world, source="police") == [] and len(queue(world, source="iasc")) == 5
    resolve(world, pair[0], choice(one, 1))
    assert [row.position for row in queue(world, second=True)] == [1]
    resolve(world, pair[0], reject(one, 3))
    assert [row.position for row in queue(world, intake=one)] == [1, 2]
    states = {row.position: row.state for row in queue(world, intake=one, everything=True)}
    assert states == {1: HoldState.SECOND, 2: HoldState.OPEN, 3: HoldState.REJECTED}
    with pytest.raises(NotFound):
        queue(world, intake=9)


def test_what_is_literally_written_takes_one_officer_and_enters_a_batch_once(
    world: World, pair: Pair
) -> None:
    intake = world.intake(sheet("0870-1111-2201", DOUBT))
    draft = resolve(world, pair[0], choice(intake, 2, typed=("0870-1111-2206",)))
    assert draft.second == 0
    (row,) = queue(world, intake=intake, everything=True)
    assert (row.state, row.parts[0].route) == (HoldState.ACCEPTED, "opr-uji-a")
    batch, _ = world.batches.prepare(Wanted((intake,)))
    with world.store.read() as uow:
        sources = [source[1:] for source in uow.lists.sources(batch.id)]
        taken = uow.lists.entries(batch.id)[1]
    assert sources == [(intake, 1), (intake, 2)]
    assert (taken.evidence_ref, taken.evidence_date) == ("TIKET-1", "2026-11-20")
    with pytest.raises(Conflict, match="1 are in a batch already"):
        world.batches.prepare(Wanted((intake,)))


def test_other_digits_than_the_cell_has_take_a_second_officer_and_no_time_that_passes(
    world: World, pair: Pair
) -> None:
    intake = world.intake(sheet(LETTER))
    draft = resolve(world, pair[0], choice(intake, 1))
    assert draft.parts[0].why_second == "other_digits"
    world.pass_time(365 * DAY)
    assert numbers(world, intake) == []
    assert [row.state for row in queue(world)] == [HoldState.SECOND]
    second(world, pair[1], draft)
    assert numbers(world, intake) == [e164(TYPED)]


def test_an_open_row_is_not_accepted_by_a_year_that_passes(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(DOUBT, TWO))
    world.pass_time(365 * DAY)
    assert [row.state for row in queue(world)] == [HoldState.OPEN, HoldState.OPEN]
    assert numbers(world, intake) == []


def test_the_second_look_is_another_officers_under_another_key(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(LETTER))
    draft = resolve(world, pair[0], choice(intake, 1))
    with pytest.raises(NotPermitted):
        second(world, pair[0], draft)
    with pytest.raises(NotVerified):
        second(world, Signatory("budi", new_signer()), draft)
    assert numbers(world, intake) == []
    second(world, pair[1], draft)
    with pytest.raises(Conflict):
        second(world, pair[1], draft)
    with pytest.raises(NotFound):
        world.hold_acts.waiting(intake, "sha256:")


NOT_TAKEN = {
    "1500888": "protected",
    "0876-3456-7890": "unmapped",
    "87034567890": "lost_zero",
    "62870123456": "short_62",
    "0870345678l0": "letters",
    "087034567890 / 087134567890": "two_numbers",
    "": "empty",
}


def test_a_typed_number_passes_the_rules_itself_or_is_refused(world: World) -> None:
    intake = world.intake(sheet(SHORT))
    for typed, rule in NOT_TAKEN.items():
        with pytest.raises(InputError) as refused:
            world.hold_acts.draft(choice(intake, 1, typed=(typed,)), "siti")
        told = f"{refused.value} {refused.value.hint}"
        assert rule in told
        assert not typed or typed not in told


def test_a_split_is_taken_whole_with_one_signature(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(TWO))
    draft = resolve(world, pair[0], choice(intake, 1, way="split"))
    assert [(part.part, part.second) for part in draft.parts] == [(0, False), (1, False)]
    assert numbers(world, intake) == [e164("0870-1111-2204"), e164("0871-1111-2205")]
    assert numbers(world, intake) == []  # once


def test_several_typed_numbers_are_several_parts(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(LETTER))
    draft = resolve(world, pair[0], choice(intake, 1, typed=(TYPED, "0872-1111-2207")))
    second(world, pair[1], draft)
    with pytest.raises(InputError, match="twice"):
        world.hold_acts.draft(choice(intake, 1, typed=(TYPED, TYPED)), "siti")
    assert numbers(world, intake) == [e164(TYPED), e164("0872-1111-2207")]


def test_many_rows_are_taken_by_rule_only_where_each_has_one_proposal(
    world: World, pair: Pair
) -> None:
    cells = ("0870-1111-2211", "0870-1111-2212")
    both = "".join(f"{cell}{REST}{cell}{REST.replace('blokir', 'buka')}" for cell in cells)
    intake = world.intake(HEAD + both)
    assert {row.row.rule for row in queue(world)} == {"conflicting_action"}
    everything = choice(intake, rule="conflicting_action", way="inferred")
    assert len(world.hold_acts.draft(everything, "siti").rows) == 4
    other = world.intake(sheet(TWO, LETTER, TWO.replace("4", "8")))
    for rule in ("two_numbers", "letters"):
        with pytest.raises(InputError) as refused:
            world.hold_acts.draft(choice(other, rule=rule, way="inferred"), "siti")
        assert f"P{other}-" in str(refused.value)
    with pytest.raises(InputError, match="one by one"):
        world.hold_acts.draft(choice(other, rule="two_numbers", way="split"), "siti")
    resolve(world, pair[0], reject(other, rule="two_numbers"))
    assert [row.row.rule for row in queue(world, intake=other)] == ["letters"]
    with pytest.raises(InputError, match="no open row"):
        world.hold_acts.draft(reject(other, rule="two_numbers"), "siti")


WRONG: tuple[dict[str, Any], ...] = (
    {"reason": "because"},
    {"reason": "not_proven"},
    {"reference": ""},
    {"reference": "087034567890"},
    {"reference": "TIKET-6287034567890"},
    {"reference": "dua kata"},
    {"act": "keep"},
    {"way": "guess", "typed": ()},
    {"rule": "letters"},
    {"typed": ()},
)


def test_a_reason_of_the_list_and_a_reference_are_needed(world: World) -> None:
    intake = world.intake(sheet(LETTER))
    for wrong in WRONG:
        with pytest.raises(InputError):
            world.hold_acts.draft(choice(intake, 1, **wrong), "siti")


def test_only_held_rows_of_a_rule_that_holds_are_resolved(world: World, pair: Pair) -> None:
    intake = world.intake(sheet("0870-1111-2201", LETTER))
    for wanted in (choice(intake, 1), choice(intake, 7), reject(intake, rule="masked")):
        with pytest.raises(InputError):
            world.hold_acts.draft(wanted, "siti")


def test_a_row_that_does_not_say_what_it_asks_is_never_accepted(world: World, pair: Pair) -> None:
    strange = REST.replace("blokir", "jangan diblokir")
    intake = world.intake(sheet("0870-1111-2201", rest=strange))
    assert [row.row.rule for row in queue(world)] == ["unknown_action"]
    for wanted in (
        choice(intake, 1, typed=("0870-1111-2201",)),
        choice(intake, 1, way="inferred"),
        choice(intake, rule="unknown_action", way="inferred"),
    ):
        with pytest.raises(InputError, match="not known"):
            world.hold_acts.draft(wanted, "siti")
    resolve(world, pair[0], reject(intake, 1, reason="sent_anew"))
    assert queue(world) == []


def test_a_doubtful_cell_does_not_hide_that_the_row_asks_something_else(world: World) -> None:
    """Else an officer who gives the cell its number would block whom the source wanted spared."""
    for word, rule in (("jangan diblokir", "unknown_action"), ("blokir", "letters")):
        intake = world.intake(sheet(LETTER, rest=REST.replace("blokir", word)))
        assert [row.row.rule for row in queue(world, intake=intake)] == [rule]


WRITTEN = (
    ("0870-3456-7890", 6287034567890, True),
    ("+62 (0)870 3456 7890 (bukan pelaku)", 6287034567890, True),
    ("8703456789", 628703456789, True),
    ("0870345678O", 62870345678, False),
    ("087034567890 ext 12", 6287034567890, False),
    ("087034567890", 6287034567891, False),
    ("0870345678", 6287034567800, False),
    ("0870 **** 7890", 628707890, False),
    ("9087034567890", 6287034567890, False),
    ("+61 491 570 006", 61491570006, True),
    ("0061491570006", 61491570006, True),
    ("491570006", 61491570006, False),
)


def test_only_the_whole_cell_counts_as_written() -> None:
    for at, (raw, number, same) in enumerate(WRITTEN):
        assert is_written(raw, number) is same, at


def test_one_of_the_numbers_of_a_cell_is_as_written(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(TWO))
    for typed, second_look in (("0871-1111-2205", False), ("0871-1111-2206", True)):
        draft = world.hold_acts.draft(choice(intake, 1, typed=(typed,)), "siti")
        assert draft.parts[0].second is second_look


def test_a_cell_that_may_be_in_the_wrong_place_proposes_nothing(world: World) -> None:
    row = world.intakes.rows(world.intake(sheet("0870-1111-2201")))[0]
    for rule, proposed in (("hidden_row", 1), ("shifted_row", 0), ("total_unclear", 0)):
        held = row._replace(rule=rule, outcome="held", number=0)
        assert len(proposals(held, deciding().numbers)) == proposed


def test_the_guide_names_every_reason() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "holds.md").read_text()
    for reason in HOLD_REASONS.values():
        assert f"| `{reason.code}` | {reason.text_id} |" in guide


def test_every_reason_is_told_in_both_languages_for_one_act() -> None:
    assert sorted(reasons_for("accept") + reasons_for("reject")) == sorted(HOLD_REASONS)
    assert all(one.text_en and one.text_id for one in HOLD_REASONS.values())
