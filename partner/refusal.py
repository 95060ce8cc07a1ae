"""Why a parcel is not taken, in the words of a negative acknowledgement (design 4)."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.domain.errors import NotVerified
from gateway.domain.manifest import Manifest
from gateway.domain.statements import Reason

_OWN_TROUBLE = frozenset({"passphrase", "key-file", "no-pin", "no-key"})
"""Defects of this kit's own keys: a person here must act, the parcel may be good."""


class ParcelRefused(NotVerified):
    """A numbered check of opening.py or history.py does not hold.

    `manifest` is None unless its signature held: only then may a statement name it.
    """

    def __init__(self, step: int, code: Reason, message: str) -> None:
        super().__init__(str(code), f"check {step}: {message}")
        self.step = step
        self.code = code
        self.parcel = ""
        self.manifest: Manifest | None = None


@contextmanager
def check(step: int, code: Reason) -> Iterator[None]:
    """Everything that does not hold inside is this check's refusal."""
    try:
        yield
    except ParcelRefused:
        raise
    except NotVerified as error:
        if error.reason in _OWN_TROUBLE:
            raise
        raise ParcelRefused(step, code, str(error)) from error


def need(holds: bool, expected: str) -> None:
    """Raise NotVerified where a plain condition does not hold."""
    if not holds:
        raise NotVerified("not-good", expected)
