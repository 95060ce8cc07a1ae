"""Counts tries before they are judged, so that many at once are no way around the wait.

Whoever passes has been counted as failed already; a right one clears its own count afterwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.domain.access import What
from gateway.domain.errors import NotPermitted
from gateway.domain.throttle import ACCOUNT, PAIR, SOURCE, Bucket, Patience
from gateway.domain.times import DAY, SECOND, Micros
from gateway.ports import Clock, Store, UnitOfWork, Vault
from gateway.services.access import By, note

KNOWN: Micros = 90 * DAY
"""A place from which an account was signed in since then is its own: others' tries are not held
against it there."""


class Throttled(NotPermitted):
    """Too many wrong tries; `seconds` to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"too many wrong tries: the next one counts in {seconds} s",
            hint="wait; who forgot it asks an administrator for a new one",
        )
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Throttle:
    """Buckets of tries: of one kind (`password`, `code`, `key`), by pair, source and account."""

    store: Store
    clock: Clock
    vault: Vault
    pair: Patience = PAIR

    def count(self, kind: str, account: str, address: str) -> None:
        """Count one try, durably. Raises Throttled where it may not be made yet."""
        with self.store.read() as uow:
            self._refuse(self._buckets(uow, kind, account, address))
        with self.store.write() as uow:
            now, buckets = self.clock.now(), [*self._buckets(uow, kind, account, address)]
            self._refuse(buckets)  # again: another try may have been counted meanwhile
            counted = [bucket.failed(patience, now) for bucket, patience in buckets]
            for bucket in counted:
                uow.staff.put_bucket(bucket)
            if any(bucket.until > now for bucket in counted):
                known = account if uow.staff.find(account) is not None else ""
                failures = max(bucket.failures for bucket in counted)
                by = By(known, address)
                note(uow, self.clock, by, What.SIGN_IN_THROTTLED, kind=kind, tries=failures)
            # a crash after it leaves one try counted that nobody judged: one wait more
            uow.commit("sign-in.count")

    def clear(self, uow: UnitOfWork, kind: str, account: str, address: str) -> None:
        """A right try: its pair begins anew, and what it added elsewhere goes."""
        now = self.clock.now()
        for bucket, patience in self._buckets(uow, kind, account, address):
            left = 0 if patience is self.pair else max(0, bucket.failures - 1)
            uow.staff.put_bucket(Bucket(bucket.key, left, now, 0))

    def _buckets(
        self, uow: UnitOfWork, kind: str, account: str, address: str
    ) -> Iterator[tuple[Bucket, Patience]]:
        now = self.clock.now()
        wanted = [("pair", f"{account}\n{address}", self.pair)]
        if not uow.staff.came_from(account, address, now - KNOWN):
            wanted += [("source", address, SOURCE), ("account", account, ACCOUNT)]
        for name, what, patience in wanted:
            key = self._key(kind, name, what)
            yield (uow.staff.bucket(key) or Bucket(key, 0, now, 0)).at(now), patience

    def _key(self, kind: str, name: str, what: str) -> str:
        return self.vault.blind("try", f"{kind}\n{name}\n{what}")

    def _refuse(self, buckets: Iterable[tuple[Bucket, Patience]]) -> None:
        now = self.clock.now()
        left = max((bucket.until - now for bucket, _ in buckets), default=0)
        if left > 0:
            raise Throttled(-(-left // SECOND))
