"""How requests of this exchange are signed where a partner asks for RFC 9421: the one profile.

Who signs and who verifies are mutually blind (design 2), so what both must hold to stands here.
"""

from gateway.domain.times import SECOND, Micros

TAG = "palang"

ALWAYS = ("@method", "@authority", "@target-uri")
OF_CONTENT = ("content-digest", "content-type", "idempotency-key")
"""Beside ALWAYS, for every method that carries content."""

CONTENT_METHODS = ("POST", "PUT", "PATCH")
LIFE: Micros = 300 * SECOND
"""From `created` to `expires`, and how far a sender's clock may be off."""

NONCE_MEMORY: Micros = 2 * LIFE
"""How long a verifier must remember a nonce after it saw it."""

MIN_NONCE, MAX_NONCE = 16, 128  # characters


def required(method: str) -> tuple[str, ...]:
    """The components that a signature of such a request must cover (RFC 9421 3.2.1)."""
    return ALWAYS + OF_CONTENT if method in CONTENT_METHODS else ALWAYS
