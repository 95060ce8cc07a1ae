"""Tables of intakes, what was decided of their rows, batches and their entries."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from gateway.store.tables.base import METADATA, blob, flag, given, maybe, rising, text, whole


def _later(name: str, default: str = "") -> Column[str]:
    """A text of 0005; the default is for programs that don't know the column."""
    return Column(name, Text, server_default=default, nullable=False)


def _whole_later(name: str) -> Column[int]:
    """A number of 0005; likewise."""
    return Column(name, BigInteger, server_default="0", nullable=False)


COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    whole("value"),
)
"""The last batch number given. A row of its own, so that two processes never take one number."""

INTAKES = Table(
    "intakes",
    METADATA,
    rising("id"),
    text("source"),
    text("name"),
    text("digest"),
    whole("added_at"),
    text("officer"),
    text("rules"),
    text("counts"),  # a JSON array of [outcome, rows]
    _later("kind"),
    _later("encoding"),
    _later("profile"),  # the saved profile that told the columns, as "source version"
    _later("sheets", "[]"),  # a JSON array of [sheet, letter of the number column, rows]
    _later("dropped", "[]"),  # a JSON array of [sheet, letter, kind of column]; never a cell
    maybe("follows"),  # the intake that this one corrects
    _later("provenance"),  # the digest of the signed parcel that it came in
    _later("state", "ready"),
    _whole_later("loaded_at"),  # when its last rows came
    UniqueConstraint("digest"),
)

INTAKE_ROWS = Table(
    "intake_rows",
    METADATA,
    Column("intake", BigInteger, ForeignKey(INTAKES.c.id), primary_key=True),
    Column("position", BigInteger, primary_key=True),  # one sheet row may give several
    whole("row"),
    text("raw"),
    text("outcome"),
    whole("number"),
    text("confidence"),
    text("route"),
    text("rule"),
    text("reason"),
    text("category"),
    text("channel"),
    text("evidence_ref"),
    text("evidence_date"),
    text("action"),
    flag("test"),
    sqlite_with_rowid=False,
)
"""Rows that programs before 0005 decided. Nothing comes here any more."""

INTAKE_PAGES = Table(
    "intake_pages",
    METADATA,
    Column("intake", BigInteger, ForeignKey(INTAKES.c.id), primary_key=True),
    Column("first", BigInteger, primary_key=True),  # position of its first row, from 1
    blob("page"),
)
"""Decided rows, some 20,000 a page: gateway.domain.row_pages says how."""

RESOLUTIONS = Table(
    "resolutions",
    METADATA,
    rising("id"),
    Column("intake", BigInteger, ForeignKey(INTAKES.c.id), nullable=False),
    whole("position"),
    whole("part"),  # from 0; a cell with two numbers has two
    text("act"),
    whole("number"),
    text("route"),
    flag("test"),
    text("confidence"),
    text("reason"),
    text("reference"),
    text("officer"),
    flag("second"),
    text("why_second"),
    blob("salt"),
    text("digest"),
    whole("at"),
    Index(None, "intake", "position"),
)

SOURCE_PROFILES = Table(
    "source_profiles",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    text("profile"),  # JSON; "" where the source's profile was removed
    text("officer"),
    whole("at"),
)

BATCHES = Table(
    "batches",
    METADATA,
    given("id"),
    flag("test"),
    whole("priority"),
    blob("salt"),
    whole("created_at"),
    text("state"),
    blob("review"),
    maybe("released_at"),
    flag("stopped"),
)

ENTRIES = Table(
    "entries",
    METADATA,
    Column("batch", BigInteger, ForeignKey(BATCHES.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    text("action"),
    text("category"),
    text("channel"),
    text("evidence_ref"),
    text("evidence_date"),
    text("basis"),
    text("review_date"),
    text("route"),
    whole("source"),
    Index(None, "number"),
    sqlite_with_rowid=False,
)

ENTRY_SOURCES = Table(
    "entry_sources",
    METADATA,
    Column("batch", BigInteger, ForeignKey(BATCHES.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("intake", BigInteger, ForeignKey(INTAKES.c.id), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""Every row that asked for an entry's number."""
