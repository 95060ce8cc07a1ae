"""The ledger's events by what they are about, in a scratch file that is gone with the process.

A ledger has millions of leaves, so they are not held in memory: SQLite's own temporary database
(no name, unlinked at once) holds them while fsck runs. Events never hold a phone number.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.domain.canonical import Json, is_digest
from gateway.domain.ledger import Tag

_TABLES = (
    "CREATE TABLE said (leaf INTEGER PRIMARY KEY, tag TEXT, about TEXT, delivery TEXT,"
    " statement TEXT, event BLOB)",
    "CREATE TABLE refs (digest TEXT, leaf INTEGER, PRIMARY KEY (digest, leaf)) WITHOUT ROWID",
    "CREATE TABLE anchors (size INTEGER, root BLOB, about TEXT)",
)
_INDEXES = (
    "CREATE INDEX said_about ON said (about, leaf)",
    "CREATE INDEX said_delivery ON said (delivery, leaf) WHERE delivery IS NOT NULL",
    "CREATE INDEX said_statement ON said (statement, leaf) WHERE statement IS NOT NULL",
    "CREATE INDEX said_tag ON said (tag, leaf)",
)


_ONLY_EVENTS = "SELECT digest, leaf FROM refs EXCEPT SELECT digest, leaf FROM stored"
_ONLY_STORED = "SELECT digest, leaf FROM stored EXCEPT SELECT digest, leaf FROM refs"
_OF = {
    "about": "SELECT leaf, tag, event FROM said WHERE about = ? ORDER BY leaf",
    "delivery": "SELECT leaf, tag, event FROM said WHERE delivery = ? ORDER BY leaf",
    "statement": "SELECT leaf, tag, event FROM said WHERE statement = ? ORDER BY leaf",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One leaf as read: `at` is its wire time."""

    leaf: int
    tag: str
    at: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"leaf {self.leaf} ({self.tag})"


class Facts:
    """The scratch index. `close` it, and it is gone."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        for statement in _TABLES:
            self._db.execute(statement)
        self._db.execute("BEGIN")  # never ended: what is rolled back is nothing

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def add(self, leaf: int, facts: dict[str, Json], event: bytes) -> None:
        """One readable event."""
        tag = str(facts["event"])
        named = [facts.get(name) for name in ("delivery", "statement")]
        texts = [item if isinstance(item, str) else None for item in named]
        self._db.execute(
            "INSERT INTO said VALUES (?,?,?,?,?,?)", (leaf, tag, about(tag, facts), *texts, event)
        )
        refs = {(digest, leaf) for digest in digests(facts)}
        self._db.executemany("INSERT INTO refs VALUES (?,?)", refs)

    def anchor(self, size: int, root: bytes, where: str) -> None:
        """A signed tree head that must be a beginning of this ledger."""
        self._db.execute("INSERT INTO anchors VALUES (?,?,?)", (size, root, where))

    def index(self) -> None:
        """After the last `add`: what the questions below need."""
        for statement in _INDEXES:
            self._db.execute(statement)

    def anchors(self) -> Iterator[tuple[int, bytes, str]]:
        """By size."""
        yield from self._db.execute("SELECT size, root, about FROM anchors ORDER BY size")

    def compare_refs(self, stored: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, int, bool]]:
        """Digests and leaves that only one side has; True where it is the stored one."""
        self._db.execute("CREATE TABLE stored (digest TEXT, leaf INTEGER)")
        self._db.executemany("INSERT INTO stored VALUES (?,?)", stored)
        for sql, there in ((_ONLY_EVENTS, False), (_ONLY_STORED, True)):
            yield from ((digest, leaf, there) for digest, leaf in self._db.execute(sql))

    def of(self, subject: str, *tags: Tag) -> list[Said]:
        """The events about a subject (`about`), in order."""
        return self._select("about", subject, tags)

    def of_delivery(self, delivery: str) -> list[Said]:
        """Every event that names a delivery, in order."""
        return self._select("delivery", delivery, ())

    def of_statement(self, statement: str, *tags: Tag) -> list[Said]:
        """Every event that names a statement, in order."""
        return self._select("statement", statement, tags)

    def tagged(self, *tags: Tag) -> Iterator[Said]:
        """Every event of these tags, in order within each."""
        for tag in tags:
            found = self._db.execute(
                "SELECT leaf, tag, event FROM said WHERE tag = ? ORDER BY leaf", (str(tag),)
            )
            yield from map(_said, found)

    def subjects(self) -> Iterator[tuple[str, int]]:
        """Everything that an event is about, with the first leaf about it."""
        yield from self._db.execute(
            "SELECT about, min(leaf) FROM said WHERE about <> '' GROUP BY about"
        )

    def kept(self) -> Iterator[tuple[str, int, int]]:
        """For each statement how often it was kept, and the first leaf that says so."""
        yield from self._db.execute(
            "SELECT statement, count(*), min(leaf) FROM said WHERE tag = ? GROUP BY statement",
            (str(Tag.INBOUND_KEEP),),
        )

    def _select(self, what: str, value: str, tags: Iterable[Tag]) -> list[Said]:
        wanted = {str(tag) for tag in tags}
        rows = self._db.execute(_OF[what], (value,)) if value else ()
        return [_said(row) for row in rows if not wanted or row[1] in wanted]


def _said(row: tuple[int, str, bytes]) -> Said:
    facts = json.loads(row[2])
    return Said(row[0], row[1], str(facts["at"]), facts)


_SUBJECT = {
    "officer": "officer",
    "partner": "partner",
    "consent": "consent",
    "batch": "batch",
    "delivery": "delivery",
    "receipt": "delivery",
    "confirmation": "delivery",
    "key": "kid",
    "intake": "file",
    "inbound": "statement",
    "statement": "statement",
    "request": "statement",
    "nothing": "statement",
}

_NOUN = {"statement": "inbound", "kid": "key"}


def about(tag: str, facts: dict[str, Json]) -> str:
    """What an event is about: `<noun>:<id>`, "" where that is nothing that has a row."""
    noun = tag.partition(".")[0]
    subject = facts.get("subject")
    if isinstance(subject, str) and noun in ("officer", "key", "partner", "batch", "epoch"):
        return subject
    if noun == "reference":
        return f"reference:{facts.get('kind')} {facts.get('version')}"
    if noun in ("gateway", "epoch"):
        return "gateway"
    member = _SUBJECT.get(noun)
    if member is None or member not in facts:
        return ""
    return f"{_NOUN.get(member, member)}:{facts[member]}"


def digests(value: Json) -> Iterator[str]:
    """Every digest among the facts, also inside lists and objects."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from digests(member)
    elif is_digest(value):
        yield value
