"""The sandbox: a gateway in a folder, which climbs the ladder with a partner before the real one.

It has keys of its own that are made anew each time and end with it, and speaks through two folders.
By default this kit itself answers, in a copy that touches nothing real; with folders of the
partner's own it waits for whatever software works there.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.ladder.judging import Climb, Sent, Word
from gateway.domain.ladder.pressing import Press, press
from gateway.domain.ladder.rungs import Rung, RungResult, State
from gateway.domain.ladder.samples import Addressee, Place, Variant
from gateway.domain.ledger import Checkpoint
from gateway.domain.signed_forms import is_statement_name
from gateway.domain.times import DAY, MINUTE, Micros
from gateway.domain.trust import (
    SEALS_WITH,
    Algorithm,
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    Trust,
)
from gateway.ports import Clock, Signer
from keys.cards import OpenedCard
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer
from keys.generate import generate
from keys.jwk import pinned_key
from keys.jws import JoseSignatures
from keys.native_signers import native_signer
from keys.notes import C2spNotes
from keys.raw import PrivateSigner
from partner import files

MAX_ANSWER = 16 * 1024 * 1024  # bytes of a statement


@dataclass(frozen=True, slots=True)
class SandboxKeys:
    """A gateway's signing keys for one climb, and others that are pinned nowhere."""

    trust: Trust
    manifest: Signer
    native: Signer
    checkpoint: Signer
    forger: Signer
    native_forger: Signer


def make_keys(gateway: str, envelope: Envelope, at: Micros) -> SandboxKeys:
    """New ones in memory."""
    owner = Owner(OwnerKind.GATEWAY, gateway)
    manifest, signing = _key(owner, Role.MANIFEST, at)
    checkpoint, noting = _key(owner, Role.CHECKPOINT, at)
    native, countersigning = native_signer(envelope, owner, at - MINUTE, at + DAY)
    _teller, telling = _key(owner, Role.STATEMENT, at)
    trust = Trust(gateway, (signing, countersigning, noting, telling))
    forger, _ = _key(owner, Role.MANIFEST, at)
    native_forger, _ = native_signer(envelope, owner, at - MINUTE, at + DAY)
    return SandboxKeys(trust, manifest, native, checkpoint, forger, native_forger)


def _key(owner: Owner, role: Role, at: Micros) -> tuple[Signer, PinnedKey]:
    private = generate(Algorithm.ED25519)
    pin = pinned_key(private.public_key(), owner, role, at - MINUTE, at + DAY)
    return PrivateSigner(private), pin  # type: ignore[arg-type]  # a signing key


def envelope_of(card: OpenedCard) -> Envelope:
    """The one that a gateway seals in: the first of the card's list."""
    return Envelope(next(one for one in card.card.envelopes if one in tuple(Envelope)))


