"""Who may sign in to the console: administrators make accounts, change roles, reset, disable.

Every role sees people's numbers or changes accounts, so what lets somebody in, or lets them do more
(a new account, more rights, enabled again, a new password or factor), takes two administrators
where there are two: one alone would sign in as the account that was made or reset. Taking rights
away takes one, at once, and does not make the other one sole. Commands of the machine act at once:
whoever may run them can write to the database; the ledger says that it was the machine.
"""

import secrets
from dataclasses import dataclass, replace

from gateway.domain.access import What
from gateway.domain.accounts import RIGHTS, Role
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.ids import partner_id
from gateway.domain.ledger import Tag
from gateway.domain.staff import StaffRecord
from gateway.ports import Clock, Passwords, Store, UnitOfWork
from gateway.services.access import By, note
from gateway.services.staff_records import keep

LANGUAGES = ("id", "en")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A person to let in."""

    id: str
    name: str
    role: Role
    language: str = "id"


@dataclass(frozen=True, slots=True)
class Handed:
    """An account after a change; `password` is a one-time one to hand over, "" where none was made;
    `waits` says that another administrator has to agree first."""

    record: StaffRecord
    password: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Accounts:
    """Their administration. Each act is one event of the ledger and one row of the access log."""

    store: Store
    clock: Clock
    passwords: Passwords

    def all(self) -> tuple[StaffRecord, ...]:
        """All, by id."""
        with self.store.read() as uow:
            return uow.staff.all()

    def find(self, account: str) -> StaffRecord:
        """Raises NotFound."""
        with self.store.read() as uow:
            return _found(uow, account)

    def add(self, new: NewAccount, by: By) -> Handed:
        """A new account with a one-time password; where that takes two it is made disabled.

        Raises InputError, Conflict (the id is taken), NotPermitted.
        """
        _check(new)
        password = one_time()
        made = StaffRecord(new.id, " ".join(new.name.split()), new.role, language=new.language)
        made = replace(made, password=self.passwords.make(password), made_at=self.clock.now())
        with self.store.write() as uow:
            _require_administrator(uow, by)
            if uow.staff.find(new.id) is not None:
                raise Conflict(
                    f"there is an account {new.id} already", hint="choose another id, or enable it"
                )
            waits = _takes_two(uow, by)
            if waits:
                made = replace(made, disabled=True, asked="enable", asked_by=by.account)
            role = str(new.role)
            made = keep(uow, self.clock, made, by, "add", Tag.ACCOUNT_ADD, role=role)
            note(
                uow, self.clock, by, What.ACCOUNT_ADD, _subject(made), before="", after=_said(made)
            )
            # a crash before leaves no account: add it again, with another password
            uow.commit("account.add")
        return Handed(made, password, waits)

    def change_role(self, account: str, role: Role, by: By) -> Handed:
        """Another role; all sessions of the account end.

        Raises NotFound, Conflict, NotPermitted, like all below.
        """
        return self._act(account, f"role {role}", by)

    def disable(self, account: str, by: By) -> Handed:
        """Nobody signs in with it any more, at once; what was asked for it is off the table."""
        return self._act(account, "disable", by)

    def enable(self, account: str, by: By) -> Handed:
        """Let it sign in again."""
        return self._act(account, "enable", by)

    def reset_password(self, account: str, by: By) -> Handed:
        """A new one-time password; one that is disabled stays so (threats.md W4)."""
        return self._act(account, "password", by)

    def reset_totp(self, account: str, by: By) -> Handed:
        """Its authenticator is forgotten; the next sign-in enrols another."""
        return self._act(account, "totp", by)

    def approve(self, account: str, asked: str, by: By) -> Handed:
        """The second administrator's word: what was asked, as they saw it, happens.

        Raises NotFound, Conflict (nothing is asked, or something else by now), NotPermitted (the
        one who asked, or about oneself).
        """
        return self._act(account, asked, by, second=True)

    def decline(self, account: str, by: By) -> Handed:
        """What was asked does not happen. Raises NotFound, Conflict, NotPermitted."""
        with self.store.write() as uow:
            _require_administrator(uow, by)
            before = _found(uow, account)
            _require_asked(before)
            after = replace(before, asked="", asked_by="")
            after = keep(uow, self.clock, after, by, "decline", asked=before.asked)
            self._log(uow, by, "decline", before, after)
            # a crash before leaves it asked: decline it again
            uow.commit("account.decline")
        return Handed(after)

    def _act(self, account: str, change: str, by: By, *, second: bool = False) -> Handed:
        password = one_time() if change == "password" else ""
        made = self.passwords.make(password) if password else ""
        with self.store.write() as uow:
            _require_administrator(uow, by)
            before = _found(uow, account)
            self._allow(uow, before, change, by, second=second)
            waits = not second and _widens(before, change) and _takes_two(uow, by)
            if waits:
                after = replace(before, asked=change, asked_by=by.account)
                after = keep(uow, self.clock, after, by, change, Tag.ACCOUNT_ASK)
                self._log(uow, by, change, before, after, What.ACCOUNT_ASK)
            else:
                after = _changed(before, change, made)
                asked_by = before.asked_by if second else ""
                after = keep(uow, self.clock, after, by, change, asked_by=asked_by)
                uow.staff.end_sessions(account, self.clock.now())
                self._log(uow, by, change, before, after)
            # a crash before leaves the account and its sessions as they were: do it again
            uow.commit("account.change")
        return Handed(after, "" if waits else password, waits)

    def _allow(
        self, uow: UnitOfWork, before: StaffRecord, change: str, by: By, *, second: bool
    ) -> None:
        if second:
            _require_asked(before)
            if before.asked != change:
                raise Conflict("something else is asked by now", hint="open the page again")
            if by.account in (before.asked_by, before.id):
                raise NotPermitted(
                    "the second word is another administrator's, and nobody's about themselves",
                    hint="ask a colleague who is an administrator",
                )
        elif by.account == before.id:
            raise NotPermitted(
                "nobody changes their own account so",
                hint="another administrator does; your own page has your password and codes",
            )
        _refuse_nothing(before, change)
        loses = change == "disable" or (
            change.startswith("role ") and change != "role administrator"
        )
        if loses and _is_last(uow, before):
            raise Conflict(
                f"{before.id} is the last administrator who can sign in",
                hint="make another one first: palang account add",
            )

    def _log(
        self,
        uow: UnitOfWork,
        by: By,
        change: str,
        before: StaffRecord,
        after: StaffRecord,
        what: What = What.ACCOUNT_CHANGE,
    ) -> None:
        states = {"before": _said(before), "after": _said(after)}
        note(uow, self.clock, by, what, _subject(after), change=change, **states)


def one_time() -> str:
    """A password to hand over: 98 random bits, easy to read out."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _check(new: NewAccount) -> None:
    partner_id(new.id)
    if not 0 < len(" ".join(new.name.split())) <= 128 or not new.name.isprintable():
        raise InputError("an account needs a person's name of 1 to 128 characters")
    if new.language not in LANGUAGES:
        raise InputError(f"expected a language of {', '.join(LANGUAGES)}, got {new.language[:8]!r}")


