"""Partners' copies: each delivery once, the same bytes, and no history but ours (B and E).

A copy is a kit's `state.sqlite`, its folder, or a backup of either; it is opened read-only.
"""

from collections import Counter
from pathlib import Path

from gateway.domain import entries as csv
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import ParcelName
from gateway.domain.manifest import read_manifest
from gateway.fsck.case import Case
from gateway.fsck.sql import Database, count, open_database

STATE = "state.sqlite"
_NEEDED = {
    "parcels": {"manifest", "epoch", "sequence", "delivery", "body", "slice", "salt"},
    "sealings": {"parcel", "manifest"},
}
_HEADS = {"tree_size", "tree_root"}


def check_copies(case: Case) -> None:
    """Every copy that was named."""
    for partner, path in sorted(case.kept.copies.items()):
        state, inbox = (path / STATE, path / "inbox") if path.is_dir() else (path, None)
        try:
            with open_database(str(state)) as copy:
                if _readable(case, partner, copy):
                    _copy(case, partner, copy)
        except InputError as error:
            case.found("copy-unread", f"the copy of {partner}", "a kit's state", error)
        if inbox is not None and inbox.is_dir():
            _inbox(case, partner, inbox)


def anchor_heads(case: Case) -> None:
    """The ledger heads that partners keep: each must be a beginning of this ledger."""
    for partner, path in sorted(case.kept.copies.items()):
        state = path / STATE if path.is_dir() else path
        try:
            with open_database(str(state)) as copy:
                if copy.columns().get("parcels", set()) >= _HEADS:
                    _anchor(case, partner, copy)
        except InputError:
            continue  # told where the copy is compared


def _anchor(case: Case, partner: str, copy: Database) -> None:
    sql = "SELECT manifest, epoch, sequence, tree_size, tree_root FROM parcels"
    for manifest, epoch, sequence, size, root in copy.stream(sql):
        if not _is_lost(case, manifest, epoch):
            case.facts.anchor(size, root, f"the head that {partner} keeps of sequence {sequence}")


def _is_lost(case: Case, manifest: str, epoch: int) -> bool:
    """Whether it is of the days that a restore lost: two officers opened a new epoch knowing that,
    and the history that partners were shown then is no longer ours."""
    known = count(case.core, "SELECT count(*) FROM manifests WHERE digest = ?", manifest)
    return not known and epoch < count(case.core, "SELECT epoch FROM gateway")


def _readable(case: Case, partner: str, copy: Database) -> bool:
    about = f"the copy of {partner}"
    for said in copy.damage():
        case.found("copy-unread", about, "a sound file", said)
        return False
    columns = copy.columns()
    lacking = [table for table, names in _NEEDED.items() if not names <= columns.get(table, set())]
    if lacking:
        case.found("copy-unread", about, "a kit's state", f"no {', '.join(lacking)}")
    return not lacking


def _copy(case: Case, partner: str, copy: Database) -> None:
    have: Counter[tuple[int, int]] = Counter()
    sql = (
        "SELECT manifest, epoch, sequence, delivery, body, slice, salt FROM parcels"
        " ORDER BY epoch, sequence"
    )
    for row in case.counted("parcels at partners", copy.stream(sql)):
        have[row[1], row[2]] += 1
        _parcel(case, partner, *row)
    for (epoch, sequence), times in have.items():
        if times > 1:
            about = f"epoch {epoch}, sequence {sequence} at {partner}"
            case.found("copy-twice", about, "recorded once", times)
    ours = (
        "SELECT m.epoch, m.sequence, m.delivery FROM manifests m"
        " JOIN deliveries d ON d.id = m.delivery"
        " WHERE m.partner = ? AND d.acknowledged_at IS NOT NULL ORDER BY m.epoch, m.sequence"
    )
    for epoch, sequence, delivery in case.core.stream(ours, partner):
        if not have[epoch, sequence]:
            case.found(
                "copy-missing", f"delivery {delivery}", f"one in the copy of {partner}", "none"
            )
    _envelopes(case, partner, copy)


def _parcel(
    case: Case,
    partner: str,
    manifest: str,
    epoch: int,
    sequence: int,
    delivery: str,
    body: bytes,
    data: bytes,
    salt: bytes,
) -> None:
    about = f"delivery {delivery} at {partner}"
    sql = "SELECT digest FROM manifests WHERE partner = ? AND epoch = ? AND sequence = ?"
    sealed = case.core.rows(sql, partner, epoch, sequence)
    if not sealed and _is_lost(case, manifest, epoch):
        lost = f"{partner} has sequence {sequence} of epoch {epoch}, which a restore lost"
        return case.report.notes.append(lost)
    if not sealed:
        return case.found(
            "behind-high-water", about, f"sequence {sequence} in our database", "none"
        )
    if not sealed[0][0] == manifest == digest(body):
        case.found("copy-differs", about, f"manifest {sealed[0][0]}", digest(body))
    elif data and not _is_slice(body, data, salt):
        case.found("copy-differs", about, "the entries that its manifest signs", "others")
    return None


def _is_slice(body: bytes, data: bytes, salt: bytes) -> bool:
    try:
        return csv.salted_digest(salt, data) == read_manifest(body).entries.digest
    except NotVerified:
        return False


def _envelopes(case: Case, partner: str, copy: Database) -> None:
    """Each envelope that the partner opened is one that was sealed for it."""
    sql = (
        "SELECT count(*) FROM sealings s JOIN deliveries d ON d.id = s.delivery"
        " WHERE s.digest = ? AND d.partner = ?"
    )
    taken = (
        "SELECT s.parcel, s.manifest, p.epoch FROM sealings s"
        " LEFT JOIN parcels p ON p.manifest = s.manifest"
    )
    for parcel, manifest, epoch in copy.stream(taken):
        known = count(case.core, sql, parcel, partner)
        if not known and not _is_lost(case, manifest, epoch or 0):
            case.found("copy-differs", f"an envelope at {partner}", "one sealed here", parcel)


def _inbox(case: Case, partner: str, folder: Path) -> None:
    """Parcels that lie there untaken are the sealed bytes too."""
    sql = (
        "SELECT s.digest FROM sealings s JOIN deliveries d ON d.id = s.delivery"
        " WHERE d.partner = ? AND d.epoch = ? AND d.sequence = ?"
    )
    for path in sorted(folder.iterdir()):
        name = ParcelName.parse(path.name)
        if name is None or not path.is_file():
            continue
        came = digest(path.read_bytes())
        sealed = {row[0] for row in case.core.rows(sql, partner, name.epoch, name.sequence)}
        if came not in sealed:
            case.found("copy-differs", f"{path.name} at {partner}", "a parcel sealed here", came)
