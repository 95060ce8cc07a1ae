"""The file that says what left the house: the database is not behind it (promise E)."""

from pathlib import Path

from gateway.domain.epoch import HighWaterMark, read_high_water
from gateway.domain.errors import NotVerified
from gateway.fsck.case import Case
from gateway.fsck.sql import count, one


def read(path: Path | None) -> bytes | None:
    """The file as it is now: None where there is none, b"" where it can't be read."""
    try:
        return path.read_bytes() if path is not None else None
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def check_high_water(case: Case) -> None:
    """Compare epoch, ledger and streams; a database ahead of the file is no finding, but told."""
    path = case.kept.high_water
    if path is None:
        return case.report.notes.append("no high-water file: nothing says what left the house")
    mark = _read(case, path)
    if mark is None:
        return None
    about = f"the high-water file {path.name}"
    epoch = int((one(case.core, "SELECT epoch FROM gateway") or (0,))[0])
    if epoch != mark.epoch:
        if epoch < mark.epoch:
            case.found("behind-high-water", about, f"epoch {mark.epoch}", epoch)
        else:
            case.report.notes.append(f"{about} is of epoch {mark.epoch}, the database of {epoch}")
        return None
    size = count(case.core, "SELECT count(*) FROM ledger_leaves")
    if size < mark.ledger:
        case.found("behind-high-water", about, f"{mark.ledger} leaves", size)
    _streams(case, about, mark)
    return None


def _read(case: Case, path: Path) -> HighWaterMark | None:
    about = f"the high-water file {path.name}"
    if case.high_water is None:
        case.found("behind-high-water", about, "a file", "none")
        return None
    try:
        return read_high_water(case.high_water)
    except NotVerified:
        case.found("behind-high-water", about, "a mark", "unreadable")
    return None


def _streams(case: Case, about: str, mark: HighWaterMark) -> None:
    rows = case.core.rows("SELECT partner, sequence FROM streams WHERE epoch = ?", mark.epoch)
    have = {str(partner): int(sequence) for partner, sequence in rows}
    last = dict(mark.streams)
    for partner in sorted(have.keys() | last.keys()):
        stored, left = have.get(partner, 0), last.get(partner, 0)
        if stored < left:
            case.found("behind-high-water", f"{about}, {partner}", f"sequence {left}", stored)
        elif stored > left:
            # between the commit of a sealing and the raising of the file this is normal
            case.report.notes.append(f"{partner} is sealed up to {stored}, the file has {left}")
