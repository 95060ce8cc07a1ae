"""Reading a partner's channel URI, by an allow-list of forms (threats.md C1, D11).

What this reader understands is what is connected to: no second parser sees the original text.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from adapters.addresses import complaint
from gateway.domain.errors import InputError

_FORM = re.compile(
    r"(?P<scheme>[a-z]+)://(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]{0,63})@)?"
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?",
    re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_ENDS_IN_NUMBER = re.compile(
    r"[0-9]+|0x[0-9a-f]*", re.ASCII
)  # WHATWG URL 3.5: then it's an address
_LOCAL = ("localhost", "local", "internal", "localdomain")
_MAX = 512  # characters
_DEFAULT_PORT = {"sftp": 22, "https": 443, "smtps": 465, "smtp": 587, "imaps": 993}


@dataclass(frozen=True, slots=True)
class ChannelUri:
    """A channel's address in parts. Its text holds no secret: the form has no place for one."""

    scheme: str
    user: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        login = f"{self.user}@" if self.user else ""
        return f"{self.scheme}://{login}{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port as in a URI; the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORT.get(self.scheme) else f"{host}:{self.port}"


def parse(uri: str, *, allow_private: bool) -> ChannelUri:
    """Read a channel URI. Raises InputError, without the URI: it may hold a secret."""
    match = _FORM.fullmatch(uri) if len(uri) <= _MAX and uri.isascii() else None
    if match is None:
        raise InputError(
            f"a channel must be written scheme://user@host:port/folder, {_what_is_odd(uri)}",
            hint="for example sftp://palang@sftp.operator.example:22/inbox, without a password",
        )
    host = _host(match["host"], allow_private)
    port = int(match["port"] or _DEFAULT_PORT.get(match["scheme"], 0))
    path = match["path"]
    if port > 65535:
        raise InputError("a port must be 1 to 65535, the channel names a greater one")
    if any(part in (".", "..") for part in path.split("/")):
        raise InputError("a channel's path must not climb: it has a part . or ..")
    return ChannelUri(match["scheme"], match["user"] or "", host, port, path)


def _what_is_odd(uri: str) -> str:
    """Name the first thing in it that the form has no place for."""
    if len(uri) > _MAX:
        return f"this one has more than {_MAX} characters"
    if any(not " " < char < "\x7f" for char in uri):
        return "this one has a blank, control or non-ASCII character"
    _scheme, _, rest = uri.partition("://")
    login, at, _ = rest.partition("/")[0].rpartition("@")
    if at and (":" in login or "@" in login):
        return "this one has a password or a second @; keys are kept apart from the channel"
    for char, name in (("?", "a query"), ("#", "a fragment"), ("%", "a %"), ("\\", "a backslash")):
        if char in uri:
            return f"this one has {name}"
    return "this one is not"


def _host(text: str, allow_private: bool) -> str:
    """The host, a name or an address in its usual notation. Raises InputError."""
    if text.startswith("[") or _ENDS_IN_NUMBER.fullmatch(text.split(".")[-1]):
        return _literal(text, allow_private)
    labels = text.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise InputError(
            "a channel's host must be a name like sftp.operator.example, without a final dot"
        )
    if labels[-1] in _LOCAL and not allow_private:
        raise InputError("a channel's host must not be a name of this machine or house")
    return text


def _literal(text: str, allow_private: bool) -> str:
    """An address literal; short, octal, hexadecimal and decimal notations are no addresses."""
    bracketed = text.startswith("[")
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        address = None
    if address is None or bracketed is not isinstance(address, IPv6Address):
        raise InputError("a channel's host must be a name, or an address like 198.51.100.7 in full")
    if problem := complaint(address, allow_private):
        raise InputError(
            f"a channel must lead to a partner, this host is {problem}",
            hint="only an installation that allows private addresses in its settings may use one",
        )
    return str(address)
