"""What a purge deleted leaves the database's files too.

SQLite: deleted cells were written over (secure_delete); VACUUM writes the file anew, and the WAL is
folded back and cut. PostgreSQL: VACUUM makes dead rows free for new ones, it does not overwrite
them at once (docs/retention.md).
"""

from sqlalchemy import create_engine, text

from gateway.store.engine import make_engine, read_url, sqlite_file
from gateway.store.errors import translated

_TABLES = (
    "entries entry_sources slice_entries intake_pages intake_rows resolutions sealings manifests"
    " inbound batches legal_holds"
)


def wipe(url: str) -> None:
    """Raises Conflict where others keep the database too long; it can be repeated."""
    parsed = read_url(url)
    if sqlite_file(parsed) is not None:
        _of_sqlite(url)
        return
    engine = create_engine(parsed, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with translated("the database"), engine.connect() as connection:
            connection.execute(text(f"VACUUM {', '.join(_TABLES.split())}"))
    finally:
        engine.dispose()


def _of_sqlite(url: str) -> None:
    engine = make_engine(read_url(url))
    try:
        with translated("the database"):
            connection = engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
    finally:
        engine.dispose()
