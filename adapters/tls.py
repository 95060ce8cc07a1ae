"""TLS to a partner: its pinned identity, and one clock for a whole exchange (threats.md C4, D6).

`PeerContext` is handed to the HTTP library. Its sockets let no single read or write last beyond the
exchange's end, so a server that sends a byte a minute is cut off on time, headers included; and it
keeps whom the handshake proved, which is also the line between "surely not sent" and "unknown".
"""

import contextlib
import hashlib
import math
import secrets
import socket
import ssl
import tempfile
import time
from typing import Any, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.domain.errors import InputError


class PeerSocket(ssl.SSLSocket):
    """A TLS socket whose every wait ends with its context's deadline."""

    def _hurry(self, patience: float = math.inf) -> None:
        left = cast(PeerContext, self.context).deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange's time is used up")
        self.settimeout(min(left, patience))

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, and remember the certificate that was proven."""
        context = cast(PeerContext, self.context)
        context.certificate = b""
        context.sockets.append(self)
        self._hurry(context.patience)
        super().do_handshake(block)
        context.certificate = self.getpeercert(binary_form=True) or b""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read, but not beyond the deadline."""
        self._hurry()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """Write, but not beyond the deadline; sendall() comes here too."""
        self._hurry()
        try:
            return super().send(*args, **kwargs)
        except (ssl.SSLEOFError, ConnectionError):
            self._last_words()
            raise

    def _last_words(self) -> None:
        """Raise the server's TLS alert, where it sent one before it hung up.

        With TLS 1.3 a server refuses a client's certificate after the client's side of the
        handshake has ended, so our first write may meet a closed connection before it is read.
        """
        try:
            super().recv_into(bytearray(1))
        except ssl.SSLEOFError:
            return
        except ssl.SSLError as error:
            if "_ALERT_" in (error.reason or ""):
                raise
        except OSError:
            return


class PeerContext(ssl.SSLContext):
    """What a partner's server must prove, and when the running exchange ends."""

    deadline: float
    patience: float  # seconds for a handshake
    certificate: bytes
    sockets: list[PeerSocket]

    def hang_up(self) -> None:
        """Close every connection now, whoever still holds an answer that came over it."""
        while self.sockets:
            wire = self.sockets.pop()
            with contextlib.suppress(OSError):  # ended already
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the proven certificate, as `SHA256:<hex>`; "" before a handshake."""
        return f"SHA256:{hashlib.sha256(self.certificate).hexdigest()}" if self.certificate else ""


def peer_context(peer: str) -> PeerContext:
    """A context that trusts the partner's PEM certificates and nothing else.

    A CA there vouches for its servers, any other certificate is the server's own and pins it. Empty
    means the system's CAs. Raises InputError where the PEM can't be read.
    """
    context = PeerContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies the chain and the host name
    context.sslsocket_class = PeerSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a pinned certificate needs no CA above
    context.deadline, context.patience = 0.0, math.inf
    context.certificate, context.sockets = b"", []
    if not peer.strip():
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cadata=peer)
    except (ssl.SSLError, ValueError, TypeError) as error:
        raise InputError(
            "an HTTPS partner's pinned identity must be PEM certificates, this can't be read",
            hint="paste the whole text, from BEGIN CERTIFICATE to END CERTIFICATE",
        ) from error
    return context


def present(context: PeerContext, chain: bytes, key: bytes) -> None:
    """Let the context show a client certificate (PEM chain and key) to a server that asks.

    OpenSSL reads both from a file only, so the key is encrypted anew under a passphrase that lives
    as long as this call: it never lies in the clear. Raises InputError where they don't fit.
    """
    once = secrets.token_hex(32).encode()
    try:
        private = load_pem_private_key(key, None)
        sealed = private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once)
        )
        with tempfile.NamedTemporaryFile(prefix="palang-client-", suffix=".pem") as file:
            file.write(chain + sealed)
            file.flush()
            context.load_cert_chain(file.name, password=once)
    except (ssl.SSLError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError(
            "the client certificate and its key can't be used together",
            hint="set it again: palang key secret set client-certificate --partner ID",
        ) from error
