"""Manifest, statements, trust file, entries, parcel:

strict reading, and one error for all that is off.
"""

import io
import random
import zipfile
from dataclasses import replace

import pytest

from gateway.domain import entries, ledger, manifest, parcel, statements, trust
from gateway.domain.canonical import decode, encode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import DeliveryId, Envelope, ParcelName
from gateway.domain.times import HOUR, SECOND, duration, from_wire, show_wib, to_wire

_DIGEST = "sha256:" + "ab" * 32
_NOW = from_wire("2026-11-24T07:03:00Z")


def _manifest(**changes: object) -> manifest.Manifest:
    whole = manifest.Manifest(
        gateway="komdigi",
        partner="opr-uji-a",
        epoch=1,
        sequence=2,
        previous=_DIGEST,
        kind="delta",
        voids=(manifest.Void(1, _DIGEST),),
        delivery=DeliveryId(7, "opr-uji-a", 1),
        basis="mandatory",
        consent="",
        test=True,
        block=2,
        unblock=1,
        entries=manifest.EntriesHead(120, _DIGEST, _DIGEST),
        released=_NOW,
        issued=_NOW,
        respond_within="PT24H",
        checkpoint="palang.example/komdigi\n1\nAAAA\n\n— komdigi AAAA\n",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # the table's values fit their fields


_VOLUNTARY = {"basis": "voluntary", "consent": _DIGEST}


@pytest.mark.parametrize(
    "made",
    [
        _manifest(),
        _manifest(**_VOLUNTARY),
        _manifest(sequence=1, previous="", voids=()),
        _manifest(kind="snapshot"),
    ],
)
def test_a_manifest_reads_back_as_itself(made: manifest.Manifest) -> None:
    assert manifest.read_manifest(made.to_bytes()) == made


def test_a_voluntary_manifest_speaks_of_a_target_and_is_no_order() -> None:
    text = _manifest(**_VOLUNTARY).to_bytes().decode()
    for word in ("respond_within", '"block"', "unblock", "deadline", "overdue", "must"):
        assert word not in text
    assert "no order" in text and '"target":"PT24H"' in text and '"listed":2' in text


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 2),
        ("v", True),
        ("typ", "ack"),
        ("gateway", ""),
        ("partner", "../x"),
        ("partner", 7),
        ("epoch", 0),
        ("sequence", "2"),
        ("previous", "sha256:0"),
        ("kind", "all"),
        ("voids", [[1]]),
        ("delivery", "7.opr-uji-b.1"),
        ("delivery", "7"),
        ("batch", 8),
        ("basis", "order"),
        ("identifier", "imsi"),
        ("test", 1),
        ("counts", {"block": 1}),
        ("counts", {"block": 999_999, "unblock": 999_999}),
        ("entries", {"name": "other.csv"}),
        ("released", "2026-11-24T07:03:00+00:00"),
        ("released", "2026-02-30T07:03:00Z"),
        ("issued", 5),
        ("respond_within", "1 day"),
        ("respond_within", "PT"),
        ("checkpoint", 3),
    ],
)
def test_each_member_of_a_manifest_is_checked(member: str, value: object) -> None:
    document = decode(_manifest().to_bytes(), what="it")
    document[member] = value
    with pytest.raises(NotVerified) as caught:
        manifest.read_manifest(encode(document))
    assert caught.value.reason in ("malformed", "version")


def test_a_first_manifest_names_no_predecessor_and_a_later_one_must() -> None:
    for changes in ({"sequence": 1}, {"previous": ""}):
        with pytest.raises(NotVerified, match="previous"):
            manifest.read_manifest(_manifest(**changes).to_bytes())


def test_an_unknown_member_is_kept_out_of_the_way() -> None:
    document = decode(_manifest().to_bytes(), what="it")
    document["later"] = {"any": "thing"}
    assert manifest.read_manifest(encode(document)) == _manifest()


