"""The tables that fsck knows, column by column; what it does not know, it says."""

from collections.abc import Mapping

from gateway.domain.errors import InputError
from gateway.fsck.report import Report
from gateway.fsck.sql import Database, one

INT, TEXT, BLOB, FLAG, MAYBE = "integer", "text", "blob", "flag", "integer or nothing"


def _table(
    whole: str = "", text: str = "", blob: str = "", flag: str = "", maybe: str = ""
) -> dict[str, str]:
    """The columns of a table, each kind's names in one text."""
    kinds = {INT: whole, TEXT: text, BLOB: blob, FLAG: flag, MAYBE: maybe}
    return {name: kind for kind, names in kinds.items() for name in names.split()}


CORE: Mapping[str, dict[str, str]] = {
    "alembic_version": _table(text="version_num"),
    "schema_state": _table("id", "oldest_program"),
    "gateway": _table("id epoch initialised_at", "name origin"),
    "reference_tables": _table("key", "kind version source digest column_names cells"),
    "activations": _table("id begins at", "kind version"),
    "officers": _table("enrolled_at", "id name kid standing"),
    "partners": _table(
        text="id kind name channel reply peer envelope term card standing", flag="test"
    ),
    "keys": _table("not_before not_after", "kid owner_kind owner role alg public", maybe="revoked"),
    "consents": _table("given_at", "digest partner", "terms", maybe="withdrawn_at ended_at"),
    "approvals": _table("key at", "act subject digest officer kid", "jws"),
    "counters": _table("value", "name"),
    "intakes": _table(
        "id added_at loaded_at",
        "source name digest officer rules counts kind encoding profile sheets dropped provenance"
        " state",
        maybe="follows",
    ),
    "intake_rows": _table(
        "intake position row number",
        "raw outcome confidence route rule reason category channel evidence_ref evidence_date"
        " action",
        flag="test",
    ),
    "intake_pages": _table("intake first", blob="page"),
    "resolutions": _table(
        "id intake position part number at",
        "act route confidence reason reference officer why_second digest",
        blob="salt",
        flag="test second",
    ),
    "source_profiles": _table("version at", "source profile officer"),
    "entry_sources": _table("batch number intake position"),
    "batches": _table(
        "id priority created_at", "state", "salt review", "test stopped", "released_at"
    ),
    "entries": _table(
        "batch number source",
        "action category channel evidence_ref evidence_date basis review_date route",
    ),
    "deliveries": _table(
        "key batch priority queued_at due_at epoch sequence sealing attempts tries lease_until"
        " fence",
        "id partner state manifest reason",
        flag="conflict",
        maybe="handed_over_at acknowledged_at",
    ),
    "streams": _table("epoch sequence", "partner previous voids"),
    "manifests": _table("epoch sequence", "delivery partner digest", "body jws salt"),
    "sealings": _table("number at", "delivery digest kid", "parcel"),
    "attempts": _table(
        "number sealing began_at",
        "delivery consent outcome endpoint peer_fingerprint remote_id error",
        maybe="ended_at",
    ),
    "slices": _table("delivery_key blocks unblocks"),
    "slice_entries": _table("delivery_key entry number", flag="unblock"),
    "inbound": _table("id received_at", "partner kind digest state reason", "body"),
    "source_lists": _table(
        "id serial received_at", "partner parcel provenance kid file", "head jws"
    ),
    "ladder": _table("id at", "partner card kind head digest", "body"),
    "receipts": _table(
        "key said_at received_at", "statement delivery result reason kid", flag="counted late"
    ),
    "confirmations": _table(
        "key revision said_at received_at", "statement delivery kid", flag="conflict"
    ),
    "confirmation_rows": _table("confirmation entry said_at", "disposition scope"),
    "ledger_head": _table("id size"),
    "ledger_leaves": _table("leaf", blob="entry salt event"),
    "ledger_nodes": _table("level position", blob="hash"),
    "ledger_digests": _table("leaf", "digest"),
    "checkpoints": _table("key size at", "note"),
    "timestamps": _table("size at", blob="token"),
    "outgoing": _table(
        "made_at due_at tries", "digest partner kind subject", "body", maybe="handed_at"
    ),
    "nothings": _table("epoch sequence said_at received_at", "statement partner kid"),
    "heartbeats": _table("pid at", "worker host version"),
    "accounts": _table(
        "totp_step made_at changed_at",
        "id name role officer language password totp recovery key asked asked_by",
        flag="must_change disabled",
    ),
    "sessions": _table(
        "began ends last_seen epoch", "token account stage csrf address agent pending"
    ),
    "sign_in_attempts": _table("failures last_at until", "key"),
    "access_log": _table("id at", "account what subject reason address detail"),
    "wanted_heads": _table("size asked_at"),
    "wanted_lists": _table(
        "id list asked_at ended_at", "account sheet number_column problem hint", flag="resend"
    ),
    "tallies": _table("delivery_key entries term upto final done"),
    "legal_holds": _table(
        "id number placed_at", "kind subject reason reference digest", "salt", maybe="lifted_at"
    ),
    "tombstones": _table("id at", "digest", "body"),
}
"""The core database."""

SINCE = {
    "outgoing": "0002",
    "nothings": "0002",
    "schema_state": "0003",
    "heartbeats": "0004",
    "intake_pages": "0005",
    "resolutions": "0005",
    "source_profiles": "0005",
    "entry_sources": "0005",
    "activations": "0006",
    "source_lists": "0007",
    "ladder": "0008",
    "accounts": "0009",
    "sessions": "0009",
    "sign_in_attempts": "0009",
    "access_log": "0009",
    "wanted_heads": "0009",
    "tallies": "0010",
    "timestamps": "0011",
    "wanted_lists": "0012",
    "legal_holds": "0013",
    "tombstones": "0013",
}
"""The revision of the schema that brought a table; the rest are of the first."""

