"""Backup and restore of a gateway on PostgreSQL, through the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.main import cli
from gateway.main.making import make
from gateway.store import schema
from tests.peers import postgres

pytestmark = pytest.mark.postgres


def run(home: Path, *words: object, code: int = 0) -> dict[str, object]:
    result = CliRunner().invoke(cli(), ["--home", str(home), *map(str, words), "--json"])
    assert result.exit_code == code, (result.stdout, result.stderr)
    found: dict[str, object] = json.loads(result.stdout) if result.stdout else {}
    return found | {"stderr": result.stderr}


def test_a_gateway_on_a_server_is_restored_into_an_empty_database(tmp_path: Path) -> None:
    old, new, server = tmp_path / "gw", tmp_path / "baru", postgres.server()
    secret = tmp_path / "frasa"
    secret.write_text("rahasia-luring\n")
    key, public, backup = tmp_path / "off.pem", tmp_path / "off.pub", tmp_path / "b.backup"
    opened = ("--offline-key", key, "--passphrase-file", secret)
    make(old, "palang-uji", True, server.url(server.fresh()))
    run(old, "offline-key", "--key", key, "--public", public, "--passphrase-file", secret)
    made = run(old, "backup", "--to", backup, "--offline-key", public)
    assert b"PGDMP" not in backup.read_bytes()
    without = run(new, "restore", backup, *opened, code=2)
    assert "--database" in str(without["stderr"])
    assert not new.exists()
    url = server.url(server.fresh())
    done = run(new, "restore", backup, *opened, "--database", url)
    assert (done["ledger"], done["backup"]) == (made["ledger"], made["digest"])
    assert schema.state(url).compatible
    assert url in (new / "palang.toml").read_text()
    shown = run(new, "epoch", "show", "--high-water", old / "state" / "high-water.json")
    assert (shown["epoch"], shown["high_water"]) == (2, True)
