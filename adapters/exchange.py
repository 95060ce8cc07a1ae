"""The pull channel: the partner comes to us, through the exchange store and its listener.

Nothing leaves the house here: to send is to lay ready, and the term starts at the fetch (design 4).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.limits import Limits
from gateway.domain.errors import Conflict, InputError, PalangError
from gateway.domain.ids import is_partner_id
from gateway.domain.parties import Partner
from gateway.ports import (
    Clock,
    Exchange,
    HandOver,
    Inbound,
    Message,
    Parcel,
    ProbeReport,
    SendError,
    WaitingItem,
)

SCHEME = "pull"


class PullScheme:
    """The scheme `pull:` of one gateway's exchange store (adapters/registry.py HouseScheme)."""

    def __init__(
        self, exchange: Exchange, gateway: str, clock: Clock, limits: Limits | None = None
    ) -> None:
        self._exchange, self._gateway, self._clock = exchange, gateway, clock
        self._limits = limits or Limits()

    def check_channel(self, uri: str, reply: str) -> None:
        """A channel is `pull:<partner id>`, and its reply the same. Raises InputError."""
        if not is_partner_id(uri.removeprefix(f"{SCHEME}:")):
            raise InputError(
                "a pulling partner's channel must be written pull:<partner id>, this one is not",
                hint="for example pull:opr-uji-a; the partner comes to our listener",
            )
        if reply not in ("", uri):
            raise InputError("channel and reply of a pulling partner must be the same")

    def check_peer(self, uri: str, peer: str) -> None:
        """There is no server of the partner's to pin. Raises InputError where one is named."""
        self.check_channel(uri, "")
        if peer:
            raise InputError(
                "a pulling partner has no server, so no identity of one can be pinned",
                hint="leave peer empty; its own keys, and perhaps a client certificate, show it",
            )

    def adapter(self, partner: Partner) -> "ExchangeAdapter":
        """The partner's adapter. Raises InputError where the channel is another partner's."""
        self.check_channel(partner.channel, partner.reply)
        if partner.channel != f"{SCHEME}:{partner.id}":
            raise InputError(f"partner {partner.id}: its channel must be {SCHEME}:{partner.id}")
        return ExchangeAdapter(partner, self._exchange, self._gateway, self._clock, self._limits)


class ExchangeAdapter:
    """One partner's place in the exchange store. `gateway` is our own name: a store that was
    published under another one belongs to somebody else."""

    def __init__(
        self, partner: Partner, exchange: Exchange, gateway: str, clock: Clock, limits: Limits
    ) -> None:
        self._partner, self._exchange, self._gateway = partner, exchange, gateway
        self._clock, self._limits = clock, limits
        self._endpoint = f"{SCHEME}:{partner.id}"

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """Lay the parcel ready; the same digest again is the same row."""
        with self._explained():
            self._check_place()
            row = self._exchange.publish(self._partner.id, parcel, self._clock.now())
        return self._handed_over(f"parcel {row}")

    def say(self, message: Message) -> HandOver:
        """Lay the statement ready; one of the same name replaces the older."""
        with self._explained():
            self._check_place()
            row = self._exchange.say(self._partner.id, message, self._clock.now())
        return self._handed_over(f"statement {row}")

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """Take what the listener kept: statements, and the word of each first fetch.

        What keep() raises passes through, and its item waits on.
        """
        with self._explained():
            waiting = self._exchange.waiting(self._partner.id, self._limits.items)
        for item in waiting:
            keep(Inbound(item.kind, self._read(item), f"item {item.id}"))
            # A crash here leaves a kept item that waits on: it is taken again, a duplicate.
            with self._explained():
                self._exchange.taken(item.id, self._clock.now())
        return len(waiting)

    def probe(self) -> ProbeReport:
        """Whether the store can be used, and knows the partner as it is now."""
        checks: list[tuple[str, bool, str]] = []
        try:
            with self._explained():
                self._check_place()
                checks.append(("place in the exchange store", True, ""))
                checks.append(self._as_published())
        except SendError as error:
            checks.append(("place in the exchange store", False, f"{error} {error.hint}".strip()))
        return ProbeReport(self._endpoint, "exchange store", "", tuple(checks))

    def _as_published(self) -> tuple[str, bool, str]:
        published = self._exchange.partner(self._partner.id)
        same = published is not None and published.card == self._partner.card
        advice = "" if same else "its keys or card changed: the worker publishes them, see its log"
        return ("published keys and rules", same, advice)

    def _check_place(self) -> None:
        """The partner has a place here, and it is ours. Raises SendError, with an alert."""
        published = self._exchange.partner(self._partner.id)
        if published is None:
            raise self._misplaced(
                "the exchange store does not know this partner yet",
                "the worker publishes it in its next round; if not, see its log",
            )
        if published.gateway != self._gateway:
            raise self._misplaced(
                "the exchange store belongs to another gateway",
                "check [exchange] database in palang.toml: each gateway has a store of its own",
            )

    def _misplaced(self, what: str, hint: str) -> SendError:
        return SendError(f"{self._endpoint}: {what}", "no", alert=True, hint=hint)

    def _read(self, item: WaitingItem) -> bytes:
        if item.size > self._limits.reply:
            raise SendError(
                f"{self._endpoint}: item {item.id} has {item.size} bytes, expected at most "
                f"{self._limits.reply}",
                "no",
                alert=True,
                hint="the listener should not have kept it; it stays in the exchange store",
            )
        with self._explained():
            return self._exchange.item(item.id)

    def _handed_over(self, row: str) -> HandOver:
        return HandOver(self._clock.now(), self._endpoint, "", row, confirmed=False)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Every failure of the store as SendError: a busy one has taken nothing, with any other the
        commit may have come through."""
        try:
            yield
        except SendError:
            raise
        except Conflict as error:
            raise SendError(
                f"{self._endpoint}: {error}", "no", busy=True, hint=error.hint
            ) from error
        except PalangError as error:
            raise SendError(
                f"{self._endpoint}: {error}", "unknown", alert=True, hint=error.hint
            ) from error
