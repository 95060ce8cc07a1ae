"""When to try again, when to give up, and when to leave a partner alone (design 4).

A delivery whose outcome is unknown waits by itself; a channel that is down or busy makes the whole
partner wait, so that what waits keeps its order.
"""

import hashlib
from dataclasses import dataclass

from gateway.domain.delivery import Delivery
from gateway.domain.times import DAY, HOUR, MINUTE, Micros


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """All spans in microseconds. Defaults outlast a long holiday with a closed office (domain.md
    3.6).

    `receipt` is how long a SENT delivery waits for its receipt before the same bytes go again.
    `most_tries` and `most_age` are the budget after which a person must look (FAILED); an attempt
    that surely did not hand over costs no try.
    """

    first: Micros = 1 * MINUTE
    factor: int = 2
    longest: Micros = 6 * HOUR
    receipt: Micros = 2 * HOUR
    most_tries: int = 60
    most_age: Micros = 10 * DAY

    def delay(self, tries: int, jitter: float) -> Micros:
        """The wait after try number `tries` (from 1); `jitter` in [0, 1) spreads it over 50 to 100
        %.

        Partners that fail together must not be retried together.
        """
        return _spread(self._grown(tries - 1, self.longest), jitter)

    def used_up(self, delivery: Delivery, at: Micros) -> bool:
        """Whether the budget of tries or days is spent."""
        return delivery.tries >= self.most_tries or self.too_old(delivery.queued_at, at)

    def too_old(self, since: Micros, at: Micros) -> bool:
        """Whether the days are spent."""
        return at - since >= self.most_age

    def pause(self, failures: int, pace: "Pace", jitter: float) -> Micros:
        """How long a partner is left alone after so many failures of its channel in a row: the
        shortest wait until its circuit opens, from then on twice as long each time."""
        return _spread(self._grown(failures - pace.failures + 1, pace.longest), jitter)

    def _grown(self, times: int, ceiling: Micros) -> Micros:
        exponent = min(max(times, 0), 40)
        return min(self.first * int(self.factor**exponent), max(ceiling, self.first))


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a partner's channel is asked to bear.

    After `failures` in a row its circuit is open: one probe at a time, and never further apart than
    `longest`, in microseconds. `parcels` and `octets` are limits a minute, 0 for none.
    """

    failures: int = 5
    longest: Micros = 30 * MINUTE
    parcels: int = 0
    octets: int = 0


def lot(partner: str, at: Micros) -> float:
    """A number in [0, 1) that every worker draws alike for a partner and a moment: the jitter of
    what is derived and not stored."""
    drawn = hashlib.sha256(f"{partner} {at}".encode()).digest()
    return int.from_bytes(drawn[:6], "big") / (1 << 48)


def _spread(full: Micros, jitter: float) -> Micros:
    return full // 2 + int(full / 2 * jitter)
