"""A world whose gateway takes its keys from a store, so that they can be rotated."""

from __future__ import annotations

from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.rotation import LIFE, begins
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, PinnedKey, Role
from gateway.ports import Signer
from gateway.services.reminders import KeyReminder, Reminders
from gateway.services.rotation import Rotation
from gateway.services.trials import TrialService
from keys import jwk
from keys.files import Opener
from keys.generate import generate
from keys.keyring import StoreKeyring
from keys.policy import PublicKey
from keys.raw import PrivateSigner
from tests.services.back.world import World


class MemoryStore:
    """A key store in memory; implements keys.keyring.KeyStore."""

    where = "memory"

    def __init__(self) -> None:
        self.signers: dict[str, PrivateSigner] = {}

    def holds(self, role: Role, kid: str) -> bool:
        return kid in self.signers

    def signer(self, role: Role, kid: str) -> Signer:
        if kid not in self.signers:
            raise NotFound(kid)
        return self.signers[kid]

    def make(self, role: Role, algorithm: Algorithm) -> PublicKey:
        key = generate(algorithm)
        signer = PrivateSigner(key)  # type: ignore[arg-type]  # tests make signing keys
        self.signers[signer.kid] = signer
        return key.public_key()

    def opener(self, kid: str) -> Opener:
        raise NotVerified("unknown-key")

    def named(self, identifier: bytes) -> Opener:
        raise NotVerified("unknown-key")


class MemoryMark:
    """Implements services.reminders.Mark."""

    def __init__(self) -> None:
        self.at: Micros | None = None

    def read(self) -> Micros | None:
        return self.at

    def write(self, at: Micros) -> None:
        self.at = at


class Rotating:
    """The rotation services over a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = MemoryStore()
        self.store.signers = {one.kid: one for one in world.keyring.signers.values()}
        self.owner = world.keyring.owner
        world.keyring = StoreKeyring(self.store, world.trust, self.owner)  # type: ignore[assignment]  # any keyring
        world.start_worker()
        self.rotation = Rotation(world.store, world.approvals, world.clock)
        self.trials = TrialService(world.store, world.clock, world.renewal)
        self.mark, self.reminded = MemoryMark(), list[KeyReminder]()

    def new_key(self, role: Role, after: Micros) -> PinnedKey:
        begin = begins(self.world.clock.now() + after)
        public = self.store.make(role, Algorithm.ED25519)
        return jwk.pinned_key(public, self.owner, role, begin, begin + LIFE)

    def rotate(self, role: Role, after: Micros) -> PinnedKey:
        """Announced by two officers."""
        made = self.rotation.announce(self.new_key(role, after), self.world.siti)
        return self.rotation.approve(made.kid, self.world.budi)

    def remind(self) -> list[tuple[str, str, int]]:
        """What is told now."""
        told: list[KeyReminder] = []
        Reminders(self.world.store, self.world.clock, self.mark).run(told.append)
        return [(one.owner, str(one.role), one.days) for one in told]
