"""The private keys, signatures, notes and envelopes that use cases need (design 3)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind, Statement
from gateway.domain.times import Micros
from gateway.domain.trust import SIGNS_WITH, Algorithm, Owner, PinnedKey, Role, Trust


class Signer(Protocol):
    """One private signing key, wherever it lives."""

    @property
    def kid(self) -> str:
        """The id of the public key, as pinned."""
        ...

    @property
    def alg(self) -> Algorithm:
        """One that signs."""
        ...

    @property
    def public(self) -> str:
        """The public key as pinned."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The raw signature as JWS carries it (RFC 8037; RFC 7518 3.4 ES256, 3.5 PS256); for
        OpenPGP a detached signature as armour."""
        ...


class Keyring(Protocol):
    """The gateway's own private keys; unlocked unattended in the worker only."""

    def signer(
        self, role: Role, at: Micros, among: Collection[Algorithm] = SIGNS_WITH[Envelope.JOSE]
    ) -> Signer:
        """The newest valid key of that role and of one of these algorithms.

        Raises NotVerified("no-key").
        """
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified statement: who signed it with which key, and what it says."""

    key: PinnedKey
    kind: Kind
    statement: Statement


class Signatures(Protocol):
    """JWS over exact bytes (RFC 7515). Everything wrong is NotVerified, with its reason."""

    def sign(self, payload: bytes, kind: str, signer: Signer) -> bytes:
        """Compact JWS with header typ, alg and kid."""
        ...

    def sign_detached(self, payload: bytes, kind: str, signer: Signer) -> bytes:
        """Compact JWS with an empty payload part (RFC 7515 appendix F)."""
        ...

    def verify(
        self, jws: bytes, kind: str, owner: Owner, role: Role, trust: Trust, at: Micros
    ) -> tuple[bytes, PinnedKey]:
        """Payload and key, if this owner signed it in this role with a key valid at `at`."""
        ...

    def verify_detached(
        self,
        jws: bytes,
        payload: bytes,
        kind: str,
        owner: Owner,
        role: Role,
        trust: Trust,
        at: Micros,
    ) -> PinnedKey:
        """The key, if the detached signature holds over `payload`."""
        ...

    def open_statement(
        self, jws: bytes, owner: Owner, role: Role, trust: Trust, at: Micros, audience: str
    ) -> Signed:
        """Verify and read a statement of any kind; `iss` must be the owner and `aud` the
        audience."""
        ...


class FormSignatures(Signatures, Protocol):
    """Signatures of every form: JWS, CMS, OpenPGP."""

    def sign_as(self, form: Envelope, payload: bytes, kind: str, signer: Signer) -> bytes:
        """A statement, signed in the form that the tools of this envelope's world verify; ASCII
        text. Raises NotVerified("wrong-alg") for a signer that they do not know."""
        ...


class Notes(Protocol):
    """C2SP signed notes for checkpoints."""

    def sign(self, body: str, name: str, signer: Signer) -> str:
        """The signed note."""
        ...

    def verify(
        self, note: str, name: str, owner: Owner, trust: Trust, at: Micros
    ) -> tuple[str, PinnedKey]:
        """Body and key. Raises NotVerified. The key's role must be checkpoint."""
        ...


class Sealer(Protocol):
    """What makes a parcel one of its envelope (design 3)."""

    def countersign(self, manifest: bytes, envelope: Envelope, signer: Signer) -> bytes:
        """The detached signature that the tools of this envelope's world read."""
        ...

    def seal(self, plaintext: bytes, envelope: Envelope, recipient: PinnedKey) -> bytes:
        """The sealed parcel. Raises NotVerified where the key can't be used for it."""
        ...
