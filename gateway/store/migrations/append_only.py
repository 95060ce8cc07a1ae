"""Triggers that keep rows as they were written (threats.md I1): defence in depth behind the tree.

The database refuses what no part of Palang does: an UPDATE of a frozen column or a DELETE. Columns
that hold a deletable opening or numbers may be emptied, for the purge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alembic import op


@dataclass(frozen=True, slots=True)
class Guard:
    """One table's rule.

    `frozen` columns never change; `emptiable` ones may become empty bytes only, `zeroable` numbers
    0 only; `once` ones are written while NULL; `rising` numbers and flags never fall; `settled`
    ones change only while the row's state is `loading`. Rows may go only where `deletable`.
    """

    table: str
    frozen: tuple[str, ...] = ()
    emptiable: tuple[str, ...] = ()
    zeroable: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    rising: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    deletable: bool = False


def put_up(guards: Sequence[Guard]) -> None:
    """Make the triggers of all guards."""
    sqlite = op.get_context().dialect.name == "sqlite"
    if not sqlite:
        op.execute(_REFUSE_FUNCTION)
    for guard in guards:
        for statement in _of_sqlite(guard) if sqlite else _of_postgresql(guard):
            op.execute(statement)


def _changed(guard: Guard, differs: str, empty: str) -> str:
    tests = [f"OLD.{name} {differs} NEW.{name}" for name in guard.frozen]
    tests += [
        f"(OLD.{name} {differs} NEW.{name} AND NEW.{name} <> {empty})" for name in guard.emptiable
    ]
    tests += [f"(OLD.{name} {differs} NEW.{name} AND NEW.{name} <> 0)" for name in guard.zeroable]
    tests += [
        f"(OLD.{name} {differs} NEW.{name} AND OLD.{name} IS NOT NULL)" for name in guard.once
    ]
    tests += [f"NEW.{name} < OLD.{name}" for name in guard.rising]
    tests += [
        f"(OLD.{name} {differs} NEW.{name} AND OLD.state <> 'loading')" for name in guard.settled
    ]
    return " OR ".join(tests)


def _of_sqlite(guard: Guard) -> list[str]:
    made = []
    if changed := _changed(guard, "IS NOT", "x''"):
        made.append(
            f"CREATE TRIGGER {guard.table}_frozen BEFORE UPDATE ON {guard.table} "
            f"WHEN {changed} BEGIN "
            f"SELECT RAISE(ABORT, 'rows of {guard.table} do not change once written'); END"
        )
    if not guard.deletable:
        made.append(
            f"CREATE TRIGGER {guard.table}_kept BEFORE DELETE ON {guard.table} BEGIN "
            f"SELECT RAISE(ABORT, 'rows of {guard.table} are never deleted'); END"
        )
    return made


_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION palang_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % %', TG_TABLE_NAME,
    CASE TG_OP WHEN 'UPDATE' THEN 'do not change once written' ELSE 'are never deleted' END
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def _of_postgresql(guard: Guard) -> list[str]:
    made = []
    if changed := _changed(guard, "IS DISTINCT FROM", "''::bytea"):
        made.append(
            f"CREATE TRIGGER {guard.table}_frozen BEFORE UPDATE ON {guard.table} FOR EACH ROW "
            f"WHEN ({changed}) EXECUTE FUNCTION palang_refuse()"
        )
    if not guard.deletable:
        made.append(
            f"CREATE TRIGGER {guard.table}_kept BEFORE DELETE ON {guard.table} FOR EACH ROW "
            "EXECUTE FUNCTION palang_refuse()"
        )
    # it passes by the triggers of rows
    made.append(
        f"CREATE TRIGGER {guard.table}_whole BEFORE TRUNCATE ON {guard.table} FOR EACH STATEMENT "
        "EXECUTE FUNCTION palang_refuse()"
    )
    return made
