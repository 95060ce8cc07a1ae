"""The gateway's signed words as rows of the state: answers to what was said, heads, and alarms."""

from typing import Literal, NamedTuple

from gateway.domain.ledger import Checkpoint
from gateway.domain.manifest import read_manifest
from gateway.domain.statements import Answer, Head
from gateway.domain.times import MINUTE, Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from partner import parcels
from partner.heads import Around, Known
from partner.state import Tx

LONGEST_WAIT = 24 * 60 * MINUTE  # microseconds between two sayings of the same statement

_RULING = (
    "SELECT o.statement, o.kind, o.subject, o.made_at, o.said_at, o.times, coalesce(h.result, ''),"
    " coalesce(h.reason, ''), coalesce(h.row, 0), coalesce(h.at, 0), coalesce(h.seen, 0)"
    " FROM outgoing o LEFT JOIN heard h ON h.answer = (SELECT answer FROM heard"
    " WHERE statement = o.statement ORDER BY at DESC, kept_at DESC LIMIT 1)"
)
Which = Literal["all", "unanswered", "refused", "accepted"]
_WHERE: dict[Which, str] = {
    "all": "o.said_at > 0",
    "unanswered": "o.said_at > 0 AND o.answered = 0",
    "accepted": "h.result = 'accepted'",
    # refused, not looked at, and nothing accepted since on the same subject
    "refused": "o.statement IN (SELECT statement FROM heard WHERE result = 'refused' AND seen = 0)"
    " AND h.result = 'refused' AND h.seen = 0 AND (o.subject = '' OR NOT EXISTS (SELECT 1 FROM"
    " outgoing p JOIN heard a ON a.statement = p.statement WHERE p.kind = o.kind AND"
    " p.subject = o.subject AND p.rowid > o.rowid AND a.result = 'accepted'))",
}


class Said(NamedTuple):
    """A statement that left, and the newest answer to it: `result` is "" while there is none.

    `said_at` is when it left last, `times` how often.
    """

    statement: str
    kind: str
    subject: str
    made_at: Micros
    said_at: Micros
    times: int
    result: str
    reason: str
    row: int
    answered_at: Micros
    seen: int


def listed(tx: Tx, which: Which) -> list[Said]:
    """Statements that left, oldest first. "refused" are those that still need somebody."""
    rows = tx.rows(f"{_RULING} WHERE {_WHERE[which]} ORDER BY o.rowid")
    return [Said(*row) for row in rows]


def keep_answer(tx: Tx, answer: Answer, name: str, body: bytes, at: Micros) -> bool:
    """Store an answer once; False where it is stored already."""
    new = tx.run(
        "INSERT OR IGNORE INTO heard (answer, statement, result, reason, row, at, kept_at, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (name, answer.statement, answer.result, answer.reason, answer.row, answer.at, at, body),
    )
    tx.run(
        "UPDATE outgoing SET answered = ?, published = 1 WHERE statement = ? AND answered = 0",
        (at, answer.statement),
    )
    return bool(new)


def said_by_us(tx: Tx, statement: str) -> tuple[str, str] | None:
    """Kind and subject of a statement that this kit made."""
    row = tx.one("SELECT kind, subject FROM outgoing WHERE statement = ?", (statement,))
    return (row[0], row[1]) if row else None


def say_again(tx: Tx, first_wait: Micros, at: Micros) -> int:
    """Let what was not answered for long leave once more, in the same bytes; the wait doubles."""
    return tx.run(
        "UPDATE outgoing SET published = 0 WHERE answered = 0 AND said_at > 0 AND published = 1"
        " AND said_at + min(?1 * (1 << min(times - 1, 20)), ?2) <= ?3",
        (first_wait, LONGEST_WAIT, at),
    )


def newest_head(tx: Tx, pins: Trust) -> Known | None:
    """The newest head under a key that is pinned now and not revoked: what a stolen key said ends
    with the key (threats.md D4)."""
    owner = Owner(OwnerKind.GATEWAY, pins.gateway)
    good = {k.kid for k in pins.of(owner) if k.role is Role.STATEMENT and k.revoked is None}
    rows = tx.rows(
        "SELECT epoch, sequence, manifest, at, until, since, kid, tree_origin, tree_size,"
        " tree_root, note FROM heads ORDER BY epoch DESC"
    )
    return next((known for known in (Known(*row) for row in rows) if known.kid in good), None)


def around(tx: Tx, head: Head, pins: Trust) -> Around:
    """What a head is held against."""
    epoch, sequence = parcels.newest_epoch(tx), parcels.last_sequence(tx)
    last = tx.one("SELECT body FROM parcels WHERE (epoch, sequence) = (?, ?)", (epoch, sequence))
    same = tx.one(
        "SELECT manifest FROM parcels WHERE (epoch, sequence) = (?1, ?2) UNION ALL"
        " SELECT manifest FROM voids WHERE (epoch, sequence) = (?1, ?2)",
        (head.epoch, head.sequence),
    )
    trees = tx.rows(
        "SELECT tree_origin, tree_size, tree_root FROM parcels WHERE epoch = ? AND sequence <= ?"
        " ORDER BY sequence DESC LIMIT 1",
        (head.epoch, head.sequence),
    )
    return Around(
        newest_head(tx, pins),
        epoch,
        sequence,
        read_manifest(last[0]).issued if last else 0,
        same[0] if same else "",
        tuple(Checkpoint(*row) for row in trees),
    )


def keep_head(
    tx: Tx, head: Head, kid: str, tree: Checkpoint | None, body: bytes, at: Micros
) -> None:
    """It is the newest of its epoch from now on."""
    before = tx.one("SELECT sequence, since FROM heads WHERE epoch = ?", (head.epoch,))
    since = before[1] if before and before[0] == head.sequence else at
    found = tree or Checkpoint("", 0, b"")
    tx.run(
        "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            head.epoch,
            head.sequence,
            head.manifest,
            head.at,
            head.until,
            since,
            kid,
            found.origin,
            found.size,
            found.root,
            head.checkpoint,
            body,
        ),
    )


def raise_alarm(tx: Tx, name: str, what: str, at: Micros) -> None:
    """Something that only the gateway's own key can have made, and that must not be."""
    tx.run("INSERT OR IGNORE INTO alarms VALUES (?, ?, ?)", (name, what, at))


def alarms(tx: Tx) -> list[tuple[str, str, Micros]]:
    """What nobody looked at yet, oldest first."""
    rows = tx.rows("SELECT name, what, at FROM alarms ORDER BY at")
    return [(row[0], row[1], row[2]) for row in rows]


def mark_seen(tx: Tx) -> int:
    """A person looked at every refused statement and every alarm; returns how many."""
    refused = tx.run("UPDATE heard SET seen = 1 WHERE result = 'refused' AND seen = 0")
    return refused + tx.run("DELETE FROM alarms")
