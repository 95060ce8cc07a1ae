"""Signing in: the password, then what the account still owes, one step a session each.

password -> CODE (where codes are enrolled) -> PASSWORD (where somebody else knows it) -> ENROL
(where the role needs codes and has none) -> OPEN. Every refusal says the same, whatever was wrong,
and takes the same work.
"""

from dataclasses import dataclass, replace

from gateway.domain.access import What
from gateway.domain.errors import NotPermitted
from gateway.domain.passwords import check_password
from gateway.domain.staff import SessionRecord, StaffRecord, Stage
from gateway.domain.throttle import place
from gateway.domain.times import DAY, Micros
from gateway.ports import Clock, Passwords, Store, UnitOfWork
from gateway.services.access import By, note
from gateway.services.second_factor import Offer, SecondFactor
from gateway.services.sessions import Origin, Sessions, Ticket
from gateway.services.staff_records import SERVICE_NAMES, keep
from gateway.services.throttle import Throttle

ONE_TIME_LIFE: Micros = 3 * DAY
"""How long a password that an administrator handed over lets its owner choose one."""


class Refused(NotPermitted):
    """The one answer to everything that is not right."""

    def __init__(self) -> None:
        super().__init__(
            "the name, the password or the code is not right, or the account may not sign in",
            hint="try again; an administrator can give you a new password",
        )


@dataclass(frozen=True, slots=True)
class SignIn:
    """The steps. Each raises Refused, Throttled, or Conflict where the sign-in took too long."""

    store: Store
    clock: Clock
    sessions: Sessions
    throttle: Throttle
    passwords: Passwords
    factor: SecondFactor

    def password(self, name: str, password: str, origin: Origin) -> Ticket:
        """The first step."""
        account, where = name.strip().casefold()[:64], place(origin.address)
        self.throttle.count("password", account, where)
        with self.store.read() as uow:
            record = uow.staff.find(account)
        kept = record.password if record is not None and self._may(record) else ""
        right = self.passwords.matches(kept, password)
        with self.store.write() as uow:
            record = uow.staff.find(account)  # it may have changed while the hash was made
            by = By(record.id if record is not None else "", where)
            if not right or record is None or not self._may(record) or record.password != kept:
                note(uow, self.clock, by, What.SIGN_IN_REFUSED, step="password")
                ticket = None
            else:
                self.throttle.clear(uow, "password", account, where)
                ticket = self._onward(uow, record, None, origin)
            # a crash before leaves the try counted, and nobody signed in
            uow.commit("sign-in.password")
        if ticket is None:
            raise Refused
        return ticket

    def code(self, token: str, code: str) -> Ticket:
        """A one-time code, or one of the recovery codes, each good for one time."""
        kept, record = self._at(token, Stage.CODE)
        self.throttle.count("code", record.id, kept.address)
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            by, ticket = By(record.id, kept.address), None
            after = self.factor.take(uow, record, code, by)
            if after is None:
                note(uow, self.clock, by, What.SIGN_IN_REFUSED, step="code")
            else:
                self.throttle.clear(uow, "code", record.id, kept.address)
                ticket = self._onward(uow, after, kept, Origin(kept.address, kept.agent))
            # a crash before leaves the try counted and the code unused
            uow.commit("sign-in.code")
        if ticket is None:
            raise Refused
        return ticket

    def choose(self, token: str, password: str) -> Ticket:
        """An own password instead of the one that was handed over. Raises InputError too."""
        _, record = self._at(token, Stage.PASSWORD)
        check_password(password, (record.id, record.name, *SERVICE_NAMES))
        if self.passwords.matches(record.password, password):
            raise Refused  # the one that somebody else knows
        made = self.passwords.make(password)
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            after = replace(record, password=made, must_change=False)
            by = By(record.id, kept.address)
            after = keep(uow, self.clock, after, by, "password")
            note(uow, self.clock, by, What.OWN_CHANGE, f"account:{record.id}", change="password")
            ticket = self._onward(uow, after, kept, Origin(kept.address, kept.agent))
            # a crash before leaves the handed over password: choose again
            uow.commit("sign-in.choose")
        return ticket

    def offer(self, token: str) -> Offer:
        """A secret for the authenticator, the same as long as this step lasts."""
        kept, _ = self._at(token, Stage.ENROL)
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            made = self.factor.offer(uow, kept, record)
            # a crash before leaves nothing offered; after it the same secret is shown again
            uow.commit("sign-in.offer")
        return made

    def enrol(self, token: str, code: str) -> tuple[Ticket, tuple[str, ...]]:
        """Proves that the authenticator has the secret; the recovery codes are shown once."""
        kept, record = self._at(token, Stage.ENROL)
        self.throttle.count("code", record.id, kept.address)
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            by = By(record.id, kept.address)
            enrolled = self.factor.enrol(uow, kept, record, code, by)
            if enrolled is None:
                raise Refused
            self.throttle.clear(uow, "code", record.id, kept.address)
            origin = Origin(kept.address, kept.agent)
            ticket = self._onward(uow, enrolled.record, kept, origin)
            # a crash before leaves the account without codes: enrol again
            uow.commit("sign-in.enrol")
        return ticket, enrolled.codes

    def _may(self, record: StaffRecord) -> bool:
        late = record.must_change and self.clock.now() - record.changed_at > ONE_TIME_LIFE
        return not record.disabled and not late

    def _at(self, token: str, stage: Stage) -> tuple[SessionRecord, StaffRecord]:
        with self.store.read() as uow:
            kept, record = self.sessions.under(uow, token)
        if kept.stage is not stage:
            raise Refused
        return kept, record

    def _onward(
        self, uow: UnitOfWork, record: StaffRecord, kept: SessionRecord | None, origin: Origin
    ) -> Ticket:
        """To the next step that is owed; the token changes with it."""
        stage = _owed(record, kept.stage if kept is not None else None)
        if stage is Stage.OPEN:
            note(uow, self.clock, By(record.id, place(origin.address)), What.SIGN_IN)
        if kept is None:
            return self.sessions.begin(uow, record, stage, origin)
        return self.sessions.follow(uow, kept, record, stage)


def _owed(record: StaffRecord, done: Stage | None) -> Stage:
    if done is None and record.totp:
        return Stage.CODE
    if record.must_change:
        return Stage.PASSWORD
    if record.needs_totp and not record.totp:
        return Stage.ENROL
    return Stage.OPEN
