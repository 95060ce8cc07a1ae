"""Sessions of the console: random tokens, kept as digests, that end by time, act or change.

A token changes at every step of a sign-in (threats.md W2: no fixation). A session counts only while
its account may sign in and the gateway's epoch is the one in which it began.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.domain.access import What
from gateway.domain.accounts import Account, Session
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.staff import SessionRecord, StaffRecord, Stage
from gateway.domain.throttle import place
from gateway.domain.times import HOUR, MINUTE, Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.access import By, note

STEP_LIFE: Micros = 10 * MINUTE
"""How long a sign-in may take."""

_SEEN_EVERY: Micros = MINUTE
_MOST_AGENT = 120


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: its address and what the browser calls itself."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A token for the cookie, and where its sign-in stands."""

    token: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as its owner sees it in the list; `id` names it without being its token."""

    id: str
    began: Micros
    last_seen: Micros
    address: str
    agent: str
    here: bool


@dataclass(frozen=True, slots=True)
class Sessions:
    """Finds, opens and ends them. `absolute` and `idle` are their longest lives."""

    store: Store
    clock: Clock
    absolute: Micros = 12 * HOUR
    idle: Micros = 30 * MINUTE

    def session(self, token: str) -> Session | None:
        """The live session of this token, None for none; seen now."""
        with self.store.read() as uow:
            found = self._live(uow, token)
        if found is None or found[0].stage is not Stage.OPEN:
            return None
        kept, record = found
        self._seen(kept)
        ends = min(kept.ends, self.clock.now() + self.idle)
        return Session(record.account, kept.csrf, kept.began, ends)

    def step(self, token: str) -> SessionRecord | None:
        """The sign-in of this token that is not complete yet, None for none."""
        with self.store.read() as uow:
            found = self._live(uow, token)
        return found[0] if found is not None and found[0].stage is not Stage.OPEN else None

    def under(self, uow: UnitOfWork, token: str) -> tuple[SessionRecord, StaffRecord]:
        """A session and its account inside a unit. Raises Conflict where it has ended."""
        found = self._live(uow, token)
        if found is None:
            raise Conflict("this sign-in has ended", hint="sign in again")
        return found

    def begin(self, uow: UnitOfWork, record: StaffRecord, stage: Stage, origin: Origin) -> Ticket:
        """A new session in this unit; the caller commits."""
        now, token = self.clock.now(), secrets.token_urlsafe(32)
        life = self.absolute if stage is Stage.OPEN else STEP_LIFE
        agent = "".join(c for c in origin.agent if c.isprintable())[:_MOST_AGENT]
        epoch = uow.registry.gateway().epoch
        csrf = secrets.token_urlsafe(32)
        times, where = (now, now + life, now), place(origin.address)
        uow.staff.put_session(
            SessionRecord(digest_of(token), record.id, stage, csrf, *times, where, agent, epoch)
        )
        return Ticket(token, stage)

    def follow(
        self, uow: UnitOfWork, kept: SessionRecord, record: StaffRecord, stage: Stage
    ) -> Ticket:
        """The next session of the same sign-in; the old one ends here."""
        uow.staff.put_session(replace(kept, ends=self.clock.now(), pending=""))
        return self.begin(uow, record, stage, Origin(kept.address, kept.agent))

    def leave(self, token: str) -> None:
        """Sign out; nothing happens where it has ended already."""
        with self.store.write() as uow:
            found = self._live(uow, token)
            if found is None:
                return
            kept, record = found
            uow.staff.put_session(replace(kept, ends=self.clock.now()))
            note(uow, self.clock, By(record.id, kept.address), What.SIGN_OUT)
            # a crash before leaves the session as it was: sign out again
            uow.commit("session.leave")

    def of(self, account: Account, token: str) -> tuple[Shown, ...]:
        """An account's live sessions, newest first; `token` is the one that asks."""
        now = self.clock.now()
        with self.store.read() as uow:
            kept = uow.staff.sessions(account.id, now)
            epoch = uow.registry.gateway().epoch
        live = (one for one in kept if self._counts(one, epoch) and one.stage is Stage.OPEN)
        return tuple(_shown(live, digest_of(token)))

    def revoke(self, account: Account, session: str, by: By) -> None:
        """End one of the own sessions, named as `of` names it. Raises NotFound."""
        now = self.clock.now()
        with self.store.write() as uow:
            for kept in uow.staff.sessions(account.id, now):
                if kept.token[:16] == session:
                    break
            else:
                raise NotFound("there is no such session any more")
            uow.staff.put_session(replace(kept, ends=now))
            subject = f"account:{account.id}"
            note(uow, self.clock, by, What.SESSION_REVOKE, subject, ended=1)
            # a crash before leaves the session alive: revoke it again
            uow.commit("session.revoke")

    def revoke_others(self, account: Account, token: str, by: By) -> int:
        """Sign out everywhere else; returns how many ended."""
        with self.store.write() as uow:
            ended = uow.staff.end_sessions(account.id, self.clock.now(), but=digest_of(token))
            subject = f"account:{account.id}"
            note(uow, self.clock, by, What.SESSION_REVOKE, subject, ended=ended)
            # as in revoke
            uow.commit("session.revoke")
        return ended

    def _live(self, uow: UnitOfWork, token: str) -> tuple[SessionRecord, StaffRecord] | None:
        kept = uow.staff.session(digest_of(token)) if token else None
        if kept is None or not self._counts(kept, uow.registry.gateway().epoch):
            return None
        record = uow.staff.find(kept.account)
        return (kept, record) if record is not None and not record.disabled else None

    def _counts(self, kept: SessionRecord, epoch: int) -> bool:
        now = self.clock.now()
        return kept.ends > now and kept.last_seen + self.idle > now and kept.epoch == epoch

    def _seen(self, kept: SessionRecord) -> None:
        """Remember, once a minute, that it is in use."""
        now = self.clock.now()
        if now - kept.last_seen < _SEEN_EVERY:
            return
        try:
            with self.store.write() as uow:
                found = self._live_again(uow, kept)
                if found is not None:
                    uow.staff.put_session(replace(found, last_seen=now))
                # a crash before leaves it seen a minute ago
                uow.commit("session.seen")
        except Conflict:
            return  # the database is busy: the next request says it again, and idle is half an hour

    def _live_again(self, uow: UnitOfWork, kept: SessionRecord) -> SessionRecord | None:
        """What was revoked since it was read stays so."""
        found = uow.staff.session(kept.token)
        return found if found is not None and found.ends > self.clock.now() else None


def digest_of(token: str) -> str:
    """As which a token is kept: whoever reads the database can't use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _shown(kept: Iterator[SessionRecord], here: str) -> Iterator[Shown]:
    for one in kept:
        mine = one.token == here
        yield Shown(one.token[:16], one.began, one.last_seen, one.address, one.agent, mine)
