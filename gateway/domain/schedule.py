"""When to try again, and when to give up (design 4):

exponential back-off with jitter, over days.
"""

from dataclasses import dataclass

from gateway.domain.delivery import Delivery
from gateway.domain.times import DAY, HOUR, MINUTE, Micros


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """All spans in microseconds. Defaults outlast a long holiday with a closed office (domain.md
    3.6).

    `receipt` is how long a SENT delivery waits for its receipt before the same bytes go again.
    `most_tries` and `most_age` are the budget after which a person must look (FAILED).
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
        exponent = min(max(tries, 1) - 1, 40)
        full = min(self.first * int(self.factor**exponent), self.longest)
        return full // 2 + int(full / 2 * jitter)

    def used_up(self, delivery: Delivery, at: Micros) -> bool:
        """Whether the budget of tries or days is spent."""
        return delivery.tries >= self.most_tries or at - delivery.queued_at >= self.most_age
