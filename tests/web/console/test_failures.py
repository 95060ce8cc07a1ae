"""What a page says to do about an error: nothing that only the machine can do."""

from __future__ import annotations

import pytest

from gateway.domain.errors import Conflict
from gateway.web.console.failures import next_step


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("ask another officer to release it", "ask another officer to release it"),
        ("run palang batch show 7", ""),
        ("for example --month 2026-11", ""),
        ("", ""),
    ],
)
def test_a_command_of_the_machine_is_no_next_step_of_a_page(hint: str, shown: str) -> None:
    assert next_step(Conflict("it is released already", hint=hint)) == shown
