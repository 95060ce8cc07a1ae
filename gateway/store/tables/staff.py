"""Tables of the console's own: accounts, sessions, tries to sign in, who looked at what."""

from sqlalchemy import Column, Index, Table, Text

from gateway.store.tables.base import METADATA, flag, given, rising, text, whole

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", Text, primary_key=True),
    text("name"),
    text("role"),
    text("officer"),
    text("language"),
    text("password"),
    flag("must_change"),
    text("totp"),
    whole("totp_step"),
    text("recovery"),
    text("key"),
    flag("disabled"),
    text("asked"),
    text("asked_by"),
    whole("made_at"),
    whole("changed_at"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token", Text, primary_key=True),
    text("account"),
    text("stage"),
    text("csrf"),
    whole("began"),
    whole("ends"),
    whole("last_seen"),
    text("address"),
    text("agent"),
    whole("epoch"),
    text("pending"),
    Index(None, "account", "began"),
)

SIGN_IN_ATTEMPTS = Table(
    "sign_in_attempts",
    METADATA,
    Column("key", Text, primary_key=True),
    whole("failures"),
    whole("last_at"),
    whole("until"),
)

ACCESS_LOG = Table(
    "access_log",
    METADATA,
    rising("id"),
    whole("at"),
    text("account"),
    text("what"),
    text("subject"),
    text("reason"),
    text("address"),
    text("detail"),
    Index(None, "account"),
    Index(None, "subject"),
    Index(None, "at"),
)

WANTED_HEADS = Table(
    "wanted_heads",
    METADATA,
    given("size"),
    whole("asked_at"),
)
