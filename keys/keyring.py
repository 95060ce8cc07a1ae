"""Key stores and what is done with them: the own private keys of one party.

Which key counts is said by the pins alone; a private key without a pin is never used to sign. A
folder holds `<role>-<kid>.pem` files; other stores are chosen by their URI (keys/stores.py).
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.fingerprints import PGP
from gateway.domain.ids import Envelope
from gateway.domain.times import Micros
from gateway.domain.trust import SIGNS_WITH, Algorithm, Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import files, jwk
from keys.files import Opener
from keys.generate import generate
from keys.openpgp import PgpSigner
from keys.policy import PublicKey


class Openers(Protocol):
    """Where the opener of a parcel finds its private key."""

    def opener(self, kid: str) -> Opener:
        """The sealing key of that id. Raises NotVerified("unknown-key")."""
        ...

    def named(self, identifier: bytes) -> Opener:
        """The sealing key of that subject key identifier (RFC 5280 4.2.1.2, method 1: what a CMS
        message names). Raises NotVerified("unknown-key")."""
        ...


class KeyStore(Openers, Protocol):
    """Where private keys are: encrypted files, systemd credentials, a PKCS#11 token.

    Raises NotVerified where a key is there and can't be used: passphrase, key-file, token.
    """

    @property
    def where(self) -> str:
        """The store in words, for people and logs; never a secret."""
        ...

    def holds(self, role: Role, kid: str) -> bool:
        """Whether that key is here, whether or not it can be opened."""
        ...

    def signer(self, role: Role, kid: str) -> Signer:
        """That signing key. Raises NotVerified, NotFound."""
        ...

    def make(self, role: Role, algorithm: Algorithm) -> PublicKey:
        """A new key pair in this store; only the public half comes out.

        Raises InputError where this store can't make one of the kind.
        """
        ...


class FileStore:
    """Encrypted PKCS#8 files in a folder, all under one passphrase. Implements KeyStore."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._openers = FileOpeners(folder, passphrase)

    @property
    def where(self) -> str:
        """The folder."""
        return str(self._folder)

    def holds(self, role: Role, kid: str) -> bool:
        """Whether there is such a file."""
        return files.key_path(self._folder, role, kid).is_file()

    def signer(self, role: Role, kid: str) -> Signer:
        """The key of that file. Raises NotFound, NotVerified: passphrase, key-file."""
        path = files.key_path(self._folder, role, kid)
        signer = files.load_signer(path, self._passphrase)
        # the id of an OpenPGP key is of its certificate, which only the pin has
        if signer.kid != kid and not kid.startswith(PGP):
            raise NotVerified("key-file", f"{path} holds another key than its name says")
        return signer

    def make(self, role: Role, algorithm: Algorithm) -> PublicKey:
        """A new key file. Raises InputError for OpenPGP, and as files.write_private."""
        key = generate(algorithm)
        path = files.key_path(self._folder, role, jwk.key_id(key.public_key()))
        files.write_private(path, key, self._passphrase)
        return key.public_key()

    def opener(self, kid: str) -> Opener:
        """As FileOpeners."""
        return self._openers.opener(kid)

    def named(self, identifier: bytes) -> Opener:
        """As FileOpeners."""
        return self._openers.named(identifier)


class Stores:
    """Several stores as one: the first makes new keys, a key is used from where it is.

    So the keys of one store are replaced by those of another in one ordinary rotation.
    """

    def __init__(self, stores: Sequence[KeyStore]) -> None:
        self._stores = tuple(stores)

    @property
    def where(self) -> str:
        """All places."""
        return ", ".join(store.where for store in self._stores)

    def holds(self, role: Role, kid: str) -> bool:
        """Whether one of them has it."""
        return any(store.holds(role, kid) for store in self._stores)

    def signer(self, role: Role, kid: str) -> Signer:
        """From the first that has it. Raises NotFound, NotVerified."""
        for store in self._stores:
            if store.holds(role, kid):
                return store.signer(role, kid)
        raise NotFound(f"no {role} key {kid} in {self.where}")

    def make(self, role: Role, algorithm: Algorithm) -> PublicKey:
        """In the first. Raises InputError."""
        return self._stores[0].make(role, algorithm)

    def opener(self, kid: str) -> Opener:
        """From the first that has it. Raises NotVerified."""
        return self._first(lambda store: store.opener(kid))

    def named(self, identifier: bytes) -> Opener:
        """From the first that has it. Raises NotVerified."""
        return self._first(lambda store: store.named(identifier))

    def _first(self, look: Callable[[KeyStore], Opener]) -> Opener:
        for store in self._stores:
            try:
                return look(store)
            except NotVerified as error:
                if error.reason != "unknown-key":
                    raise
        raise NotVerified("unknown-key", f"{self.where}: no seal key that the parcel names")


class StoreKeyring:
    """The signing keys of one owner in a store; implements ports.Keyring.

    `trust` is asked at each use, so that a rotation or revocation counts at once.
    """

    def __init__(self, store: KeyStore, trust: Callable[[], Trust], owner: Owner) -> None:
        self._store = store
        self._trust = trust
        self._owner = owner
        self._open: dict[str, Signer] = {}

    def signer(
        self, role: Role, at: Micros, among: Collection[Algorithm] = SIGNS_WITH[Envelope.JOSE]
    ) -> Signer:
        """The newest key of that role and of one of these algorithms that is pinned, valid at `at`
        and in the store.

        Raises NotVerified: no-key; passphrase, key-file, token where it can't be used.
        """
        own = self._trust().of(self._owner)
        pins = [key for key in own if key.alg in among and self._usable(key, role, at)]
        if not pins:
            raise NotVerified(
                "no-key", f"{self._owner.id} has no valid {role} key in {self._store.where}"
            )
        newest = max(pins, key=lambda key: (key.not_before, key.kid))
        if newest.kid not in self._open:
            self._open[newest.kid] = self._store.signer(newest.role, newest.kid)
        signer = self._open[newest.kid]
        return PgpSigner(newest, signer, lambda: at) if newest.alg is Algorithm.OPENPGP else signer

    def _usable(self, key: PinnedKey, role: Role, at: Micros) -> bool:
        return key.role is role and key.valid_at(at) and self._store.holds(role, key.kid)


class FileKeyring(StoreKeyring):
    """The signing keys of one owner in a folder."""

    def __init__(
        self, folder: Path, passphrase: bytes, trust: Callable[[], Trust], owner: Owner
    ) -> None:
        super().__init__(FileStore(folder, passphrase), trust, owner)


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
        if not jwk.is_key_id(kid):
            raise NotVerified("unknown-key", "a key id is 43 characters of base64url, or pgp-")
        if kid not in self._open:
            self._open[kid] = self._load(kid)
        return self._open[kid]

    def named(self, identifier: bytes) -> Opener:
        """The sealing key of that subject key identifier, of all here. Raises as opener."""
        prefix, suffix = files.key_path(self._folder, Role.SEAL, "|").name.split("|")
        for path in sorted(self._folder.glob(f"{prefix}*{suffix}")):
            kid = path.name.removeprefix(prefix).removesuffix(suffix)
            if jwk.is_key_id(kid) and self.opener(kid).identifier == identifier:
                return self.opener(kid)
        raise NotVerified("unknown-key", f"{self._folder} has no seal key that the parcel names")

    def _load(self, kid: str) -> Opener:
        path = files.key_path(self._folder, Role.SEAL, kid)
        try:
            pgp = kid if kid.startswith(PGP) else ""
            opener = files.load_opener(path, self._passphrase, pgp)
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
