"""Whose a mail is, and what may be taken from it (threats.md M3, M4, M7; RFC 3834).

Nothing here decides whether a statement is genuine: its bytes go to the judge under the partner
whose channel this is, and only a signature by that partner's pinned key counts. A mail header can
make a mail be refused or put under the wrong partner, where no signature fits; never believed.
"""

import re
from dataclasses import dataclass
from email.message import Message

from adapters import mail_bounce
from adapters.inbound_names import is_list, kind_of
from adapters.mail_box import PROCESSED, REFUSED, Found
from adapters.mail_message import Correspondent
from adapters.mail_parts import Odd, Part, header_of, parts_of
from gateway.domain.canonical import digest
from gateway.domain.signed_forms import is_statement_name
from gateway.ports import Inbound

#: where a delivery agent writes for whom a mail was, the most trustworthy first
_MAIL_PROGRAM = "smime.p7m"  # how mail programs name what they wrapped themselves (EFAIL)
_RECIPIENTS = ("Delivered-To", "X-Original-To", "To", "Cc")
WHOSE = (*_RECIPIENTS, "From")
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)
_MOST_LOOKED_AT = 4096  # characters of an address header
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
_BULK = ("bulk", "list", "junk", "auto_reply")


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a mail brought, and the folder where it goes once that was kept."""

    items: tuple[Inbound, ...]
    folder: str


def is_of(header: Message, who: Correspondent) -> bool:
    """Whether this is the partner's: by our own plus-address, else by its address in From."""
    for name in _RECIPIENTS:
        for address in _addresses(header, name):
            if address.startswith(f"{who.sender.local.lower()}+") and address.endswith(
                f"@{who.sender.domain}"
            ):
                return address == who.ours.key
    return _addresses(header, "From") == [who.partner.key]


def sort(mail: bytes, found: Found, who: Correspondent, most: int) -> Sorted:
    """Take a partner's mail apart. Raises Odd for what a person must look at."""
    header = header_of(mail)
    if mail_bounce.is_report(header):
        bounce = mail_bounce.read(parts_of(mail), who, found.at)
        return Sorted((bounce,) if bounce else (), PROCESSED)
    if reason := automatic(header, who):
        raise Odd(reason)
    ours = [part for part in parts_of(mail) if _is_statement(part) or is_list(part.file_name)]
    if not ours:
        raise Odd("no statement (.jws) in it")
    kept = [(kind_of(part.file_name), part.content(most)) for part in ours]
    items = tuple(Inbound(kind, data, digest(data)) for kind, data in kept if data)
    return Sorted(items, PROCESSED if items else REFUSED)  # an empty file is no statement


def automatic(header: Message, who: Correspondent) -> str:
    """Why nothing may follow from this mail, or "": no person or partner system answered."""
    if who.sender.key in _addresses(header, "From") or mail_bounce.is_ours(
        str(header.get("Message-ID", "")), who
    ):
        return "a mail of our own that came back"
    if _word(header, "Auto-Submitted") not in ("", "no"):
        return "an automatic reply (Auto-Submitted)"
    if any(name in header for name in _AUTOMATIC):
        return "an automatic reply"
    if _word(header, "Precedence") in _BULK or any(
        name.lower().startswith("list-") for name in header
    ):
        return "a mail of a list"
    if str(header.get("Return-Path", "")).strip() == "<>":
        return "a mail without a sender that is no delivery report"
    return ""


def _is_statement(part: Part) -> bool:
    """A statement by its name, or JOSE without a name; a parcel quoted back has another name."""
    name = part.file_name.lower()
    named = name.endswith(".jws") or (is_statement_name(name) and name != _MAIL_PROGRAM)
    return named or (part.kind == "application/jose" and not name)


def _addresses(header: Message, name: str) -> list[str]:
    """Every address in the headers of that name, in order, in lower case."""
    values = (str(value)[:_MOST_LOOKED_AT] for value in header.get_all(name, []))
    return [found.lower() for value in values for found in _ADDRESS.findall(value)]


def _word(header: Message, name: str) -> str:
    """A header's first word, in lower case."""
    return re.split(r"[\s;(]", str(header.get(name, "")).strip().lower(), maxsplit=1)[0]
