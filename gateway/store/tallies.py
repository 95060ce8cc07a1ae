"""What counts of a delivery, kept in sums beside it (tables/inbox.py, TALLIES)."""

from collections.abc import Iterable

from sqlalchemy import Integer, bindparam, func, select, update

from gateway.domain.dispositions import counts_as_done, is_final
from gateway.domain.manifest import read_manifest
from gateway.domain.records import ManifestRecord, OutcomeCount
from gateway.domain.times import duration
from gateway.store.db import Db
from gateway.store.tables.deliveries import DELIVERIES
from gateway.store.tables.inbox import CONFIRMATIONS, TALLIES

_KEY = select(DELIVERIES.c.key).where(DELIVERIES.c.id == bindparam("delivery"))
_NEWEST = select(func.max(CONFIRMATIONS.c.key)).where(
    CONFIRMATIONS.c.delivery == bindparam("delivery")
)
_COUNTED = update(TALLIES).where(
    TALLIES.c.delivery_key == bindparam("of", type_=Integer),
)


def begin(db: Db, record: ManifestRecord) -> None:
    """A sealed delivery's tally, with nothing counted yet."""
    manifest = read_manifest(record.body)
    key = db.value(_KEY, delivery=record.delivery)
    head = {"delivery_key": key, "entries": manifest.count}
    head["term"] = duration(manifest.respond_within)
    db.put(TALLIES, head | {"upto": 0, "final": 0, "done": 0})


def renew(db: Db, delivery: str, counts: Iterable[OutcomeCount]) -> None:
    """Write what counts now. One that an older program did not begin stays without: it is counted
    whenever it is read."""
    known = tuple(counts)
    values = {
        "upto": db.value(_NEWEST, delivery=delivery),
        "final": sum(c.entries for c in known if is_final(c.disposition, c.scope)),
        "done": sum(c.entries for c in known if counts_as_done(c.disposition, c.scope)),
    }
    db.update(TALLIES, _COUNTED, values | {"of": db.value(_KEY, delivery=delivery)})
