"""What is sealed to an offline key comes back whole, or not at all."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.trust import Algorithm
from keys.generate import generate
from keys.offline import CHUNK, MAGIC, TAG, SealedReader, SealedWriter, offline_key, opened_by
from keys.policy import PrivateKey
from tests.keys.parties import opener_of

KINDS = (Algorithm.ECDH_X25519, Algorithm.ECDH_P256)
KEYS = {kind: generate(kind) for kind in KINDS}
CONTENT = bytes(range(256)) * 4096 + b"end"  # more than one chunk


def pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sealed(content: bytes = CONTENT, kind: Algorithm = Algorithm.ECDH_X25519) -> bytes:
    target = io.BytesIO()
    with SealedWriter(target, offline_key(pem(KEYS[kind]))) as writer:
        for begin in range(0, len(content), 70_000):
            writer.write(content[begin : begin + 70_000])
    return target.getvalue()


def opened(data: bytes, kind: Algorithm = Algorithm.ECDH_X25519) -> bytes:
    opener = opener_of(KEYS[kind], kind)
    return SealedReader(io.BytesIO(data), opened_by(opener)).readall()


def refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotVerified) as told:
        opened(data)
    assert told.value.reason == reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_was_sealed_is_opened_with_the_private_half(kind: Algorithm, size: int) -> None:
    content = CONTENT[:size] if size < len(CONTENT) else CONTENT.ljust(size, b".")
    assert opened(sealed(content, kind), kind) == content


def test_nothing_of_the_content_can_be_read_in_the_file() -> None:
    assert bytes(range(256)) not in sealed()


def test_two_seals_of_the_same_content_have_no_chunk_in_common() -> None:
    one, two = sealed(), sealed()
    assert one[-200:] != two[-200:]
    assert one.splitlines()[1] != two.splitlines()[1]


CHUNKS_BEGIN = len(sealed()) - (len(CONTENT) + 2 * TAG)

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut at a chunk's end": lambda d: d[: CHUNKS_BEGIN + CHUNK + TAG],
    "cut inside a chunk": lambda d: d[:-5],
    "cut to its head": lambda d: d[:CHUNKS_BEGIN],
    "its last chunk twice": lambda d: d + d[CHUNKS_BEGIN + CHUNK + TAG :],
    "a byte more": lambda d: d + b"x",
    "a bit of the first chunk": lambda d: _flipped(d, CHUNKS_BEGIN + 9),
    "a bit of the last tag": lambda d: _flipped(d, len(d) - 1),
    "the head of another one": lambda d: sealed()[:CHUNKS_BEGIN] + d[CHUNKS_BEGIN:],
}


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_changed_file_is_refused(damage: Callable[[bytes], bytes]) -> None:
    refused(damage(sealed()), "cant-open")


def test_chunks_that_change_places_are_refused() -> None:
    data = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    head, body = data[:CHUNKS_BEGIN], data[CHUNKS_BEGIN:]
    step = CHUNK + TAG
    refused(head + body[step : 2 * step] + body[:step] + body[2 * step :], "cant-open")


def test_no_changed_byte_of_the_key_line_is_taken() -> None:
    data = sealed()
    for at in range(len(MAGIC), CHUNKS_BEGIN, 7):
        with pytest.raises(NotVerified):
            opened(_flipped(data, at))


def test_another_offline_key_is_named_as_such() -> None:
    other = generate(Algorithm.ECDH_X25519)
    target = io.BytesIO()
    SealedWriter(target, offline_key(pem(other))).close()
    refused(target.getvalue(), "unknown-key")


def test_a_file_that_is_no_backup_is_named_as_such() -> None:
    refused(b"PK\x03\x04 something else", "malformed")


def test_what_was_abandoned_never_opens() -> None:
    target = io.BytesIO()
    writer = SealedWriter(target, offline_key(pem(KEYS[Algorithm.ECDH_X25519])))
    writer.write(CONTENT)
    writer.abandon()
    refused(target.getvalue(), "cant-open")


def test_a_private_or_signing_key_can_not_be_given_as_the_public_one() -> None:
    with pytest.raises(InputError, match="private key"):
        offline_key(b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
    with pytest.raises(InputError, match="seal key"):
        offline_key(pem(generate(Algorithm.ED25519)))


class _Counting(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return len(data)  # type: ignore[arg-type]  # bytes


def test_memory_stays_at_some_chunks_however_much_is_sealed() -> None:
    writer = SealedWriter(_Counting(), offline_key(pem(KEYS[Algorithm.ECDH_X25519])))  # type: ignore[arg-type]  # writes only
    block = bytes(CHUNK // 4)
    tracemalloc.start()
    for _ in range(200):  # 50 MiB
        writer.write(block)
    writer.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * CHUNK
