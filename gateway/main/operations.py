"""The commands of whoever runs the gateway, joined with what they need; nothing is opened before
one runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.backup import (
    Backed,
    Restored,
    RestoreOrder,
    backup_command,
    offline_key_command,
    restore_command,
)
from gateway.cli.backup_epoch import Acts, epoch_group
from gateway.cli.common import Tools
from gateway.cli.db import Databases, db_group
from gateway.cli.doctor import doctor_command
from gateway.cli.status import status_command
from gateway.cli.status_metrics import metrics_command

if TYPE_CHECKING:
    from gateway.main.doctor_command import Health
    from gateway.main.wiring import Gateway

Opened = Callable[[], "Gateway"]


def commands(opened: Opened, tools: Tools) -> Sequence[click.Command]:
    """All of them; `opened` gives the gateway that --home names."""

    def backup(to: Path, offline_key: Path) -> Backed:
        from gateway.main.backup_command import back_up

        return back_up(opened(), to, offline_key)

    def epoch() -> Acts:
        from gateway.main.restore_epoch import EpochActs

        return EpochActs(opened())

    def databases() -> Databases:
        from gateway.main.backup_command_db import SchemaActs

        return SchemaActs(opened())

    def health() -> Health:
        from gateway.main.doctor_command import Health
        from gateway.services.status_facts import Limits

        return Health(opened(), Limits())

    def metrics(listen: str, ready: Callable[[str], None]) -> None:
        from gateway.main.metrics import serve_metrics

        serve_metrics(opened(), listen, ready)

    return (
        status_command(health),
        doctor_command(health),
        metrics_command(metrics),
        db_group(databases),
        backup_command(backup),
        restore_command(_restore),
        offline_key_command(_offline_key),
        epoch_group(tools, epoch),
    )


def _restore(order: RestoreOrder) -> Restored:
    from gateway.main.restore import restore

    return restore(order)


def _offline_key(key: Path, public: Path, passphrase: bytes) -> str:
    from gateway.main.backup_command_key import make_offline_key

    return make_offline_key(key, public, passphrase)
