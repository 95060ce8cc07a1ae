"""Retention: propose and approve a policy, see what it would take, purge what is due.

A policy is a dated table under two officers' signatures. A purge is an officer's signed act under
the policy that rules: rows, tombstone and ledger event in one transaction, period keys after it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.domain.canonical import JsonObject, digest
from gateway.domain.dated import Activation, activation_digest
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.period_keys import month_of
from gateway.domain.records import ReferenceTable
from gateway.domain.retention import (
    KIND,
    Policy,
    Tombstone,
    Went,
    policy_of,
    read_tombstone,
)
from gateway.domain.times import Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event
from gateway.services.retention_plan import Item, Plan
from gateway.services.retention_taking import take
from gateway.services.tables import activation_facts, begin_of_day, future_day


class KeyDestroyer(Protocol):
    """The period keys, as a purge sees them."""

    def labels(self) -> list[str]:
        """The keys that are there: `2026-11-` and an id."""
        ...

    def carried(self, month: str) -> dict[str, str]:
        """Keys of subjects that were carried over a destruction, by label and subject."""
        ...

    def destroy(self, month: str, alive: Iterable[str], tombstones: list[dict[str, Any]]) -> None:
        """Destroy a month's keys but for those of the subjects that are alive."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """What there is of one thing in one month, by what becomes of it: `goes` are parcels, proofs,
    numbers or rows that a purge would take by then, `size` their bytes; `kept` by why."""

    what: str
    month: str
    goes: int
    size: int
    waits: int
    kept: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What both officers see first: the policy's effect at a moment, by thing and month."""

    policy: Policy
    at: Micros
    shares: tuple[Share, ...]

    def sum(self, what: str) -> int:
        """How many of it would go."""
        return sum(share.goes for share in self.shares if share.what == what)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The policy that rules, since when, and the officers who signed it."""

    policy: Policy
    begins: Micros
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """How retention stands: versions with what rules them, and every tombstone."""

    ruling: Ruling | None
    policies: tuple[tuple[Policy, Micros | None], ...]
    tombstones: tuple[Went, ...]
    pending: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purge:
    """A purge that was made: its tombstone, and the months whose keys were destroyed."""

    tombstone: Tombstone
    digest: str
    destroyed: tuple[str, ...]


class Retention:
    """The use cases. `wipe` writes the database's file anew, so that nothing of what was deleted
    lies in it; a server does that by itself (docs/retention.md)."""

    def __init__(
        self,
        store: Store,
        approvals: Approvals,
        clock: Clock,
        keys: KeyDestroyer,
        wipe: Callable[[], None],
    ) -> None:
        self._store, self._approvals, self._clock = store, approvals, clock
        self._keys, self._wipe = keys, wipe

    def state(self) -> State:
        """Policies, what rules, tombstones, and months whose keys wait for their destruction."""
        at = self._clock.now()
        with self._store.read() as uow:
            begun = {a.version: a.begins for a in uow.registry.activations() if a.kind == KIND}
            tables = [table for table in uow.registry.references() if table.kind == KIND]
            return State(
                ruling(uow, at),
                tuple((policy_of(table), begun.get(table.version)) for table in tables),
                tuple(map(read_tombstone, uow.retention.tombstones())),
                tuple(self._pending(uow, at)),
            )

    def review(self, policy: Policy, at: Micros | None = None) -> Review:
        """What this policy would take at a moment, by default now."""
        at = at or self._clock.now()
        with self._store.read() as uow:
            return Review(policy, at, tuple(_shares(Plan(uow, policy, at).items(), at)))

    def find(self, version: str) -> Policy:
        """A policy that was proposed. Raises NotFound."""
        with self._store.read() as uow:
            return policy_of(_table(uow, version))

    def propose(self, policy: Policy, day: str, by: Signatory) -> Activation | None:
        """Keep a policy, with one officer's signature that it rules from this Jakarta day on.

        Raises Conflict (the version is there with other words), InputError (a day that is past),
        NotPermitted, NotVerified.
        """
        table, at = policy.to_table(), self._clock.now()
        with self._store.write() as uow:
            known = [t for t in uow.registry.references() if t.kind == KIND]
            same = [t for t in known if t.version == table.version]
            if same and same[0].digest != table.digest:
                raise Conflict(
                    f"retention policy {table.version} is there with other words",
                    hint="propose it under a new version",
                )
            if not same:
                facts: JsonObject = {"kind": KIND, "version": table.version, "digest": table.digest}
                uow.save(table, LedgerEvent(Tag.REFERENCE_LOAD, at, facts))
            made = self._sign(uow, table, day, by, at)
            # a crash before leaves neither policy nor signature: propose again
            uow.commit("retention.propose")
        return made

    def approve(self, version: str, day: str, by: Signatory) -> Activation | None:
        """The second officer's signature over the same policy and day; it rules from then on.

        Raises NotFound, and as `propose`.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            made = self._sign(uow, _table(uow, version), day, by, at)
            # a crash before leaves the policy without this signature: approve again
            uow.commit("retention.approve")
        return made

    def _sign(
        self, uow: UnitOfWork, table: ReferenceTable, day: str, by: Signatory, at: Micros
    ) -> Activation | None:
        future_day(f"retention policy {table.version}", day, at)
        gateway = uow.registry.gateway().name
        about = f"reference:{KIND} {table.version}"
        asked = Asked(Act.REFERENCE_ACTIVATE, about, activation_digest(gateway, table, day))
        words = self._approvals.join(uow, by, asked, at)
        begins = max(begin_of_day(day), at)
        made = Activation(KIND, table.version, begins, at) if len(words) >= NEEDED else None
        event = approval_event(
            Tag.REFERENCE_ACTIVATE, words[-1], activation_facts(table, day, made)
        )
        uow.save(words[-1], event)
        if made is not None:
            uow.save(made, event)
        return made

    def purge(self, by: Signatory) -> Purge | None:
        """Take what is due under the policy that rules, then destroy the keys of its months; None
        where nothing is due.

        Raises Conflict (no policy rules), NotPermitted, NotVerified, and what the keys raise: then
        the purge stands, and the next run destroys the keys.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            rules = ruling(uow, at)
            if rules is None:
                raise Conflict(
                    "no retention policy rules: nothing is purged",
                    hint="palang retention propose, and a second officer: palang retention approve",
                )
            due = [item for item in Plan(uow, rules.policy, at).items() if item.goes(at)]
            stone = take(uow, due, rules.policy, rules.officers, by.officer, at) if due else None
            if stone is not None:
                self._bury(uow, stone, by, at)
                # a crash before leaves everything; after it rows and tombstone are as they must
                # be, and the keys are still there: the next run destroys them
                uow.commit("retention.purge")
        destroyed = self.finish()
        # also where nothing was due: an earlier run may have been stopped before it
        self._wipe()
        return None if stone is None else Purge(stone, digest(stone.to_bytes()), destroyed)

    def finish(self) -> tuple[str, ...]:
        """Destroy the keys that tombstones name and that are still there; which months'."""
        at = self._clock.now()
        with self._store.read() as uow:
            months = list(self._pending(uow, at))
            alive = {month: uow.retention.alive(month) for month in months}
            bodies = uow.retention.tombstones()
            words = {month: _words(uow, bodies, month) for month in months}
        for month in months:
            self._keys.destroy(month, alive[month], words[month])
        return tuple(months)

    def _pending(self, uow: UnitOfWork, at: Micros) -> Iterable[str]:
        """Months of tombstones that are over, with a key that is still there, or with a carried
        key of what is gone since."""
        named = {m for body in uow.retention.tombstones() for m in read_tombstone(body).months}
        there = {label[:7] for label in self._keys.labels()}
        for month in sorted(month for month in named if month < month_of(at)):
            carried = {name.partition(" ")[2] for name in self._keys.carried(month)}
            if month in there or carried - uow.retention.alive(month):
                yield month

    def _bury(self, uow: UnitOfWork, stone: Tombstone, by: Signatory, at: Micros) -> None:
        body = stone.to_bytes()
        asked = Asked(Act.RETENTION_PURGE, f"retention:{stone.policy.version}", digest(body))
        word = self._approvals.sign(uow, by, asked, at)
        facts: JsonObject = {
            "policy": stone.policy.version,
            "officers": list(stone.officers),
            "months": list(stone.months),
            "counts": stone.counts(),
        }
        event = approval_event(Tag.RETENTION_PURGE, word, facts)
        uow.save(word, event)
        uow.retention.add_tombstone(body, event)


