"""Lies about keys that came after the trust file was made: check 35, and checks 5 and 22."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.times import HOUR, MINUTE
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.services.approvals import Act
from tests.vectors.changing import BEGIN, Change, Changes, but, card, key_of, rotated
from tests.vectors.keyring import PARTNER_OWNER, START, STRANGER
from tests.vectors.liar import Liar
from tests.vectors.lying import OTHER, lies

SITI, BUDI = ("siti", "siti"), ("budi", "budi")


def _other_window(_liar: Liar, found: Changes) -> None:
    """The officers signed another time than the bundle gives the key."""
    change = found["third-manifest"]
    over = change.due()[1]
    found["third-manifest"] = replace(
        change, over=over, key=replace(change.key, not_after=change.key.not_after + HOUR)
    )


def _not_on_the_card(liar: Liar, found: Changes) -> None:
    key = key_of(liar, "unheard", PARTNER_OWNER, Role.STATEMENT)
    found["unheard"] = replace(found["card"], key=key, at=BEGIN + 4 * HOUR)


def _of_another_partner(_liar: Liar, found: Changes) -> None:
    owner = Owner(OwnerKind.PARTNER, STRANGER)
    found["card"] = replace(found["card"], key=replace(found["card"].key, owner=owner))


def _of_another_gateway(_liar: Liar, found: Changes) -> None:
    key = found["next-checkpoint"].key
    other = replace(key, owner=Owner(OwnerKind.GATEWAY, "palang-lain"))
    found["next-checkpoint"] = replace(found["next-checkpoint"], key=other)


def _for_longer(_liar: Liar, found: Changes) -> None:
    key = found["wati"].key
    found["wati"] = replace(found["wati"], key=replace(key, not_after=key.not_after + HOUR))


def _of_another_role(liar: Liar, found: Changes) -> None:
    """A partner's card can bring in no key that heads the ledger, though it stands there."""
    key = key_of(liar, "unheard", PARTNER_OWNER, Role.CHECKPOINT)
    found["card"] = replace(found["card"], key=key, card=card(liar, key))


def _by_themselves(_liar: Liar, found: Changes) -> None:
    found["wati"] = replace(found["wati"], words=(SITI, ("wati", "wati")))


def _by_one_revoked_before(liar: Liar, found: Changes) -> None:
    """Budi's key was revoked in this very ledger, by two others."""
    budi = next(k for k in liar.keys.pins if k.kid == liar.keys.signers["tini"].kid)
    found["gone"] = Change(Act.KEY_REVOKE, budi, BEGIN + 4 * HOUR)
    key = found["next-checkpoint"].key
    late = key_of(liar, "late-checkpoint", key.owner, key.role, BEGIN + 6 * HOUR)
    found["late"] = Change(Act.KEY_ANNOUNCE, late, BEGIN + 5 * HOUR, (SITI, ("tini", "tini")))


def _unknown_ends(liar: Liar, found: Changes) -> None:
    key = key_of(liar, "unheard", PARTNER_OWNER, Role.STATEMENT)
    found["unheard"] = Change(Act.KEY_REVOKE, key, BEGIN + 4 * HOUR)


def _by(*words: tuple[str, str]) -> dict[str, object]:
    return {"words": words}


LIES = [
    *lies(
        35,
        "manifest",
        ("one-officer", "announced by one officer", but("third-manifest", **_by(SITI, SITI))),
        (
            "one-officer",
            "announced by one officer with two keys",
            but("third-manifest", **_by(SITI, ("siti", "siti-2"))),
        ),
        ("other-subject", "announced over another key", but("third-manifest", over=OTHER)),
        ("other-subject", "announced for another time", rotated(_other_window)),
        (
            "other-subject",
            "announced in another key's name",
            but("third-manifest", subject="key:x"),
        ),
        (
            "other-subject",
            "announced by words for a batch",
            but("third-manifest", says="batch.release"),
        ),
        ("audience", "announced to another gateway", but("third-manifest", aud="palang-lain")),
        (
            "key-revoked",
            "announced by a revoked officer",
            but("third-manifest", **_by(SITI, ("budi", "gone-approval"))),
        ),
        ("key-revoked", "announced by an officer revoked before", rotated(_by_one_revoked_before)),
        (
            "key-not-valid",
            "announced by an ended key",
            but("third-manifest", **_by(SITI, ("budi", "old-approval"))),
        ),
        (
            "unknown-key",
            "announced by an officer nobody pinned",
            but("third-manifest", **_by(SITI, ("nanda", "unpinned"))),
        ),
        (
            "wrong-owner",
            "announced by a partner's key",
            but("third-manifest", **_by(SITI, ("budi", "partner"))),
        ),
        (
            "not-in-ledger",
            "announced and never logged",
            but("third-manifest", logged=(False, True)),
        ),
        ("order", "announced the other way round", but("third-manifest", backwards=True)),
        ("wrong-owner", "announced for another gateway", rotated(_of_another_gateway)),
        ("other-key", "a key that is not on the card", rotated(_not_on_the_card)),
        ("other-key", "the card of another partner", rotated(_of_another_partner)),
        ("other-subject", "a card that nobody approved", but("card", over=OTHER)),
        ("unknown-key", "an officer who brings himself in", rotated(_by_themselves)),
        ("other-key", "an officer for a longer time", rotated(_for_longer)),
        ("other-key", "a card with a checkpoint key", rotated(_of_another_role)),
        ("other-subject", "an officer under another name", but("wati", over=OTHER)),
        ("one-officer", "revoked by one officer", but("stolen", **_by(SITI, SITI))),
        ("unknown-key", "a key revoked that nobody knew", rotated(_unknown_ends)),
    ),
    *lies(
        5,
        "manifest",
        (
            "key-not-valid",
            "manifest by a key announced later",
            but("third-manifest", at=START + 4 * MINUTE),
        ),
        (
            "key-revoked",
            "manifest by a key revoked in the ledger",
            rotated(signer="next-manifest"),
        ),
    ),
]
