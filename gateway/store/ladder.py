"""Rows of self-test ladders: added, never changed."""

from sqlalchemy import bindparam, select

from gateway.domain.ladder.notes import LadderNote
from gateway.domain.ledger import LedgerEvent
from gateway.store.db import Db, plain
from gateway.store.tables.ladder import LADDER

_TABLE = LADDER.c
_OF_CARD = (
    select(LADDER)
    .where(_TABLE.partner == bindparam("partner"), _TABLE.card == bindparam("card"))
    .order_by(_TABLE.id)
)


class SqlLadderNotes:
    """ports.LadderNotes over the table."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, note: LadderNote, event: LedgerEvent) -> None:
        """Add one, with its event."""
        values = plain(note)
        del values["id"]  # the database gives it
        self._db.insert(LADDER, values)
        self._db.note(event)

    def of(self, partner: str, card: str) -> tuple[LadderNote, ...]:
        """All of one card, oldest first."""
        rows = self._db.rows(_OF_CARD, partner=partner, card=card)
        return tuple(
            LadderNote(**(dict(row._mapping) | {"body": bytes(row._mapping["body"])}))
            for row in rows
        )
