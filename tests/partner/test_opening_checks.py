"""Each numbered check: a parcel validly signed and sealed, wrong in that point only, is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.domain import entries as csv
from gateway.domain import parcel as zipped
from gateway.domain.errors import NotVerified
from gateway.domain.ids import DeliveryId
from gateway.domain.manifest import EntriesHead
from gateway.domain.parcel import Contents
from gateway.domain.statements import Reason
from gateway.domain.times import DAY
from gateway.domain.trust import Role
from keys.jose import open_jwe
from keys.notes import C2spNotes
from partner import parcels
from partner.kit import Kit
from partner.receive import receive
from partner.refusal import ParcelRefused
from tests.partner.factory import (
    NOW,
    FakeClock,
    Gateway,
    Made,
    block,
    edited,
    head,
    make_kit,
    seal_pin,
    signing_key,
    void,
)

Wrong = Callable[[Gateway, Kit, Path], Made | bytes]


def nothing_stored(kit: Kit) -> bool:
    """Whether the kit's state still knows no parcel (threats.md D10)."""
    with kit.state.read() as tx:
        return parcels.newest_epoch(tx) == 0


def refused(kit: Kit, data: bytes) -> ParcelRefused:
    with pytest.raises(ParcelRefused) as caught:
        receive(kit, data)
    return caught.value


def too_large(gateway: Gateway, kit: Kit, _path: Path) -> bytes:
    return gateway.parcel(kit, block(1)).data + b"A" * (zipped.MAX_PARCEL)


def sealed_to_another(gateway: Gateway, kit: Kit, path: Path) -> Made:
    other = make_kit(path / "other", gateway, partner="opr-uji-b")
    return gateway.parcel(kit, block(1), recipient=seal_pin(other))


def extra_member(contents: Contents) -> bytes:
    buffer = io.BytesIO(zipped.pack(contents))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("readme.txt", "hello")
    return buffer.getvalue()


def signed_by_a_stranger(gateway: Gateway, kit: Kit, _path: Path) -> Made:
    stranger, _pin = signing_key(gateway.owner, Role.MANIFEST)
    return gateway.parcel(kit, block(1), signer=stranger)


def signed_by_the_notary(gateway: Gateway, kit: Kit, _path: Path) -> Made:
    return gateway.parcel(kit, block(1), signer=gateway.notary)


def signed_over_other_bytes(gateway: Gateway, kit: Kit, _path: Path) -> Made:
    first = gateway.parcel(kit, block(2), keep=True)
    signature = zipped.unpack(_plain(first, kit)).signature
    return gateway.parcel(kit, block(1), signature=signature)


def _plain(made: Made, kit: Kit) -> bytes:
    return open_jwe(made.data, kit.openers)


def for_another_partner(gateway: Gateway, kit: Kit, path: Path) -> Made:
    """A re-encrypted parcel: partner B's content, sealed to us (threats.md E10)."""
    other = make_kit(path / "other", gateway, partner="opr-uji-b")
    return gateway.parcel(other, block(1), recipient=seal_pin(kit))


def of_another_gateway(gateway: Gateway, kit: Kit, _path: Path) -> Made:
    return gateway.parcel(kit, block(1), body=edited(gateway="gerbang-lain"))


def note_by_a_stranger(gateway: Gateway, kit: Kit, _path: Path) -> Made:
    stranger, _pin = signing_key(gateway.owner, Role.CHECKPOINT)
    return gateway.parcel(kit, block(1), checkpoint=gateway.note(100, signer=stranger))


def note_that_is_no_checkpoint(gateway: Gateway, kit: Kit, _path: Path) -> Made:
    note = C2spNotes().sign("hello\n", gateway.name, gateway.notary)
    return gateway.parcel(kit, block(1), checkpoint=note)


def with_entries(data: bytes, **changes: Any) -> Wrong:
    """Entries of exactly these bytes, rightly described by the manifest."""

    def make(gateway: Gateway, kit: Kit, _path: Path) -> Made:
        salt = b"s" * 32
        return gateway.parcel(
            kit, block(1), csv=data, salt=salt, entries=head(data, salt), **changes
        )

    return make


def wrong_head(**members: Any) -> Wrong:
    def make(gateway: Gateway, kit: Kit, _path: Path) -> Made:
        right = gateway.parcel(kit, block(1), keep=True)
        given = {
            "bytes": right.manifest.entries.bytes,
            "digest": right.manifest.entries.digest,
            "root": right.manifest.entries.root,
        }
        return gateway.parcel(kit, block(1), entries=EntriesHead(**{**given, **members}))

    return make


def changed(**changes: Any) -> Wrong:
    return lambda gateway, kit, _path: gateway.parcel(kit, block(1), **changes)


