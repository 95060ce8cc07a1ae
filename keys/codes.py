"""One-time codes by the time (RFC 6238): six digits, SHA-1, 30 s, as every authenticator has them.

The code of the step before and after now counts too (RFC 6238 5.2); which step it was is returned,
so that nobody uses one twice.
"""

import hmac

import pyotp

from gateway.domain.times import SECOND, Micros

STEP = 30
"""Seconds."""


class TimeCodes:
    """ports.Codes."""

    def new_secret(self) -> str:
        """160 random bits in base32 (RFC 4226 4, R6)."""
        return pyotp.random_base32()

    def step(self, secret: str, code: str, now: Micros) -> int | None:
        """The step whose code this is, at most one away from now; None where it is none."""
        present, digits = now // SECOND // STEP, code.replace(" ", "")
        if not (digits.isascii() and digits.isdecimal()):
            return None
        known = pyotp.TOTP(secret)
        found = None
        for step in (present - 1, present, present + 1):
            # all three are compared, so that the time says nothing
            if hmac.compare_digest(known.generate_otp(step), digits):
                found = step
        return found

    def uri(self, secret: str, account: str, gateway: str) -> str:
        """What an authenticator reads from the QR code."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=f"Palang {gateway}")
