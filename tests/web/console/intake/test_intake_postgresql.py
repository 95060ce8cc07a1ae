"""Lists, held rows and wishes of the console's intake on PostgreSQL."""

from __future__ import annotations

import pytest

from gateway.domain.accounts import Role
from tests.intake.source_desk import Desk
from tests.services.back.on_postgresql import on_postgresql
from tests.web.console.intake.test_source_inbox_pages import (
    console_of,
    rina,
    source,
    test_a_doubtful_column_is_told_and_named,
    test_a_wanted_list_is_taken_by_the_worker_under_its_signature,
    town,
)

__all__ = [
    "on_postgresql",
    "rina",
    "source",
    "test_a_doubtful_column_is_told_and_named",
    "test_a_wanted_list_is_taken_by_the_worker_under_its_signature",
    "town",
]

pytestmark = [pytest.mark.postgres, pytest.mark.long]


def test_lists_are_filtered_and_held_rows_wait_there_too(town: Desk) -> None:
    office = console_of(town)
    who = office.signed_in(office.app(), "rina", Role.PREPARER)
    for pasted in ("nomor hp\n0870-1111-2201 ext 1\n", "nomor hp\n0870-1111-2202\n"):
        preview = who.post("/intake/add", source="iasc", pasted=pasted)
        who.get(preview)
        who.get(who.raw(who.post(f"{preview}/take"), 303).location)
    assert "1 row to decide" in who.get("/intake?state=waiting&source=iasc")
    assert "Nothing held" in who.get("/intake?state=clean").partition("newest first")[2]
    assert "No intake is like that" in who.get("/intake?state=corrected")
    assert "An extension follows" in who.get("/holds").partition("oldest first; cells")[2]
