"""One gateway's parts, built when they are first asked for: `--help` needs no database, `verify` no
SQLAlchemy."""

from __future__ import annotations

import os
import random
import secrets
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from config import settings
from gateway.domain.statements import Card
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Owner, OwnerKind, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.registry import ChannelRegistry
    from gateway.jobs import Happening, Rounds
    from gateway.ports import Signer, TransportSecrets
    from gateway.services.approvals import Approvals
    from gateway.services.checkpoints import CheckpointService
    from gateway.services.endorsement import Endorsement
    from gateway.services.guards import GuardLimits
    from gateway.services.intake import Intakes
    from gateway.services.release import Release
    from gateway.services.source_inbox import SourceInbox
    from gateway.services.source_lists import ListReader
    from gateway.store.exchange.store import SqlExchange
    from gateway.store.store import SqlStore
    from keys.keyring import KeyStore, StoreKeyring
    from keys.period_keys import PeriodFolder
    from keys.transport import SshKey, Transport


class SystemClock:
    """The machine's clock as the gateway's time."""

    def now(self) -> Micros:
        """Microseconds since 1970-01-01 UTC."""
        return time_ns() // 1000


class Gateway:
    """Everything of the gateway in `home`. Parts that open files or keys raise PalangError."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = SystemClock()

    @cached_property
    def settings(self) -> settings.Settings:
        """Raises InputError."""
        return settings.load(self.home)

    @cached_property
    def store(self) -> SqlStore:
        """The core database. Raises NotFound, Conflict."""
        from gateway.store.store import open_store

        return open_store(self.settings.database_url, self.clock, periods=self.periods)

    @cached_property
    def periods(self) -> PeriodFolder:
        """The keys of stored content by month."""
        from keys.period_keys import PeriodFolder

        return PeriodFolder(self.settings.period_folder, self.settings.period_secret_file)

    @cached_property
    def name(self) -> str:
        """The gateway's id."""
        with self.store.read() as unit:
            return unit.registry.gateway().name

    def trust(self) -> Trust:
        """All pinned keys as they are now; read anew at each use."""
        with self.store.read() as unit:
            return unit.registry.trust()

    @cached_property
    def secret(self) -> bytes:
        """What opens the private keys. Raises NotFound, NotPermitted."""
        from keys.secrets import unlock_secret

        return unlock_secret(self.settings.unlock_file, os.environ)

    @cached_property
    def key_store(self) -> KeyStore:
        """Where the gateway's private keys are. Raises InputError, NotFound, NotPermitted."""
        from keys.stores import open_stores

        chosen = self.settings
        return open_stores(
            chosen.key_store, self.home, chosen.keys_folder, lambda: self.secret, os.environ
        )

    @cached_property
    def keyring(self) -> StoreKeyring:
        """The gateway's private keys."""
        from keys.keyring import StoreKeyring

        return StoreKeyring(self.key_store, self.trust, Owner(OwnerKind.GATEWAY, self.name))

    @cached_property
    def approvals(self) -> Approvals:
        """Officers' signed words."""
        from gateway.services.approvals import Approvals
        from keys.jws import JoseSignatures

        return Approvals(JoseSignatures())

    @cached_property
    def guard_limits(self) -> GuardLimits:
        """The thresholds of the blast-radius guards."""
        from gateway.services.guards import GuardLimits

        return GuardLimits(**asdict(self.settings.guards))

    @cached_property
    def release(self) -> Release:
        """Review, submit, release."""
        from gateway.services.release import Release

        return Release(self.store, self.approvals, self.clock, self.guard_limits)

    @cached_property
    def endorsement(self) -> Endorsement:
        """The word of a second of three officers."""
        from gateway.services.endorsement import Endorsement

        return Endorsement(self.store, self.approvals, self.clock, self.guard_limits)

    @cached_property
    def checkpoints(self) -> CheckpointService:
        """The ledger's signed heads."""
        from gateway.services.checkpoints import CheckpointService
        from keys.notes import C2spNotes

        return CheckpointService(self.store, self.clock, self.keyring, C2spNotes())

    @cached_property
    def lists(self) -> ListReader:
        """What opens and verifies the lists of sources, with the gateway's seal keys."""
        from gateway.domain.ids import Envelope
        from gateway.main.exceptions import recorded
        from gateway.services.source_lists import ListReader
        from keys.envelopes import open_sealed
        from keys.jws import JoseSignatures

        openers = self.key_store

        def unseal(data: bytes, partner: str, at: Micros) -> bytes:
            allowed = recorded(self.home).allowed(partner, at)
            return open_sealed(data, openers, tuple(Envelope), allowed)[1]

        return ListReader(JoseSignatures(), unseal)

    @cached_property
    def intakes(self) -> Intakes:
        """Files of raw rows."""
        from gateway.reading.files import FileReader
        from gateway.services.intake import Intakes

        days = self.settings.intake.quarantine_days
        return Intakes(self.store, self.clock, FileReader(), days)

    @cached_property
    def source_inbox(self) -> SourceInbox:
        """Lists of sources that wait, and taking one."""
        from gateway.services.source_inbox import SourceInbox

        return SourceInbox(self.store, self.intakes, self.lists)

    @cached_property
    def ssh(self) -> SshKey:
        """The key that logs in to partners' SFTP servers."""
        from keys.transport import SshKey

        return SshKey(self.settings.keys_folder, self.secret)

    @cached_property
    def transport(self) -> Transport:
        """What logs the gateway in to partners and to its own mail accounts."""
        from keys.transport import Transport

        return Transport(self.settings.keys_folder, self.secret)

    @cached_property
    def channels(self) -> ChannelRegistry:
        """Adapters by scheme."""
        from adapters.registry import ChannelRegistry
        from gateway.main.house import House

        secrets_of = LazySecrets(lambda: self.transport)
        allowed = self.settings.allow_private_addresses
        house = House(self, secrets_of)
        return ChannelRegistry(self.clock, secrets_of, allow_private=allowed, house=house)

    @cached_property
    def exchange(self) -> SqlExchange:
        """The exchange store, the worker's side of it. Raises NotFound, Conflict."""
        from gateway.store.exchange.store import open_exchange

        return open_exchange(self.settings.exchange_url)

    def close(self) -> None:
        """Close the databases that were opened."""
        if "store" in self.__dict__:
            self.store.close()
        if "exchange" in self.__dict__:
            self.exchange.close()

    def check_card(self, card: Card) -> None:
        """Whether the card's channel could be opened here. Raises InputError."""
        self.channels.check_channel(card.channel, card.reply)
        self.channels.check_peer(card.channel, card.peer)

    def rounds(self, tell: Callable[[Happening], None]) -> Rounds:
        """The worker's rounds, over everything above. Checks the high-water file first.

        Raises Conflict where the database lies behind it (promise E).
        """
        from gateway.jobs import Rounds
        from gateway.main.worker import build_work

        work = build_work(self, random.SystemRandom().random, secrets.token_bytes)
        worker = self.settings.worker
        return Rounds(
            work, self.clock, tell, rhythm=worker.collect_seconds * SECOND, slots=worker.threads
        )


class LazySecrets:
    """TransportSecrets whose secret is read at the first login, so that a check needs none."""

    def __init__(self, make: Callable[[], TransportSecrets]) -> None:
        self._make = make

    def ssh_key(self, partner: str) -> bytes:
        """As keys.transport.Transport, like the others."""
        return self._make().ssh_key(partner)

    def password(self, account: str) -> str:
        """Of an own account."""
        return self._make().password(account)

    def bearer(self, partner: str) -> str | None:
        """A partner's token."""
        return self._make().bearer(partner)

    def client_certificate(self, partner: str) -> tuple[bytes, bytes] | None:
        """What proves the gateway to a partner's server."""
        return self._make().client_certificate(partner)

    def request_signer(self, partner: str) -> Signer | None:
        """What signs requests to a partner."""
        return self._make().request_signer(partner)
