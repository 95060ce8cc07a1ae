"""The access log and the officer's key, as a view uses them: who asks, the request says."""

from dataclasses import dataclass

from flask import request

from gateway.domain.access import What
from gateway.domain.accounts import Account
from gateway.services.access import AccessLog, By
from gateway.services.approvals import Signatory
from gateway.services.own_key import OwnKeys
from gateway.web.console.frame import current


def by() -> By:
    """The account of this request, and where it sits. No header names the address: a proxy in
    front is the address that is seen."""
    return By(current().id, request.remote_addr or "")


@dataclass(frozen=True, slots=True)
class Looks:
    """frame.Looking."""

    log: AccessLog

    def __call__(self, what: str, subject: str, reason: str = "") -> None:
        """Note it before it is shown; where that fails nothing is shown. Raises ValueError for a
        code that is not in the closed list: a bug of the caller."""
        self.log.looked(by(), What(what), subject, reason)


@dataclass(frozen=True, slots=True)
class Unlocks:
    """Opens the officer key of the account that asks, for one act."""

    keys: OwnKeys

    def __call__(self, account: Account, passphrase: str) -> Signatory:
        """Raises NotFound (no key), NotPermitted (wrong passphrase, too many tries)."""
        return self.keys.unlock(account, passphrase, request.remote_addr or "")
