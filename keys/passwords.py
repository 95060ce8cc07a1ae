"""Hashes of passwords: argon2id with the parameters of RFC 9106 4, second choice (64 MiB)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY


class Argon2Passwords:
    """ports.Passwords. A hash names its own parameters, so older ones keep verifying."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobody = ""

    def make(self, password: str) -> str:
        """A hash with a salt of its own."""
        return self._hasher.hash(password)

    def matches(self, kept: str, password: str) -> bool:
        """Whether the hash is of this password. "" is of none, and takes the same time: who asks
        can't tell an account from none by the clock."""
        if not kept:
            # made when it is first needed: a start of the program does not pay for it
            self._nobody = self._nobody or self.make("nobody has this password")
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)
