"""The kit of tests/partner."""

from tests.partner.conftest import gateway, hooked, kit

__all__ = ["gateway", "hooked", "kit"]
