"""F12: one bit turned in a database, a backup, a key file or a sealed parcel is seen before use, or
fell where nothing is."""

from __future__ import annotations

import io
import random
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.domain.canonical import digest
from gateway.domain.errors import PalangError
from gateway.domain.ids import Envelope
from gateway.domain.trust import Algorithm, Owner, OwnerKind, Role, Trust
from keys import files, jwk
from keys.envelopes import EnvelopeSealer
from keys.files import Opener
from keys.generate import generate
from keys.jose import open_jwe
from keys.keyring import FileKeyring, KeyOpeners
from keys.offline import SealedReader, SealedWriter, opened_by
from tests.fsck.conftest import Site
from tests.fsck.flipping import Content, columns, content, fate, flip

GOOD = {"unreadable", "found", "harmless", "schema", "unproven"}
SECRET = b"rahasia-uji-yang-panjang"


def _flipped(data: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    spoiled = bytearray(data)
    spoiled[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(spoiled)


def _fates(original: Site, folder: Path, seeds: range) -> Counter[str]:
    """What became of the database after each flip; the other files stay."""
    shutil.copytree(original.folder, folder)
    site = Site(folder, original.trust)
    before: Content = content(original.database)
    names = columns(original.database)
    fates: Counter[str] = Counter()
    for seed in seeds:
        for beside in folder.glob("palang.sqlite-*"):
            beside.unlink()
        shutil.copy(original.database, site.database)
        flip(site.database, random.Random(seed))
        fates[fate(site, before, names)] += 1
    return fates


def test_a_bit_of_the_database_is_seen_or_fell_where_nothing_is(
    original: Site, tmp_path: Path
) -> None:
    fates = _fates(original, tmp_path / "site", range(12))
    assert set(fates) <= GOOD, fates


@pytest.mark.long
def test_two_hundred_bits_of_the_database(original: Site, tmp_path: Path) -> None:
    """At most one in fifty falls on a column that nothing proves, or on the words that made a
    table."""
    fates = _fates(original, tmp_path / "site", range(1000, 1200))
    assert set(fates) <= GOOD, fates
    assert fates["unproven"] + fates["schema"] <= 4, fates
    assert fates["found"] + fates["unreadable"] > 50, fates


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(200), marks=pytest.mark.long)])
def test_a_bit_of_a_key_file_gives_no_other_key(seeds: range, tmp_path: Path) -> None:
    """Its encryption does not notice every flip; the keyring knows which key it must be."""
    key, owner = generate(Algorithm.ED25519), Owner(OwnerKind.GATEWAY, "palang-uji")
    pin = jwk.pinned_key(key.public_key(), owner, Role.MANIFEST, 0, 2)
    path = files.key_path(tmp_path, Role.MANIFEST, pin.kid)
    files.write_private(path, key, SECRET, rounds=1000)
    whole, trust = path.read_bytes(), Trust(owner.id, [pin])
    for seed in seeds:
        path.write_bytes(_flipped(whole, seed))
        with suppress(PalangError):  # seen; else it fell on the words around the key
            ring = FileKeyring(tmp_path, SECRET, lambda: trust, owner)
            assert ring.signer(Role.MANIFEST, 1).kid == pin.kid


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(200), marks=pytest.mark.long)])
def test_a_bit_of_a_parcel_is_seen_by_its_digest_and_by_its_reader(seeds: range) -> None:
    key = generate(Algorithm.ECDH_X25519)
    owner = Owner(OwnerKind.PARTNER, "opr-uji-a")
    pin = jwk.pinned_key(key.public_key(), owner, Role.SEAL, 0, 1)
    openers = KeyOpeners(Opener(pin.kid, pin.alg, key))  # type: ignore[arg-type]  # X25519
    whole = EnvelopeSealer().seal(b"PK\x03\x04" + bytes(2000), Envelope.JOSE, pin)
    for seed in seeds:
        parcel = _flipped(whole, seed)
        assert digest(parcel) != digest(whole)
        with pytest.raises(PalangError):
            open_jwe(parcel, openers)


@pytest.mark.parametrize("seeds", [range(40), pytest.param(range(200), marks=pytest.mark.long)])
def test_a_bit_of_a_backup_is_seen_before_it_is_restored(seeds: range, original: Site) -> None:
    key = generate(Algorithm.ECDH_X25519)
    owner = Owner(OwnerKind.GATEWAY, "palang-uji")
    pin = jwk.pinned_key(key.public_key(), owner, Role.SEAL, 0, 1)
    target = io.BytesIO()
    with SealedWriter(target, key.public_key()) as writer:
        writer.write(original.database.read_bytes())
    opener = Opener(pin.kid, pin.alg, key)  # type: ignore[arg-type]  # X25519
    for seed in seeds:
        with pytest.raises(PalangError):
            SealedReader(io.BytesIO(_flipped(target.getvalue(), seed)), opened_by(opener)).readall()
