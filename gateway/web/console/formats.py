"""How the console writes moments, counts and numbers: WIB, `57.459`, masked.

A template writes none of them itself, so that one look rules everywhere.
"""

from functools import lru_cache

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from gateway.domain.numbering import mask
from gateway.domain.times import DAY, HOUR, MINUTE, Micros, to_wib
from gateway.web.console.words import language, say, say_many

NONE = "–"
"""Stands where there is nothing to say."""


def moment(at: Micros | None) -> str:
    """`24 Nov 2026 14.22 WIB`."""
    return NONE if at is None else _minute(at // MINUTE, language())


@lru_cache(4_096)
def _minute(minutes: int, locale: str) -> str:
    """A list says the same minutes again and again, and babel takes its time for each."""
    return format_datetime(to_wib(minutes * MINUTE), "d MMM y HH.mm", locale=locale) + " WIB"


def day(at: Micros | None) -> str:
    """`24 Nov 2026`."""
    return NONE if at is None else format_date(to_wib(at).date(), "d MMM y", locale=language())


def machine(at: Micros) -> str:
    """ISO 8601, for the `datetime` of a <time>."""
    return to_wib(at).isoformat(timespec="seconds")


def whole(count: int) -> str:
    """`57.459`; in English `57,459`."""
    text = f"{count:,}"  # babel writes the same, and takes 40 times as long: a list has hundreds
    return text.replace(",", ".") if language() == "id" else text


def percent(part: int, total: int) -> str:
    """`42,5%` of a total; a dash where there is none."""
    return NONE if not total else str(format_percent(part / total, "#,##0.#%", locale=language()))


def masked(number: int) -> str:
    """A phone number of which only whoever has it recognises the rest: `+62870•••••78`."""
    return mask(number)


def span(length: Micros) -> str:
    """A length of time in its two largest units: `1 day 3 hours`."""
    return _span(abs(length) // MINUTE, language())


@lru_cache(4_096)
def _span(minutes: int, _language: str) -> str:
    """So many minutes: the rows of a list have waited equally long."""
    hours, minutes = divmod(minutes, HOUR // MINUTE)
    days, hours = divmod(hours, DAY // HOUR)
    if days:
        return " ".join(filter(None, (_days(days), _hours(hours) if hours else "")))
    if hours:
        return " ".join(filter(None, (_hours(hours), _minutes(minutes) if minutes else "")))
    return _minutes(minutes) if minutes else say("less than a minute")


def size(octets: int) -> str:
    """`1,2 MB`, in powers of ten."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if octets >= factor:
            return f"{format_decimal(round(octets / factor, 1), locale=language())} {unit}"
    return f"{octets} B"


def short(digest: str) -> str:
    """The first twelve digits of a digest; the whole stands in its title."""
    return digest.removeprefix("sha256:")[:12]


def _days(count: int) -> str:
    return say_many("%(count)s day", "%(count)s days", count)


def _hours(count: int) -> str:
    return say_many("%(count)s hour", "%(count)s hours", count)


def _minutes(count: int) -> str:
    return say_many("%(count)s minute", "%(count)s minutes", count)