def ruling(uow: UnitOfWork, at: Micros) -> Ruling | None:
    """The policy that rules at a moment: without an activation none does."""
    made = [a for a in uow.registry.activations() if a.kind == KIND and a.begins <= at]
    if not made:
        return None
    last = max(made, key=lambda one: one.begins)  # of two that begin together the later one
    latest = next(one for one in reversed(made) if one.begins == last.begins)
    table = _table(uow, latest.version)
    words = uow.registry.approvals(f"reference:{KIND} {latest.version}")
    return Ruling(policy_of(table), latest.begins, tuple(dict.fromkeys(w.officer for w in words)))


def _table(uow: UnitOfWork, version: str) -> ReferenceTable:
    for table in uow.registry.references():
        if (table.kind, table.version) == (KIND, version):
            return table
    raise NotFound(f"there is no retention policy {version}", hint="palang retention show")


def _words(uow: UnitOfWork, bodies: Iterable[bytes], month: str) -> list[dict[str, Any]]:
    """What is kept beside the keys of each tombstone of a month: the document as signed, so that a
    database of before it can be told."""
    found: list[dict[str, Any]] = []
    for body in bodies:
        went = read_tombstone(body)
        if month not in went.months:
            continue
        name = digest(body)
        for word in uow.registry.approvals(f"retention:{went.policy}"):
            if word.digest == name:
                found.append(
                    {
                        "at": went.at,
                        "policy": went.policy,
                        "officer": word.officer,
                        "document": body.decode(),
                        "jws": word.jws.decode(),
                    }
                )
    return found


def _shares(items: Iterable[Item], at: Micros) -> Iterable[Share]:
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        groups[item.what, item.month].append(item)
    for (what, month), found in sorted(groups.items()):
        kept: dict[str, int] = defaultdict(int)
        for item in found:
            if item.kept:
                kept[item.kept] += item.amount
        goes = [item for item in found if item.goes(at)]
        yield Share(
            what,
            month,
            sum(item.amount for item in goes),
            sum(item.size for item in goes),
            sum(item.amount for item in found if not item.kept and not item.goes(at)),
            tuple(sorted(kept.items())),
        )
