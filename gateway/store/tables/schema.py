"""The table that says which programs may use this schema (ADR 0005)."""

from sqlalchemy import CheckConstraint, Table

from gateway.store.tables.base import METADATA, given, text

SCHEMA_STATE = Table(
    "schema_state",
    METADATA,
    given("id"),
    text("oldest_program"),
    CheckConstraint("id = 1", name="one"),
)
"""One row: the lowest revision for which a program may be written that goes on using this."""
