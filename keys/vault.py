"""The console's own secret: it encrypts the secrets of one-time codes, and keys hashes.

It lies in a file of its own (`secrets/console`), since the console may not read what opens the
gateway's keys. Each use has its own key, derived from it (HKDF, RFC 5869).
"""

import base64
import binascii
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.domain.errors import NotVerified

_NONCE = 12  # bytes; a random one for each of the few secrets


class ConsoleVault:
    """ports.Vault over the secret's bytes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._derived = cache(self._derive)

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=f"palang/console/{purpose}/v1".encode()).derive(
            self._secret
        )

    def seal(self, text: str, owner: str) -> str:
        """AES-256-GCM; the owner is authenticated with it, so no account gets another's."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._derived("seal")).encrypt(nonce, text.encode(), owner.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> str:
        """The text again. Raises NotVerified."""
        try:
            data = base64.b64decode(sealed, validate=True)
            known = AESGCM(self._derived("seal"))
            return known.decrypt(data[:_NONCE], data[_NONCE:], owner.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise NotVerified(
                "console-secret",
                f"what is kept for {owner} was not encrypted under this console's secret",
                hint="bring back secrets/console, or: palang account reset-totp",
            ) from None

    def blind(self, kind: str, text: str) -> str:
        """HMAC-SHA-256, in hex."""
        return hmac.digest(self._derived(f"blind/{kind}"), text.encode(), "sha256").hex()