DIGEST = "sha256:" + "0" * 64
TWICE = csv.HEADER + "\n" + "".join(f"{n},62870000000001,block,,,,,\n" for n in (1, 2))
APART = (
    csv.HEADER
    + "\n"
    + "".join(f"{n},6287000000000{number},block,,,,,\n" for n, number in enumerate((2, 3, 1, 2), 1))
)
SKIPPED = csv.HEADER + "\n2,62870000000001,block,,,,,\n"
LISTED = csv.HEADER + "\n1,62870000000001,listed,,,,,\n"
TWO = csv.HEADER + "\n" + "".join(f"{n},6287000000000{n},block,,,,,\n" for n in (1, 2))

ALONE: list[tuple[int, Reason, str, Wrong]] = [
    (1, Reason.MALFORMED, "larger than any parcel", too_large),
    (2, Reason.CANT_OPEN, "sealed to another partner", sealed_to_another),
    (2, Reason.CANT_OPEN, "no JWE", lambda *_: b"hello"),
    (3, Reason.MALFORMED, "a fifth member", changed(plain=extra_member)),
    (4, Reason.BAD_SIGNATURE, "an unpinned key", signed_by_a_stranger),
    (4, Reason.BAD_SIGNATURE, "a key of another role", signed_by_the_notary),
    (4, Reason.BAD_SIGNATURE, "other bytes", signed_over_other_bytes),
    (5, Reason.MALFORMED, "an unknown version", changed(body=edited(v=2))),
    (5, Reason.MALFORMED, "batch and delivery differ", changed(body=edited(batch=9))),
    (6, Reason.WRONG_PARTNER, "another partner's content", for_another_partner),
    (7, Reason.BAD_SIGNATURE, "another gateway's name", of_another_gateway),
    (8, Reason.TEST_MISMATCH, "a live parcel to a test partner", changed(test=False)),
    (
        9,
        Reason.MALFORMED,
        "a voluntary slice to an operator",
        changed(basis="voluntary", consent=DIGEST),
    ),
    (10, Reason.MALFORMED, "a snapshot", changed(kind="snapshot")),
    (11, Reason.CHECKPOINT, "an unpinned notary", note_by_a_stranger),
    (11, Reason.CHECKPOINT, "a note that is no checkpoint", note_that_is_no_checkpoint),
    (12, Reason.BAD_DIGEST, "another size", wrong_head(bytes=7)),
    (13, Reason.BAD_DIGEST, "another digest", wrong_head(digest=DIGEST)),
    (14, Reason.BAD_DIGEST, "another root", wrong_head(root=DIGEST)),
    (15, Reason.MALFORMED, "an entry number left out", with_entries(SKIPPED.encode())),
    (16, Reason.MALFORMED, "more entries than counted", with_entries(TWO.encode())),
    (17, Reason.MALFORMED, "voluntary words in an order", with_entries(LISTED.encode())),
    (18, Reason.MALFORMED, "a number twice", with_entries(TWICE.encode(), block=2)),
    (18, Reason.MALFORMED, "a number twice, not in order", with_entries(APART.encode(), block=4)),
]


@pytest.mark.parametrize(
    ("step", "reason", "wrong"),
    [pytest.param(s, r, w, id=f"{s}-{t}".replace(" ", "-")) for s, r, t, w in ALONE],
)
def test_a_parcel_wrong_in_one_point_is_refused_at_that_check(
    gateway: Gateway, kit: Kit, tmp_path: Path, step: int, reason: Reason, wrong: Wrong
) -> None:
    made = wrong(gateway, kit, tmp_path)
    error = refused(kit, made if isinstance(made, bytes) else made.data)
    assert (error.step, error.code) == (step, reason), error
    assert nothing_stored(kit)


def test_a_right_parcel_is_taken(gateway: Gateway, kit: Kit) -> None:
    got = receive(kit, gateway.parcel(kit, block(1, 2)).data)
    assert (got.sequence, got.entries, got.new) == (1, 2, True)


def test_only_a_refusal_after_the_signature_names_a_manifest(gateway: Gateway, kit: Kit) -> None:
    before = refused(kit, gateway.parcel(kit, block(1), body=edited(v=2), keep=True).data)
    after = refused(kit, gateway.parcel(kit, block(1), test=False, keep=True).data)
    assert before.manifest is None
    assert after.manifest is not None


def test_a_key_that_is_no_longer_valid_signs_nothing_here(gateway: Gateway, tmp_path: Path) -> None:
    clock = FakeClock()
    kit = make_kit(tmp_path / "kit", gateway, clock=clock)
    made = gateway.parcel(kit, block(1))
    clock.at = NOW + 366 * DAY
    assert refused(kit, made.data).step == 4


def test_a_live_partner_refuses_a_test_parcel(gateway: Gateway, tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "live", gateway, test=False)
    assert refused(kit, gateway.parcel(kit, block(1), test=True).data).step == 8


def test_an_ott_refuses_an_order(gateway: Gateway, tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "ott", gateway, kind="ott")
    made = gateway.parcel(kit, block(1, action=csv.LISTED), basis="mandatory", consent="")
    assert refused(kit, made.data).step == 9


