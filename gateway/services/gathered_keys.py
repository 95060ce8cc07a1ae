"""The officers' words under keys that came or ended after a trust file may have been made.

Only what a bundle can rest on: the gateway's manifest and checkpoint keys, the partner's, and those
of officers who signed. A partner's first card stays out: whoever never pinned the partner can't be
told by a bundle who it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.domain import signed_forms, statements
from gateway.domain.canonical import digest
from gateway.domain.records import ApprovalRecord
from gateway.domain.rotation import announcement_digest, planned
from gateway.domain.statements import Card, Kind
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, key_from_json
from gateway.ports import UnitOfWork
from gateway.services.announced import ACTS, Announced
from gateway.services.approvals import Act
from gateway.services.officers import enrolment_digest, revocation_digest

_MINE = frozenset({Role.MANIFEST, Role.CHECKPOINT})


@dataclass(frozen=True, slots=True)
class Told:
    """The announcements, and the leaves of their words."""

    items: tuple[Announced, ...]
    leaves: frozenset[int]


def read(uow: UnitOfWork, partner: str, officers: Iterable[str], size: int) -> Told:
    """What stood in the ledger when it had so many leaves, for a delivery to this partner that
    these officers signed. Who signed an announcement is told of too."""
    items = [*_of_gateway(uow), *_of_partner(uow, partner)]
    items = [item for item in items if _places(uow, item, size)]
    told, waiting = set[str](), {*officers, *_signers(items)}
    while waiting:
        told |= waiting
        more = [i for o in sorted(waiting) for i in _of_officer(uow, o) if _places(uow, i, size)]
        items += more
        waiting = _signers(more) - told
    leaves = {index for item in items for index in _places(uow, item, size)}
    items.sort(key=lambda item: _places(uow, item, size))
    return Told(tuple(items), frozenset(leaves))


def _places(uow: UnitOfWork, item: Announced, size: int) -> list[int]:
    """The leaves of its words, the last first; empty where one is not there yet."""
    found = [[i for i in uow.log.find(digest(jws)) if i < size] for jws in item.approvals]
    return [min(places) for places in reversed(found)] if all(found) else []


def _signers(items: Iterable[Announced]) -> set[str]:
    return {name for item in items for name in item.officers.split(", ")}


def _keys(uow: UnitOfWork, kind: OwnerKind, name: str) -> list[PinnedKey]:
    return list(uow.registry.trust().of(Owner(kind, name)))


def _of_gateway(uow: UnitOfWork) -> Iterator[Announced]:
    for key in _keys(uow, OwnerKind.GATEWAY, uow.registry.gateway().name):
        if key.role in _MINE:
            first = replace(planned(key), revoked=None)
            over = announcement_digest(first)
            yield from _item(uow, Act.KEY_ANNOUNCE, first, f"key:{key.kid}", over)
            yield from _revoked(uow, key)


def _of_partner(uow: UnitOfWork, partner: str) -> Iterator[Announced]:
    keys = {key.kid: key for key in _keys(uow, OwnerKind.PARTNER, partner)}
    subject, seen = f"partner:{partner}", set[str]()
    approved = [w for w in uow.registry.approvals(subject) if w.act == Act.PARTNER_APPROVE]
    for place, word in enumerate(approved if len(approved) > 1 else ()):
        card = uow.inbox.inbound_by_digest(word.digest).body
        for key in _on_card(card, partner):
            fresh = place > 0 and key.kid not in seen and key.kid in keys
            seen.add(key.kid)
            for item in _item(uow, Act.PARTNER_APPROVE, key, subject, word.digest) if fresh else ():
                yield replace(item, card=card)
    for key in keys.values():
        yield from _revoked(uow, key)


def _on_card(data: bytes, partner: str) -> Iterator[PinnedKey]:
    card = statements.read(signed_forms.payload_of(data), Kind.CARD)
    owner = Owner(OwnerKind.PARTNER, partner)
    return (key_from_json(key, owner) for key in card.keys) if isinstance(card, Card) else iter(())


def _of_officer(uow: UnitOfWork, officer: str) -> Iterator[Announced]:
    people = {person.kid: person for person in uow.registry.officers() if person.id == officer}
    for key in _keys(uow, OwnerKind.OFFICER, officer):
        if key.kid in people:
            over = enrolment_digest(people[key.kid], key)
            for item in _item(uow, Act.OFFICER_APPROVE, key, f"officer:{officer}", over):
                yield replace(item, name=people[key.kid].name)
        yield from _revoked(uow, key)


def _revoked(uow: UnitOfWork, key: PinnedKey) -> Iterator[Announced]:
    if key.revoked is not None:
        yield from _item(uow, Act.KEY_REVOKE, key, f"key:{key.kid}", revocation_digest(key))


def _item(
    uow: UnitOfWork, act: Act, key: PinnedKey, subject: str, over: str
) -> Iterator[Announced]:
    """The words of two different officers over it, the newest of each act; nothing where they did
    not both sign."""
    said = [word for word in uow.registry.approvals(subject) if word.digest == over]
    words = _two(said, *ACTS[act])
    if words:
        first = replace(key, revoked=None)
        yield Announced(act, first, tuple(word.jws for word in words))


def _two(said: list[ApprovalRecord], first: Act, second: Act) -> list[ApprovalRecord]:
    for last in (word for word in reversed(said) if word.act == second):
        for before in (word for word in said[: said.index(last)] if word.act == first):
            if before.officer != last.officer and before.kid != last.kid:
                return [before, last]
    return []
