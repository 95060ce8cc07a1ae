"""What an HTTP answer means for a parcel (docs/formats.md, the REST channel)."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from adapters.channel_uri import ChannelUri
from adapters.pinned_http import Answer
from gateway.domain import media_types
from gateway.domain.canonical import decode
from gateway.domain.errors import NotVerified
from gateway.domain.times import DAY, SECOND, Micros
from gateway.ports import RefusedError, SendError

_TAKEN = (200, 201, 202, 204)
_TRY_LATER = (408, 425)
_BUSY = (429, 503)
_LONGEST = DAY  # whatever a server asks for
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
ITEM_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def reply_of(answer: Answer, uri: ChannelUri) -> bytes | None:
    """The statement that came with a hand-over, or None. Raises SendError for any other answer."""
    if answer.status not in _TAKEN:
        raise failure(answer, uri)
    if answer.status not in (200, 201) or not answer.body:
        return None
    if _media(answer.headers) not in ("", *media_types.STATEMENT.values()):
        known = ", ".join(media_types.STATEMENT.values())
        raise SendError(
            f"{uri}: answered {answer.status}, but not with a statement ({known})",
            "unknown",
            hint="something in front of the partner's service may have answered in its place",
        )
    return answer.body


def failure(answer: Answer, uri: ChannelUri) -> SendError:
    """The SendError for an answer that is no success. It never repeats text of the partner's."""
    status, named = answer.status, f"{uri}: answered {_named(answer.status)}"
    if 300 <= status < 400:
        return SendError(
            f"{named}, a redirect to {_target(answer.headers)}; redirects are not followed",
            "no",
            alert=True,
            hint="ask the partner for its final address; two officers approve the change",
        )
    if status in (401, 403):
        return SendError(
            f"{named}: it does not let this gateway in", "no", alert=True, hint="ask the partner"
        )
    if status in _BUSY:
        wait = retry_after(answer.headers)
        return SendError(
            f"{named}: it can't take more now; it will be tried again",
            "no",
            busy=True,
            retry_after=wait,
        )
    if status in _TRY_LATER:
        return SendError(f"{named}; it will be tried again", "no")
    if 400 <= status < 500:
        return RefusedError(
            f"{named}: it refuses this parcel", hint="ask the partner for its log of this delivery"
        )
    return SendError(f"{named}; whether it kept the parcel is unknown", "unknown")


def retry_after(headers: Mapping[str, str]) -> Micros:
    """How long the server wants to be left alone (RFC 9110 10.2.3): 0 to a day; 0 where it does not
    say. A date counts from the server's own Date, so that our clock can't shorten it.
    """
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        return min(int(text) * SECOND, _LONGEST)
    until, now = _http_date(text), _http_date(headers.get("Date", ""))
    if until is None or now is None:
        return 0
    return min(max(until - now, 0), _LONGEST)


def _http_date(text: str) -> Micros | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None:
        return None
    return int(moment.timestamp()) * SECOND


def item_ids(answer: Answer, uri: ChannelUri, listed: int) -> list[str]:
    """The ids of a reply list, in order, each once. Raises SendError for any other form."""
    if answer.status != 200:
        raise failure(answer, uri)
    try:
        document = decode(answer.body, what="the reply list")
    except NotVerified as error:
        raise _bad_list(uri, str(error)) from error
    if document.get("v") != 1 or isinstance(document["v"], bool):
        raise _bad_list(uri, "its v is not 1")
    items = document.get("items")
    if not isinstance(items, list) or len(items) > listed:
        raise _bad_list(uri, f"its items are no list of at most {listed}")
    names = [item for item in items if isinstance(item, str) and _is_item(item)]
    if len(names) != len(items):
        raise _bad_list(uri, "an item is no id")
    return list(dict.fromkeys(names))


def _is_item(item: str) -> bool:
    """Whether an id can stand as one path segment; `.` and `..` would climb."""
    return ITEM_ID.fullmatch(item) is not None and item not in (".", "..")


def _bad_list(uri: ChannelUri, why: str) -> SendError:
    return SendError(
        f'{uri}: expected {{"v":1,"items":[...]}}, {why}',
        "no",
        alert=True,
        hint="ask the partner to check its reply service",
    )


def _media(headers: Mapping[str, str]) -> str:
    return media_types.bare(headers.get("Content-Type", ""))


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _target(headers: Mapping[str, str]) -> str:
    """Scheme and host of a Location; the rest of it is the partner's text."""
    found = re.match(r"(https?://[A-Za-z0-9.:\[\]-]{1,253})(?:/|$)", headers.get("Location", ""))
    return found[1] if found else "another place"
