"""Time on the wire and in the database (design 8).

In the database and across ports a moment is `Micros`: int microseconds since 1970-01-01 UTC.
On the wire it is `YYYY-MM-DDTHH:MM:SSZ`; a span is an ISO 8601 duration of days, hours and minutes.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from gateway.domain.errors import NotVerified

Micros = int

SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
HOUR: Micros = 60 * MINUTE
DAY: Micros = 24 * HOUR

WIB = timezone(timedelta(hours=7), "WIB")  # Jakarta; no daylight saving (domain.md 3.6)

_WIRE = "%Y-%m-%dT%H:%M:%SZ"
_WIRE_RE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_DURATION_RE = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?)?")


def to_wire(at: Micros) -> str:
    """Write a moment as the wire does; parts of a second are cut, never rounded up."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime(_WIRE)


def from_wire(text: object) -> Micros:
    """Read a wire moment. Raises NotVerified("malformed") for any other form."""
    if not isinstance(text, str):
        raise NotVerified("malformed", "a time must be text")
    return _moment(text)


@lru_cache(maxsize=4096)  # a large confirmation repeats few moments
def _moment(text: str) -> Micros:
    if _WIRE_RE.fullmatch(text) is None:
        raise NotVerified("malformed", "a time must be written YYYY-MM-DDTHH:MM:SSZ, in UTC")
    try:
        moment = datetime.fromisoformat(text[:-1] + "+00:00")
    except ValueError as error:
        raise NotVerified("malformed", "a time names a day or hour that does not exist") from error
    at = int(moment.timestamp()) * SECOND
    if to_wire(at) != text:  # 24:00:00 is another writing of the next day
        raise NotVerified("malformed", "a time names an hour that does not exist")
    return at


def duration(text: object) -> Micros:
    """Read an ISO 8601 duration of days, hours, minutes ("PT24H").

    Raises NotVerified("malformed").
    """
    match = _DURATION_RE.fullmatch(text) if isinstance(text, str) else None
    if match is None or not any(match.groups()):
        raise NotVerified("malformed", "a duration must be written like PT24H or P3D")
    days, hours, minutes = (int(group or 0) for group in match.groups())
    return days * DAY + hours * HOUR + minutes * MINUTE


def to_wib(at: Micros) -> datetime:
    """The same moment on a Jakarta clock, for screens and letters."""
    return datetime.fromtimestamp(at / SECOND, WIB)


def show_wib(at: Micros) -> str:
    """A moment as an Indonesian reader expects it: `24-11-2026 14.03 WIB`."""
    return to_wib(at).strftime("%d-%m-%Y %H.%M WIB")
