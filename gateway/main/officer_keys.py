"""An officer's own key: a file behind a passphrase, or one in a PKCS#11 token behind its PIN.

`--key pkcs11:token=siti;object=approval?module-path=...`; the PIN is asked for, or read from
--passphrase-file, as a passphrase is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.trust import Algorithm, Role

if TYPE_CHECKING:
    from gateway.ports import Signer


def new_signer(path: Path, passphrase: bytes) -> Signer:
    """Make an officer's key and open it. Raises Conflict, InputError, NotVerified."""
    from keys import files, stores
    from keys.generate import generate

    if stores.is_token(str(path)):
        return stores.new_token_signer(str(path), passphrase, Role.APPROVAL, Algorithm.ED25519)
    files.write_private(path, generate(Algorithm.ED25519), passphrase, files.PERSON_ROUNDS)
    return files.load_signer(path, passphrase)


def load_signer(path: Path, passphrase: bytes) -> Signer:
    """Open an officer's key. Raises NotFound, NotVerified, InputError."""
    from keys import files, stores

    if stores.is_token(str(path)):
        return stores.token_signer(str(path), passphrase, Role.APPROVAL)
    return files.load_signer(path, passphrase)
