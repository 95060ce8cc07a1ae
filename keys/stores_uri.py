"""PKCS#11 URIs (RFC 7512): which token and key, which library, where the PIN is.

A PIN never stands in a URI: settings, arguments and logs are read by others (RFC 7512 section 6).
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from gateway.domain.errors import InputError

SCHEME = "pkcs11:"
MAX_URI = 1024  # characters

_PATH = {"token", "serial", "object", "id", "type"}
_QUERY = {"module-path", "pin-source"}


@dataclass(frozen=True, slots=True)
class TokenUri:
    """What a URI names. `token` is a token's label, `serial` its number, `object` a key's label and
    `id` its CKA_ID; an empty one says nothing. `module` is the library of the token's maker,
    `pin_source` the file with the PIN, None where it is not named."""

    token: str
    serial: str
    object: str
    id: bytes
    module: Path
    pin_source: Path | None

    @property
    def where(self) -> str:
        """The token in words."""
        return f"token {self.token or self.serial}"


def parse(uri: str, home: Path = Path()) -> TokenUri:
    """Read a URI; relative files are below `home`.

    Raises InputError, which never quotes the URI: a PIN may stand in it.
    """
    if not uri.startswith(SCHEME) or len(uri) > MAX_URI or not uri.isascii():
        raise InputError("a token is named by a pkcs11: URI (RFC 7512)", hint=_EXAMPLE)
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    named = _attributes(path, ";", _PATH)
    asked = _attributes(query, "&", _QUERY)
    if not named.get("token") and not named.get("serial"):
        raise InputError("a pkcs11: URI names its token by token= or serial=", hint=_EXAMPLE)
    if not asked.get("module-path"):
        raise InputError("a pkcs11: URI names the token's library by module-path=", hint=_EXAMPLE)
    source = asked.get("pin-source", b"").removeprefix(b"file:")
    return TokenUri(
        token=_text(named, "token"),
        serial=_text(named, "serial"),
        object=_text(named, "object"),
        id=named.get("id", b""),
        module=home / _text(asked, "module-path"),
        pin_source=home / source.decode() if source else None,
    )


_EXAMPLE = (
    "pkcs11:token=palang?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:secrets/pin"
)


def _attributes(text: str, between: str, known: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(between) if text else ():
        name, _, value = part.partition("=")
        if name == "pin-value":
            raise InputError(
                "a PIN must not stand in a URI",
                hint="put it into a file for its owner only: pin-source=file:PATH",
            )
        if name not in known or name in found:
            raise InputError(
                f"a pkcs11: URI has the attributes {', '.join(sorted(_PATH | _QUERY))}, each once",
                hint=_EXAMPLE,
            )
        found[name] = unquote_to_bytes(value)
    return found


def _text(found: dict[str, bytes], name: str) -> str:
    try:
        return found.get(name, b"").decode()
    except UnicodeDecodeError:
        raise InputError(f"attribute {name} of a pkcs11: URI is no UTF-8 text") from None
