"""Check 35: a key that is not pinned counts only under two pinned officers' signatures."""

from collections.abc import Iterable
from dataclasses import replace

from gateway.domain import signed_forms, statements
from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.rotation import announcement_digest
from gateway.domain.statements import Approval, Card, Kind
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, Trust, key_from_json
from gateway.ports import Signed
from gateway.services.announced import ACTS, Announced, unpinned
from gateway.services.approvals import Act
from gateway.services.dossier import Leaf
from gateway.services.examination import Exam, Finding, expect, not_checked, ok
from gateway.services.jws import statement_of
from gateway.services.officers import KEY_LIFE, enrolment_digest_of, revocation_digest

_PARTNERS = frozenset({Role.STATEMENT, Role.REQUEST, Role.SEAL})


def announced(exam: Exam) -> Finding:
    """One after the other, in the ledger's order: the officers of each must be known by then."""
    items = unpinned(exam.dossier.announced, exam.pinned)
    if not items:
        return not_checked("it rests on no key beyond your trust file")
    known, told = exam.pinned, []
    for item in _in_order(exam, items):
        officers = _officers(exam, item, known)
        known = _changed(exam, item, known)
        what = "announced" if item.grants else "revoked"
        told.append(f"{item.key.owner.id} {item.key.role} {item.key.kid} {what} by {officers}")
    return ok("; ".join(told))


def _in_order(exam: Exam, items: Iterable[Announced]) -> list[Announced]:
    placed = [(_leaf(exam, item, 1).index, place, item) for place, item in enumerate(items)]
    return [item for _index, _place, item in sorted(placed, key=lambda one: one[:2])]


def _leaf(exam: Exam, item: Announced, place: int) -> Leaf:
    leaf = item.leaf(exam.dossier.leaves, place)
    if leaf is None:
        raise NotVerified(
            "not-in-ledger", f"key {item.key.kid}: the ledger has no such word of an officer"
        )
    return leaf


def _officers(exam: Exam, item: Announced, known: Trust) -> str:
    """Two different officers, with two keys that counted at their leaves."""
    first, second = (_signed(exam, item, place, known) for place in (0, 1))
    expect(
        first.key.owner != second.key.owner and first.key.kid != second.key.kid,
        "one-officer",
        f"key {item.key.kid}: officer {first.key.owner.id} signed twice",
    )
    expect(
        _leaf(exam, item, 0).index < _leaf(exam, item, 1).index,
        "order",
        f"key {item.key.kid}: the second officer's word stands before the first one's",
    )
    return f"{first.key.owner.id}, {second.key.owner.id}"


def _signed(exam: Exam, item: Announced, place: int, known: Trust) -> Signed:
    jws, at = item.approvals[place], _leaf(exam, item, place).at
    word = statement_of(jws)
    if not isinstance(word, Approval):
        raise NotVerified("malformed", f"key {item.key.kid}: an officer's word is no approval")
    due = (str(ACTS[item.act][place]), _subject(item), _digest(exam, item))
    expect(
        (word.act, word.subject, word.digest) == due,
        "other-subject",
        f"key {item.key.kid}: officer {word.iss} signed another act, subject or key",
    )
    owner = Owner(OwnerKind.OFFICER, word.iss)
    signed = exam.signatures.open_statement(jws, owner, Role.APPROVAL, known, at, exam.pins.gateway)
    pinned = {key.kid: key for key in exam.pinned.keys}.get(signed.key.kid)
    expect(
        pinned is None or pinned.revoked is None,  # the leaf's time is the gateway's own word
        "key-revoked",
        f"key {item.key.kid}: the key of officer {word.iss} is revoked in the trust file",
    )
    return signed


def _subject(item: Announced) -> str:
    if item.act in (Act.PARTNER_APPROVE, Act.OFFICER_APPROVE):
        kind = "partner" if item.act is Act.PARTNER_APPROVE else "officer"
        return f"{kind}:{item.key.owner.id}"
    return f"key:{item.key.kid}"


def _digest(exam: Exam, item: Announced) -> str:
    """What the officers must have signed, of this very key."""
    key, gateway = item.key, exam.pins.gateway
    match item.act:
        case Act.KEY_ANNOUNCE:
            _expect_owner(key, OwnerKind.GATEWAY, gateway)
            return announcement_digest(key)
        case Act.PARTNER_APPROVE:
            _expect_owner(key, OwnerKind.PARTNER, key.owner.id)
            _expect_on_card(item, gateway)
            return digest(item.card)
        case Act.OFFICER_APPROVE:
            _expect_owner(key, OwnerKind.OFFICER, key.owner.id)
            begins = _leaf(exam, item, 1).at
            window = (key.role, key.not_before, key.not_after)
            due = (Role.APPROVAL, begins, begins + KEY_LIFE)
            expect(window == due, "other-key", f"key {key.kid}: another role or time")
            return enrolment_digest_of(key.owner.id, item.name, key)
        case _:
            return revocation_digest(key)


def _expect_owner(key: PinnedKey, kind: OwnerKind, name: str) -> None:
    officer = key.role is Role.APPROVAL
    expect(
        key.owner == Owner(kind, name) and officer is (kind is OwnerKind.OFFICER),
        "wrong-owner",
        f"key {key.kid}: such an act brings no {key.role} key of {key.owner.id}",
    )


def _expect_on_card(item: Announced, gateway: str) -> None:
    card = statements.read(signed_forms.payload_of(item.card), Kind.CARD)
    if not isinstance(card, Card):
        raise NotVerified("malformed", "a partner's key stands on its card")
    keys = [key_from_json(key, item.key.owner) for key in card.keys]
    mine = (card.iss, card.aud) == (item.key.owner.id, gateway)
    expect(
        mine and item.key in keys and item.key.role in _PARTNERS,
        "other-key",
        f"key {item.key.kid} does not stand like this on the card that was approved",
    )


def _changed(exam: Exam, item: Announced, known: Trust) -> Trust:
    at = _leaf(exam, item, 1).at
    keys = {key.kid: key for key in known.keys}
    if item.grants:
        keys.setdefault(
            item.key.kid, replace(item.key, not_before=max(item.key.not_before, at), revoked=None)
        )
    else:
        before = keys.get(item.key.kid)
        same = before is not None and before.owner == item.key.owner
        expect(same, "unknown-key", f"key {item.key.kid} is revoked and was never known")
        keys[item.key.kid] = (before or item.key).revoked_at(at)
    return Trust(known.gateway, keys.values(), known.timestamp)
