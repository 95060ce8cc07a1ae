"""Verifying a signed HTTP request (RFC 9421), in the profile of gateway/domain/http_profile.py.

It says which pinned key stood behind this request; it never replaces the signature of what is
inside. The library compares and computes; what must be covered, whose clock rules and that a nonce
counts once is decided here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import http_sf
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519

from gateway.domain import http_profile as profile
from gateway.domain.errors import NotVerified
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Algorithm, PinnedKey
from keys import jwk
from keys.policy import PublicKey

ALGORITHMS = {Algorithm.ED25519: ED25519, Algorithm.ES256: ECDSA_P256_SHA256}
MAX_SIGNATURES = 8  # members of the two fields that are looked at
MAX_FIELD = 8192  # characters of one of the two fields

_NONCE = re.compile(rf"[!-~]{{{profile.MIN_NONCE},{profile.MAX_NONCE}}}", re.ASCII)
_FIELDS = ("signature-input", "signature")
Headers = Iterable[tuple[str, str]]


def verify(
    method: str,
    target: str,
    headers: Headers,
    body: bytes,
    keys: Callable[[str], PinnedKey | None],
    at: Micros,
    use_nonce: Callable[[str], bool],
) -> PinnedKey:
    """The key that signed this request.

    `target` is the absolute URI as the verifier knows itself to be reached, never made from the
    Host header. `headers` are all field lines in order. `keys` gives the pinned key of a keyid,
    None for one that may not sign here. `use_nonce` uses a nonce up for NONCE_MEMORY and says
    whether it was new; it is asked last, so that a forger uses up nothing, and may raise.

    Raises NotVerified: no-signature, malformed, components, not-fresh, unknown-key, key-revoked,
    key-not-valid, content-digest, signature, replayed.
    """
    lines = [(name.lower(), value) for name, value in headers]
    found = _ours(lines)
    _check_components(found, method, lines)
    key = _key(found, keys, at)
    nonce = _check_freshness(found, at)
    _check_signature(found, key, method, target, lines, body)
    if not use_nonce(nonce):
        raise NotVerified("replayed", f"the nonce of a request by key {key.kid} was used before")
    return key


@dataclass(frozen=True, slots=True)
class _Found:
    """The one signature with our tag: its label, covered components and parameters."""

    label: str
    covered: list[Any]
    parameters: Mapping[str, Any]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Request:
    """What the library takes for a request."""

    method: str
    url: str
    headers: "_Lines"


class _Lines:
    """Field lines that may repeat."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines

    def items(self) -> list[tuple[str, str]]:
        """All lines in order."""
        return self._lines


class _OneKey(HTTPSignatureKeyResolver):
    """The key that we found for the keyid; the library asks for it."""

    def __init__(self, key: PublicKey) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        """The key object."""
        return self._key


class _Verifier(HTTPMessageVerifier):
    """Times were judged here, by the caller's clock instead of the machine's."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Nothing more to do."""


def _ours(lines: list[tuple[str, str]]) -> _Found:
    """The signature with our tag; others (of a proxy, without a partner) are nobody's here."""
    inputs, signatures = (_dictionary(lines, name) for name in _FIELDS)
    tagged = [
        (label, member[0], member[1])
        for label, member in inputs.items()
        if label in signatures
        and isinstance(member[0], list)
        and member[1].get("tag") == profile.TAG
    ]
    if len(tagged) != 1:
        raise NotVerified(
            "no-signature", f"expected one signature tagged {profile.TAG}, got {len(tagged)}"
        )
    label, covered, parameters = tagged[0]
    alone = ({label: inputs[label]}, {label: signatures[label]})
    try:
        fields = {name: http_sf.ser(one) for name, one in zip(_FIELDS, alone, strict=True)}
    except (ValueError, TypeError):
        raise NotVerified("malformed", "the signature fields can't be written back") from None
    return _Found(label, covered, parameters, fields)


