"""Manifest, statements, trust file, entries, parcel:

strict reading, and one error for all that is off.
"""

import pytest

from gateway.domain import manifest, statements
from gateway.domain.canonical import decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.times import HOUR, to_wire
from tests.domain.documents import DIGEST, NOW, VOLUNTARY, sample_manifest


@pytest.mark.parametrize(
    "made",
    [
        sample_manifest(),
        sample_manifest(**VOLUNTARY),
        sample_manifest(sequence=1, previous="", voids=()),
        sample_manifest(kind="snapshot"),
    ],
)
def test_a_manifest_reads_back_as_itself(made: manifest.Manifest) -> None:
    assert manifest.read_manifest(made.to_bytes()) == made


def test_a_voluntary_manifest_speaks_of_a_target_and_is_no_order() -> None:
    text = sample_manifest(**VOLUNTARY).to_bytes().decode()
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
    document = decode(sample_manifest().to_bytes(), what="it")
    document[member] = value
    with pytest.raises(NotVerified) as caught:
        manifest.read_manifest(encode(document))
    assert caught.value.reason in ("malformed", "version")


def test_a_first_manifest_names_no_predecessor_and_a_later_one_must() -> None:
    for changes in ({"sequence": 1}, {"previous": ""}):
        with pytest.raises(NotVerified, match="previous"):
            manifest.read_manifest(sample_manifest(**changes).to_bytes())


def test_an_unknown_member_is_kept_out_of_the_way() -> None:
    document = decode(sample_manifest().to_bytes(), what="it")
    document["later"] = {"any": "thing"}
    assert manifest.read_manifest(encode(document)) == sample_manifest()


_ABOUT = statements.About(1, 2, DIGEST, DIGEST)


_STATEMENTS: list[statements.Statement] = [
    statements.Ack("opr-uji-a", "komdigi", NOW, _ABOUT, "positive", checkpoint=DIGEST),
    statements.Ack(
        "opr-uji-a",
        "komdigi",
        NOW,
        statements.About(0, 0, DIGEST, ""),
        "negative",
        statements.Reason.CANT_OPEN,
    ),
    statements.Confirmation(
        "opr-uji-a",
        "komdigi",
        NOW,
        _ABOUT,
        "7.opr-uji-a.1",
        3,
        (statements.ConfirmRow(1, "diblokir_total", "total", to_wire(NOW)),),
    ),
    statements.Request("opr-uji-a", "komdigi", NOW, 1, 4),
    statements.Consent(
        "ott-uji",
        "komdigi",
        NOW,
        NOW,
        NOW + HOUR,
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
    statements.Withdrawal("ott-uji", "komdigi", NOW, DIGEST),
    statements.Card(
        "opr-uji-a",
        "komdigi",
        NOW,
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
    statements.Approval("siti", "komdigi", NOW, "batch.submit", "batch:7", DIGEST),
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
    document["rows"] = [[1, "diblokir_total", "total", to_wire(NOW)], row]
    with pytest.raises(NotVerified):
        statements.read(encode(document), statements.Kind.CONFIRM)


def test_an_entry_named_twice_spoils_a_confirmation() -> None:
    document = decode(statements.to_bytes(_STATEMENTS[2]), what="it")
    document["rows"] *= 2
    with pytest.raises(NotVerified, match="twice"):
        statements.read(encode(document), statements.Kind.CONFIRM)
