"""A cell's value as text, by the rules of gateway/domain/opened.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

_LARGEST = 10**15  # from here on a double holds fewer digits than a spreadsheet shows
_HALF = timedelta(microseconds=500_000)


def text_of(value: object) -> str:
    """The text of one value as the library gives it."""
    show = _SHOW.get(type(value))
    return show(value) if show else str(value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "#NUM!"
    if value != int(value):
        return repr(value)
    return str(int(value)) if abs(value) < _LARGEST else f"{value:.5E}"


def _moment(value: datetime) -> str:
    """To the second, as a spreadsheet rounds it; midnight is a day."""
    try:
        value = (value + _HALF).replace(microsecond=0)
    except OverflowError:
        value = value.replace(microsecond=0)  # the last half second of the last day that there is
    return value.strftime("%Y-%m-%d") if value.time() == time() else value.isoformat(" ")


_SHOW: dict[type, Callable[[Any], str]] = {
    str: lambda value: value.replace("\0", "\ufffd"),
    float: _number,
    int: lambda value: _number(value) if abs(value) >= _LARGEST else str(value),
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment,
    date: date.isoformat,
    time: lambda value: value.isoformat("seconds"),
    timedelta: str,
}
