"""Exporting public keys on top of a gateway's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.key_export import ExportServices

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway


def exporting(gateway: Gateway) -> ExportServices:
    """What the command needs."""
    from keys.exports import export

    return ExportServices(gateway.trust, gateway.clock.now, export)
