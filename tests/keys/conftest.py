"""Parties, and the administration of secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.trust import Algorithm
from keys.transport_admin import SecretAdmin
from tests.keys.party import Party
from tests.keys.secret_samples import UNLOCK


@pytest.fixture(params=[Algorithm.ED25519, Algorithm.ES256])
def party(request: pytest.FixtureRequest) -> Party:
    """A partner with either kind of key."""
    return Party(request.param)


@pytest.fixture
def admin(tmp_path: Path) -> SecretAdmin:
    """An empty key folder's secrets."""
    return SecretAdmin(tmp_path, UNLOCK)
