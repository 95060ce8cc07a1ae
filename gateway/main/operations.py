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

if TYPE_CHECKING:
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

    return (
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
