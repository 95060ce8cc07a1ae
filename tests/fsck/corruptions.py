"""All seeded corruptions; each module registers its own."""

from __future__ import annotations

from tests.fsck import (
    spoil_answers,
    spoil_holds,
    spoil_ledger,
    spoil_places,
    spoil_retention,
    spoil_sending,
    spoil_trust,
)
from tests.fsck.tampering import CORRUPTIONS, Corruption

MODULES = (
    spoil_ledger,
    spoil_sending,
    spoil_answers,
    spoil_trust,
    spoil_holds,
    spoil_places,
    spoil_retention,
)
BY_NAME: dict[str, Corruption] = {one.name: one for one in CORRUPTIONS}