LATER = {
    "intakes": (
        "0005",
        "loaded_at kind encoding profile sheets dropped provenance state follows",
    ),
}
"""Columns that a table got later, with the revision that brought them."""

NEWEST = "0014"
"""The last revision that this program knows."""

EXCHANGE: Mapping[str, dict[str, str]] = {
    "exchange_partners": _table(
        "quota_statements quota_requests quota_octets",
        "id gateway card certificate bearer",
        "trust",
        "live http_signature",
    ),
    "exchange_parcels": _table(
        "id epoch sequence size sealing published_at",
        "partner name digest",
        flag="ready",
        maybe="fetched_at",
    ),
    "exchange_bodies": _table("parcel", blob="body"),
    "exchange_said": _table("id at", "partner name digest subject", "body"),
    "exchange_inbound": _table(
        "id size received_at", "partner kind digest", "body", maybe="taken_at"
    ),
    "exchange_fetches": _table("id at", "partner parcel request"),
    "exchange_requests": _table("at", "partner resource digest"),
    "exchange_counters": _table("begin used", "partner name"),
    "exchange_tree": _table("id epoch size", "note", "root"),
    "exchange_tiles": _table("level position", blob="hashes"),
    "exchange_leaves": _table("leaf", "partner digest", "opening"),
    "exchange_version": _table(text="version_num"),
}
"""The exchange store."""


def check_core(database: Database, report: Report) -> bool:
    """File, schema and cells of the core database; whether the rest can be looked into.

    Raises InputError where it is no gateway's database.
    """
    found = database.columns()
    if "alembic_version" not in found or "gateway" not in found:
        raise InputError(
            f"{database.name} is no gateway's database: it has no schema",
            hint="name the file or URL of a gateway; palang init makes one",
        )
    row = one(database, "SELECT version_num FROM alembic_version")
    revision = str(row[0]) if row else ""
    if not "" < revision <= NEWEST:
        report.found("schema-unknown", "the schema", f"a revision up to {NEWEST}", revision)
    # on PostgreSQL the exchange store may lie beside it; it is looked at on its own
    own = {table: columns for table, columns in found.items() if table not in EXCHANGE}
    wanted = {table: _of(table, revision) for table in CORE if SINCE.get(table, "") <= revision}
    return _check(database, wanted, own, report)


def _of(table: str, revision: str) -> dict[str, str]:
    """The columns that a table has at a revision."""
    since, names = LATER.get(table, ("", ""))
    later = set(names.split()) if revision < since else set()
    return {name: kind for name, kind in CORE[table].items() if name not in later}


def check_exchange(database: Database, report: Report) -> bool:
    """The same of the exchange store. Raises InputError where it is none."""
    found = database.columns()
    own = {table: columns for table, columns in found.items() if table.startswith("exchange_")}
    if not own:
        raise InputError(f"{database.name} is no exchange store", hint="name its own database")
    return _check(database, EXCHANGE, own, report)


def _check(
    database: Database,
    wanted: Mapping[str, dict[str, str]],
    found: Mapping[str, set[str]],
    report: Report,
) -> bool:
    sound = True
    for said in database.damage():
        report.found("database-damaged", database.name, "a sound file", said)
        sound = False
    for table in sorted(found.keys() - wanted.keys()):
        report.found("schema-unknown", f"table {table}", "a table that is known", "another")
    for table, columns in wanted.items():
        sound &= _has(table, set(columns), found.get(table, set()), report)
    if sound and database.loose:
        broken = [_cells(database, table, columns, report) for table, columns in wanted.items()]
        sound = not any(broken)
    return sound


def _has(table: str, wanted: set[str], found: set[str], report: Report) -> bool:
    for name in sorted(wanted - found):
        report.found("schema-unknown", f"table {table}", f"a column {name}", "none")
    for name in sorted(found - wanted):
        report.found("schema-unknown", f"table {table}", "columns that are known", f"also {name}")
    return wanted <= found


_OTHER = {
    INT: "typeof({0}) <> 'integer'",
    TEXT: "typeof({0}) <> 'text'",
    BLOB: "typeof({0}) <> 'blob'",
    FLAG: "typeof({0}) <> 'integer' OR {0} NOT IN (0, 1)",
    MAYBE: "typeof({0}) NOT IN ('integer', 'null')",
}


def _cells(database: Database, table: str, columns: dict[str, str], report: Report) -> int:
    """How many cells hold another type than their column, or bytes that are no text."""
    tests = [f"sum({_OTHER[kind].format(name)})" for name, kind in columns.items()]
    sums = f"SELECT {', '.join(tests)} FROM {table}"  # noqa: S608  # names of the tables above
    row = one(database, sums) or ()
    wrong = {name: number or 0 for name, number in zip(columns, row, strict=False)}
    texts = [name for name, kind in columns.items() if kind == TEXT]
    if not any(wrong.values()) and texts:
        every = f"SELECT {', '.join(texts)} FROM {table}"  # noqa: S608  # as before
        for cells in database.stream(every):
            for name, cell in zip(texts, cells, strict=True):
                wrong[name] += not cell.isascii() and _is_torn(cell)
    for name, number in wrong.items():
        if number:
            report.found("cell-form", f"{table}.{name}", columns[name], f"{number} others")
    return sum(wrong.values())


def _is_torn(text: str) -> bool:
    """SQLite takes any bytes as text; what is no UTF-8 reads as lone surrogates (sql.py)."""
    return any("\ud800" <= char <= "\udfff" for char in text)
