"""Documents: the entries' file and the parcel's zip."""

import io
import random
import zipfile
from collections import Counter

import pytest

from gateway.domain import entries, merkle, parcel
from gateway.domain.entry_paths import path_of
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import Envelope


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


@pytest.mark.parametrize("count", [0, 1, 9000])
def test_a_survey_has_every_number_in_order_and_counts_each_action(count: int) -> None:
    made = [
        line._replace(action=("block", "unblock")[line.entry % 3 == 0]) for line in _lines(count)
    ]
    numbers, actions = entries.survey(entries.write(made))
    assert list(numbers) == [line.number for line in made]
    assert actions == Counter(line.action for line in made)


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
@pytest.mark.parametrize("reads", [entries.read, entries.survey])
def test_entries_have_one_form_only(damage: object, reads: object) -> None:
    assert callable(damage) and callable(reads)
    with pytest.raises(NotVerified) as caught:
        reads(damage(entries.write(_lines(3))))
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


@pytest.mark.parametrize("count", [1, 2, 3, 4096, 4097, 8192, 8195, 12289])
def test_an_entrys_path_in_blocks_is_its_path_in_the_whole_tree(count: int) -> None:
    salt, lines = bytes(range(32)), [b"line %d" % i for i in range(count)]
    data = b"".join(line + b"\n" for line in [entries.HEADER.encode(), *lines])
    rows = merkle.levels(entries.leaves(salt, lines))
    for entry in {1, 2, 3, 4096, 4097, 8192, 8193, count - 1, count} & set(range(1, count + 1)):
        found = path_of(salt, data, entry)
        wanted = merkle.inclusion(entry - 1, count, lambda level, index: rows[level][index])
        assert found.siblings == tuple(wanted)
        assert entries.leaf(found.salt, found.line) == rows[0][entry - 1]
    for beyond in (0, count + 1):
        with pytest.raises(InputError, match=f"entries 1 to {count}, not {beyond}"):
            path_of(salt, data, beyond)


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


_GOOD = [(n, b"x" * 32) for n in parcel.members(Envelope.JOSE)]


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
