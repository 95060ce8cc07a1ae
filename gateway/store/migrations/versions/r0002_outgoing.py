"""Answers and heads on their way, nothing-to-report, and the newest attempts first."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of what the gateway says; nothing that is there changes."""
    op.create_table(
        "outgoing",
        *(_text("digest"), _text("partner"), _text("kind"), _text("subject")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *(_whole("made_at"), _whole("due_at"), _whole("tries")),
        sa.Column("handed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
        sa.ForeignKeyConstraint(["partner"], ["partners.id"]),
    )
    op.create_index("ix_outgoing_partner_kind_made_at", "outgoing", ["partner", "kind", "made_at"])
    op.create_index("ix_outgoing_subject", "outgoing", ["subject"])
    op.create_index("ix_outgoing_due_at", "outgoing", ["due_at"])
    op.create_table(
        "nothings",
        *(_text("statement"), _text("partner"), _whole("epoch"), _whole("sequence")),
        *(_text("kid"), _whole("said_at"), _whole("received_at")),
        sa.PrimaryKeyConstraint("statement"),
        sa.ForeignKeyConstraint(["partner"], ["partners.id"]),
    )
    op.create_index(
        "ix_nothings_partner_epoch_sequence", "nothings", ["partner", "epoch", "sequence"]
    )
    op.create_index("ix_attempts_began_at", "attempts", ["began_at"])
    put_up(_GUARDS)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


_GUARDS = (
    Guard(
        "outgoing",
        frozen=("digest", "partner", "kind", "subject", "body", "made_at"),
        rising=("tries",),
        once=("handed_at",),
    ),
    Guard(
        "nothings",
        frozen=("statement", "partner", "epoch", "sequence", "kid", "said_at", "received_at"),
    ),
)
