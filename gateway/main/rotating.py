"""Key rotation on top of a gateway's parts: new keys from its store, test exchanges, reminders."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.key_rotation import RotationServices
from gateway.domain.errors import InputError
from gateway.domain.failpoints import reach
from gateway.domain.rotation import LIFE, begins, is_openpgp
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.services.reminders import Reminders
    from gateway.services.trials import TrialService


def rotating(gateway: Gateway) -> RotationServices:
    """What the commands need."""
    from gateway.services.exposure import Exposure
    from gateway.services.phases import Phases
    from gateway.services.rotation import Rotation
    from keys.documents import Documents
    from keys.notes import C2spNotes

    store, clock = gateway.store, gateway.clock

    def make(
        role: Role, algorithm: Algorithm | None, public: bytes | None, begin: Micros
    ) -> PinnedKey:
        return new_key(gateway, role, algorithm, public, begin)

    return RotationServices(
        Rotation(store, gateway.approvals, clock),
        Phases(store, clock),
        trials(gateway),
        Exposure(store, C2spNotes(), Documents()),
        make,
        clock.now,
    )


def new_key(
    gateway: Gateway,
    role: Role,
    algorithm: Algorithm | None,
    public: bytes | None,
    begin: Micros,
) -> PinnedKey:
    """A new key of the gateway, made in its store or handed in, to be pinned from `begin` on. Where
    no kind is named, of the usual one, or of the newest one's where the gateway has no such key.

    Raises InputError, NotVerified (the store).
    """
    from keys import jwk

    owner = Owner(OwnerKind.GATEWAY, gateway.name)
    if algorithm is Algorithm.OPENPGP and public is None:
        return _openpgp(gateway, owner, role, begin)
    if public is not None:
        key = jwk.import_public(public, role)
    else:
        key = gateway.key_store.make(role, algorithm or _usual(gateway, owner, role))
    first = begins(begin)
    return jwk.pinned_key(key, owner, role, first, first + LIFE)


def _openpgp(gateway: Gateway, owner: Owner, role: Role, begin: Micros) -> PinnedKey:
    """An OpenPGP key lies in the folder, whatever the store: its id is of its certificate."""
    from keys import files, openpgp_certify

    made = openpgp_certify.generate(role, gateway.name, gateway.clock.now())
    path = files.key_path(gateway.settings.keys_folder, role, made.kid)
    files.write_private(path, made.key, gateway.secret)
    first = begins(begin)
    alg = Algorithm.OPENPGP
    return PinnedKey(made.kid, owner, role, alg, made.public, first, first + LIFE)


def _usual(gateway: Gateway, owner: Owner, role: Role) -> Algorithm:
    keys = [k for k in gateway.trust().of(owner) if k.role is role and not is_openpgp(k)]
    usual = Algorithm.ECDH_X25519 if role is Role.SEAL else Algorithm.ED25519
    if not keys or any(key.alg is usual for key in keys):
        return usual
    return max(keys, key=lambda key: (key.not_before, key.kid)).alg


def trials(gateway: Gateway) -> TrialService:
    """Test exchanges of partners' new seal keys."""
    from gateway.services.packing import Packer
    from gateway.services.renewal import RenewalService
    from gateway.services.trials import TrialService
    from keys.envelopes import EnvelopeSealer
    from keys.jws import JoseSignatures

    store, clock = gateway.store, gateway.clock
    packer = Packer(gateway.keyring, EnvelopeSealer())
    renewal = RenewalService(store, clock, packer, JoseSignatures())
    return TrialService(store, clock, renewal)


def reminders(gateway: Gateway) -> Reminders:
    """Reminders before keys end."""
    from gateway.services.reminders import Reminders

    mark = MarkFile(gateway.settings.state_folder / "reminded")
    return Reminders(gateway.store, gateway.clock, mark)


@dataclass(frozen=True, slots=True)
class MarkFile:
    """A moment in a small file; implements services.reminders.Mark."""

    path: Path

    def read(self) -> Micros | None:
        """None where there is no file, or none that can be read: then reminders come again."""
        try:
            return int(self.path.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def write(self, at: Micros) -> None:
        """Raises InputError where the folder can't be written."""
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            part.write_text(str(at), "ascii")
            reach("before:reminded.rename")
            # a crash here leaves the older mark and a hidden file that nobody reads: the reminders
            # of this hour come again
            os.replace(part, self.path)
            reach("after:reminded.rename")
        except OSError as error:
            raise InputError(f"{self.path} can't be written: {error.strerror}") from None
