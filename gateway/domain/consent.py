"""Consent of an OTT: what it covers, and when it is live (promise G)."""

from dataclasses import dataclass
from typing import Literal

from gateway.domain.statements import Consent
from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """A consent as recorded: `digest` is the statement's id.

    `withdrawn_at` is when the withdrawal committed: no new attempt begins after it. `ended_at` is
    when no attempt of that partner was in flight any more (design 4).
    """

    partner: str
    digest: str
    terms: Consent
    withdrawn_at: Micros | None = None
    ended_at: Micros | None = None

    def live_at(self, at: Micros) -> bool:
        """Whether an attempt may begin under it at `at`."""
        if self.withdrawn_at is not None and at >= self.withdrawn_at:
            return False
        return self.terms.since <= at < self.terms.until

    def covers(self, category: str, channel: str, origin: Literal["domestic", "foreign"]) -> bool:
        """Whether an entry of this category, channel and number origin may be shown to the
        partner."""
        terms = self.terms
        return (
            category in terms.categories and channel in terms.channels and origin in terms.origins
        )


def live(records: tuple[ConsentRecord, ...], at: Micros) -> ConsentRecord | None:
    """The consent that rules at `at`: of those live, the one given last."""
    candidates = [record for record in records if record.live_at(at)]
    return max(candidates, key=lambda r: (r.terms.at, r.digest)) if candidates else None


def agrees_per_entry(answers: str) -> bool:
    """Whether a consent with these `answers` lets the partner's word about single entries count;
    `aggregate` ones have no statement of their own yet and are no leave for it."""
    return answers == "per-entry"
