"""Dispositions:

what a partner may say it did with an entry, one closed table (domain.md 3.1, 3.2; design 8).
"""

from dataclasses import dataclass
from typing import Literal

from gateway.domain.errors import NotVerified

LIST_ONLY = "list-only"
"""Kept on a list that nothing is shown to enforce; never counts as a block (design 8)."""

SCOPES = frozenset(
    {"", "total", "outgoing", "incoming", "sms", "voice", "data", "account", LIST_ONLY}
)


@dataclass(frozen=True, slots=True)
class Disposition:
    """`action`:

    which entries it may answer. `final`: no further word is due. `done`: counts as declared done.
    """

    code: str
    action: Literal["block", "unblock", "both"]
    final: bool
    done: bool
    needs_scope: bool
    english: str


_TABLE = (
    # code, for, final, done, scope needed, English
    Disposition("diblokir_total", "block", True, True, True, "blocked for all services"),
    Disposition("diblokir_sebagian", "block", False, False, True, "blocked for some services"),
    Disposition("sudah_diblokir", "block", True, True, True, "was blocked before"),
    Disposition("sudah_nonaktif", "block", True, True, False, "no longer in service (hangus)"),
    Disposition("bukan_pelanggan", "both", True, False, False, "not a subscriber of this partner"),
    Disposition("nomor_dilindungi", "block", True, False, False, "protected number, not blocked"),
    Disposition(
        "daur_ulang", "block", True, False, False, "has a new owner since the evidence date"
    ),
    Disposition("tertunda", "both", False, False, False, "pending at the partner"),
    Disposition("gagal", "both", False, False, False, "tried and failed"),
    Disposition("ditindak", "block", True, True, False, "acted upon by own policy"),
    Disposition("sudah_ditindak", "block", True, True, False, "was acted upon before"),
    Disposition("tidak_ditemukan", "both", True, False, False, "no such account"),
    Disposition("ditinjau", "block", False, False, False, "under review"),
    Disposition("ditolak_kebijakan", "both", True, False, False, "declined by own policy"),
    Disposition("dibuka", "unblock", True, True, False, "reopened"),
    Disposition("sudah_terbuka", "unblock", True, True, False, "was open before"),
    Disposition("superseded", "both", True, False, False, "overtaken by a later batch"),
)

DISPOSITIONS = {row.code: row for row in _TABLE}

INACTIVE, RECYCLED = "sudah_nonaktif", "daur_ulang"
ENDINGS = (INACTIVE, RECYCLED)
"""What says that a number's owner gave it up, or that it has a new one (domain.md 3.6)."""


def check(code: object, scope: object) -> Disposition:
    """The disposition of a row.

    Raises NotVerified("disposition") for an unknown code, scope or a missing scope.
    """
    row = DISPOSITIONS.get(code) if isinstance(code, str) else None
    if row is None:
        raise NotVerified("disposition", "a disposition is not in the closed list")
    if not isinstance(scope, str) or scope not in SCOPES:
        raise NotVerified(
            "disposition", f"disposition {row.code}: the scope is not in the closed list"
        )
    if row.needs_scope and not scope:
        raise NotVerified("disposition", f"disposition {row.code} needs a scope")
    return row


def answers(code: str, unblock: bool) -> bool:
    """Whether this disposition may answer an entry of that action."""
    return DISPOSITIONS[code].action in ("both", "unblock" if unblock else "block")


def counts_as_done(code: str, scope: str) -> bool:
    """Whether a row is a declared block (or opening). A mere listing never is."""
    return DISPOSITIONS[code].done and scope != LIST_ONLY


def is_final(code: str, scope: str) -> bool:
    """Whether no further word is due for the entry."""
    return DISPOSITIONS[code].final and scope != LIST_ONLY
