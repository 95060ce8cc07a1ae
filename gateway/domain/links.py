"""Phone numbers inside WhatsApp links and addresses; other links and user names are refused.

wa.me and api.whatsapp.com carry E.164 digits without plus, so `870...` there would be the country
code 870, not a lost zero.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl

_WA_ME = re.compile(r"(?:https?://)?(?:www\.)?wa\.me/((?:\+|%2b)?[0-9]+)/?(?:\?(.*))?")
_SEND = re.compile(
    r"(?:(?:https?://)?(?:api\.|web\.|www\.)?whatsapp\.com/send/?|whatsapp://send/?)\?(.+)"
)
_ADDRESS = re.compile(r"(\+?[0-9]+)@(?:c\.us|s\.whatsapp\.net)")
_LINKISH = re.compile(r"://|www\.|wa\.me|whatsapp\.|(?:^|[ /])t\.me|telegram\.me|@|line\.me")


class LinkNumber(NamedTuple):
    """Digits of a link; `plus` unless they begin with 0, as a person copied a national number."""

    plus: bool
    digits: str


def read_link(text: str) -> LinkNumber | str | None:
    """The number in a lower-case link, the code of the rule that refuses it, or None: no link."""
    direct = _WA_ME.fullmatch(text)
    if direct:
        return _number(direct[1]) if _harmless(direct[2] or "") else "link_unclear"
    address = _ADDRESS.fullmatch(text)
    if address:
        return _number(address[1])
    send = _SEND.fullmatch(text)
    if send:
        return _from_query(send[1])
    if not _LINKISH.search(text):
        return None
    digits = sum(char.isdigit() for char in text)
    return "link_unclear" if digits >= 7 and not text.startswith("@") else "sender_id"


def _number(written: str) -> LinkNumber | str:
    digits = written.removeprefix("%2b").removeprefix("+")
    signed = digits != written
    if signed and digits.startswith("0"):
        return "odd_prefix"
    return LinkNumber(not digits.startswith("0"), digits)


def _from_query(query: str) -> LinkNumber | str:
    """Only a phone field whose digits stand there in the clear, once, is read."""
    phones = re.findall(r"(?:^|&)phone=((?:\+|%2b)?[0-9]+)(?=&|$)", query)
    named = sum(name == "phone" for name, _ in _fields(query))
    if len(phones) != 1 or named != 1 or not _harmless(query):
        return "link_unclear"
    return _number(phones[0])


def _harmless(query: str) -> bool:
    """Whether no other field of a link's query could hold a second number."""
    return all(
        name == "phone" or (name == "app_absent" and value in "01") or not _digits(name + value)
        for name, value in _fields(query)
    )


def _fields(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _digits(text: str) -> bool:
    return any(char.isdigit() for char in text)
