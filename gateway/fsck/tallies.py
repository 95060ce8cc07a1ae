"""The sums beside each delivery, which screens and reports read, counted anew from its rows (A, C).

A tally that is behind the newest confirmation is not read by anybody, so it is not told.
"""

from typing import NamedTuple

from gateway.domain.canonical import digest
from gateway.domain.dispositions import counts_as_done, is_final
from gateway.domain.manifest import read_manifest
from gateway.domain.times import duration
from gateway.fsck.case import Case
from gateway.fsck.rows import DeliveryRow, listed

_COUNTED = """
SELECT w.disposition, w.scope, count(*)
FROM slice_entries s JOIN (
  SELECT r.entry, r.disposition, r.scope, row_number() OVER (
    PARTITION BY r.entry ORDER BY c.revision DESC, c.key DESC) AS place
  FROM confirmation_rows r JOIN confirmations c ON c.key = r.confirmation
  WHERE c.delivery = ? AND c.conflict = ?
) w ON w.entry = s.entry AND w.place = 1
WHERE s.delivery_key = ?
GROUP BY w.disposition, w.scope
"""
_NEWEST = "SELECT coalesce(max(key), 0) FROM confirmations WHERE delivery = ?"
_PURGED = "SELECT count(*) FROM slice_entries WHERE delivery_key = ?"


class TallyRow(NamedTuple):
    """tallies"""

    delivery_key: int
    entries: int
    term: int
    upto: int
    final: int
    done: int


def check_tally(case: Case, row: DeliveryRow) -> None:
    """One delivery's tally says what its manifest and its confirmations say."""
    if "tallies" not in case.core.columns():
        return
    for tally in listed(case.core, TallyRow, "tallies WHERE delivery_key = ?", row.key):
        about = f"the tally of delivery {row.id}"
        _head(case, about, tally, row)
        ((newest,),) = case.core.rows(_NEWEST, row.id)
        ((held,),) = case.core.rows(_PURGED, row.key)
        if tally.upto == newest and held:
            _sums(case, about, tally, row)


def _head(case: Case, about: str, tally: TallyRow, row: DeliveryRow) -> None:
    found = case.core.rows("SELECT body FROM manifests WHERE delivery = ?", row.id)
    if not found or digest(bytes(found[0][0])) != row.manifest:
        return  # told where manifests are checked
    manifest = read_manifest(bytes(found[0][0]))
    told = (manifest.count, duration(manifest.respond_within))
    case.differs("tally-wrong", about, "entries, term", told, (tally.entries, tally.term))


def _sums(case: Case, about: str, tally: TallyRow, row: DeliveryRow) -> None:
    rows = case.core.rows(_COUNTED, row.id, False, row.key)
    try:
        final = sum(int(n) for code, scope, n in rows if is_final(code, scope))
        done = sum(int(n) for code, scope, n in rows if counts_as_done(code, scope))
    except KeyError:
        case.found("tally-wrong", about, "dispositions of the closed list", "others")
        return
    case.differs("tally-wrong", about, "final, done", (final, done), (tally.final, tally.done))
