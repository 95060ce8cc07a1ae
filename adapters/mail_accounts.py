"""The gateway's own relay and mailbox, from its settings (`[mail]`).

The partner's address is approved by two officers; these two belong to the house, so they may be on
a private address, and their passwords come through the port TransportSecrets.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from adapters import channel_uri, mail_address
from adapters.channel_uri import ChannelUri
from adapters.mail_address import Address
from gateway.domain.errors import InputError

RELAY_ACCOUNT = "mail-relay"  # names of accounts at the port, not secrets
MAILBOX_ACCOUNT = "mailbox"
_USER = re.compile(r"[A-Za-z0-9._+-]{1,64}(?:%40[A-Za-z0-9.-]{1,253})?", re.ASCII)
_MOST_SENDER = 32  # characters before the @; with `+<partner>` it stays below 64
_MOST_CA = 1024 * 1024  # bytes of a PEM file


@dataclass(frozen=True, slots=True)
class MailAccounts:
    """What the settings say, unread.

    relay: smtps://user@host:465 (TLS from the first byte) or smtp://user@host:587 (STARTTLS,
    always), without a user where the relay knows us by our address. mailbox: imaps://user@host/INBOX
    or maildir:/absolute/folder. A user that is a mail address is written with %40 for its @.
    ca: path of a PEM file with the only authorities to trust; "" for the system's.
    """

    relay: str = ""
    sender: str = ""
    mailbox: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Maildir:
    """A mailbox as a folder of this machine."""

    path: Path

    def __str__(self) -> str:
        return f"maildir:{self.path}"


@dataclass(frozen=True, slots=True)
class Accounts:
    """The same, read. `user` of both URIs is what the server is told at the login."""

    relay: ChannelUri
    sender: Address
    mailbox: ChannelUri | Maildir
    ca: str

    @property
    def pem(self) -> str:
        """The authorities to trust, read anew each time; "" for the system's. Raises InputError."""
        if not self.ca:
            return ""
        try:
            data = Path(self.ca).read_bytes()[: _MOST_CA + 1]
            text = data.decode("ascii")
        except (OSError, ValueError) as error:
            raise InputError(f"[mail] ca can't be read ({type(error).__name__})") from error
        if not text.strip() or len(data) > _MOST_CA:
            raise InputError(f"[mail] ca must be a PEM file of 1 to {_MOST_CA} bytes")
        return text


def read(accounts: MailAccounts) -> Accounts:
    """Read the settings. Raises InputError with the setting's name."""
    if not (accounts.relay and accounts.sender and accounts.mailbox):
        raise InputError(
            "this gateway has no mail accounts, a mailto: channel needs them",
            hint="set relay, sender and mailbox under [mail] in the settings",
        )
    sender = mail_address.parse(accounts.sender)
    if "+" in sender.local or len(sender.local) > _MOST_SENDER:
        raise InputError(
            f"[mail] sender must have at most {_MOST_SENDER} characters and no + before the @",
            hint="the gateway itself adds +<partner> for replies and bounces",
        )
    relay = _uri(accounts.relay, "relay", ("smtp", "smtps"))
    if relay.path:
        raise InputError("[mail] relay must have no path")
    return Accounts(relay, sender, _mailbox(accounts.mailbox), accounts.ca)


def _mailbox(text: str) -> ChannelUri | Maildir:
    if text.startswith("maildir:"):
        path = Path(text.removeprefix("maildir:"))
        if not path.is_absolute() or ".." in path.parts or "\0" in text:
            raise InputError("[mail] mailbox must be written maildir:/absolute/folder")
        return Maildir(path)
    uri = _uri(text, "mailbox", ("imaps",))
    if not uri.user:
        raise InputError("[mail] mailbox must name its user: imaps://user@host/INBOX")
    return uri


def _uri(text: str, setting: str, schemes: tuple[str, ...]) -> ChannelUri:
    """A URI whose user may be a mail address; the rest by the reader of all channels."""
    scheme, _, rest = text.partition("://")
    login, at, place = rest.rpartition("@")
    if scheme not in schemes or (at and not _USER.fullmatch(login)):
        raise InputError(
            f"[mail] {setting} must be written {schemes[-1]}://user@host, without a password",
            hint="a user that is a mail address is written with %40 in place of its @",
        )
    try:
        uri = channel_uri.parse(f"{scheme}://{place}", allow_private=True)
    except InputError as error:
        raise InputError(f"[mail] {setting}: {error}", hint=error.hint) from error
    return replace(uri, user=login.replace("%40", "@"))
