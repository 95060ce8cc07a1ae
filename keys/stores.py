"""Choosing a key store by its URI: one line of the settings, `key_store = "..."`.

file:FOLDER          encrypted PKCS#8 files under the unlock secret (the folder `keys` where unset)
credential:PREFIX    systemd credentials whose names begin so (`palang-key` where it is empty)
pkcs11:...           a PKCS#11 token (RFC 7512); its PIN from pin-source=, else the unlock secret
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.domain.errors import InputError
from gateway.domain.trust import Algorithm, Role
from gateway.ports import Signer
from keys import stores_credential, stores_uri
from keys.keyring import FileStore, KeyStore, Stores
from keys.secrets import read_secret

FILE = "file:"
CREDENTIAL_PREFIX = "palang-key"


def open_stores(
    uri: str, home: Path, folder: Path, secret: Callable[[], bytes], environ: Mapping[str, str]
) -> KeyStore:
    """The chosen store, and behind it the folder, so that one rotation moves the keys.

    Raises InputError for a URI that names none, NotFound, NotPermitted (the PIN's file).
    """
    files = FileStore(folder, secret())
    if not uri or uri == f"{FILE}{folder}":
        return files
    return Stores((open_store(uri, home, secret, environ), files))


def open_store(
    uri: str, home: Path, secret: Callable[[], bytes], environ: Mapping[str, str]
) -> KeyStore:
    """The store that a URI names. Raises as open_stores."""
    if uri.startswith(FILE):
        return FileStore(home / uri.removeprefix(FILE), secret())
    if uri.startswith(stores_credential.SCHEME):
        prefix = uri.removeprefix(stores_credential.SCHEME) or CREDENTIAL_PREFIX
        return stores_credential.CredentialStore(prefix, environ, secret())
    if is_token(uri):
        from keys.stores_pkcs11 import TokenStore

        named = stores_uri.parse(uri, home)
        pin = secret() if named.pin_source is None else read_secret(named.pin_source)
        return TokenStore(named, pin)
    raise InputError(
        "a key store is named by file:FOLDER, credential:PREFIX or pkcs11:...",
        hint="docs/keys.md has one line for each",
    )


def is_token(uri: str) -> bool:
    """Whether this names a token and no file."""
    return uri.startswith(stores_uri.SCHEME)


def token_signer(uri: str, pin: bytes, role: Role) -> Signer:
    """The one key of a token that a person signs with. Raises NotFound, InputError, NotVerified."""
    from keys.stores_pkcs11 import TokenStore

    return TokenStore(stores_uri.parse(uri), pin).only_signer(role)


def new_token_signer(uri: str, pin: bytes, role: Role, algorithm: Algorithm) -> Signer:
    """As token_signer, with a key that is made now. Raises InputError, NotVerified."""
    from keys import jwk
    from keys.stores_pkcs11 import TokenStore

    store = TokenStore(stores_uri.parse(uri), pin)
    return store.signer(role, jwk.key_id(store.make(role, algorithm)))