_ABOUT = statements.About(1, 2, _DIGEST, _DIGEST)
_STATEMENTS: list[statements.Statement] = [
    statements.Ack("opr-uji-a", "komdigi", _NOW, _ABOUT, "positive", checkpoint=_DIGEST),
    statements.Ack(
        "opr-uji-a",
        "komdigi",
        _NOW,
        statements.About(0, 0, _DIGEST, ""),
        "negative",
        statements.Reason.CANT_OPEN,
    ),
    statements.Confirmation(
        "opr-uji-a",
        "komdigi",
        _NOW,
        _ABOUT,
        "7.opr-uji-a.1",
        3,
        (statements.ConfirmRow(1, "diblokir_total", "total", to_wire(_NOW)),),
    ),
    statements.Request("opr-uji-a", "komdigi", _NOW, 1, 4),
    statements.Consent(
        "ott-uji",
        "komdigi",
        _NOW,
        _NOW,
        _NOW + HOUR,
        ("penipuan",),
        ("whatsapp",),
        ("domestic", "foreign"),
        ("category",),
        1000,
        "P30D",
        "abuse prevention",
        "P90D",
        "PT72H",
        "per-entry",
    ),
    statements.Withdrawal("ott-uji", "komdigi", _NOW, _DIGEST),
    statements.Card(
        "opr-uji-a",
        "komdigi",
        _NOW,
        "Operator Uji A",
        "operator",
        ("noc@example.org",),
        ("jose",),
        "sftp://palang@127.0.0.1:2222/inbox",
        "",
        "",
        True,
        ({"kid": "x"},),
    ),
    statements.Approval("siti", "komdigi", _NOW, "batch.submit", "batch:7", _DIGEST),
]


@pytest.mark.parametrize("made", _STATEMENTS, ids=lambda s: f"{s.kind}")
def test_a_statement_reads_back_as_itself(made: statements.Statement) -> None:
    assert statements.read(statements.to_bytes(made), made.kind) == made


@pytest.mark.parametrize("made", _STATEMENTS, ids=lambda s: f"{s.kind}")
def test_a_statement_never_passes_as_another_kind(made: statements.Statement) -> None:
    for kind in statements.Kind:
        if kind is not made.kind:
            with pytest.raises(NotVerified) as caught:
                statements.read(statements.to_bytes(made), kind)
            assert caught.value.reason == "wrong-typ"


@pytest.mark.parametrize("made", _STATEMENTS, ids=lambda s: f"{s.kind}")
def test_no_member_of_a_statement_can_be_missing_or_of_another_type(
    made: statements.Statement,
) -> None:
    document = decode(statements.to_bytes(made), what="it")
    optional = {"checkpoint", "epoch", "sequence", "manifest"}
    for member in set(document) - optional - {"reply", "peer"}:
        for value in (None, {"x": 1}):
            changed = {k: v for k, v in document.items() if k != member}
            if value is not None:
                changed[member] = value
            with pytest.raises(NotVerified):
                statements.read(encode(changed), made.kind)


@pytest.mark.parametrize(
    "row",
    [
        [1, "diblokir", "total", "2026-11-24T07:03:00Z"],
        [1, "diblokir_total", "", "2026-11-24T07:03:00Z"],
        [1, "diblokir_total", "all", "2026-11-24T07:03:00Z"],
        [1, "diblokir_total", "total", "now"],
        [True, "diblokir_total", "total", "2026-11-24T07:03:00Z"],
        [1, "diblokir_total", "total"],
        [1, 5, "total", "2026-11-24T07:03:00Z"],
        "row",
    ],
)
def test_one_bad_row_spoils_a_confirmation(row: object) -> None:
    document = decode(statements.to_bytes(_STATEMENTS[2]), what="it")
    document["rows"] = [[1, "diblokir_total", "total", to_wire(_NOW)], row]
    with pytest.raises(NotVerified):
        statements.read(encode(document), statements.Kind.CONFIRM)


def test_an_entry_named_twice_spoils_a_confirmation() -> None:
    document = decode(statements.to_bytes(_STATEMENTS[2]), what="it")
    document["rows"] *= 2
    with pytest.raises(NotVerified, match="twice"):
        statements.read(encode(document), statements.Kind.CONFIRM)


def _lines(count: int) -> list[entries.SliceEntry]:
    first = 62870_0000_0000
    return [
        entries.SliceEntry(
            i, first + i, "block", "penipuan", "sms", "2026-11-01", "wajib", "2027-01-30"
        )
        for i in range(1, count + 1)
    ]


