"""Every place where a key is looked up, in every phase of its rotation: one table.

The key in question is the new one; beside it the older one stays valid all the time. `used` is
whether what was made with the new key counts, `chosen` whether the gateway would make something
with it now.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from adapters.http_signing import sign
from gateway.domain.errors import NotVerified
from gateway.domain.rotation import Phase, phase
from gateway.domain.statements import Approval, Kind, Request, to_bytes
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from keys import cms_signed, http_signatures, jwk, openpgp, openpgp_certify
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.keyring import StoreKeyring
from keys.notes import C2spNotes
from keys.raw import PrivateSigner
from tests.services.back.rotating import MemoryStore

NOW: Micros = 1_800_000_000_000_000
GATEWAY = Owner(OwnerKind.GATEWAY, "palang-uji")
PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")
OFFICER = Owner(OwnerKind.OFFICER, "siti")
JOSE = JoseSignatures()


@dataclass(frozen=True)
class Pair:
    """An older and a newer key of one owner and role, with their private halves."""

    old: PinnedKey
    new: PinnedKey
    signers: dict[str, PrivateSigner]

    def trust(self, now: str) -> Trust:
        """What is pinned in a phase of the newer key."""
        keys = [self.old]
        if now != "before":
            keys.append(WINDOWS[now](self.new))
        return Trust(GATEWAY.id, keys)


WINDOWS: dict[str, Callable[[PinnedKey], PinnedKey]] = {
    "proposed": lambda key: replace(key, not_before=NOW - DAY, not_after=NOW - DAY),
    "announced": lambda key: replace(key, not_before=NOW + DAY, not_after=NOW + 9 * DAY),
    "overlap": lambda key: replace(key, not_before=NOW - DAY, not_after=NOW + 9 * DAY),
    "confirmed": lambda key: replace(key, not_before=NOW - DAY, not_after=NOW + 9 * DAY),
    "retired": lambda key: replace(key, not_before=NOW - 3 * DAY, not_after=NOW),
    "revoked": lambda key: replace(key, not_before=NOW - DAY, not_after=NOW + 9 * DAY, revoked=NOW),
}
PHASES = ("before", *WINDOWS)
COUNTS = {"overlap", "confirmed"}
"""The phases in which what the new key made counts."""


def pair(owner: Owner, role: Role) -> Pair:
    signers, pins = {}, []
    for begin in (NOW - 300 * DAY, NOW - DAY):
        key = generate(Algorithm.ED25519)
        pins.append(jwk.pinned_key(key.public_key(), owner, role, begin, NOW + 300 * DAY))
        signers[pins[-1].kid] = PrivateSigner(key)  # type: ignore[arg-type]  # a signing key
    return Pair(pins[0], pins[1], signers)


def pgp_pair() -> tuple[Pair, dict[str, openpgp.PgpSigner]]:
    """The same for OpenPGP."""
    signers, pins = {}, []
    for begin in (NOW - 300 * DAY, NOW - DAY):
        made = openpgp_certify.generate(Role.STATEMENT, "uji", begin)
        window = (begin, NOW + 300 * DAY)
        alg = Algorithm.OPENPGP
        pins.append(PinnedKey(made.kid, PARTNER, Role.STATEMENT, alg, made.public, *window))
        inner = PrivateSigner(made.key)  # type: ignore[arg-type]  # a signing key
        signers[made.kid] = openpgp.PgpSigner(pins[-1], inner, lambda: NOW)
    return Pair(pins[0], pins[1], {}), signers


def http_request(trust: Trust, kid: str) -> None:
    """RFC 9421: what a partner in a session of its own signs."""
    target, digest = "https://palang.example/", hashlib.sha256(b"{}").digest()
    named = f"sha-256=:{base64.b64encode(digest).decode()}:"
    headers = {
        "Content-Digest": named,
        "Content-Type": "application/jose",
        "Idempotency-Key": "uji",
    }
    sign("POST", target, headers, REQUEST.signers[kid], NOW)
    known = {key.kid: key for key in trust.of(PARTNER)}
    http_signatures.verify(
        "POST", target, headers.items(), b"{}", known.get, NOW, lambda _nonce: True
    )


MANIFEST, CHECKPOINT = pair(GATEWAY, Role.MANIFEST), pair(GATEWAY, Role.CHECKPOINT)
STATEMENT, REQUEST = pair(PARTNER, Role.STATEMENT), pair(PARTNER, Role.REQUEST)
APPROVAL = pair(OFFICER, Role.APPROVAL)
PGP, PGP_SIGNERS = pgp_pair()
WORD = Request(PARTNER.id, GATEWAY.id, NOW, 1, 1)


def manifest(trust: Trust, kid: str) -> None:
    jws = JOSE.sign_detached(b"{}", "manifest", MANIFEST.signers[kid])
    JOSE.verify_detached(jws, b"{}", "manifest", GATEWAY, Role.MANIFEST, trust, NOW)


def checkpoint(trust: Trust, kid: str) -> None:
    note = C2spNotes().sign("x\n1\n", GATEWAY.id, CHECKPOINT.signers[kid])
    C2spNotes().verify(note, GATEWAY.id, GATEWAY, trust, NOW)


def statement(trust: Trust, kid: str) -> None:
    jws = JOSE.sign(to_bytes(WORD), "request", STATEMENT.signers[kid])
    JOSE.open_statement(jws, PARTNER, Role.STATEMENT, trust, NOW, GATEWAY.id)


def request(trust: Trust, kid: str) -> None:
    jws = JOSE.sign(to_bytes(WORD), "request", REQUEST.signers[kid])
    JOSE.open_statement(jws, PARTNER, Role.REQUEST, trust, NOW, GATEWAY.id)


def approval(trust: Trust, kid: str) -> None:
    word = Approval(OFFICER.id, GATEWAY.id, NOW, "batch.release", "batch:1", f"sha256:{'0' * 64}")
    jws = JOSE.sign(to_bytes(word), str(Kind.APPROVAL), APPROVAL.signers[kid])
    JOSE.open_statement(jws, OFFICER, Role.APPROVAL, trust, NOW, GATEWAY.id)


def cms_manifest(trust: Trust, kid: str) -> None:
    signature = cms_signed.sign_detached(b"{}", MANIFEST.signers[kid])
    cms_signed.verify_detached(signature, b"{}", GATEWAY, Role.MANIFEST, trust, NOW)


def cms_statement(trust: Trust, kid: str) -> None:
    signature = cms_signed.sign_detached(b"{}", STATEMENT.signers[kid])
    cms_signed.verify_detached(signature, b"{}", PARTNER, Role.STATEMENT, trust, NOW)


def openpgp_statement(trust: Trust, kid: str) -> None:
    signature = openpgp.sign_detached(b"{}", PGP_SIGNERS[kid])
    openpgp.verify_detached(signature, b"{}", PARTNER, Role.STATEMENT, trust, NOW)


VERIFIED = {
    "CMS over a manifest": (MANIFEST, cms_manifest),
    "CMS over a statement": (STATEMENT, cms_statement),
    "OpenPGP over a statement": (PGP, openpgp_statement),
    "manifest": (MANIFEST, manifest),
    "checkpoint": (CHECKPOINT, checkpoint),
    "statement": (STATEMENT, statement),
    "request": (REQUEST, request),
    "HTTP request": (REQUEST, http_request),
    "approval": (APPROVAL, approval),
}


def holds(verify: Callable[[Trust, str], None], trust: Trust, kid: str) -> bool:
    try:
        verify(trust, kid)
    except NotVerified:
        return False
    return True


@pytest.mark.parametrize("now", PHASES)
@pytest.mark.parametrize("place", VERIFIED)
def test_what_a_key_signed_counts_in_exactly_two_phases_and_the_older_key_in_all(
    place: str, now: str
) -> None:
    keys, verify = VERIFIED[place]
    assert holds(verify, keys.trust(now), keys.new.kid) is (now in COUNTS)
    assert holds(verify, keys.trust(now), keys.old.kid)


@pytest.mark.parametrize("now", PHASES)
@pytest.mark.parametrize("keys", [MANIFEST, CHECKPOINT], ids=["manifest", "checkpoint"])
def test_the_newest_key_that_counts_signs(keys: Pair, now: str) -> None:
    store = MemoryStore()
    store.signers = keys.signers
    keyring = StoreKeyring(store, lambda: keys.trust(now), GATEWAY)
    expected = keys.new if now in COUNTS else keys.old
    assert keyring.signer(keys.old.role, NOW).kid == expected.kid


@pytest.mark.parametrize("now", PHASES[1:])
def test_the_phases_are_named_as_they_are(now: str) -> None:
    key = WINDOWS[now](MANIFEST.new)
    found = phase(key, (MANIFEST.old, key), now == "confirmed", NOW)
    assert found is Phase(now)


def test_without_an_older_one_a_key_needs_no_confirmation() -> None:
    key = WINDOWS["overlap"](MANIFEST.new)
    assert phase(key, (key,), False, NOW) is Phase.CONFIRMED
    gone = MANIFEST.old.revoked_at(NOW)
    assert phase(key, (gone, key), False, NOW) is Phase.CONFIRMED
    assert phase(key, (MANIFEST.old, key), False, NOW) is Phase.OVERLAP


# --- OpenPGP, RFC 9421, seal keys ----------------------------------------------------------------


def test_a_seal_key_is_chosen_by_its_window_alone_here() -> None:
    """Which of several valid ones is used, the partner's receipts say (services/recipients.py)."""
    keys = [
        jwk.pinned_key(generate(Algorithm.ECDH_X25519).public_key(), PARTNER, Role.SEAL, begin, end)
        for begin, end in ((NOW - 9 * DAY, NOW), (NOW - DAY, NOW + DAY), (NOW + 1, NOW + DAY))
    ]
    trust = Trust(GATEWAY.id, keys)
    assert trust.newest(PARTNER, Role.SEAL, NOW) == keys[1]
    revoked = Trust(GATEWAY.id, [keys[0], keys[1].revoked_at(NOW), keys[2]])
    with pytest.raises(NotVerified):
        revoked.newest(PARTNER, Role.SEAL, NOW)
