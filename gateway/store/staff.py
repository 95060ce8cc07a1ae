"""Accounts of the console, their sessions and tries to sign in."""

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from gateway.domain.accounts import Role
from gateway.domain.ledger import LedgerEvent
from gateway.domain.staff import SessionRecord, StaffRecord, Stage
from gateway.domain.throttle import Bucket
from gateway.domain.times import Micros
from gateway.store.db import Db, plain
from gateway.store.tables.staff import ACCOUNTS, SESSIONS, SIGN_IN_ATTEMPTS

_ACCOUNT, _SESSION, _TRY = ACCOUNTS.c, SESSIONS.c, SIGN_IN_ATTEMPTS.c
_ONE = select(ACCOUNTS).where(_ACCOUNT.id == bindparam("account"))
_OF_TOKEN = select(SESSIONS).where(_SESSION.token == bindparam("token"))


class SqlStaff:
    """ports.Staff over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def all(self) -> tuple[StaffRecord, ...]:
        """All accounts, by id."""
        return tuple(map(_record, self._db.rows(select(ACCOUNTS).order_by(_ACCOUNT.id))))

    def find(self, account: str) -> StaffRecord | None:
        """One, locked in a writer until it ends; None where there is none."""
        row = self._db.first(self._db.lock(_ONE), account=account)
        return _record(row) if row is not None else None

    def put(self, record: StaffRecord, event: LedgerEvent) -> None:
        """Write one whole, with its event."""
        self._db.put(ACCOUNTS, plain(record))
        self._db.note(event)

    def prefer(self, account: str, language: str) -> None:
        """The language of somebody's pages."""
        change = update(ACCOUNTS).where(_ACCOUNT.id == account).values(language=language)
        self._db.update(ACCOUNTS, change)

    def use_step(self, account: str, step: int) -> bool:
        """Whether no code of this step or a later one was used before; from now on it was."""
        unused = (_ACCOUNT.id == account) & (_ACCOUNT.totp_step < step)
        return self._db.update(ACCOUNTS, update(ACCOUNTS).where(unused).values(totp_step=step)) > 0

    def session(self, token: str) -> SessionRecord | None:
        """The session of this digest, whatever its state."""
        row = self._db.first(_OF_TOKEN, token=token)
        return _session(row) if row is not None else None

    def sessions(self, account: str, now: Micros) -> tuple[SessionRecord, ...]:
        """Those that have not ended, the newest first."""
        wanted = select(SESSIONS).where(_SESSION.account == account, _SESSION.ends > now)
        return tuple(map(_session, self._db.rows(wanted.order_by(_SESSION.began.desc()))))

    def put_session(self, session: SessionRecord) -> None:
        """Write one whole."""
        self._db.put(SESSIONS, plain(session))

    def end_sessions(self, account: str, now: Micros, but: str = "") -> int:
        """End all of an account but one; returns how many."""
        theirs = update(SESSIONS).where(_SESSION.account == account, _SESSION.ends > now)
        return self._db.update(SESSIONS, theirs.where(_SESSION.token != but).values(ends=now))

    def came_from(self, account: str, address: str, since: Micros) -> bool:
        """Whether the account was signed in from that address since then."""
        whole = (_SESSION.stage == Stage.OPEN.value) & (_SESSION.address == address)
        wanted = select(_SESSION.token).where(_SESSION.account == account, whole)
        return self._db.first(wanted.where(_SESSION.began >= since).limit(1)) is not None

    def bucket(self, key: str) -> Bucket | None:
        """Tries of one kind."""
        row = self._db.first(select(SIGN_IN_ATTEMPTS).where(_TRY.key == key))
        return Bucket(**row._mapping) if row is not None else None

    def put_bucket(self, bucket: Bucket) -> None:
        """Write it whole."""
        self._db.put(SIGN_IN_ATTEMPTS, plain(bucket))


def _record(row: Row[Any]) -> StaffRecord:
    return StaffRecord(**(dict(row._mapping) | {"role": Role(row.role)}))


def _session(row: Row[Any]) -> SessionRecord:
    return SessionRecord(**(dict(row._mapping) | {"stage": Stage(row.stage)}))
