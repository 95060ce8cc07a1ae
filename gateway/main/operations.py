"""The commands of whoever runs the gateway, joined with what they need; nothing is opened before
one runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
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
from gateway.cli.db_roles import RoleActs, db_roles_command
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

        this = opened()
        return Health(this, Limits(**asdict(this.settings.status)))

    def metrics(listen: str, ready: Callable[[str], None]) -> None:
        from gateway.main.metrics import serve_metrics

        serve_metrics(opened(), listen, ready)

    return (
        status_command(health),
        doctor_command(health),
        metrics_command(metrics),
        _db(databases, opened),
        backup_command(backup),
        restore_command(_restore),
        offline_key_command(_offline_key),
        epoch_group(tools, epoch),
    )


def _db(databases: Callable[[], Databases], opened: Opened) -> click.Group:
    group = db_group(databases)
    group.add_command(db_roles_command(_role_acts(opened)))
    return group


def _role_acts(opened: Opened) -> RoleActs:
    """The roles' SQL; the store is loaded when the command runs."""

    def statements(database: str, exchange: bool) -> Sequence[str]:
        from gateway.store import roles

        return roles.exchange(database) if exchange else roles.core(database)

    def apply(url: str, wanted: Sequence[str]) -> None:
        from gateway.store import roles

        roles.apply(url, wanted)

    def name(url: str) -> str:
        from gateway.store import roles

        return roles.database_of(url)

    def own(exchange: bool) -> str:
        settings = opened().settings
        return settings.exchange_url if exchange else settings.database_url

    return RoleActs(statements, apply, name, own)


def _restore(order: RestoreOrder) -> Restored:
    from gateway.main.restore import restore

    return restore(order)


def _offline_key(key: Path, public: Path, passphrase: bytes) -> str:
    from gateway.main.backup_command_key import make_offline_key

    return make_offline_key(key, public, passphrase)
