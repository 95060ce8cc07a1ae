"""The data file of a slice: entries.csv, its salted digest and its tree (design 3 and 8).

    entry,number,action,category,channel,evidence_date,basis,review_date

UTF-8, LF, no quoting. entry counts from 1; number is E.164 digits without plus; fields outside a
consent are empty and the columns never change, so one reader serves every partner.
"""

import hashlib
import io
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from sys import intern
from typing import Any, NamedTuple

from gateway.domain import merkle
from gateway.domain.errors import NotVerified

COLUMNS = (
    "entry",
    "number",
    "action",
    "category",
    "channel",
    "evidence_date",
    "basis",
    "review_date",
)
HEADER = ",".join(COLUMNS)
BLOCK = "block"
UNBLOCK = "unblock"
LISTED = "listed"
DELISTED = "delisted"

MAX_ENTRIES = 1_000_000  # entries; one slice. domain.md 2 sizes the largest batch at 100,000

_FORM = (
    rb"[1-9]\d{0,6},[1-9]\d{3,16},(?:block|unblock|listed|delisted),"
    rb"[a-z0-9_]{0,32},[a-z0-9_]{0,32},(?:\d{4}-\d\d-\d\d)?,"
    rb"[A-Za-z0-9_./:-]{0,64},(?:\d{4}-\d\d-\d\d)?"
)
_LINE = re.compile(_FORM)
_BODY = re.compile(rb"(?:" + _FORM + rb"\n)*+")  # one match for all lines: a third of the time


_BLOCK = 256 * 1024  # bytes read at a time, so that what lies between bytes and entries stays small
BLOCK_LEVEL = 12
BLOCK_LEAVES = 2**BLOCK_LEVEL  # entries handled at a time; a power of two, as the tree is cut there


class SliceEntry(NamedTuple):
    """One data line.

    In a voluntary slice the action is `listed` or `delisted`: it is no order (design 1).
    """

    entry: int
    number: int
    action: str
    category: str
    channel: str
    evidence_date: str
    basis: str
    review_date: str

    def line(self) -> str:
        """The line without its LF."""
        entry, number, *rest = self
        return f"{entry},{number}," + ",".join(rest)


def write(entries: Iterable[SliceEntry]) -> bytes:
    """entries.csv of these entries.

    Raises ValueError where a field would break the format (a bug upstream).
    """
    source, written, done = iter(entries), io.BytesIO(HEADER.encode() + b"\n"), 0
    written.seek(0, io.SEEK_END)
    while chunk := list(islice(source, BLOCK_LEAVES)):
        written.write(_lines(done, chunk))
        done += len(chunk)
    return written.getvalue()


def _lines(done: int, chunk: Sequence[SliceEntry]) -> bytes:
    """The lines of some entries, after so many others. Raises ValueError."""
    if [entry.entry for entry in chunk] != list(range(done + 1, done + len(chunk) + 1)):
        raise ValueError("entries must be numbered from 1 without a gap")
    body = "".join([entry.line() + "\n" for entry in chunk]).encode("ascii")
    if _BODY.fullmatch(body) is None:
        raise ValueError("an entry does not fit the format of entries.csv")
    return body


def data_lines(data: bytes) -> list[bytes]:
    """The data lines without LF, all in memory.

    Raises NotVerified("entries") where header or line ends are off.
    """
    begin = _begin(data)
    return data[begin:-1].split(b"\n") if len(data) > begin else []


def _begin(data: bytes) -> int:
    """Where the data lines begin. Raises NotVerified("entries")."""
    header = HEADER.encode() + b"\n"
    if not data.startswith(header) or not data.endswith(b"\n"):
        raise NotVerified(
            "entries", "entries.csv must have the fixed header and LF after every line"
        )
    return len(header)


def read(data: bytes) -> list[SliceEntry]:
    """Read entries.csv strictly, into memory: three times its size. Raises as `iterate`."""
    return list(iterate(data))


def iterate(data: bytes) -> Iterator[SliceEntry]:
    """Read entries.csv strictly, one entry after the other; only the end shows that all is well.

    A word that stands in many lines is one object: else the words of 1,000,000 entries alone would
    take 400 MB. Raises NotVerified("entries"), naming the entry, never its number.
    """
    for positions, numbers, *columns in _blocks(data):
        words = [map(intern, column) for column in columns]
        yield from map(SliceEntry, positions, map(int, numbers), *words)


