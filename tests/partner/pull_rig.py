"""A kit that pulls, and the gateway's real listener over a real exchange store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.exchange_publishing import publish_partner
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.times import Micros
from gateway.domain.trust import Trust, read_trust
from gateway.ports import Clock, Message, Parcel, TransportRules
from gateway.store.exchange.store import SqlExchange, open_exchange
from gateway.web.listener import Happened, Listener
from gateway.web.server import Serving, listening
from keys import http_signatures
from keys.jws import JoseSignatures
from partner.kit import Kit
from partner.loop import Rounds
from partner.settings import Settings
from tests.partner.factory import FakeClock, Gateway, Made, make_kit
from tests.web.house import fresh_url
from tests.web.wire import authority, server_certificate

Events = list[tuple[str, dict[str, object]]]


@dataclass
class PullRig:
    """Both sides. `told` is what the listener tells, `events` what the kit's rounds tell."""

    gateway: Gateway
    kit: Kit
    clock: FakeClock
    exchange: SqlExchange
    url: str
    told: list[Happened]
    events: Events = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rounds = Rounds(self.kit, lambda event, facts: self.events.append((event, facts)))

    def lay(self, *made: Made) -> None:
        """Parcels as the worker publishes them."""
        for one in made:
            head = one.manifest
            name = ParcelName(head.partner, head.epoch, head.sequence, Envelope.JOSE)
            self.exchange.publish(head.partner, Parcel(name, one.data, one.digest), self.clock.at)

    def say(self, word: bytes, name: str = "head") -> None:
        """An answer or head as the worker publishes it."""
        named, subject = f"palang-{self.kit.identity.id}-{name}.jws", "" if name == "head" else name
        message = Message(named, word, digest(word), subject)
        self.exchange.say(self.kit.identity.id, message, self.clock.at)

    def posted(self) -> list[bytes]:
        """The statements that wait for the worker."""
        waiting = self.exchange.waiting(self.kit.identity.id, 1000)
        return [self.exchange.item(one.id) for one in waiting if one.kind == "statement"]

    def fetches(self) -> int:
        """How many fetches wait for the worker."""
        waiting = self.exchange.waiting(self.kit.identity.id, 1000)
        return sum(one.kind == "fetched" for one in waiting)

    def requests(self) -> list[str]:
        """What the listener did since this was asked last."""
        done = [f"{one.event} {one.status}" for one in self.told]
        self.told.clear()
        return done

    def round(self) -> bool:
        """One round of the kit, a second later."""
        self.clock.at += 1_000_000
        self.events.clear()
        return self.rounds.once()

    def reload(self, settings: Settings, clock: Clock | None = None) -> None:
        """The kit as it starts with other settings."""
        self.kit = replace(self.kit, settings=settings, clock=clock or self.kit.clock)
        self.__post_init__()

    def slow(self, by: Micros) -> None:
        """The kit's clock stands still while so much time goes by elsewhere."""
        self.reload(self.kit.settings, FakeClock(self.clock.at))
        self.clock.at += by

    def publish(self, rules: TransportRules | None = None) -> None:
        """The partner as two officers approved it."""
        me = self.kit.identity
        keys = (*me.trust.keys, *read_trust(self.gateway.trust()).keys)
        partner = Partner(
            me.id,
            PartnerKind.OPERATOR,
            me.card.name,
            me.card.channel,
            me.card.reply,
            "",
            Envelope.JOSE,
            test=True,
            term="PT24H",
            card="sha256:" + "0" * 64,
            standing=Standing.LIVE,
        )
        trust = Trust(self.gateway.name, keys)
        publish_partner(self.exchange, partner, trust, rules or TransportRules(), self.gateway.name)


@contextmanager
def pull_rig(
    folder: Path,
    settings: dict[str, str] | None = None,
    *,
    client_ca: bool = False,
    gateway: Gateway | None = None,
) -> Iterator[PullRig]:
    """A listener that serves, and a kit whose settings lead to it; `settings` are TOML values."""
    gateway, clock = gateway or Gateway(), FakeClock()
    ca, pair = folder / "ca.pem", folder / "server.pem"
    authority().cert_pem.write_to_path(ca)
    server_certificate().private_key_and_cert_chain_pem.write_to_path(pair)
    told: list[Happened] = []
    with closing(open_exchange(fresh_url(folder), busy_ms=2000)) as exchange:
        serving = Serving("127.0.0.1:0", pair, pair, ca if client_ca else None, threads=4)
        listener = Listener(exchange, JoseSignatures(), clock, told.append)
        with listening(listener, serving) as url:
            # its own origin is known only now; the parts are frozen
            object.__setattr__(listener, "origin", url)
            object.__setattr__(listener, "verify_http", http_signatures.verify)
            kit = make_kit(
                folder / "kit",
                gateway,
                clock=clock,
                channel="pull:opr-uji-a",
                given={
                    "pull.url": json.dumps(f"{url}/v1/opr-uji-a"),
                    "pull.ca": json.dumps(str(ca)),
                    **(settings or {}),
                },
            )
            rig = PullRig(gateway, kit, clock, exchange, url, told)
            rig.publish()
            yield rig
