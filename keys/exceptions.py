"""Exceptions of the algorithm policy: for one partner, one weakness, until a day.

They stand in the gateway's settings, with who allowed them and why. They let in and open; nothing
is ever sealed or signed by an exception.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import partner_id
from gateway.domain.times import DAY, Micros, to_wire
from gateway.domain.trust import PinnedKey
from keys import policy

LONGEST = 366 * DAY
"""An exception that never ends is a policy; a longer one is written again, by a person."""


class Weakness(StrEnum):
    """What an exception can allow."""

    RSA_2048 = "rsa-2048"
    CBC = "cms-cbc"
    PKCS1 = "cms-pkcs1"


@dataclass(frozen=True, slots=True)
class PolicyException:
    """One partner, one weakness, until then. Raises InputError where it could not end or says
    neither why nor by whom."""

    partner: str
    weakness: Weakness
    since: Micros
    until: Micros
    reason: str
    by: str

    def __post_init__(self) -> None:
        partner_id(self.partner)
        if not self.since < self.until <= self.since + LONGEST:
            raise InputError(
                f"an exception for {self.partner} ends within a year of its beginning",
                hint="write it again when it has ended and is still needed",
            )
        if not self.reason.strip() or not self.by.strip():
            raise InputError(f"an exception for {self.partner} says why, and who allowed it")


class Exceptions:
    """All that were recorded."""

    def __init__(self, recorded: Iterable[PolicyException] = ()) -> None:
        self._recorded = tuple(recorded)

    def find(self, partner: str, weakness: Weakness, at: Micros) -> PolicyException | None:
        """The one that rules now and lasts longest, None where there is none."""
        ruling = [
            one
            for one in self._recorded
            if (one.partner, one.weakness) == (partner, weakness) and one.since <= at < one.until
        ]
        return max(ruling, key=lambda one: one.until, default=None)

    def allowed(self, partner: str, at: Micros) -> frozenset[Weakness]:
        """What is allowed to the partner now."""
        return frozenset(one for one in Weakness if self.find(partner, one, at))

    def check_pin(self, pin: PinnedKey, key: policy.PublicKey, at: Micros) -> None:
        """A key of 2048 bits comes in only by an exception, and must end with it.

        Raises NotVerified: wrong-alg (no exception), key-not-valid (it would outlive it).
        """
        if not policy.is_short(key):
            return
        found = self.find(pin.owner.id, Weakness.RSA_2048, at)
        if found is None:
            raise NotVerified(
                "wrong-alg",
                f"key {pin.kid}: an RSA key has {policy.RSA_BITS[0]} bits or more",
                hint="fewer only by an exception with an end date, in the gateway's settings",
            )
        if pin.not_after > found.until:
            raise NotVerified(
                "key-not-valid",
                f"key {pin.kid} is allowed until {to_wire(found.until)}, the card says longer",
                hint="the partner makes a card in which this key ends by then",
            )