def survey(data: bytes) -> tuple[Sequence[int], dict[str, int]]:
    """Read entries.csv as strictly, for all numbers (8 bytes each) and how often each action
    stands: half the time of going through `iterate`. Raises as that."""
    found, actions = array("Q"), Counter[str]()
    for _positions, numbers, named, *_rest in _blocks(data):
        found.extend(map(int, numbers))
        actions.update(named)
    return found, dict(actions)


def _blocks(data: bytes) -> Iterator[tuple[Sequence[Any], ...]]:
    """Some lines at a time, column by column, the first one as numbers: splitting each line alone
    takes three times as long. Raises NotVerified("entries")."""
    begin, entry = _begin(data), 1
    if data.count(b"\n") - 1 > MAX_ENTRIES:
        raise NotVerified("entries", f"a slice has at most {MAX_ENTRIES} entries")
    while begin < len(data):
        end = data.find(b"\n", begin + _BLOCK) + 1 or len(data)
        lines = data[begin:end]
        _require_form(entry, lines)
        columns = _columns(entry, lines)
        yield columns
        begin, entry = end, entry + len(columns[0])


def _require_form(first: int, lines: bytes) -> None:
    """Raises NotVerified("entries"); the first line is entry `first`."""
    if _BODY.fullmatch(lines) is None:
        split = enumerate(lines[:-1].split(b"\n"), first)
        position = next(entry for entry, line in split if _LINE.fullmatch(line) is None)
        raise NotVerified("entries", f"entry {position} is not in the form of entries.csv")


def _columns(first: int, lines: bytes) -> tuple[Sequence[Any], ...]:
    """Of lines in the right form, the first one numbered `first`. Raises NotVerified("entries")."""
    cells = lines.decode("ascii").replace("\n", ",").split(",")[:-1]
    told, *columns = (cells[i :: len(COLUMNS)] for i in range(len(COLUMNS)))
    positions = range(first, first + len(told))
    if told != list(map(str, positions)):
        raise NotVerified("entries", "the entries are not numbered from 1 without a gap")
    return positions, *columns


def salted_digest(salt: bytes, data: bytes) -> str:
    """SHA-256(slice.salt || entries.csv): `cat slice.salt entries.csv | sha256sum` checks it."""
    hasher = hashlib.sha256(salt)
    hasher.update(data)
    return "sha256:" + hasher.hexdigest()


def leaf_salts(salt: bytes, count: int) -> bytes:
    """16 bytes a leaf from SHAKE256("palang/leaf/v1" || slice.salt); leaf i has [16i, 16i+16)."""
    return hashlib.shake_256(b"palang/leaf/v1" + salt).digest(16 * count)


def leaf(leaf_salt: bytes, line: bytes) -> bytes:
    """SHA-256(0x00 || salt_i || line_i without LF):

    one entry is proven without showing its neighbours.
    """
    return merkle.leaf_hash(leaf_salt + line)


def leaves(salt: bytes, lines: Sequence[bytes]) -> list[bytes]:
    """All leaf hashes of a slice, in entry order."""
    return _leaves(leaf_salts(salt, len(lines)), lines)


def _leaves(salts: bytes, lines: Iterable[bytes]) -> list[bytes]:
    # `leaf` written out: a call for each of 100,000 lines would double the time
    return [
        hashlib.sha256(b"\x00" + salts[16 * i : 16 * i + 16] + line).digest()
        for i, line in enumerate(lines)
    ]


def root(salt: bytes, lines: Sequence[bytes]) -> str:
    """The slice's tree head as a digest text."""
    return "sha256:" + merkle.root(leaves(salt, lines)).hex()


def root_of(salt: bytes, data: bytes) -> str:
    """The tree head over the data lines of entries.csv, a subtree in memory at a time.

    Raises NotVerified("entries") where header or line ends are off.
    """
    heads = [merkle.root(block) for block in leaf_blocks(salt, data)]
    return "sha256:" + merkle.root(heads).hex()


def leaf_blocks(salt: bytes, data: bytes) -> Iterator[list[bytes]]:
    """The leaf hashes of entries.csv, BLOCK_LEAVES at a time: each block is a subtree of the tree.

    Raises NotVerified("entries") where header or line ends are off.
    """
    lines, done = io.BytesIO(data), 0
    lines.seek(_begin(data))
    salts = memoryview(leaf_salts(salt, data.count(b"\n") - 1))
    while chunk := [line[:-1] for line in islice(lines, BLOCK_LEAVES)]:
        yield _leaves(bytes(salts[16 * done : 16 * (done + BLOCK_LEAVES)]), chunk)
        done += BLOCK_LEAVES
