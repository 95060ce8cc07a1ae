"""Documents: trust files, checkpoints, ids, times."""

from dataclasses import replace

import pytest

from gateway.domain import ledger, trust
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import DeliveryId, Envelope, ParcelName
from gateway.domain.times import SECOND, duration, show_wib, to_wire
from tests.domain.documents import NOW


def _key(kid: str = "k1", **changes: object) -> trust.PinnedKey:
    owner = trust.Owner(trust.OwnerKind.PARTNER, "opr-uji-a")
    made = trust.PinnedKey(
        kid,
        owner,
        trust.Role.STATEMENT,
        trust.Algorithm.ED25519,
        '{"kty":"OKP"}',
        10 * SECOND,
        20 * SECOND,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # as above


def test_a_trust_file_reads_back_as_itself() -> None:
    gateway = trust.Owner(trust.OwnerKind.GATEWAY, "komdigi")
    officer = trust.Owner(trust.OwnerKind.OFFICER, "siti")
    keys = (
        _key("g", owner=gateway, role=trust.Role.MANIFEST),
        _key(revoked=15 * SECOND),
        _key("o", owner=officer, role=trust.Role.APPROVAL),
    )
    made = trust.Trust("komdigi", keys)
    again = trust.read_trust(trust.write_trust(made))
    assert (again.gateway, set(again.keys)) == ("komdigi", set(keys))


@pytest.mark.parametrize(
    ("at", "reason"), [(9, "key-not-valid"), (20, "key-not-valid"), (15, ""), (10, "")]
)
def test_a_key_counts_only_inside_its_window(at: int, reason: str) -> None:
    pins = trust.Trust("komdigi", [_key()])
    owner = trust.Owner(trust.OwnerKind.PARTNER, "opr-uji-a")
    if not reason:
        assert pins.key(owner, trust.Role.STATEMENT, "k1", at * SECOND).kid == "k1"
        return
    with pytest.raises(NotVerified) as caught:
        pins.key(owner, trust.Role.STATEMENT, "k1", at * SECOND)
    assert caught.value.reason == reason


def test_a_key_of_another_owner_role_or_state_is_refused_by_name() -> None:
    pins = trust.Trust("komdigi", [_key(revoked=12 * SECOND)])
    owner = trust.Owner(trust.OwnerKind.PARTNER, "opr-uji-a")
    other = trust.Owner(trust.OwnerKind.PARTNER, "opr-uji-b")
    wrong = [
        ((owner, trust.Role.STATEMENT, "k2"), "unknown-key"),
        ((other, trust.Role.STATEMENT, "k1"), "wrong-owner"),
        ((owner, trust.Role.REQUEST, "k1"), "wrong-role"),
        ((owner, trust.Role.STATEMENT, "k1"), "key-revoked"),
    ]
    for (who, role, kid), reason in wrong:
        with pytest.raises(NotVerified) as caught:
            pins.key(who, role, kid, 13 * SECOND)
        assert caught.value.reason == reason


def test_newest_signs_and_a_key_id_is_pinned_once() -> None:
    owner = trust.Owner(trust.OwnerKind.PARTNER, "opr-uji-a")
    pins = trust.Trust("komdigi", [_key(), _key("k2", not_before=12 * SECOND)])
    assert pins.newest(owner, trust.Role.STATEMENT, 11 * SECOND).kid == "k1"
    assert pins.newest(owner, trust.Role.STATEMENT, 13 * SECOND).kid == "k2"
    with pytest.raises(NotVerified, match="no valid"):
        pins.newest(owner, trust.Role.STATEMENT, 25 * SECOND)
    with pytest.raises(InputError, match="twice"):
        trust.Trust("komdigi", [_key(), _key()])


def test_a_sealing_algorithm_never_signs() -> None:
    with pytest.raises(InputError, match="role statement"):
        _key(alg=trust.Algorithm.ECDH_X25519)


def test_a_checkpoint_and_a_proof_read_back_as_themselves() -> None:
    made = ledger.Checkpoint("palang.example/komdigi", 5, bytes(range(32)))
    assert ledger.read_checkpoint(made.body()) == made
    note = made.body() + "\n— komdigi AAAA\n"
    assert ledger.read_proof(ledger.proof_text(3, [bytes(32)], note)) == (3, [bytes(32)], note)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a\n5\n",
        "a\n05\nAAAA\n",
        "a\n-5\nAAAA\n",
        "a\n5\nAAAA\n",
        "a\n٥\n" + "A" * 43 + "=\n",
        "a\n5\n!\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(NotVerified) as caught:
        ledger.read_checkpoint(body)
    assert caught.value.reason == "checkpoint"


def test_ids_and_names_have_one_form() -> None:
    assert str(DeliveryId.parse("7.opr-uji-a.1")) == "7.opr-uji-a.1"
    name = ParcelName("opr-uji-a", 1, 41, Envelope.JOSE)
    assert str(name) == "palang-opr-uji-a-1-00000041.zip.jwe"
    assert ParcelName.parse(str(name)) == name
    for bad in ("7", "0.opr.1", "7.Opr.1", "7.opr/x.1", "٧.opr.1", "7.opr.1\n"):
        with pytest.raises(InputError):
            DeliveryId.parse(bad)
    assert ParcelName.parse("../palang-opr-1-00000041.zip.jwe") is None


def test_times_are_cut_to_the_second_and_shown_as_in_jakarta() -> None:
    assert to_wire(NOW + 999_999) == "2026-11-24T07:03:00Z"
    assert show_wib(NOW) == "24-11-2026 14.03 WIB"
    assert duration("P1DT2H3M") == ((24 + 2) * 60 + 3) * 60 * SECOND
