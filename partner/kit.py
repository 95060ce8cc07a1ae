"""A kit at work: who it is, what it remembers, what it may use. Made by main, passed to all."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.times import Micros
from gateway.domain.trust import Role, Trust
from gateway.ports import Clock, Signer
from keys.keyring import FileKeyring, FileOpeners, Openers
from keys.secrets import unlock_secret
from partner.identity import KEYS, Identity, PinnedGateway, load_identity
from partner.opening import Reader
from partner.settings import Settings, load
from partner.state import FILE_NAME, State


class SystemClock:
    """This machine's clock."""

    def now(self) -> Micros:
        """Microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Kit:
    """`pins` looks at the pinned trust file each time, so that a replaced pin rules at once."""

    settings: Settings
    identity: Identity
    state: State
    clock: Clock
    openers: Openers
    signer: Callable[[Micros], Signer]
    pins: Callable[[], Trust]

    @property
    def home(self) -> Path:
        """The kit's directory."""
        return self.settings.home

    def reader(self) -> Reader:
        """What opens parcels now. Raises NotVerified("no-pin")."""
        return Reader(self.identity, self.openers, self.pins())


def load_kit(home: Path, clock: Clock, environ: dict[str, str]) -> Kit:
    """Open a kit's directory. Raises InputError, NotFound, NotVerified, NotPermitted."""
    settings = load(home)
    identity = load_identity(home, clock.now())
    secret = unlock_secret(settings.unlock_file, environ)
    for name in ("inbox", "outbox", "lists", "work", "refused"):
        settings.path(name).mkdir(mode=0o700, parents=True, exist_ok=True)
    keyring = FileKeyring(home / KEYS, secret, lambda: identity.trust, identity.owner)
    return Kit(
        settings=settings,
        identity=identity,
        state=State(home / FILE_NAME),
        clock=clock,
        openers=FileOpeners(home / KEYS, secret),
        signer=lambda at: keyring.signer(Role.STATEMENT, at),
        pins=PinnedGateway(home),
    )
