"""A new key of the gateway comes in by a head, under the words of two pinned officers only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.canonical import JsonObject
from gateway.domain.errors import NotVerified
from gateway.domain.rotation import announcement_digest
from gateway.domain.statements import Approval, Kind, to_bytes
from gateway.domain.times import DAY, MINUTE
from gateway.domain.trust import (
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    Trust,
    key_to_json,
    read_trust,
    write_trust,
)
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner
from partner import messages
from partner.identity import TRUST
from partner.kit import Kit
from partner.new_keys import announced
from tests.partner.factory import GATEWAY, NOW, FakeClock, Gateway, signing_key

OWN = Owner(OwnerKind.GATEWAY, GATEWAY)
OFFICERS = {
    name: signing_key(Owner(OwnerKind.OFFICER, name), Role.APPROVAL)
    for name in ("siti", "budi", "rina")
}
NEW = signing_key(OWN, Role.MANIFEST, NOW + DAY)[1]


def pins(gateway: Gateway, *names: str) -> Trust:
    keys = [OFFICERS[name][1] for name in names or OFFICERS]
    return Trust(GATEWAY, (*read_trust(gateway.trust()).keys, *keys))


def word(name: str, key: PinnedKey, **changes: Any) -> str:
    signer: PrivateSigner = changes.pop("signer", OFFICERS[name][0])
    values: dict[str, Any] = {
        "act": "key.announce",
        "subject": f"key:{key.kid}",
        "digest": announcement_digest(key),
    }
    approval = Approval(changes.pop("iss", name), GATEWAY, NOW, **(values | changes))
    return JoseSignatures().sign(to_bytes(approval), str(Kind.APPROVAL), signer).decode()


def told(key: PinnedKey = NEW, *words: str) -> JsonObject:
    return {
        "key": key_to_json(key),
        "approvals": list(words or (word("siti", key), word("budi", key))),
    }


def test_two_officers_words_bring_a_key_in(gateway: Gateway) -> None:
    assert announced(told(), pins(gateway), GATEWAY, NOW) == NEW


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (lambda: told(NEW, word("siti", NEW)), "approval-missing"),
        (lambda: told(NEW, word("siti", NEW), word("siti", NEW)), "approval-missing"),
        (lambda: {"key": key_to_json(NEW), "approvals": "both"}, "malformed"),
        (lambda: {"key": key_to_json(NEW)}, "malformed"),
        (lambda: {"approvals": [word("siti", NEW), word("budi", NEW)]}, "malformed"),
        (lambda: told(NEW, word("siti", NEW), word("rina", NEW)), "unknown-key"),
        (
            lambda: told(NEW, word("siti", NEW), word("siti", NEW, iss="budi")),
            "wrong-owner",
        ),
        (
            lambda: told(NEW, word("siti", NEW), word("budi", NEW, act="key.retire")),
            "wrong-subject",
        ),
        (
            lambda: told(NEW, word("siti", NEW), word("budi", NEW, subject="key:x")),
            "wrong-subject",
        ),
        # the words of another window, role or key do not fit
        (
            lambda: told(
                replace(NEW, not_after=NEW.not_after + DAY), word("siti", NEW), word("budi", NEW)
            ),
            "wrong-subject",
        ),
        (
            lambda: told(replace(NEW, role=Role.STATEMENT), word("siti", NEW), word("budi", NEW)),
            "wrong-subject",
        ),
        (lambda: told(replace(NEW, role=Role.APPROVAL)), "wrong-role"),
        (lambda: told(replace(NEW, revoked=NOW)), "wrong-role"),
        (lambda: told(replace(NEW, kid=OFFICERS["rina"][1].kid)), "malformed"),
    ],
)
def test_anything_less_brings_nothing_in(gateway: Gateway, case: Any, reason: str) -> None:
    with pytest.raises(NotVerified) as caught:
        announced(case(), pins(gateway, "siti", "budi"), GATEWAY, NOW)
    assert caught.value.reason == reason


def test_an_officers_revoked_key_brings_nothing_in(gateway: Gateway) -> None:
    known = pins(gateway)
    revoked = [k.revoked_at(NOW) if k.owner.id == "budi" else k for k in known.keys]
    with pytest.raises(NotVerified) as caught:
        announced(told(), Trust(GATEWAY, revoked), GATEWAY, NOW)
    assert caught.value.reason == "key-revoked"


def test_a_kit_pins_the_announced_key_and_opens_what_it_signs(gateway: Gateway, kit: Kit) -> None:
    (kit.home / TRUST).write_bytes(write_trust(pins(gateway)))
    clock = FakeClock(gateway.at)
    kit = replace(kit, clock=clock)
    taken = messages.take(kit, gateway.head(kit, keys=(told(),)))
    assert taken.facts["pinned"] and "not_pinned" not in taken.facts
    assert NEW in kit.pins().keys
    before = (kit.home / TRUST).read_bytes()
    gateway.at += MINUTE
    again = messages.take(kit, gateway.head(kit, keys=(told(),)))
    assert "pinned" not in again.facts
    assert (kit.home / TRUST).read_bytes() == before


def test_an_announcement_that_does_not_verify_changes_no_pin_and_the_head_counts(
    gateway: Gateway, kit: Kit
) -> None:
    before = (kit.home / TRUST).read_bytes()  # it pins no officer
    kit = replace(kit, clock=FakeClock(gateway.at))
    taken = messages.take(kit, gateway.head(kit, keys=(told(),)))
    assert taken.new
    assert taken.facts["not_pinned"] == ["unknown-key"]
    assert (kit.home / TRUST).read_bytes() == before
