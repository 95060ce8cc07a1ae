"""One-time codes of an account: offered, enrolled, used once each; recovery codes beside them."""

import secrets
from dataclasses import dataclass, replace

from gateway.domain.access import What
from gateway.domain.staff import SessionRecord, StaffRecord
from gateway.ports import Clock, Codes, UnitOfWork, Vault
from gateway.services.access import By, note
from gateway.services.staff_records import keep

RECOVERY = 10
"""How many recovery codes an account gets; 50 random bits each."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an authenticator takes up: the secret as text, and as the address in the QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The account with its codes, and the recovery codes in clear, this once."""

    record: StaffRecord
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Works inside the units of those who call; they commit."""

    clock: Clock
    codes: Codes
    vault: Vault

    def offer(self, uow: UnitOfWork, kept: SessionRecord, record: StaffRecord) -> Offer:
        """The secret that this session shows, a new one where it has shown none."""
        if kept.pending:
            secret = self.vault.open(kept.pending, record.id)
        else:
            secret = self.codes.new_secret()
            uow.staff.put_session(replace(kept, pending=self.vault.seal(secret, record.id)))
        return Offer(secret, self.codes.uri(secret, record.id, uow.registry.gateway().name))

    def enrol(
        self, uow: UnitOfWork, kept: SessionRecord, record: StaffRecord, code: str, by: By
    ) -> Enrolled | None:
        """Keep the offered secret where the code shows that the authenticator has it."""
        if not kept.pending:
            return None
        step = self.codes.step(self.vault.open(kept.pending, record.id), code, self.clock.now())
        if step is None:
            return None
        fresh = tuple(_recovery_code() for _ in range(RECOVERY))
        hashes = " ".join(self._hash(record, one) for one in fresh)
        after = replace(record, totp=kept.pending, totp_step=step, recovery=hashes)
        after = keep(uow, self.clock, after, by, "totp")
        note(uow, self.clock, by, What.OWN_CHANGE, f"account:{record.id}", change="totp")
        uow.staff.put_session(replace(kept, pending=""))
        return Enrolled(after, fresh)

    def take(self, uow: UnitOfWork, record: StaffRecord, code: str, by: By) -> StaffRecord | None:
        """Use up a code; None where it is none, or was used before."""
        if not record.totp:
            return None
        secret = self.vault.open(record.totp, record.id)
        step = self.codes.step(secret, code, self.clock.now())
        if step is not None:
            return record if uow.staff.use_step(record.id, step) else None
        return self._recover(uow, record, code, by)

    def _recover(
        self, uow: UnitOfWork, record: StaffRecord, code: str, by: By
    ) -> StaffRecord | None:
        wanted, hashes = self._hash(record, code), record.recovery.split()
        if wanted not in hashes:
            return None
        left = " ".join(one for one in hashes if one != wanted)
        after = keep(uow, self.clock, replace(record, recovery=left), by, "recovery")
        detail = {"change": "recovery", "left": len(hashes) - 1}
        note(uow, self.clock, by, What.OWN_CHANGE, f"account:{record.id}", "", **detail)
        return after

    def _hash(self, record: StaffRecord, code: str) -> str:
        plain = "".join(c for c in code.casefold() if c.isalnum())
        return self.vault.blind("recovery", f"{record.id}\n{plain}")


def _recovery_code() -> str:
    half = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2))
    return "-".join(half)