def test_entries_read_back_as_written() -> None:
    made = _lines(3)
    assert entries.read(entries.write(made)) == made
    assert entries.read(entries.write([])) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.replace(b"\n", b"\r\n"),
        lambda d: d[:-1],
        lambda d: d.replace(b"entry,", b"Entry,", 1),
        lambda d: d + d.split(b"\n")[1] + b"\n",
        lambda d: d.replace(b"\n2,", b"\n3,"),
        lambda d: d.replace(b",block,", b",hapus,", 1),
        lambda d: d.replace(b"\n1,62", b"\n1,+62"),
        lambda d: d.replace(b"wajib", b'"wajib"', 1),
        lambda d: d.replace(b"wajib", "wajíb".encode(), 1),
        lambda d: d + b"\n",
    ],
)
def test_entries_have_one_form_only(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(NotVerified) as caught:
        entries.read(damage(entries.write(_lines(3))))
    assert caught.value.reason == "entries"
    assert "62870" not in str(caught.value)


def test_the_salted_digest_is_what_cat_and_sha256sum_give() -> None:
    data = entries.write(_lines(2))
    salt = bytes(range(32))
    import hashlib

    assert entries.salted_digest(salt, data) == "sha256:" + hashlib.sha256(salt + data).hexdigest()
    assert entries.root(salt, entries.data_lines(data)) != entries.root(
        bytes(32), entries.data_lines(data)
    )


@pytest.mark.parametrize("count", [0, 1, 2, 4095, 4096, 4097, 8192, 12289])
def test_the_root_in_blocks_is_the_root_of_the_whole_tree(count: int) -> None:
    salt, lines = bytes(range(32)), [b"line %d" % i for i in range(count)]
    data = b"".join(line + b"\n" for line in [entries.HEADER.encode(), *lines])
    assert entries.root_of(salt, data) == entries.root(salt, lines)


def test_a_wrong_entry_far_behind_is_named_and_so_is_a_gap_in_the_numbers() -> None:
    made = _lines(9000)
    with pytest.raises(NotVerified, match="entry 8000 is not in the form"):
        entries.read(entries.write(made).replace(b"\n8000,", b"\n8000x,"))
    with pytest.raises(NotVerified, match="not numbered from 1"):
        entries.read(entries.write(made).replace(b"\n8000,", b"\n8001,"))


def _contents() -> parcel.Contents:
    return parcel.Contents(b"{}", b"a..b", entries.write(_lines(50)), bytes(32))


def test_a_parcel_unpacks_to_what_was_packed_and_packs_to_the_same_bytes() -> None:
    data = parcel.pack(_contents())
    assert parcel.unpack(data) == _contents()
    assert parcel.pack(_contents()) == data


def _zip(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


_GOOD = [(n, b"x" * 32) for n in parcel.MEMBERS]


@pytest.mark.parametrize(
    "members",
    [
        _GOOD[:3],
        _GOOD[::-1],
        [*_GOOD, ("../evil", b"x")],
        [*_GOOD, _GOOD[0]],
        [*_GOOD[:3], ("slice.salt", b"short")],
        [("manifest.json", b"0" * (9 * 1024 * 1024)), *_GOOD[1:]],
        [_GOOD[0], ("manifest.json.jws", b"0" * 9000), *_GOOD[2:]],
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_parcel_of_other_members_or_sizes_is_refused(members: list[tuple[str, bytes]]) -> None:
    with pytest.raises(NotVerified) as caught:
        parcel.unpack(_zip(members))
    assert caught.value.reason == "parcel"


def test_a_flipped_byte_gives_the_same_parcel_or_one_error() -> None:
    data = parcel.pack(_contents())
    draw = random.Random(7)
    for _ in range(2000):
        at, bit = draw.randrange(len(data)), 1 << draw.randrange(8)
        flipped = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        try:
            assert parcel.unpack(flipped) == _contents()
        except NotVerified as error:
            assert error.reason == "parcel"


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
    assert to_wire(_NOW + 999_999) == "2026-11-24T07:03:00Z"
    assert show_wib(_NOW) == "24-11-2026 14.03 WIB"
    assert duration("P1DT2H3M") == ((24 + 2) * 60 + 3) * 60 * SECOND
