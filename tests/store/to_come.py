"""Migrations of programs that are not written yet, for tests of old and new side by side."""

from __future__ import annotations

from pathlib import Path

from gateway.store.schema import HEAD

ADDITIVE = f'''
compatible_from = "{HEAD}"

def upgrade():
    op.add_column("officers", sa.Column("telephone_desk", sa.Text(), nullable=True))
    op.create_table("to_come", sa.Column("id", sa.BigInteger(), primary_key=True))
'''
"""Adds what programs of now do not look at."""

BREAKING = """
compatible_from = "9999"

def upgrade():
    op.add_column("officers", sa.Column("rank", sa.Text(), server_default="", nullable=False))
"""
"""Says itself that programs of now can't go on."""

SILENT = BREAKING.replace('compatible_from = "9999"', "")
"""Says nothing, so only its own programs may."""


def to_come(folder: Path, body: str) -> Path:
    """A folder with the migration 9999 after the newest one."""
    head = f'''"""To come."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{HEAD}"
'''
    place = folder / "versions"
    place.mkdir(exist_ok=True)
    (place / "r9999_to_come.py").write_text(head + body)
    return place
