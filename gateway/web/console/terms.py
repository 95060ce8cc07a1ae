"""Codes of the domain in the words of the console, for every area."""

from gateway.domain.delivery import Priority, State
from gateway.domain.dispositions import DISPOSITIONS, LIST_ONLY
from gateway.domain.parties import PartnerKind
from gateway.web.console.words import later, say

STATES = {
    State.QUEUED: (later("Waiting to be sent"), "info"),
    State.SENDING: (later("Being sent"), "info"),
    State.SENT: (later("Sent, no receipt yet"), "warn"),
    State.ACKNOWLEDGED: (later("Receipt confirmed"), "good"),
    State.REJECTED: (later("Rejected by the partner"), "bad"),
    State.FAILED: (later("Failed to send"), "bad"),
    State.WITHHELD: (later("Withheld"), ""),
    State.STOPPED: (later("Stopped"), ""),
}
"""A delivery's state in words, and its tone."""

KINDS = {
    PartnerKind.OPERATOR: later("Mobile operator"),
    PartnerKind.OTT: later("Messaging provider (OTT)"),
    PartnerKind.SOURCE: later("Source"),
}

LANES = {
    Priority.UNBLOCK: later("Unblock"),
    Priority.URGENT: later("Urgent"),
    Priority.ROUTINE: later("Routine"),
}

_DISPOSITIONS = {
    "diblokir_total": later("declared blocked, all services"),
    "diblokir_sebagian": later("declared blocked, some services"),
    "sudah_diblokir": later("declared blocked before"),
    "sudah_nonaktif": later("no longer in service"),
    "bukan_pelanggan": later("not a subscriber of this partner"),
    "nomor_dilindungi": later("protected number, not blocked"),
    "daur_ulang": later("has a new owner since the evidence date"),
    "tertunda": later("pending at the partner"),
    "gagal": later("tried and failed"),
    "ditindak": later("acted upon by own policy"),
    "sudah_ditindak": later("was acted upon before"),
    "tidak_ditemukan": later("no such account"),
    "ditinjau": later("under review"),
    "ditolak_kebijakan": later("declined by own policy"),
    "dibuka": later("declared reopened"),
    "sudah_terbuka": later("was open before"),
    "superseded": later("overtaken by a later batch"),
}

_SCOPES = {
    "total": later("all services"),
    "outgoing": later("outgoing calls"),
    "incoming": later("incoming calls"),
    "sms": later("SMS"),
    "voice": later("voice"),
    "data": later("data"),
    "account": later("account"),
    "list-only": later("on a list only, not enforced"),
}


def disposition(code: str, scope: str = "") -> str:
    """What a partner declared of an entry; "no answer" for nothing. A mere listing is called no
    block, whatever its code (design 8)."""
    if not code:
        return say(later("no answer yet"))
    if scope == LIST_ONLY:
        return say(_SCOPES[LIST_ONLY])
    return say(_DISPOSITIONS[code]) if code in DISPOSITIONS else code


def scope(code: str) -> str:
    """Which services a word is about."""
    return say(_SCOPES[code]) if code in _SCOPES else ""


def state(value: State) -> str:
    """A delivery's state in words."""
    return say(STATES[value][0])


def state_tone(value: State) -> str:
    """The tone of its badge."""
    return STATES[value][1]


def kind(value: PartnerKind) -> str:
    """What a partner is."""
    return say(KINDS[value])


def lane(value: int) -> str:
    """A lane of the queue."""
    return say(LANES[Priority(value)])
