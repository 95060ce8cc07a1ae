"""What the address of a list says: its filter's days, and the same filter for another page."""

from datetime import date, datetime, time

from flask import request, url_for

from gateway.domain.errors import InputError
from gateway.domain.times import SECOND, WIB, Micros


def day_of(text: str) -> Micros:
    """The beginning of a Jakarta day, 0 for none. Raises InputError."""
    if not text:
        return 0
    try:
        begins = datetime.combine(date.fromisoformat(text), time(), WIB)
    except ValueError:
        raise InputError("expected a day as YYYY-MM-DD", hint="choose it in the calendar") from None
    return int(begins.timestamp()) * SECOND


def same(endpoint: str, **changes: object) -> str:
    """The address with the filter that is asked for, at its first page."""
    kept = {name: value for name, value in request.args.items() if value and name != "after"}
    return url_for(endpoint, **(kept | changes))  # type: ignore[arg-type]  # values of a query
