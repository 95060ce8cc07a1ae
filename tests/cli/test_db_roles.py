"""`palang db roles` prints SQL that psql can run, or runs it."""

from __future__ import annotations

from collections.abc import Sequence

import click
import pytest
from click.testing import CliRunner

from gateway.cli.db_roles import RoleActs, db_roles_command
from gateway.domain.errors import InputError
from gateway.store import roles
from tests.peers import postgres


def statements(database: str, exchange: bool) -> Sequence[str]:
    return (roles.exchange if exchange else roles.core)(database)


def own(exchange: bool) -> str:
    return f"postgresql://palang_worker@db/{'exchange' if exchange else 'palang'}"


@pytest.fixture
def command() -> click.Command:
    """Return the command over the real statements."""
    return db_roles_command(RoleActs(statements, roles.apply, roles.database_of, own))


def test_it_prints_the_sql_of_the_settings_database(command: click.Command) -> None:
    shown = CliRunner().invoke(command, []).output
    assert 'GRANT CONNECT ON DATABASE "palang" TO palang_owner, palang_worker' in shown
    assert all(line.endswith(";") for line in shown.splitlines())
    shown = CliRunner().invoke(command, ["--exchange"]).output
    assert 'GRANT CONNECT ON DATABASE "exchange" TO palang_owner' in shown
    assert "ledger" not in shown
    assert "password" not in shown.lower()


def test_a_name_is_quoted(command: click.Command) -> None:
    shown = CliRunner().invoke(command, ["--database", 'a"b']).output
    assert 'ON DATABASE "a""b" FROM PUBLIC' in shown


def test_sqlite_is_told_that_it_has_no_roles(command: click.Command) -> None:
    caught = CliRunner().invoke(command, ["--apply", "sqlite:////tmp/none.db"])
    assert isinstance(caught.exception, InputError)


@pytest.mark.postgres
def test_it_applies_them(command: click.Command) -> None:
    with postgres.database() as name:
        done = CliRunner().invoke(command, ["--apply", postgres.server().url(name)])
        assert done.exit_code == 0, done.output
        assert f"Database {name}:" in done.output
        owners = postgres.server().run(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", name
        )
        assert owners == [("palang_owner",)]
