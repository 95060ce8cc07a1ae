"""Workers' signs of life: one row a worker, overwritten with every tick."""

from sqlalchemy import Column, Table, Text

from gateway.store.tables.base import METADATA, text, whole

HEARTBEATS = Table(
    "heartbeats",
    METADATA,
    Column("worker", Text, primary_key=True),
    text("host"),
    whole("pid"),
    text("version"),
    whole("at"),
)
