"""Readers of single members of a signed document; each raises NotVerified("malformed") with the
member's name."""

from collections.abc import Callable
from typing import TypeVar

from gateway.domain.canonical import Json, JsonObject, is_digest
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros, from_wire

T = TypeVar("T")


def _bad(name: str, expected: str) -> NotVerified:
    return NotVerified("malformed", f"member {name!r}: expected {expected}")


def text(document: JsonObject, name: str, *, most: int = 4096) -> str:
    """A non-empty string of at most `most` characters."""
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise _bad(name, f"text of 1 to {most} characters")
    return value


def one_of(document: JsonObject, name: str, allowed: tuple[str, ...]) -> str:
    """One of a closed list."""
    value = document.get(name)
    if value not in allowed:
        raise _bad(name, "one of " + ", ".join(allowed))
    return str(value)


def whole(document: JsonObject, name: str, *, least: int = 0) -> int:
    """An integer of at least `least`; a boolean is not an integer."""
    value = document.get(name)
    if type(value) is not int or value < least:
        raise _bad(name, f"an integer of at least {least}")
    return value


def boolean(document: JsonObject, name: str) -> bool:
    """true or false."""
    value = document.get(name)
    if not isinstance(value, bool):
        raise _bad(name, "true or false")
    return value


def sha256(document: JsonObject, name: str) -> str:
    """A digest `sha256:<hex>`."""
    value = document.get(name)
    if not is_digest(value):
        raise _bad(name, "a digest sha256:<64 hex digits>")
    return str(value)


def optional_sha256(document: JsonObject, name: str) -> str:
    """A digest, or "" where the member is absent."""
    return sha256(document, name) if name in document else ""


def moment(document: JsonObject, name: str) -> Micros:
    """A wire time."""
    try:
        return from_wire(document.get(name))
    except NotVerified as error:
        raise _bad(name, str(error)) from None


def array(
    document: JsonObject, name: str, read: Callable[[Json], T], *, most: int
) -> tuple[T, ...]:
    """An array of at most `most` items, each read by `read`."""
    value = document.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise _bad(name, f"an array of at most {most} items")
    return tuple(read(item) for item in value)


def member(document: JsonObject, name: str) -> JsonObject:
    """A nested object."""
    value = document.get(name)
    if not isinstance(value, dict):
        raise _bad(name, "an object")
    return value


def texts(document: JsonObject, name: str, *, most: int = 64) -> tuple[str, ...]:
    """An array of non-empty strings."""

    def read(item: Json) -> str:
        if not isinstance(item, str) or not 0 < len(item) <= 256:
            raise _bad(name, "an array of texts")
        return item

    return array(document, name, read, most=most)


def version(document: JsonObject, expected: int = 1) -> None:
    """Refuse an unknown format version: a newer document may mean something else (design 8)."""
    value = document.get("v")
    if type(value) is not int or value != expected:
        raise NotVerified("version", f"format version {expected} is understood here, another came")