def _found(uow: UnitOfWork, account: str) -> StaffRecord:
    record = uow.staff.find(account)
    if record is None:
        raise NotFound("there is no such account", hint="palang account list")
    return record


def _require_administrator(uow: UnitOfWork, by: By) -> None:
    """Looked at in the unit itself: who lost the role a moment ago does nothing more."""
    if by.on_machine:
        return
    record = uow.staff.find(by.account)
    if record is None or record.disabled or record.role is not Role.ADMINISTRATOR:
        raise NotPermitted("only an administrator changes accounts")


def _require_asked(record: StaffRecord) -> None:
    if not record.asked:
        raise Conflict(f"nothing waits for a second administrator at account {record.id}")


def _takes_two(uow: UnitOfWork, by: By) -> bool:
    """A disabled one counts: else whoever disables the other needs no second word any more."""
    administrators = [one for one in uow.staff.all() if one.role is Role.ADMINISTRATOR]
    return not by.on_machine and len(administrators) > 1


def _administrators(uow: UnitOfWork) -> list[str]:
    everyone = uow.staff.all()
    return [one.id for one in everyone if one.role is Role.ADMINISTRATOR and not one.disabled]


def _is_last(uow: UnitOfWork, record: StaffRecord) -> bool:
    return _administrators(uow) == [record.id]


def _widens(record: StaffRecord, change: str) -> bool:
    if change.startswith("role "):
        return not RIGHTS[Role(change.removeprefix("role "))] <= RIGHTS[record.role]
    return change in ("enable", "password", "totp")


def _refuse_nothing(record: StaffRecord, change: str) -> None:
    """Raises Conflict for what is so already."""
    so = {
        f"role {record.role}": f"account {record.id} has the role {record.role} already",
        "disable" if record.disabled else "enable": f"account {record.id} is so already",
    }
    if change in so:
        raise Conflict(so[change], hint="palang account list shows how it is")


def _changed(record: StaffRecord, change: str, password: str) -> StaffRecord:
    after = replace(record, asked="", asked_by="")
    match change.split():
        case ["role", role]:
            return replace(after, role=Role(role))
        case ["disable"]:
            return replace(after, disabled=True)
        case ["enable"]:
            return replace(after, disabled=False)
        case ["password"]:
            return replace(after, password=password, must_change=True)
        case ["totp"]:
            return replace(after, totp="", totp_step=0, recovery="")
    raise InputError("expected a change of an account that is known")


def _subject(record: StaffRecord) -> str:
    return f"account:{record.id}"


def _said(record: StaffRecord) -> str:
    state = "disabled" if record.disabled else "enabled"
    return f"{record.role}, {state}" + (f", asked: {record.asked}" if record.asked else "")
