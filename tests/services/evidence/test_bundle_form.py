"""The file itself: one form, no other bytes, one error for whatever is wrong."""

from __future__ import annotations

import io
import random
import zipfile
from functools import cache

import pytest

from gateway.domain import bundle
from gateway.domain.errors import NotVerified
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.vectors.keyring import Keys
from tests.vectors.liar import Liar
from tests.vectors.parts import Scenario

FILES = {"b.json": b"{}", "a/b.txt": b"x" * 1000, "empty": b""}


def test_equal_members_give_equal_bytes_that_stock_tools_read() -> None:
    packed = bundle.pack(FILES)
    assert packed == bundle.pack(dict(reversed(FILES.items())))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted([*FILES, "index.json"])
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {name: archive.read(name) for name in FILES} == FILES


def test_a_bundle_reads_back_and_builds_again() -> None:
    packed = bundle.pack(FILES)
    members = bundle.unpack(packed)
    assert bundle.build(members) == packed
    assert bundle.damaged(members) == []
    assert {name: members[name] for name in FILES} == FILES


@pytest.mark.parametrize(
    ("index", "named"),
    [
        (b"{}", ["a/b.txt", "b.json", "empty"]),
        (b"no json", ["index.json"]),
        (b'{"members":[]}', ["a/b.txt", "b.json", "empty"]),
    ],
)
def test_the_members_that_the_index_does_not_bear_out_are_named(
    index: bytes, named: list[str]
) -> None:
    assert bundle.damaged({**FILES, "index.json": index}) == named


def test_an_index_in_another_spelling_is_damaged_itself() -> None:
    spaced = bundle.index_of(FILES).replace(b",", b", ")
    assert bundle.damaged({**FILES, "index.json": spaced}) == ["index.json"]


def _zip(kind: int, *names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name in names:
            archive.writestr(name, b"0" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip at all",
        bundle.pack(FILES)[:50],
        bundle.pack(FILES)[:20],
        _zip(zipfile.ZIP_DEFLATED, "index.json"),
        _zip(zipfile.ZIP_STORED, "other"),
        _zip(zipfile.ZIP_STORED, "index.json", "index.jsoX").replace(b"jsoX", b"json"),
        _zip(zipfile.ZIP_STORED, "index.json", "naive").replace(b"naive", b"na\xefve"),
    ],
)
def test_what_is_no_bundle_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(NotVerified) as caught:
        bundle.unpack(data)
    assert caught.value.reason == "bundle"


def test_a_bundle_beyond_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_BUNDLE", 100)
    with pytest.raises(NotVerified, match="at most 100 bytes"):
        bundle.unpack(bundle.pack(FILES))
    monkeypatch.undo()
    monkeypatch.setattr(bundle, "MAX_MEMBERS", 2)
    with pytest.raises(NotVerified, match="too many"):
        bundle.unpack(bundle.pack(FILES))


@cache
def _honest() -> tuple[Keys, bytes]:
    keys = Keys()
    return keys, Liar(keys, Scenario(with_entries=True)).data


def _judge(data: bytes) -> Report | None:
    """The report, None where it is no bundle; any other error than NotVerified fails the test."""
    try:
        return verify(data, _honest()[0].trust(), JoseSignatures(), C2spNotes())
    except NotVerified as error:
        assert error.reason == "bundle"
        return None


def _flips(count: int) -> None:
    keys, data = _honest()
    assert verify(data, keys.trust(), JoseSignatures(), C2spNotes()).passed
    chance = random.Random(20261124)
    for _ in range(count):
        changed = bytearray(data)
        place = chance.randrange(len(changed))
        changed[place] ^= 1 << chance.randrange(8)
        report = _judge(bytes(changed))
        assert report is None or (report.failed and not report.passed), place


def test_a_flipped_bit_never_passes_and_never_gives_another_error() -> None:
    _flips(300)


@pytest.mark.long
def test_two_thousand_flipped_bits_never_pass() -> None:
    _flips(2_000)


def test_a_bundle_cut_short_never_passes() -> None:
    data = _honest()[1]
    for place in random.Random(7).sample(range(len(data)), 200):
        report = _judge(data[:place])
        assert report is None or report.failed
