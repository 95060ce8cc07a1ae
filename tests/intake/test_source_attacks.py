"""A list counts only where its source signed it, for this gateway, once (threats.md E8 to E12)."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.canonical import digest, encode
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.ledger import Tag
from gateway.domain.records import InboundState
from gateway.domain.source_list import KIND, ListName, is_file_name, pack, read_list, unpack
from gateway.domain.trust import Algorithm, Owner, OwnerKind, Role
from gateway.services.receiving import Judged
from keys import jwk
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner
from tests.fsck.town import by_hand, check
from tests.intake.source_desk import SOURCE, Desk, Hand, Source, hand, source_in
from tests.services.back.parts import FROM, GATEWAY, UNTIL, new_signer


def refused(judged: Judged) -> str:
    assert judged.state is InboundState.REFUSED
    return judged.note


def test_a_signed_list_is_recorded_and_answered(desk: Desk, source: Source) -> None:
    body = hand(source).sealed()
    judged = desk.judge(body)
    assert (judged.state, judged.kind, judged.note) == (InboundState.ACCEPTED, "list", "")
    word = desk.answer(body)
    assert word is not None and (word.result, word.statement) == ("accepted", digest(body))
    (event,) = desk.town.events(Tag.LIST_RECORD)
    assert (event["partner"], event["serial"], event["statement"]) == (SOURCE, 1, digest(body))
    assert check(desk.town.url).findings == []


def test_the_same_bytes_again_are_answered_again_and_count_once(desk: Desk, source: Source) -> None:
    body = hand(source).sealed()
    desk.judge(body)
    assert desk.judge(body).state is InboundState.DUPLICATE
    assert len(desk.inbox.all()) == 1


def test_a_serial_counts_once_and_only_rises(desk: Desk, source: Source) -> None:
    first = hand(source, 7)
    desk.judge(first.sealed())
    again = first.sealed()  # another envelope around the same list
    assert refused(desk.judge(again)) == "replayed"
    for serial in (7, 6):
        body = hand(source, serial, "nomor hp\n0870-1111-2209\n").sealed()
        assert refused(desk.judge(body)) == "old-serial"
        word = desk.answer(body)
        assert word is not None and (word.result, word.reason) == ("refused", "old-serial")
    assert desk.judge(hand(source, 8, "nomor hp\n0870-1111-2209\n").sealed()).note == ""
    assert check(desk.town.url).findings == []


def test_a_list_for_another_gateway_is_refused_by_name(desk: Desk, source: Source) -> None:
    body = hand(source).but(aud="gerbang-lain").sealed()
    assert refused(desk.judge(body)) == "audience"
    word = desk.answer(body)
    assert word is not None and word.reason == "audience"


def test_an_operator_hands_in_no_list(desk: Desk, tmp_path: Path) -> None:
    operator = source_in(desk, tmp_path / "opr", partner="opr-uji-a", kind="operator")
    body = hand(operator).sealed()
    assert refused(desk.judge(body, "opr-uji-a")) == "not-a-source"
    word = desk.answer(body, "opr-uji-a")
    assert word is not None and word.reason == "not-a-source"
    assert desk.inbox.all() == ()


def test_an_operator_on_the_channel_of_a_source_is_nobody(
    desk: Desk, source: Source, tmp_path: Path
) -> None:
    operator = source_in(desk, tmp_path / "opr", partner="opr-uji-a", kind="operator")
    body = hand(operator).but(iss=SOURCE).sealed()
    assert refused(desk.judge(body)) == "wrong-owner"
    assert desk.answer(body) is None


def test_the_signature_of_another_source_does_not_count(
    desk: Desk, source: Source, tmp_path: Path
) -> None:
    other = source_in(desk, tmp_path / "other", partner="polri-uji")
    assert refused(desk.judge(hand(other).but(iss=SOURCE).sealed())) == "wrong-owner"
    body = hand(source).but(iss="polri-uji").sealed()
    assert refused(desk.judge(body)) == "issuer"
    assert desk.answer(body) is None


@pytest.mark.parametrize("role", [Role.REQUEST, Role.MANIFEST, Role.APPROVAL])
def test_a_key_of_another_role_signs_no_list(desk: Desk, source: Source, role: Role) -> None:
    signer: PrivateSigner = new_signer()
    owner = Owner(OwnerKind.PARTNER, SOURCE)
    public: Any = signer._key
    desk.town.pin(jwk.pinned_key(public.public_key(), owner, role, FROM, UNTIL))
    body = replace(hand(source), signer=signer).sealed()
    assert refused(desk.judge(body)) == "wrong-role"
    assert desk.answer(body) is None


def test_a_revoked_key_signs_no_list(desk: Desk, source: Source) -> None:
    made = hand(source)
    keys = desk.town.trust().of(Owner(OwnerKind.PARTNER, SOURCE))
    desk.town.revoke(next(key for key in keys if key.role is Role.STATEMENT))
    assert refused(desk.judge(made.sealed())) == "key-revoked"


def test_a_file_that_was_exchanged_is_found(desk: Desk, source: Source) -> None:
    made = hand(source)
    same_length = made.file.replace(b"2201", b"2209")
    assert refused(desk.judge(replace(made, file=same_length).sealed())) == "bad-digest"
    other = replace(hand(source, 2), file=made.file + b"0872-1111-2203;;\n")
    assert refused(desk.judge(other.sealed())) == "bad-digest"
    assert desk.inbox.all() == ()


def test_a_changed_word_breaks_the_signature(desk: Desk, source: Source) -> None:
    made = hand(source)
    head = made.listed.to_bytes()
    signature = JoseSignatures().sign_detached(head, KIND, made.signer)
    changed = made.but(serial=9).listed.to_bytes()
    body = made.seal(pack(changed, signature, made.listed.name, made.file))
    assert refused(desk.judge(body)) == "signature"


def test_a_statement_passes_for_no_list(desk: Desk, source: Source) -> None:
    made = hand(source)
    signature = JoseSignatures().sign_detached(made.listed.to_bytes(), "ack", made.signer)
    plain = pack(made.listed.to_bytes(), signature, made.listed.name, made.file)
    assert refused(desk.judge(made.seal(plain))) == "wrong-typ"


def test_a_parcel_sealed_to_another_key_is_not_opened(desk: Desk, source: Source) -> None:
    private: Any = generate(Algorithm.ECDH_X25519)
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    other = jwk.pinned_key(private.public_key(), owner, Role.SEAL, FROM, UNTIL)
    assert refused(desk.judge(hand(source).sealed(recipient=other))) == "unknown-key"
    assert refused(desk.judge(b"eyJ no parcel at all")) == "malformed"


def zipped(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def _members(made: Hand) -> tuple[bytes, bytes]:
    head = made.listed.to_bytes()
    return head, JoseSignatures().sign_detached(head, KIND, made.signer)


def test_a_bomb_is_refused_before_it_is_inflated(desk: Desk, source: Source) -> None:
    made = hand(source)
    head, signature = _members(made)
    bomb = zipped(("list.json", head), ("list.json.jws", signature), ("a.csv", bytes(20_000_000)))
    assert len(bomb) < 30_000
    assert refused(desk.judge(made.seal(bomb))) == "parcel"
    good = (("list.json", head), ("list.json.jws", signature))
    lying = bytearray(zipped(*good, ("a.csv", b"x" * 99)))
    at = lying.rindex(b"PK\x01\x02")
    lying[at + 24 : at + 28] = (9).to_bytes(4, "little")  # the directory says 9 bytes
    assert refused(desk.judge(made.seal(bytes(lying)))) in ("parcel", "bad-digest")


def test_a_zip_of_other_members_is_no_list(desk: Desk, source: Source) -> None:
    made = hand(source)
    head, signature = _members(made)
    good = (("list.json", head), ("list.json.jws", signature))
    for plain in (
        zipped(*good),
        zipped(*good, ("a.csv", b"x"), ("b.csv", b"x")),
        zipped(good[1], good[0], ("a.csv", b"x")),
        zipped(*good, ("../a.csv", b"x")),
        zipped(*good, ("LIST.json.jws/", b"")),
        zipped(*good, ("a.csv", b"x")) + b"tail",
        zipped(("list.json", head + b" " * 20_000), good[1], ("a.csv", b"x")),
        b"",
        b"PK\x05\x06" + bytes(18),
        zipped(*((f"{n}.csv", b"") for n in range(500))),
    ):
        with pytest.raises(NotVerified, match=r"parcel|ZIP|larger|plain"):
            unpack(plain)


def test_no_number_and_no_path_stands_in_a_file_name() -> None:
    for name in ("laporan.csv", "daftar 2026-11-24 (2).xlsx", "a-b_c.ods"):
        assert is_file_name(name)
    for name in ("0870-1111-2201.csv", "62870 1111 2201.csv", "a/b.csv", "..csv", "list.json", "é"):
        assert not is_file_name(name)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"v": 2}, "version"),
        ({"typ": "ack"}, "malformed"),
        ({"serial": 0}, "malformed"),
        ({"evidence_date": "24-11-2026"}, "malformed"),
        ({"category": ""}, "malformed"),
    ],
)
def test_what_is_signed_is_read_strictly(
    source: Source, change: dict[str, object], reason: str
) -> None:
    document = json.loads(hand(source).listed.to_bytes()) | change
    with pytest.raises(NotVerified) as error:
        read_list(encode(document))
    assert error.value.reason == reason


def test_words_that_are_in_no_table_are_refused_with_an_answer(desk: Desk, source: Source) -> None:
    for change, reason in (
        ({"category": "bukan kategori"}, "unknown-code"),
        ({"evidence_date": "2099-01-01"}, "evidence-date"),
    ):
        body = hand(source).but(**change).sealed()
        assert refused(desk.judge(body)) == reason
        word = desk.answer(body)
        assert word is not None and word.reason == reason
    assert desk.judge(hand(source).but(category="Penipuan", channel="WA").sealed()).note == ""


def test_names_of_sealed_lists_are_told_from_all_others() -> None:
    name = ListName(SOURCE, 12, Envelope.JOSE)
    assert str(name) == "palang-iasc-uji-list-00000012.zip.jwe"
    assert ListName.parse(str(name)) == name
    for other in ("palang-iasc-uji-1-00000012.zip.jwe", "x.jws", "palang-a-list-1.zip.jwe"):
        assert ListName.parse(other) is None


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE source_lists SET serial = 5", "row-differs"),
        ("UPDATE source_lists SET jws = x'00'", "statement-bytes"),
        ("UPDATE source_lists SET head = x'7b7d'", "statement-signature"),
        ("DELETE FROM source_lists", "row-missing"),
        ("DELETE FROM source_lists", "statement-missing"),
        ("UPDATE source_lists SET file = parcel", "row-differs"),
    ],
)
def test_fsck_finds_a_list_that_was_changed(
    desk: Desk, source: Source, sql: str, code: str
) -> None:
    desk.judge(hand(source).sealed())
    desk.take()
    path = desk.town.folder / "palang.sqlite"
    with by_hand(path) as connection:
        connection.execute(sql)
    assert code in {finding.code for finding in check(desk.town.url).findings}