@dataclass
class SandboxRig:
    """domain.ladder.climbing.Rig over two folders. `work` lets the partner work, given how
    often it did; False ends the waiting."""

    card: OpenedCard
    keys: SandboxKeys
    clock: Clock
    inbox: Path
    outbox: Path
    work: Callable[[int], bool]
    run: int = 1
    _sent: list[Sent] = field(default_factory=list)
    _words: list[Word] = field(default_factory=list)

    def probe(self) -> Sequence[RungResult]:
        """Folders have no identity and no login; the rest is tried."""
        local = "folders of this machine"
        return (
            RungResult(Rung.IDENTITY, State.NOT_RUN, local),
            RungResult(Rung.LOGIN, State.NOT_RUN, local),
            _try_folders(self.inbox, self.outbox),
        )

    def climb(self) -> Climb:
        """What was sent and heard."""
        for path in sorted(p for p in self.outbox.iterdir() if is_statement_name(p.name)):
            self._words.append(self._heard(files.read(path, MAX_ANSWER)))
            path.unlink()
        return Climb(
            capabilities=frozenset(self.card.card.capabilities),
            kids=tuple(key.kid for key in self._seal_keys()),
            confirms=self._answers(),
            sent=self._sent,
            words=self._words,
        )

    def _heard(self, data: bytes) -> Word:
        owner = self.card.keys[0].owner
        trust = Trust(self.keys.trust.gateway, self.card.keys)
        at = self.clock.now()
        try:
            signed = Documents().open_statement(
                data, owner, Role.STATEMENT, trust, at, trust.gateway
            )
        except NotVerified as error:
            return Word(digest(data), None, f"{error.reason}: {error}")
        return Word(digest(data), signed.statement)

    def make(self, variant: Variant, place: Place, kid: str = "") -> Sent:
        """Seal a parcel and remember it."""
        card = self.card.card
        voluntary = card.partner_kind == "ott"
        to = Addressee(
            self.keys.trust.gateway,
            card.iss,
            "voluntary" if voluntary else "mandatory",
            digest(card.consent.encode()) if voluntary else "",
        )
        now = self.clock.now()
        made = press(to, self._envelope(), variant, place, self._press(), now, kid)
        self._sent.append(made)
        return made

    def repeat(self, sent: Sent) -> Sent:
        """The same parcel as Variant.AGAIN."""
        self._sent.append(replace(sent, variant=Variant.AGAIN))
        return self._sent[-1]

    def send(self, sent: Sent) -> str:
        """Into the inbox, whole under its name."""
        name = ParcelName(self.card.card.iss, sent.epoch, sent.sequence, self._envelope())
        try:
            files.replace(self.inbox / str(name), sent.data, "sandbox.send", mode=0o644)
        except InputError as error:
            return str(error)
        return ""

    def pause(self, tries: int) -> bool:
        """Let the partner work."""
        return self.work(tries)

    def _envelope(self) -> Envelope:
        return envelope_of(self.card)

    def _seal_keys(self) -> tuple[PinnedKey, ...]:
        """Newest last, also those that count later: all must open."""
        allowed = SEALS_WITH[self._envelope()]
        found = [k for k in self.card.keys if k.role is Role.SEAL and k.alg in allowed]
        return tuple(sorted(found, key=lambda key: (key.not_before, key.kid)))

    def _answers(self) -> bool:
        """An operator's entries are answered; an OTT's where its consent says so."""
        if self.card.card.partner_kind != "ott":
            return True
        return self.card.consent is not None and self.card.consent.answers == "per-entry"

    def _press(self) -> Press:
        keys, envelope = self.keys, self._envelope()
        body = Checkpoint(f"{keys.trust.gateway}/sandbox", 1, bytes(32)).body()

        def sign(manifest: bytes, forged: bool) -> bytes:
            signer = keys.forger if forged else keys.manifest
            return JoseSignatures().sign_detached(manifest, "manifest", signer)

        def native(manifest: bytes, forged: bool) -> bytes:
            if envelope is Envelope.JOSE:
                return b""
            signer = keys.native_forger if forged else keys.native
            return EnvelopeSealer().countersign(manifest, envelope, signer)

        def seal(data: bytes, kid: str) -> tuple[bytes, str]:
            pins = {key.kid: key for key in self._seal_keys()}
            pin = pins[kid] if kid else self._newest()
            return EnvelopeSealer().seal(data, envelope, pin), pin.kid

        note = C2spNotes().sign(body, keys.trust.gateway, keys.checkpoint)
        return Press(sign, native, seal, secrets.token_bytes, note)

    def _newest(self) -> PinnedKey:
        trust, now = Trust(self.keys.trust.gateway, self.card.keys), self.clock.now()
        owner = self.card.keys[0].owner
        return trust.newest(owner, Role.SEAL, now, SEALS_WITH[self._envelope()])


def _try_folders(inbox: Path, outbox: Path) -> RungResult:
    probe = inbox / ".sandbox-probe"
    try:
        files.replace(probe, b"palang", "sandbox.probe")
        files.read(probe, 64)
        probe.unlink()
        list(outbox.iterdir())
    except (OSError, InputError) as error:
        return RungResult(
            Rung.WRITE,
            State.FAILED,
            f"{type(error).__name__}: {error}",
            "make both folders, and let this user write, rename and read there",
        )
    return RungResult(Rung.WRITE, State.PASSED)
