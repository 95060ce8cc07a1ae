"""Tables of who and by what rules: gateway, officers, partners, keys, consents, dated tables."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from gateway.store.tables.base import METADATA, blob, flag, given, maybe, rising, text, whole

GATEWAY = Table(
    "gateway",
    METADATA,
    given("id"),
    text("name"),
    text("origin"),
    whole("epoch"),
    whole("initialised_at"),
    CheckConstraint("id = 1", name="one"),
)

REFERENCE_TABLES = Table(
    "reference_tables",
    METADATA,
    rising("key"),
    text("kind"),
    text("version"),
    text("source"),
    text("digest"),
    text("column_names"),  # a JSON array
    text("cells"),  # a JSON array of rows
    UniqueConstraint("kind", "version"),
)

ACTIVATIONS = Table(
    "activations",
    METADATA,
    rising("id"),
    text("kind"),
    text("version"),
    whole("begins"),
    whole("at"),
)

OFFICERS = Table(
    "officers",
    METADATA,
    Column("id", Text, primary_key=True),
    text("name"),
    text("kid"),
    whole("enrolled_at"),
    text("standing"),
)

PARTNERS = Table(
    "partners",
    METADATA,
    Column("id", Text, primary_key=True),
    text("kind"),
    text("name"),
    text("channel"),
    text("reply"),
    text("peer"),
    text("envelope"),
    flag("test"),
    text("term"),
    text("card"),
    text("standing"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("kid", Text, primary_key=True),
    text("owner_kind"),
    text("owner"),
    text("role"),
    text("alg"),
    text("public"),
    whole("not_before"),
    whole("not_after"),
    maybe("revoked"),
)

CONSENTS = Table(
    "consents",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("partner", Text, ForeignKey(PARTNERS.c.id), nullable=False),
    whole("given_at"),
    blob("terms"),  # the statement's payload
    maybe("withdrawn_at"),
    maybe("ended_at"),
    Index(None, "partner"),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    rising("key"),
    text("act"),
    text("subject"),
    text("digest"),
    text("officer"),
    text("kid"),
    blob("jws"),
    whole("at"),
    Index(None, "subject"),
)
