"""The worker's care for the exchange store: partners and the ledger's tree as they are now, nothing
that is done with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adapters import exchange_publishing
from adapters.exchange import SCHEME
from config.sections import TransportRule
from gateway.domain.delivery import State
from gateway.domain.parties import Standing
from gateway.domain.times import DAY, HOUR, Micros
from gateway.ports import Quotas, TransportRules
from gateway.services.rehearsing import as_let_in, rehearsals
from gateway.services.tree_publishing import TreePublisher
from keys.cards import open_card

if TYPE_CHECKING:
    from gateway.domain.parties import Partner
    from gateway.main.wiring import Gateway

KEPT: Micros = 7 * DAY
"""How long a parcel stays in the exchange store after it was published and acknowledged."""
TIDY_EVERY: Micros = 1 * HOUR
MEGABYTE = 1024 * 1024


class Publisher:
    """Called each round, before anything is collected: a revoked key counts from then on."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._tidied: Micros = 0
        self._once_pulled = _has_store(gateway.settings.exchange_url)
        self._cleared: set[str] = set()

    def __call__(self) -> list[str]:
        """The partners that were published anew. Raises PalangError (the store is not there)."""
        with self._gateway.store.read() as unit:
            partners = unit.registry.partners()
        pulling = [partner for partner in partners if partner.channel == f"{SCHEME}:{partner.id}"]
        if not pulling and not self._once_pulled:
            return []
        exchange = self._gateway.exchange
        for partner in partners:
            if partner not in pulling:  # it left, and is let in no longer
                exchange_publishing.unpublish(exchange, partner.id)
        self._once_pulled = bool(pulling)
        changed = [partner.id for partner in pulling if self.publish(partner)]
        TreePublisher(self._gateway.store, exchange).run({partner.id for partner in pulling})
        now = self._gateway.clock.now()
        if now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            self._tidy(pulling, now)
        return changed

    def publish(self, partner: Partner) -> bool:
        """One partner as it is let in now; whether that changed. Before a live one is let in, what
        the ladder laid there for it is taken away. Raises PalangError."""
        exchange = self._gateway.exchange
        with self._gateway.store.read() as unit:
            known, trust = as_let_in(unit, partner, open_card, self._gateway.clock.now())
            old = rehearsals(unit, partner.id) if self._must_clear(partner) else frozenset()
        if old and (lies := self._lying(partner.id, old)):
            # a crash after this leaves nothing of the ladder there, and the partner as before
            exchange.remove(partner.id, lies)
        changed = exchange_publishing.publish_partner(
            exchange, known, trust, self._rules(partner.id), self._gateway.name
        )
        if partner.standing is Standing.LIVE:
            self._cleared.add(partner.id)
        return changed

    def _lying(self, partner: str, digests: frozenset[str]) -> list[str]:
        published = self._gateway.exchange.published(partner)
        return [one.digest for one in published if one.digest in digests]

    def _must_clear(self, partner: Partner) -> bool:
        return partner.standing is Standing.LIVE and partner.id not in self._cleared

    def _rules(self, partner: str) -> TransportRules:
        chosen = self._gateway.settings.exchange
        rule = chosen.partners.get(partner, TransportRule())
        quotas = Quotas(chosen.quota_statements, chosen.quota_requests, chosen.quota_mb * MEGABYTE)
        return TransportRules(rule.certificate, rule.bearer, rule.http_signature, quotas)

    def _tidy(self, pulling: list[Partner], now: Micros) -> None:
        exchange = self._gateway.exchange
        for partner in pulling:
            done = self._acknowledged(partner.id)
            exchange_publishing.remove_acknowledged(exchange, partner.id, done, now - KEPT)
        exchange.tidy(now, exchange_publishing.KEEP)

    def _acknowledged(self, partner: str) -> list[str]:
        """Digests of published parcels whose receipt is here; asked for again, they come back."""
        published = self._gateway.exchange.published(partner)
        with self._gateway.store.read() as unit:
            found = (
                (p.digest, unit.deliveries.sealing_of_parcel(partner, p.digest)) for p in published
            )
            return [
                digest
                for digest, sealing in found
                if sealing and unit.deliveries.delivery(sealing[0]).state is State.ACKNOWLEDGED
            ]


def _has_store(url: str) -> bool:
    """Whether an exchange store may hold a partner from before: a server's may, a file must be."""
    scheme, _, path = url.partition(":///")
    return not scheme.startswith("sqlite") or Path(path).exists()