def _dictionary(lines: list[tuple[str, str]], name: str) -> dict[str, Any]:
    """One of the two fields as a structured dictionary (RFC 9651), each member once."""
    text = ", ".join(value for line, value in lines if line == name)
    if not text:
        raise NotVerified("no-signature", f"the request has no {name} field")
    if len(text) > MAX_FIELD:
        raise NotVerified("malformed", f"the {name} field has more than {MAX_FIELD} characters")
    try:
        members = http_sf.parse(text.encode("ascii"), tltype="dictionary", on_duplicate_key=_twice)
    except (ValueError, TypeError):
        raise NotVerified("malformed", f"the {name} field is no structured dictionary") from None
    if not isinstance(members, dict) or len(members) > MAX_SIGNATURES:
        raise NotVerified("malformed", f"the {name} field has more than {MAX_SIGNATURES} members")
    return members


def _twice(key: str, context: str) -> None:
    raise ValueError(f"{key} stands twice in a {context}")


def _check_components(found: _Found, method: str, lines: list[tuple[str, str]]) -> None:
    """All that the profile wants is covered, plainly, and stands in the request once."""
    plain = {name for name, parameters in found.covered if not parameters}
    lacking = [name for name in profile.required(method) if name not in plain]
    if lacking:
        raise NotVerified("components", f"the signature does not cover {', '.join(lacking)}")
    names = [name for name, _value in lines]
    for name in sorted(plain):
        if not name.startswith("@") and names.count(name) != 1:
            raise NotVerified("components", f"covered field {name} must stand in the request once")


def _key(found: _Found, keys: Callable[[str], PinnedKey | None], at: Micros) -> PinnedKey:
    keyid = found.parameters.get("keyid")
    key = keys(keyid) if isinstance(keyid, str) else None
    if key is None or key.kid != keyid or key.alg not in ALGORITHMS:
        raise NotVerified("unknown-key", "the signature's keyid is no key that may sign here")
    if key.revoked is not None and at >= key.revoked:
        raise NotVerified("key-revoked", f"key {key.kid} was revoked")
    if not key.valid_at(at):
        raise NotVerified("key-not-valid", f"key {key.kid} is not valid now")
    return key


def _check_freshness(found: _Found, at: Micros) -> str:
    """The nonce, if created and expires lie around `at` as the profile wants."""
    created, expires = (found.parameters.get(name) for name in ("created", "expires"))
    if type(created) is not int or type(expires) is not int:
        raise NotVerified("not-fresh", "a signature needs created and expires")
    begin, end = created * SECOND, expires * SECOND
    if not begin < end <= begin + profile.LIFE:
        raise NotVerified(
            "not-fresh", f"expires comes 1 to {profile.LIFE // SECOND} s after created"
        )
    if abs(at - begin) > profile.LIFE or at >= end:
        raise NotVerified("not-fresh", "the signature has expired, or a clock is wrong")
    nonce = found.parameters.get("nonce")
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise NotVerified(
            "not-fresh",
            f"a signature needs a nonce of {profile.MIN_NONCE} to {profile.MAX_NONCE} characters",
        )
    return nonce


def _check_signature(
    found: _Found,
    key: PinnedKey,
    method: str,
    target: str,
    lines: list[tuple[str, str]],
    body: bytes,
) -> None:
    """Signature and digest; the library sees no signature but the one that we chose."""
    shown = [line for line in lines if line[0] not in _FIELDS] + list(found.fields.items())
    verifier = _Verifier(
        signature_algorithm=ALGORITHMS[key.alg], key_resolver=_OneKey(jwk.public_key(key))
    )
    try:
        results = verifier.verify(
            _Request(method, target, _Lines(shown)), max_age=None, expect_tag=profile.TAG
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError, KeyError, AttributeError):
        raise NotVerified(
            "signature", f"the signature of key {key.kid} does not hold for this request"
        ) from None
    try:
        verifier.verify_body(_Request(method, target, _Lines(shown)), results, body)
    except (HTTPMessageSignaturesException, ValueError, TypeError):
        raise NotVerified("content-digest", "the content is not what was signed") from None
