"""The exchange store, opened on a database whose schema fits this program."""

from gateway.store.engine import BUSY_MS, make_engine, read_url, sqlite_file
from gateway.store.exchange import schema
from gateway.store.exchange.listening import ListenerSide
from gateway.store.exchange.transactions import Transactions
from gateway.store.exchange.tree import TreeSide
from gateway.store.exchange.working import WorkerSide


class SqlExchange(ListenerSide, WorkerSide, TreeSide):
    """ports.Exchange over one database; safe to share between threads, not across a fork."""

    def close(self) -> None:
        """Close the pooled connections; the store is of no use afterwards."""
        self._transactions.close()


def open_exchange(url: str, *, busy_ms: int = BUSY_MS) -> SqlExchange:
    """Open an existing exchange store.

    Raises NotFound without database or schema, Conflict where the schema is older or newer than
    this program's, InputError for a URL that can't be used.
    """
    parsed = read_url(url)
    path = sqlite_file(parsed)
    if path is not None and not path.is_file():
        raise schema.missing(path)
    engine = make_engine(parsed, busy_ms=busy_ms)
    try:
        schema.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlExchange(Transactions(engine))
