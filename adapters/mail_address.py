"""Mail addresses, by an allow-list of forms narrower than RFC 5321 (threats.md M5).

What passes can stand in an SMTP command, a header and a log as it is: no quoting, no comment, no
blank, no line end, no encoded-word, no parameter of a mailto: URI. A domain outside ASCII is
written in its xn-- form, so that what an officer approved is what is sent to.
"""

import re
from dataclasses import dataclass

from gateway.domain.errors import InputError

SCHEME = "mailto:"
_LOCAL = re.compile(r"[A-Za-z0-9_]+(?:[.+-][A-Za-z0-9_]+)*", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_MOST_LOCAL = 64  # RFC 5321 4.5.3.1.1
_MOST = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True)
class Address:
    """`local@domain`; the domain is in lower case, the local part as it was written."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """For comparing: no mail system that is in use tells upper case from lower."""
        return str(self).lower()

    def plus(self, tag: str) -> "Address":
        """The same mailbox under a tag of ours (`local+tag@domain`)."""
        return Address(f"{self.local}+{tag}", self.domain)


def parse(text: str) -> Address:
    """Read an address. Raises InputError, without the text: it may hold anything."""
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    good = (
        len(text) <= _MOST
        and len(local) <= _MOST_LOCAL
        and _LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not good:
        raise InputError(
            "a mail address must be written name@domain.example, of A-Z a-z 0-9 . _ + - alone",
            hint="a domain outside ASCII is written in its xn-- form, a quoted name not at all",
        )
    return Address(local, domain.lower())


def parse_channel(uri: str) -> Address:
    """Read `mailto:<address>`, without header fields behind a `?`. Raises InputError."""
    if not uri.startswith(SCHEME):
        raise InputError("a mail channel must be written mailto:name@domain.example")
    return parse(uri.removeprefix(SCHEME))