def test_no_pin_is_own_trouble_and_no_refusal(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, block(1))
    (kit.home / "trust.json").unlink()
    with pytest.raises(NotVerified) as caught:
        receive(kit, made.data)
    assert not isinstance(caught.value, ParcelRefused)
    assert caught.value.reason == "no-pin"


# --- against what is known ------------------------------------------------------------------------


def second(gateway: Gateway, kit: Kit, **changes: Any) -> Made:
    """A second parcel after a first one that was taken."""
    receive(kit, gateway.parcel(kit, block(1)).data)
    return gateway.parcel(kit, block(2), **changes)


def test_19_an_older_epoch_is_refused(gateway: Gateway, kit: Kit) -> None:
    old = gateway.parcel(kit, block(1))
    fresh = Gateway(epoch=2)
    fresh.signer, fresh.notary = gateway.signer, gateway.notary
    receive(kit, fresh.parcel(kit, block(1)).data)
    error = refused(kit, old.data)
    assert (error.step, error.code) == (19, Reason.OLD_EPOCH)


def test_20_a_sequence_has_one_manifest_for_life(gateway: Gateway, kit: Kit) -> None:
    made = second(gateway, kit, sequence=1, previous="", delivery=DeliveryId(9, "opr-uji-a", 1))
    error = refused(kit, made.data)
    assert (error.step, error.code) == (20, Reason.SEQUENCE_CONFLICT)


def test_20_a_delivery_has_one_manifest_for_life(gateway: Gateway, kit: Kit) -> None:
    made = second(gateway, kit, delivery=DeliveryId(1, "opr-uji-a", 1))
    error = refused(kit, made.data)
    assert (error.step, error.code) == (20, Reason.SEQUENCE_CONFLICT)


def test_21_a_parcel_that_names_another_predecessor_is_refused(gateway: Gateway, kit: Kit) -> None:
    error = refused(kit, second(gateway, kit, previous=DIGEST).data)
    assert (error.step, error.code) == (21, Reason.SEQUENCE_CONFLICT)


def test_21_a_late_predecessor_must_be_the_one_its_successor_names(
    gateway: Gateway, kit: Kit
) -> None:
    receive(kit, gateway.parcel(kit, block(1)).data)
    late = gateway.parcel(kit, block(2), keep=True, released=NOW - 5 * DAY)
    gateway.parcel(kit, block(2))
    receive(kit, gateway.parcel(kit, block(3)).data)
    error = refused(kit, late.data)
    assert (error.step, error.code) == (21, Reason.SEQUENCE_CONFLICT)


def test_22_what_was_declared_void_does_not_arrive_any_more(gateway: Gateway, kit: Kit) -> None:
    stopped = gateway.parcel(kit, block(1))
    receive(kit, gateway.parcel(kit, block(2), voids=(void(stopped),)).data)
    error = refused(kit, stopped.data)
    assert (error.step, error.code) == (22, Reason.SEQUENCE_CONFLICT)


def test_22_a_void_of_another_manifest_than_the_known_one_is_refused(
    gateway: Gateway, kit: Kit
) -> None:
    other = gateway.parcel(kit, block(7), keep=True, released=NOW - 9 * DAY)
    error = refused(kit, second(gateway, kit, voids=(void(other),)).data)
    assert (error.step, error.code) == (22, Reason.SEQUENCE_CONFLICT)


def test_22_a_void_lies_before_its_manifest(gateway: Gateway, kit: Kit) -> None:
    ahead = gateway.parcel(kit, block(7), keep=True, sequence=9, previous=DIGEST)
    error = refused(kit, second(gateway, kit, voids=(void(ahead),)).data)
    assert (error.step, error.code) == (22, Reason.SEQUENCE_CONFLICT)


def test_22_a_void_of_what_arrived_after_all_changes_nothing(gateway: Gateway, kit: Kit) -> None:
    first = gateway.parcel(kit, block(1))
    receive(kit, first.data)
    assert receive(kit, gateway.parcel(kit, block(2), voids=(void(first),)).data).new


@pytest.mark.parametrize("size", [99, 100])
def test_23_a_ledger_that_shrinks_or_forks_is_refused(
    gateway: Gateway, kit: Kit, size: int
) -> None:
    note = gateway.note(size, root=b"r" * 32 if size == 100 else b"")
    error = refused(kit, second(gateway, kit, checkpoint=note).data)
    assert (error.step, error.code) == (23, Reason.CHECKPOINT)


def test_23_an_older_parcel_never_shows_a_newer_ledger(gateway: Gateway, kit: Kit) -> None:
    late = gateway.parcel(kit, block(1), checkpoint=gateway.note(500))
    receive(kit, gateway.parcel(kit, block(2)).data)
    error = refused(kit, late.data)
    assert (error.step, error.code) == (23, Reason.CHECKPOINT)


def test_23_a_checkpoint_of_another_ledger_is_refused(gateway: Gateway, kit: Kit) -> None:
    error = refused(kit, second(gateway, kit, checkpoint=gateway.note(101, origin="other")).data)
    assert (error.step, error.code) == (23, Reason.CHECKPOINT)
