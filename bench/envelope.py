"""Seal and open a slice: the real path beside the crypto floor and beside gpg over the same CSV."""

import hashlib
import os
import random
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.report import Report, Scale
from bench.timing import compared, in_turns
from gateway.domain import entries, parcel
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.manifest import EntriesHead, Manifest, read_manifest
from gateway.domain.times import DAY
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys.envelopes import EnvelopeSealer
from keys.files import Opener
from keys.jose import open_jwe
from keys.jwk import pinned_key
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.raw import PrivateSigner
from tools import peers

_COUNTS = {
    Scale.TINY: ((100,), 1),
    Scale.QUICK: ((10_000,), 3),
    Scale.USUAL: ((10_000, 100_000), 5),
    Scale.FULL: ((10_000, 100_000), 9),
}
"""Entries of each size, runs."""
_NOW = DAY
_GPG = "gpg --sign --encrypt, a process"
_GATEWAY = Owner(OwnerKind.GATEWAY, "bench")
_PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")


def slice_of(count: int) -> list[entries.SliceEntry]:
    """Synthetic entries with the shape of a real slice (NDC 0870, domain.md 5)."""
    draw = random.Random(count)
    numbers = sorted(draw.sample(range(62870_0000_0000, 62870_9999_9999), count))
    return [
        entries.SliceEntry(i, n, "block", "penipuan", "sms", "2026-11-01", "wajib", "2027-01-30")
        for i, n in enumerate(numbers, 1)
    ]


@dataclass(frozen=True)
class Pair:
    """A gateway that signs and a partner that opens."""

    signer: PrivateSigner
    recipient: PinnedKey
    openers: KeyOpeners
    trust: Trust

    @classmethod
    def make(cls) -> "Pair":
        """Fresh keys of the default algorithms."""
        signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        manifest = pinned_key(signing.public_key(), _GATEWAY, Role.MANIFEST, 0, 365 * DAY)
        seal = pinned_key(sealing.public_key(), _PARTNER, Role.SEAL, 0, 365 * DAY)
        opener = Opener(seal.kid, seal.alg, sealing)
        return cls(
            PrivateSigner(signing), seal, KeyOpeners(opener), Trust("bench", [manifest, seal])
        )


def seal(pair: Pair, rows: list[entries.SliceEntry]) -> bytes:
    """Everything between chosen rows and sealed bytes."""
    return seal_as(pair.signer, pair.recipient, rows, {})


def seal_as(
    signer: Signer, recipient: PinnedKey, rows: list[entries.SliceEntry], named: dict[str, Any]
) -> bytes:
    """The same, by any keys; `named` are members of the manifest in place of the usual ones."""
    data, salt = entries.write(rows), os.urandom(parcel.SALT_BYTES)
    head = EntriesHead(
        len(data), entries.salted_digest(salt, data), entries.root(salt, entries.data_lines(data))
    )
    body = replace(manifest_of(len(rows), head), **named).to_bytes()
    jws = JoseSignatures().sign_detached(body, "manifest", signer)
    packed = parcel.pack(parcel.Contents(body, jws, data, salt))
    return EnvelopeSealer().seal(packed, Envelope.JOSE, recipient)


def manifest_of(count: int, head: EntriesHead) -> Manifest:
    """A first manifest over `count` blocks."""
    return Manifest(
        gateway="bench",
        partner="opr-uji-a",
        epoch=1,
        sequence=1,
        previous="",
        kind="delta",
        voids=(),
        delivery=DeliveryId(1, "opr-uji-a", 1),
        basis="mandatory",
        consent="",
        test=True,
        block=count,
        unblock=0,
        entries=head,
        released=_NOW,
        issued=_NOW,
        respond_within="PT24H",
        checkpoint="bench\n1\nAAAA\n",
    )


def open_(pair: Pair, sealed: bytes) -> int:
    """Everything between sealed bytes and verified rows; returns how many."""
    contents = parcel.unpack(open_jwe(sealed, pair.openers))
    JoseSignatures().verify_detached(
        contents.signature,
        contents.manifest,
        "manifest",
        _GATEWAY,
        Role.MANIFEST,
        pair.trust,
        _NOW,
    )
    manifest = read_manifest(contents.manifest)
    lines = entries.data_lines(contents.entries)
    if entries.salted_digest(contents.salt, contents.entries) != manifest.entries.digest:
        raise AssertionError("the digest must hold")
    if entries.root(contents.salt, lines) != manifest.entries.root:
        raise AssertionError("the root must hold")
    return len(entries.read(contents.entries))


def floor(data: bytes) -> Callable[[], object]:
    """AES-256-GCM and one SHA-256 over the same bytes: what no envelope can go below."""
    cipher = AESGCM(os.urandom(32))

    def run() -> bytes:
        hashlib.sha256(data).digest()
        return cipher.encrypt(os.urandom(12), data, None)

    return run


class Gpg:
    """A throw-away GnuPG home with one key that signs and one that receives."""

    def __init__(self, program: str, home: Path, data: bytes) -> None:
        self._base = [program, "--homedir", str(home), "--batch", "--yes", "--quiet"]
        self._base += ["--no-auto-key-locate", "--disable-dirmngr", "--trust-model", "always"]
        self._plain, self._sealed, self._opened = (home / n for n in ("csv", "gpg", "out"))
        self._plain.write_bytes(data)
        for name in ("gateway@bench.example", "partner@bench.example"):
            self._run("--passphrase", "", "--quick-gen-key", name, "default", "default")

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self._base, *arguments], check=True, capture_output=True)

    def seal(self) -> None:
        """gpg --sign --encrypt of the CSV, with gpg's own compression."""
        names = ("-u", "gateway@bench.example", "-r", "partner@bench.example")
        self._run(*names, "-o", str(self._sealed), "--sign", "--encrypt", str(self._plain))

    def open(self) -> None:
        """Decrypt and verify."""
        self._run("-o", str(self._opened), "--decrypt", str(self._sealed))


def run(scale: Scale) -> Iterator[Report]:
    """One report a size."""
    counts, runs = _COUNTS[scale]
    for count in counts:
        yield _compare(count, runs)


def _compare(count: int, runs: int) -> Report:
    pair, rows = Pair.make(), slice_of(count)
    data, sealed = entries.write(rows), seal(pair, rows)
    if open_(pair, sealed) != count:
        raise AssertionError("a slice must open whole")
    jobs: dict[str, Callable[[], object]] = {
        "floor, AES-256-GCM + SHA-256 of the CSV": floor(data),
        "palang seal": lambda: seal(pair, rows),
        "palang open": lambda: open_(pair, sealed),
    }
    program = peers.find("gpg")
    with tempfile.TemporaryDirectory() as folder:
        if program:
            gpg = Gpg(program, Path(folder), data)
            jobs[_GPG] = gpg.seal
            jobs["gpg --decrypt, a process"] = gpg.open
        title = f"{count} entries: CSV {len(data)} B, parcel {len(sealed)} B"
        if not program:
            title += " (gpg is missing: its rows are left out)"
        measured = in_turns(jobs, runs)
        if program:
            subprocess.run(
                ["gpgconf", "--homedir", folder, "--kill", "all"], check=False, capture_output=True
            )
    return compared("envelope", title, measured, next(iter(jobs)), _GPG)
