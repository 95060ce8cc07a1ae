"""Key folders: the own private keys of one party, opened as they are needed.

A folder holds `<role>-<kid>.pem` files. Which of them counts is said by the pins alone; a file
without a pin is never used to sign.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.times import Micros
from gateway.domain.trust import SIGNS_WITH, Algorithm, Owner, PinnedKey, Role, Trust
from keys import base64url, files
from keys.files import Opener
from keys.raw import PrivateSigner


class FileKeyring:
    """The signing keys of one owner in a folder; implements ports.Keyring.

    `trust` is asked at each use, so that a rotation or revocation counts at once.
    """

    def __init__(
        self, folder: Path, passphrase: bytes, trust: Callable[[], Trust], owner: Owner
    ) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._trust = trust
        self._owner = owner
        self._open: dict[str, PrivateSigner] = {}

    def signer(
        self, role: Role, at: Micros, among: Collection[Algorithm] = SIGNS_WITH[Envelope.JOSE]
    ) -> PrivateSigner:
        """The newest key of that role and of one of these algorithms that is pinned, valid at `at`
        and in the folder.

        Raises NotVerified: no-key; passphrase, key-file where the file can't be opened.
        """
        own = self._trust().of(self._owner)
        pins = [key for key in own if key.alg in among and self._usable(key, role, at)]
        if not pins:
            raise NotVerified(
                "no-key", f"{self._owner.id} has no valid {role} key in {self._folder}"
            )
        newest = max(pins, key=lambda key: (key.not_before, key.kid))
        if newest.kid not in self._open:
            self._open[newest.kid] = self._load(newest)
        return self._open[newest.kid]

    def _usable(self, key: PinnedKey, role: Role, at: Micros) -> bool:
        path = files.key_path(self._folder, role, key.kid)
        return key.role is role and key.valid_at(at) and path.is_file()

    def _load(self, pin: PinnedKey) -> PrivateSigner:
        path = files.key_path(self._folder, pin.role, pin.kid)
        signer = files.load_signer(path, self._passphrase)
        if signer.kid != pin.kid:
            raise NotVerified("key-file", f"{path} holds another key than its name says")
        return signer


class Openers(Protocol):
    """Where the opener of a parcel finds its private key."""

    def opener(self, kid: str) -> Opener:
        """The sealing key of that id. Raises NotVerified("unknown-key")."""
        ...

    def named(self, identifier: bytes) -> Opener:
        """The sealing key of that subject key identifier (RFC 5280 4.2.1.2, method 1: what a CMS
        message names). Raises NotVerified("unknown-key")."""
        ...


class FileOpeners:
    """The sealing keys in a folder: of old keys too, for parcels that were sealed to them.

    Only the key that the parcel names is tried.
    """

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._open: dict[str, Opener] = {}

    def opener(self, kid: str) -> Opener:
        """The sealing key of that id.

        Raises NotVerified: unknown-key; passphrase, key-file where the file can't be opened.
        """
        if not base64url.is_kid(kid):
            raise NotVerified("unknown-key", "a key id is 43 characters of base64url")
        if kid not in self._open:
            self._open[kid] = self._load(kid)
        return self._open[kid]

    def named(self, identifier: bytes) -> Opener:
        """The sealing key of that subject key identifier, of all here. Raises as opener."""
        prefix, suffix = files.key_path(self._folder, Role.SEAL, "|").name.split("|")
        for path in sorted(self._folder.glob(f"{prefix}*{suffix}")):
            kid = path.name.removeprefix(prefix).removesuffix(suffix)
            if base64url.is_kid(kid) and self.opener(kid).identifier == identifier:
                return self.opener(kid)
        raise NotVerified("unknown-key", f"{self._folder} has no seal key that the parcel names")

    def _load(self, kid: str) -> Opener:
        path = files.key_path(self._folder, Role.SEAL, kid)
        try:
            opener = files.load_opener(path, self._passphrase)
        except NotFound:
            raise NotVerified("unknown-key", f"{self._folder} has no seal key {kid}") from None
        if opener.kid != kid:
            raise NotVerified("key-file", f"{path} holds another key than its name says")
        return opener


class KeyOpeners:
    """Sealing keys that are in memory already."""

    def __init__(self, *openers: Opener) -> None:
        self._openers = {opener.kid: opener for opener in openers}

    def opener(self, kid: str) -> Opener:
        """The sealing key of that id. Raises NotVerified("unknown-key")."""
        if kid not in self._openers:
            raise NotVerified("unknown-key", "none of the seal keys here is the one it names")
        return self._openers[kid]

    def named(self, identifier: bytes) -> Opener:
        """The key of that subject key identifier. Raises NotVerified("unknown-key")."""
        for opener in self._openers.values():
            if opener.identifier == identifier:
                return opener
        raise NotVerified("unknown-key", "none of the seal keys here is the one it names")
