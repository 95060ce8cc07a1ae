"""Doctor's look at keys: what each partner uses, what is weak, and what a rotation waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.domain.health import Finding, Level
from gateway.domain.ids import Envelope
from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.rotation import Phase
from gateway.domain.strength import strength
from gateway.domain.times import show_wib
from gateway.domain.trust import (
    COUNTERSIGNS_WITH,
    Algorithm,
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
)
from gateway.services.phases import KeyState, Phases

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway

_MAKES = {
    Envelope.JOSE: Algorithm.ED25519,
    Envelope.CMS: Algorithm.ES256,
    Envelope.OPENPGP: Algorithm.OPENPGP,
}
_NEW = "ask for a new card with a key of today's policy (docs/keys.md)"


def strengths(gateway: Gateway) -> Iterator[Finding]:
    """The algorithms and key sizes of the gateway and of each live partner."""
    now = gateway.clock.now()
    with gateway.store.read() as uow:
        trust, name = uow.registry.trust(), uow.registry.gateway().name
        live = [p for p in uow.registry.partners() if p.standing is Standing.LIVE]
    yield _of(name, "", [k for k in trust.of(Owner(OwnerKind.GATEWAY, name)) if k.valid_at(now)])
    for partner in live:
        keys = trust.of(Owner(OwnerKind.PARTNER, partner.id))
        yield _of(partner.id, f"{partner.envelope}: ", [k for k in keys if k.valid_at(now)])


def _of(owner: str, envelope: str, keys: list[PinnedKey]) -> Finding:
    found = [(key, strength(key)) for key in keys]
    used = ", ".join(f"{key.role} {known.text}" for key, known in found) or "no valid key"
    weak = [f"{key.role} key {key.kid}: {known.weak}" for key, known in found if known.weak]
    text = f"{owner} {envelope}{used}"
    if weak:
        return Finding("key-strength", Level.WARNING, f"{text}; {'; '.join(weak)}", _NEW)
    return Finding("key-strength", Level.OK, text)


def form_keys(gateway: Gateway) -> Iterator[Finding]:
    """Whether the gateway signs in the form that each live partner's tool verifies."""
    now = gateway.clock.now()
    with gateway.store.read() as uow:
        own = uow.registry.trust().of(Owner(OwnerKind.GATEWAY, uow.registry.gateway().name))
        live = [p for p in uow.registry.partners() if p.standing is Standing.LIVE]
    forms = sorted({p.envelope for p in live if p.kind is not PartnerKind.SOURCE})
    held = {(key.role, key.alg) for key in own if key.valid_at(now)}
    lacks = [
        (form, role)
        for form in forms
        for role in (Role.MANIFEST, Role.STATEMENT)
        if not any((role, algorithm) in held for algorithm in COUNTERSIGNS_WITH[form])
    ]
    for form, role in lacks:
        yield _lacking(role, form, [p.id for p in live if p.envelope is form])
    if not lacks:
        yield Finding("form-keys", Level.OK, "the gateway signs in the form of each live partner")


def _lacking(role: Role, form: Envelope, partners: list[str]) -> Finding:
    what = "deliveries wait" if role is Role.MANIFEST else "answers and heads are a JWS"
    text = f"no {role} key for {form}: {what} for {', '.join(partners)}"
    advice = f"palang key rotate {role} --alg {_MAKES[form]}, by two officers"
    return Finding("form-keys", Level.WARNING, text, advice)


def rotations(gateway: Gateway) -> Iterator[Finding]:
    """Rotations that are under way, and what they wait for."""
    waiting = (Phase.PROPOSED, Phase.ANNOUNCED, Phase.OVERLAP)
    found = [one for one in Phases(gateway.store, gateway.clock).all() if one.phase in waiting]
    for one in found:
        yield _waits(one)
    if not found:
        yield Finding("rotation", Level.OK, "no key is being rotated")


def _waits(one: KeyState) -> Finding:
    key = one.key
    about = f"{key.owner.id} {key.role} key {key.kid} is in phase {one.phase}"
    if one.phase is Phase.PROPOSED:
        advice = f"a second officer: palang key rotate {key.role} --officer ID --key FILE"
        return Finding("rotation", Level.WARNING, about, advice)
    if one.lacks:
        advice = "give them the key sheet before its first day: docs/keys.md"
        text = f"{about}, from {show_wib(key.not_before)}; not told yet: {', '.join(one.lacks)}"
        return Finding("rotation", Level.WARNING, text, advice)
    if one.phase is Phase.OVERLAP and key.owner.kind is OwnerKind.PARTNER:
        advice = f"its next receipt confirms it; or palang key test {key.owner.id}"
        return Finding("rotation", Level.OK, f"{about}; {advice}")
    return Finding("rotation", Level.OK, f"{about}, from {show_wib(key.not_before)}")
