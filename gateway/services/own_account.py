"""What everybody changes about the own account: password, language, authenticator, signing key."""

from dataclasses import dataclass, replace

from gateway.domain.access import What
from gateway.domain.accounts import Account
from gateway.domain.errors import Conflict, InputError
from gateway.domain.passwords import check_password
from gateway.domain.staff import StaffRecord, Stage
from gateway.ports import Clock, Passwords, Store, UnitOfWork
from gateway.services.access import By, note
from gateway.services.accounts import LANGUAGES
from gateway.services.second_factor import Offer, SecondFactor
from gateway.services.sessions import Sessions, Ticket
from gateway.services.sign_in import Refused
from gateway.services.staff_records import SERVICE_NAMES, keep
from gateway.services.throttle import Throttle


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Acts of an account on itself; what protects it asks for the present password."""

    store: Store
    clock: Clock
    sessions: Sessions
    throttle: Throttle
    passwords: Passwords
    factor: SecondFactor

    def prefer(self, account: Account, language: str) -> None:
        """The language of the pages. Raises InputError."""
        if language not in LANGUAGES:
            raise InputError("expected a language of the console: id or en")
        with self.store.write() as uow:
            uow.staff.prefer(account.id, language)
            # a crash before leaves the old language
            uow.commit("account.prefer")

    def change_password(self, token: str, old: str, new: str, by: By) -> Ticket:
        """Another password; every other session ends, and this one gets a new token.

        Raises Refused, Throttled, InputError (a password that is tried first), Conflict.
        """
        record = self._proven(token, old, by)
        check_password(new, (record.id, record.name, *SERVICE_NAMES))
        made = self.passwords.make(new)
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            after = replace(record, password=made, must_change=False)
            after = keep(uow, self.clock, after, by, "password")
            self._log(uow, by, "password")
            uow.staff.end_sessions(record.id, self.clock.now())
            ticket = self.sessions.follow(uow, kept, after, Stage.OPEN)
            # a crash before leaves the old password and all sessions: change it again
            uow.commit("account.password")
        return ticket

    def offer(self, token: str, password: str, by: By) -> Offer:
        """A secret for another authenticator; the present one counts until `enrol`.

        Raises Refused, Throttled, Conflict.
        """
        self._proven(token, password, by)
        return self.offered(token, make=True)

    def offered(self, token: str, *, make: bool = False) -> Offer:
        """What this session was offered. Raises Conflict where that is nothing."""
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            if not kept.pending and not make:
                raise Conflict("no authenticator is being set up", hint="begin on your own page")
            made = self.factor.offer(uow, kept, record)
            # a crash before leaves nothing offered
            uow.commit("account.offer")
        return made

    def enrol(self, token: str, code: str, by: By) -> tuple[str, ...]:
        """Use the offered authenticator from now on; returns new recovery codes, shown once.

        Raises Refused, Throttled, Conflict.
        """
        self.throttle.count("code", by.account, by.address)
        with self.store.write() as uow:
            kept, record = self.sessions.under(uow, token)
            enrolled = self.factor.enrol(uow, kept, record, code, by)
            if enrolled is None:
                raise Refused
            self.throttle.clear(uow, "code", record.id, by.address)
            uow.staff.end_sessions(record.id, self.clock.now(), but=kept.token)
            # a crash before leaves the old authenticator: enrol again
            uow.commit("account.enrol")
        return enrolled.codes

    def _proven(self, token: str, password: str, by: By) -> StaffRecord:
        """Who holds the session knows the password too."""
        self.throttle.count("password", by.account, by.address)
        with self.store.read() as uow:
            _, record = self.sessions.under(uow, token)
        right = self.passwords.matches(record.password, password)
        with self.store.write() as uow:
            if right:
                self.throttle.clear(uow, "password", record.id, by.address)
            else:
                note(uow, self.clock, by, What.SIGN_IN_REFUSED, step="again")
            # a crash before leaves the try counted
            uow.commit("account.proven")
        if not right:
            raise Refused
        return record

    def _log(self, uow: UnitOfWork, by: By, change: str) -> None:
        note(uow, self.clock, by, What.OWN_CHANGE, f"account:{by.account}", change=change)
