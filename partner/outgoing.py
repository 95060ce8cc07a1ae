"""Signed statements on their way out: stored first, then published as files of outbox/.

A file's name is its statement's digest, so publishing twice changes nothing; once the gateway took
the file away, the statement stays here as what was said.
"""

import re
from pathlib import Path
from typing import NamedTuple

from gateway.domain import statements
from gateway.domain.canonical import digest
from gateway.domain.source_list import KIND, ListName
from gateway.domain.statements import Statement
from gateway.domain.times import Micros
from keys.jws import JoseSignatures
from partner import files
from partner.kit import Kit
from partner.state import Tx

SUFFIX = ".jws"
_STATEMENT = re.compile(r"[0-9a-f]{64}\.jws", re.ASCII)


class Outgoing(NamedTuple):
    """A statement as signed; `subject` is the delivery, or what else it is about."""

    statement: str
    kind: str
    subject: str
    body: bytes

    @property
    def name(self) -> str:
        """Its file name in outbox/, and its id at the reply URL; a source's list has its own."""
        if self.kind == KIND:
            return self.subject
        return self.statement.removeprefix("sha256:") + SUFFIX


def sign(kit: Kit, statement: Statement, subject: str) -> Outgoing:
    """Sign with the newest own statement key. Raises NotVerified("no-key")."""
    signer = kit.signer(statement.at)
    body = JoseSignatures().sign(statements.to_bytes(statement), statement.kind, signer)
    return Outgoing(digest(body), str(statement.kind), subject, body)


def add(tx: Tx, made: Outgoing, at: Micros, *, published: bool = False) -> None:
    """Store it; `published` for one that goes out in a response."""
    tx.run(
        # the same words once more, within one second, are the same statement: it goes out again
        "INSERT INTO outgoing (statement, kind, subject, body, made_at, published)"
        " VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (statement) DO UPDATE SET published = 0",
        (*made, at),
    )
    if published:
        mark_said(tx, made, at)


def mark_said(tx: Tx, made: Outgoing, at: Micros) -> None:
    """It left; from now on its answer is awaited."""
    tx.run(
        "UPDATE outgoing SET published = 1, said_at = ?, times = times + 1 WHERE statement = ?",
        (at, made.statement),
    )


def of_kind(tx: Tx, kind: str) -> list[Outgoing]:
    """All statements of a kind, oldest first."""
    rows = tx.rows(
        "SELECT statement, kind, subject, body FROM outgoing WHERE kind = ? ORDER BY rowid",
        (kind,),
    )
    return [Outgoing(*row) for row in rows]


def repeat(tx: Tx, kind: str, subject: str) -> int:
    """Publish the same statements once more; returns how many there are."""
    return tx.run(
        "UPDATE outgoing SET published = 0 WHERE kind = ? AND subject = ?", (kind, subject)
    )


def waiting(tx: Tx) -> list[Outgoing]:
    """What has not left yet, oldest first."""
    rows = tx.rows(
        "SELECT statement, kind, subject, body FROM outgoing WHERE published = 0 ORDER BY rowid"
    )
    return [Outgoing(*row) for row in rows]


def publish(kit: Kit) -> list[Path]:
    """Write what waits into outbox/; returns the files. Raises InputError."""
    with kit.state.read() as tx:
        made = waiting(tx)
    folder = kit.settings.path("outbox")
    for one in made:
        files.replace(folder / one.name, one.body, "kit.outbox", mode=0o644)
    if made:
        said(kit, made)
    return [folder / one.name for one in made]


def said(kit: Kit, made: list[Outgoing]) -> None:
    """They left, whatever way."""
    at = kit.clock.now()
    with kit.state.write() as tx:
        for one in made:
            mark_said(tx, one, at)
        # A crash before leaves statements that are sent once more, under the same names or digests;
        # where the gateway took them meanwhile, it sees duplicates.
        tx.commit("kit.publish")


def lying_ready(folder: Path) -> list[Path]:
    """Statements and lists that the gateway has not taken yet."""
    return [path for path in folder.iterdir() if is_item(path.name)]


def is_item(name: str) -> bool:
    """Whether a file of this name is for the gateway."""
    return _STATEMENT.fullmatch(name) is not None or ListName.parse(name) is not None


def unsent(kit: Kit) -> list[str]:
    """Names of statements that lie in outbox/ and were not taken yet, or wait to be published."""
    with kit.state.read() as tx:
        rows = tx.rows("SELECT statement, kind, subject, x'' FROM outgoing WHERE published = 0")
    lying = {path.name for path in lying_ready(kit.settings.path("outbox"))}
    return sorted(lying | {Outgoing(*row).name for row in rows})
