"""An officer's key beside the account: kept as its owner encrypted it, opened for one act.

Whose key it is, the key says: it is pinned to an officer, and only whoever knows the passphrase
puts it here. The console can't open it alone, nor can whoever reads the database.
"""

from dataclasses import dataclass, replace

from gateway.domain.access import What
from gateway.domain.accounts import Account
from gateway.domain.errors import InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.parties import Standing
from gateway.domain.staff import StaffRecord
from gateway.domain.trust import OwnerKind, Role
from gateway.ports import Clock, OpenKey, Signer, Store, UnitOfWork
from gateway.services.access import By, note
from gateway.services.approvals import Signatory
from gateway.services.staff_records import keep
from gateway.services.throttle import Throttle


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Keeps, opens and forgets them."""

    store: Store
    clock: Clock
    throttle: Throttle
    open_key: OpenKey

    def put(self, account: str, pem: bytes, passphrase: bytes, by: By) -> StaffRecord:
        """Keep a key file beside the account; its officer becomes the account's.

        Raises NotFound, NotVerified (file, passphrase), NotPermitted (no live officer's key, or
        another account has it).
        """
        signer = self.open_key(pem, passphrase)
        with self.store.write() as uow:
            record = _found(uow, account)
            officer = _officer_of(uow, signer)
            _refuse_shared(uow, record, officer)
            after = replace(record, key=_text(pem), officer=officer)
            after = keep(uow, self.clock, after, by, "key", officer=officer, kid=signer.kid)
            what = What.OWN_CHANGE if by.account == account else What.ACCOUNT_CHANGE
            states = {"before": record.officer, "after": officer}
            note(uow, self.clock, by, what, f"account:{account}", change="key", **states)
            # a crash before leaves the account without this key: give it again
            uow.commit("account.key")
        return after

    def forget(self, account: str, by: By) -> StaffRecord:
        """Take the key away again; the officer's own file is not touched. Raises NotFound."""
        with self.store.write() as uow:
            record = _found(uow, account)
            after = replace(record, key="", officer="")
            after = keep(uow, self.clock, after, by, "key-forget", officer=record.officer)
            what = What.OWN_CHANGE if by.account == account else What.ACCOUNT_CHANGE
            states = {"before": record.officer, "after": ""}
            note(uow, self.clock, by, what, f"account:{account}", change="key-forget", **states)
            # a crash before leaves the key: forget it again
            uow.commit("account.key-forget")
        return after

    def unlock(self, account: Account, passphrase: str, address: str = "") -> Signatory:
        """The account's officer with the opened key, for one act; nothing is kept of it.

        Raises NotFound (no key here), NotPermitted (a wrong passphrase, too many of them).
        """
        by = By(account.id, address)
        with self.store.read() as uow:
            record = _found(uow, account.id)
        if not record.key or record.disabled:
            raise NotFound(
                "no signing key is kept for this account, so it signs nothing here",
                hint="put your own encrypted key file on the page of your account",
            )
        self.throttle.count("key", account.id, address)
        signer = self._opened(record, passphrase)
        with self.store.write() as uow:
            subject = f"account:{account.id}"
            if signer is None:
                note(uow, self.clock, by, What.KEY_REFUSED, subject)
            else:
                self.throttle.clear(uow, "key", account.id, address)
                note(uow, self.clock, by, What.KEY_OPEN, subject, officer=record.officer)
            # a crash before leaves the try counted, and nothing signed
            uow.commit("key.open")
        if signer is None:
            raise NotPermitted(
                "the passphrase does not open your signing key",
                hint="it is the one you gave when the key was made, not your sign-in password",
            )
        return Signatory(record.officer, signer)

    def _opened(self, record: StaffRecord, passphrase: str) -> Signer | None:
        try:
            return self.open_key(record.key.encode(), passphrase.encode())
        except NotVerified:
            # said to the caller once it is logged. The file was proven when it was put here: one
            # that reads as damaged is a wrong passphrase whose padding fits, one in 256
            return None


def _found(uow: UnitOfWork, account: str) -> StaffRecord:
    record = uow.staff.find(account)
    if record is None:
        raise NotFound("there is no such account", hint="palang account list")
    return record


def _text(pem: bytes) -> str:
    try:
        return pem.decode("ascii")
    except UnicodeDecodeError:
        raise InputError("expected a PEM file, which is plain text") from None


def _officer_of(uow: UnitOfWork, signer: Signer) -> str:
    wanted = (signer.kid, OwnerKind.OFFICER, Role.APPROVAL)
    for key in uow.registry.trust().keys:
        its = (key.kid, key.owner.kind, key.role)
        if its == wanted and uow.registry.officer(key.owner.id).standing is Standing.LIVE:
            return key.owner.id
    raise NotPermitted(
        "this key is not pinned to a live officer",
        hint="enrol and approve the officer first: palang officer add, palang officer approve",
    )


def _refuse_shared(uow: UnitOfWork, record: StaffRecord, officer: str) -> None:
    holder = next((o.id for o in uow.staff.all() if o.officer == officer and o.id != record.id), "")
    if holder:
        raise NotPermitted(
            f"the key of officer {officer} is kept beside account {holder}: one person has one"
            " account",
            hint=f"take it away there first: palang account key {holder} --forget",
        )
