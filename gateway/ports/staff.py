"""What the console's own use cases need: accounts and sessions as kept, the access log, secrets."""

from collections.abc import Callable
from typing import Protocol

from gateway.domain.access import Access, AccessFilter
from gateway.domain.ledger import LedgerEvent
from gateway.domain.staff import SessionRecord, StaffRecord
from gateway.domain.throttle import Bucket
from gateway.domain.times import Micros
from gateway.ports.keys import Signer


class Staff(Protocol):
    """Accounts, their sessions, and tries to sign in."""

    def all(self) -> tuple[StaffRecord, ...]:
        """All accounts, by id."""
        ...

    def find(self, account: str) -> StaffRecord | None:
        """One, locked in a writer until it ends; None where there is none."""
        ...

    def put(self, record: StaffRecord, event: LedgerEvent) -> None:
        """Write one whole, with its event."""
        ...

    def prefer(self, account: str, language: str) -> None:
        """The language of somebody's pages; no event, since nothing hangs on it."""
        ...

    def use_step(self, account: str, step: int) -> bool:
        """Whether no code of this step or a later one was used before; from now on it was."""
        ...

    def session(self, token: str) -> SessionRecord | None:
        """The session of this digest, whatever its state."""
        ...

    def sessions(self, account: str, now: Micros) -> tuple[SessionRecord, ...]:
        """Those that have not ended, the newest first."""
        ...

    def put_session(self, session: SessionRecord) -> None:
        """Write one whole."""
        ...

    def end_sessions(self, account: str, now: Micros, but: str = "") -> int:
        """End all of an account but one; returns how many."""
        ...

    def came_from(self, account: str, address: str, since: Micros) -> bool:
        """Whether the account was signed in from that address since then."""
        ...

    def bucket(self, key: str) -> Bucket | None:
        """Tries of one kind."""
        ...

    def put_bucket(self, bucket: Bucket) -> None:
        """Write it whole."""
        ...


class AccessRows(Protocol):
    """The access log as kept: rows are added and never changed."""

    def add(self, row: Access) -> None:
        """Add one; the store gives the id."""
        ...

    def page(self, wanted: AccessFilter, most: int) -> tuple[Access, ...]:
        """At most so many that match, newest first."""
        ...


class Passwords(Protocol):
    """Slow hashes of passwords."""

    def make(self, password: str) -> str:
        """A hash with a salt of its own."""
        ...

    def matches(self, kept: str, password: str) -> bool:
        """Whether the hash is of this password. "" is of none, and takes the same time."""
        ...


class Vault(Protocol):
    """The console's secret: what it keeps encrypted, and keyed hashes. Raises NotFound where the
    secret's file is missing, NotVerified where a text was not encrypted under it for `owner`."""

    def seal(self, text: str, owner: str) -> str:
        """Encrypt a text that belongs to an account."""
        ...

    def open(self, sealed: str, owner: str) -> str:
        """The text again."""
        ...

    def blind(self, kind: str, text: str) -> str:
        """A keyed hash of the text, 64 characters of hex; each kind has a key of its own."""
        ...


class Codes(Protocol):
    """One-time codes by the time (RFC 6238), six digits in 30 s."""

    def new_secret(self) -> str:
        """A secret for an authenticator, in base32."""
        ...

    def step(self, secret: str, code: str, now: Micros) -> int | None:
        """The step of 30 s whose code this is, at most one away from now; None where it is none."""
        ...

    def uri(self, secret: str, account: str, gateway: str) -> str:
        """What an authenticator reads from the QR code."""
        ...


OpenKey = Callable[[bytes, bytes], Signer]
"""Opens an encrypted PKCS#8 PEM with its passphrase. Raises NotVerified, InputError."""
