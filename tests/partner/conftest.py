"""A gateway and a kit that pinned it, new for every test."""

from pathlib import Path

import pytest

from partner.kit import Kit
from tests.partner.factory import FakeClock, Gateway, make_kit
from tests.partner.hooks import make_hooked


@pytest.fixture
def gateway() -> Gateway:
    """The sending side, in memory."""
    return Gateway()


@pytest.fixture
def kit(tmp_path: Path, gateway: Gateway) -> Kit:
    """A test operator's kit without a hook."""
    return make_kit(tmp_path / "kit", gateway)


@pytest.fixture
def hooked(tmp_path: Path, gateway: Gateway) -> tuple[Kit, FakeClock]:
    """A test operator's kit with an apply hook, and its clock."""
    return make_hooked(tmp_path, gateway)
