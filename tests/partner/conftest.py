"""A gateway and a kit that pinned it, new for every test."""

from pathlib import Path

import pytest

from partner.kit import Kit
from tests.partner.factory import Gateway, make_kit


@pytest.fixture
def gateway() -> Gateway:
    """The sending side, in memory."""
    return Gateway()


@pytest.fixture
def kit(tmp_path: Path, gateway: Gateway) -> Kit:
    """A test operator's kit without a hook."""
    return make_kit(tmp_path / "kit", gateway)
