"""The outside effects of the plan's row F3, each made to fail once: not done, or done all the same.

What the database, a server or the network says is real where it can be (a trigger, an SFTP server's
own failure, an HTTP status, a cut connection); a commit or a rename fails at its fail-point.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.domain import failpoints
from gateway.domain.errors import LedgerUnavailable, OutcomeUnknown
from gateway.ports import SendError
from tests.adapters.rigs import RestRig
from tests.faults.lines import Line, Lines, WilfulMailRig
from tests.faults.rig import Site
from tests.peers.tls_server import Handler, accepted, lost_reply, status


@dataclass(frozen=True, slots=True)
class Fault:
    """One that was prepared: whether it struck, and what takes the rest of it away."""

    fired: Callable[[], bool]
    over: Callable[[], None] = lambda: failpoints.arm(None)


@dataclass(frozen=True, slots=True)
class Effect:
    """One of the ten: over which line it goes, and how it is broken (`done`: and yet done)."""

    name: str
    line: Lines
    broken: Callable[[Site, Line, bool], Fault]


def _at(step: str, error: Callable[[bool], Exception]) -> Callable[[Site, Line, bool], Fault]:
    """An error at the point before a step, or after it."""

    def broken(_site: Site, _line: Line, done: bool) -> Fault:
        point = f"{'after' if done else 'before'}:{step}"
        struck: list[str] = []

        def hook(reached: str) -> None:
            if reached == point and not struck:
                struck.append(reached)
                raise error(done)

        failpoints.arm(hook)
        return Fault(lambda: bool(struck))

    return broken


def _database(done: bool) -> Exception:
    if done:
        return OutcomeUnknown("the database went away during the commit")
    return LedgerUnavailable("the database can't be used (SQLITE_IOERR)")


def _disk(_done: bool) -> Exception:
    return OSError(errno.EIO, "Input/output error")


def _channel(done: bool) -> Exception:
    return SendError("the connection ended", "unknown" if done else "no")


def _insert(table: str, step: str) -> Callable[[Site, Line, bool], Fault]:
    """A trigger fails the insert inside the database (as Boulder's tests do); or the commit that
    holds it is not told."""

    def broken(site: Site, line: Line, done: bool) -> Fault:
        if done:
            return _at(step, _database)(site, line, done)
        name = f"fault_{table}"
        _run(
            site.folder,
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'a fault of the test'); END",
        )
        told = len(site.heard)

        def fired() -> bool:
            return any(
                "a fault of the test" in str(one) or "ledger entry can't" in str(one)
                for one in site.heard[told:]
            )

        return Fault(fired, lambda: _run(site.folder, f"DROP TRIGGER {name}"))

    return broken


def _run(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "palang.sqlite")) as connection:
        connection.execute(sql)


def _sftp(operation: str) -> Callable[[Site, Line, bool], Fault]:
    """The server's second such operation fails: the parcel's; the first is that of its digest."""

    def broken(_site: Site, line: Line, done: bool) -> Fault:
        server = line.server
        server.operation, server.call, server.after, server.calls = operation, 2, done, 0
        return Fault(lambda: server.calls >= 2, lambda: setattr(server, "operation", ""))

    return broken


def _post(_site: Site, line: Line, done: bool) -> Fault:
    assert isinstance(line.rig, RestRig)
    server = line.rig.server
    struck: list[bool] = []

    def once(handler: Handler, data: bytes) -> None:
        server.behaviour = accepted
        struck.append(done)
        (lost_reply if done else status(503))(handler, data)

    server.behaviour = once
    return Fault(lambda: bool(struck))


def _data(_site: Site, line: Line, done: bool) -> Fault:
    rig = line.rig
    assert isinstance(rig, WilfulMailRig)
    if done:
        rig.lose_next_answer()
        return Fault(lambda: rig.proxy.lost > 0)
    rig.office.answers["DATA"] = "451 4.3.0 coba lagi nanti"
    return Fault(lambda: "DATA" not in rig.office.answers)


EFFECTS = {
    effect.name: effect
    for effect in (
        Effect("database commit", "peer", _at("delivery.outcome", _database)),
        Effect("file write", "peer", _at("highwater.rename", _disk)),
        Effect("SFTP put", "sftp", _sftp("write")),
        Effect("SFTP rename", "sftp", _sftp("posix_rename")),
        Effect("REST post", "rest", _post),
        Effect("SMTP DATA", "mail", _data),
        Effect("mailbox move", "mail", _at("mail.move", _disk)),
        Effect("receipt insert", "peer", _insert("receipts", "inbound.judge")),
        Effect("audit append", "peer", _insert("ledger_leaves", "delivery.attempt")),
        Effect("head publish", "peer", _at("checkpoint.keep", _database)),
    )
}
"""The ten of the plan. Its IMAP flag is here the move out of the mailbox: flags decide nothing."""

IMAP = Effect("mailbox move over IMAP", "imap", _at("mail.move", _disk))
"""The same move by a real IMAP server."""

MORE = {
    effect.name: effect
    for effect in (
        Effect("commit of the sealing", "peer", _at("delivery.seal", _database)),
        Effect("commit of the attempt", "peer", _at("delivery.attempt", _database)),
        Effect("commit of what came", "peer", _at("inbound.keep", _database)),
        Effect("commit of a claim to say", "peer", _at("outgoing.claim", _database)),
        Effect("commit of what was said", "peer", _at("outgoing.settle", _database)),
        Effect("head said", "peer", _at("say", _channel)),
        Effect("parcel sent", "peer", _at("send", _channel)),
    )
}
"""Every other durable step of the way out and back."""
