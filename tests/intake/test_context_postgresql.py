"""The rules of context, and the resolutions of what they hold, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.fsck.town import Town
from tests.intake.test_context import (
    FREED,
    decided,
    test_a_row_that_context_held_takes_two_officers_and_a_reason,
    test_each_rule_of_context_holds_and_says_what_to_do_in_both_languages,
    test_evidence_from_before_a_change_of_owner_holds,
    town,
)
from tests.services.back.on_postgresql import on_postgresql

__all__ = [
    "on_postgresql",
    "test_a_row_that_context_held_takes_two_officers_and_a_reason",
    "test_each_rule_of_context_holds_and_says_what_to_do_in_both_languages",
    "test_evidence_from_before_a_change_of_owner_holds",
    "town",
]

pytestmark = [pytest.mark.postgres, pytest.mark.long]


def test_rows_of_one_number_and_freed_ones_are_found_there_too(town: Town) -> None:
    decided(town, FREED)
    with town.store.read() as uow:
        batch = uow.lists.batches()[0].id
        assert uow.lists.resolutions.shared(batch) == []
        assert len(uow.standing.freed_at([6287011112200, 6287011112205])) == 1
