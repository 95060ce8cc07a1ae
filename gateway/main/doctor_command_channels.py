"""Doctor's checks of partners' channels: name, identity, login, access; nothing lasting changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.health import Check, Finding, Level
from gateway.domain.parties import Partner, PartnerKind, Standing

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway


def channel_checks(gateway: Gateway, partner: str = "") -> Sequence[Check]:
    """One check for each live partner, or for one. Raises NotFound."""
    with gateway.store.read() as uow:
        found = [uow.registry.partner(partner)] if partner else uow.registry.partners()
    return [
        Check(f"channel {one.id}", partial(_probe, gateway, one))
        for one in found
        if one.standing is Standing.LIVE and one.kind is not PartnerKind.SOURCE
    ]


def _probe(gateway: Gateway, partner: Partner) -> Iterator[Finding]:
    with gateway.channels.open(partner) as adapter:
        report = adapter.probe()
    name = f"channel {partner.id}"
    for what, held, advice in report.checks:
        if not held or advice:
            level = Level.WARNING if held else Level.CRITICAL
            yield Finding(name, level, f"{report.endpoint}: {what}", advice)
    if report.good:
        good = ", ".join(what for what, _held, advice in report.checks if not advice)
        yield Finding(name, Level.OK, f"{report.endpoint} ({report.server}): {good}")
