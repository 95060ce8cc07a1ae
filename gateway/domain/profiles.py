"""What is known of a source's files: which sheet, which header says what, which headers to expect.

An officer confirms columns once, the profile keeps the answer. A profile that no longer fits a file
stops the reading: it is never stretched, because a moved column blocks strangers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from gateway.domain.canonical import Json
from gateway.domain.columns import Role, letter, shown_text, words
from gateway.domain.errors import InputError

_ROLES: tuple[Role, ...] = get_args(Role)
_MOST = 256  # headers, as columns of a file
_LONGEST = 200  # characters of a header or sheet name
_MANY_DIGITS = 5  # a header with more is data, and data is never kept in a profile


@dataclass(frozen=True, slots=True)
class Profile:
    """`sheet` "" is any visible sheet; `number` and the values of `roles` are header texts.

    `expected` has all headers of the sheet in order, as `compared` gives them.
    """

    sheet: str
    number: str
    roles: Mapping[Role, str]
    expected: tuple[str, ...]

    def places(self, headers: Sequence[str]) -> dict[Role, int]:
        """The columns of the optional roles. Raises InputError where a header is not there once."""
        found: dict[Role, int] = {}
        for role, header in self.roles.items():
            at = [i for i, text in enumerate(headers) if words(text) == words(header)]
            if len(at) != 1:
                raise InputError(
                    f"expected one column for {role}, as the saved profile says, found {len(at)}",
                    hint="save the profile of this source anew",
                )
            found[role] = at[0]
        return found

    def document(self) -> dict[str, Json]:
        """As JSON, for the store."""
        return {
            "v": 1,
            "sheet": self.sheet,
            "number": self.number,
            "roles": {str(role): header for role, header in self.roles.items()},
            "expected": list(self.expected),
        }


def read_profile(document: object) -> Profile:
    """A profile from its document. Raises InputError when anything in it is not as expected."""
    if not isinstance(document, dict) or document.get("v") != 1:
        raise InputError("expected a profile of a source, version 1, got something else")
    roles, expected = document.get("roles"), document.get("expected")
    if not isinstance(roles, dict) or not isinstance(expected, list) or len(expected) > _MOST:
        raise InputError("expected roles and expected headers in the profile of a source")
    unknown = [str(role) for role in roles if role not in _ROLES]
    if unknown:
        raise InputError(
            f"expected roles of the list in the profile of a source, got {unknown[0][:40]!r}",
            hint="known: number, " + ", ".join(_ROLES),
        )
    return Profile(
        sheet=_text(document.get("sheet"), "sheet name"),
        number=_header(document.get("number")),
        roles={role: _header(roles[role]) for role in _ROLES if role in roles},
        expected=tuple(_text(header, "header") for header in expected),
    )


def compared(headers: Sequence[str]) -> tuple[str, ...]:
    """Headers in comparable form, without the empty ones at the end."""
    found = [words(header) for header in headers]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def check_fit(profile: Profile, headers: Sequence[str], name: str) -> None:
    """Raise InputError, naming what differs, unless the headers are those of the profile."""
    found = compared(headers)
    if found == profile.expected:
        return
    at = next(
        (
            i
            for i, (one, two) in enumerate(zip(found, profile.expected, strict=False))
            if one != two
        ),
        min(len(found), len(profile.expected)),
    )
    wanted = profile.expected[at] if at < len(profile.expected) else ""
    raise InputError(
        f"expected the headers of the saved profile in {name}, column {letter(at)} differs: "
        f"the profile has {_told(wanted)}, the file {_told(found[at] if at < len(found) else '')}",
        hint="look at the file; if it is right, read it with --column and save its profile anew",
    )


def _told(header: str) -> str:
    return f"“{shown_text(header)}”" if shown_text(header) else "no such header"


def _header(value: object) -> str:
    text = _text(value, "header")
    if not words(text):
        raise InputError("expected a header text for each role in the profile of a source")
    return text


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise InputError(f"expected each {what} of a profile as a text of at most {_LONGEST}")
    if sum(char.isdigit() for char in value) > _MANY_DIGITS:
        raise InputError(
            f"expected a {what} without a number in it, for the profile of a source",
            hint="the file seems to have no header row: give it one",
        )
    return value
