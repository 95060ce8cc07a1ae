"""What the console's accounts work with, joined: for `palang account` and `palang console`."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from functools import cached_property
from getpass import getuser
from typing import TYPE_CHECKING

from gateway.domain.errors import NotFound
from gateway.domain.throttle import PAIR
from gateway.domain.times import HOUR, MINUTE
from gateway.services.access import AccessLog, By
from gateway.services.accounts import Accounts
from gateway.services.own_account import OwnAccount
from gateway.services.own_key import OwnKeys
from gateway.services.second_factor import SecondFactor
from gateway.services.sessions import Sessions
from gateway.services.sign_in import SignIn
from gateway.services.throttle import Throttle
from gateway.services.wanted_heads import WantedHeads
from keys.codes import TimeCodes
from keys.files import open_signer
from keys.passwords import Argon2Passwords
from keys.secrets import read_secret
from keys.vault import ConsoleVault

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.main.wiring import Gateway
    from gateway.ports import Passwords

SECRET_BYTES = 32


class Staffing:
    """The services of one gateway's accounts; built when they are first asked for. `passwords` is
    given by tests, whose hashes may be cheap."""

    def __init__(self, gateway: Gateway, passwords: Passwords | None = None) -> None:
        self._gateway = gateway
        self._settings = gateway.settings.console
        self.passwords: Passwords = passwords or Argon2Passwords()
        self.codes = TimeCodes()

    @property
    def secret_file(self) -> Path:
        """The console's own secret."""
        return self._gateway.settings.home / self._settings.secret

    @cached_property
    def vault(self) -> ConsoleVault:
        """Raises NotFound, NotPermitted (open to others), InputError."""
        try:
            return ConsoleVault(read_secret(self.secret_file))
        except NotFound as error:
            raise NotFound(
                str(error),
                hint="bring back the copy that was made of it; where no account has one-time codes"
                " yet, palang account add makes a new one",
            ) from None

    @cached_property
    def access(self) -> AccessLog:
        """Who looked at what."""
        return AccessLog(self._gateway.store, self._gateway.clock, self.vault)

    @cached_property
    def accounts(self) -> Accounts:
        """Their administration."""
        return Accounts(self._gateway.store, self._gateway.clock, self.passwords)

    @cached_property
    def throttle(self) -> Throttle:
        """What slows guessing down."""
        pair = replace(PAIR, free=self._settings.throttle)
        return Throttle(self._gateway.store, self._gateway.clock, self.vault, pair)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        absolute = self._settings.session_hours * HOUR
        idle = self._settings.idle_minutes * MINUTE
        return Sessions(self._gateway.store, self._gateway.clock, absolute, idle)

    @cached_property
    def factor(self) -> SecondFactor:
        """One-time codes."""
        return SecondFactor(self._gateway.clock, self.codes, self.vault)

    @cached_property
    def sign_in(self) -> SignIn:
        """The steps of a sign-in."""
        parts = (self.sessions, self.throttle, self.passwords, self.factor)
        return SignIn(self._gateway.store, self._gateway.clock, *parts)

    @cached_property
    def own(self) -> OwnAccount:
        """What everybody changes about the own account."""
        parts = (self.sessions, self.throttle, self.passwords, self.factor)
        return OwnAccount(self._gateway.store, self._gateway.clock, *parts)

    @cached_property
    def keys(self) -> OwnKeys:
        """Officers' keys beside their accounts."""
        return OwnKeys(self._gateway.store, self._gateway.clock, self.throttle, open_signer)

    @cached_property
    def heads(self) -> WantedHeads:
        """Checkpoints that the worker signs when the console asks."""
        return WantedHeads(self._gateway.store, self._gateway.clock)

    def require_secret(self) -> None:
        """Make the console's secret where no account needs the old one: in a gateway of before."""
        if self.secret_file.exists() or any(one.totp for one in self.accounts.all()):
            return
        make_secret(self.secret_file)


def make_secret(path: Path) -> None:
    """A new secret in a new file for its owner only."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    # a crash here leaves an empty file, which is refused by name: delete it, add the account anew
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(SECRET_BYTES).encode())


def on_machine() -> By:
    """Whoever runs a command of the machine: told by the operating system, not proven."""
    return By(f"machine:{getuser()}")
