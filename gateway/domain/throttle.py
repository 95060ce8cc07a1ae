"""How long a guesser waits, so that guessing is slow and nobody else is kept out (ASVS 6.3.1).

A try counts in up to three buckets: who is tried from where, where it comes from, who is tried. The
last two do not hold for a place from which that account has signed in before: a stranger who
guesses at somebody, even behind the same address, never locks that person out.
"""

from dataclasses import dataclass

from gateway.domain.times import DAY, MINUTE, SECOND, Micros


@dataclass(frozen=True, slots=True)
class Patience:
    """A bucket's rule: `free` tries, then a wait of `first` that doubles up to `longest`."""

    free: int
    first: Micros
    longest: Micros

    def wait(self, failures: int) -> Micros:
        """After so many failed tries in a row."""
        if failures < self.free:
            return 0
        doublings = min(failures - self.free, 40)
        return min(self.first << doublings, self.longest)


PAIR = Patience(5, 2 * SECOND, 15 * MINUTE)
SOURCE = Patience(20, 2 * SECOND, 15 * MINUTE)
ACCOUNT = Patience(50, 2 * SECOND, 5 * MINUTE)

FORGET: Micros = DAY
"""A bucket in which nothing was tried for so long begins anew."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Failed tries in a row of one kind; `key` is a keyed hash, since what people type as a name
    may be their password."""

    key: str
    failures: int
    last_at: Micros
    until: Micros

    def at(self, now: Micros) -> "Bucket":
        """The bucket as it counts now."""
        return self if now - self.last_at < FORGET else Bucket(self.key, 0, now, 0)

    def failed(self, patience: Patience, now: Micros) -> "Bucket":
        """With one more failed try."""
        failures = self.failures + 1
        return Bucket(self.key, failures, now, now + patience.wait(failures))


def place(address: str) -> str:
    """Where a try comes from: the address, of IPv6 its first 64 bits, which one person has."""
    if ":" not in address:
        return address
    from ipaddress import AddressValueError, IPv6Address

    try:
        parsed = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64)) + "/64"
