"""Each envelope over a slice of 1,000,000 entries, beside the crypto floor and stock tools.

The *compressed slice* is the parcel's ZIP. Sealing it is the signature over the manifest, the one
in the envelope's own form, the envelope itself and the parcel's digest, as the gateway makes them;
opening is the same backwards. The floor is SHA-256, AES-256-GCM and one Ed25519 signature over the
same bytes: what no envelope can go below. All of it is CPU time, children and gpg's agent too.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.envelope import manifest_of, slice_of
from bench.envelopes_sides import KINDS, Side
from bench.processes import ROOT
from bench.report import Ratio, Report, Scale
from bench.stock_tools import Tool, missing, tools
from bench.timing import Both, both_in_turns
from gateway.domain import entries, parcel
from gateway.domain.manifest import EntriesHead

_SIZES = {
    Scale.TINY: (1_000, 1, 1),
    Scale.QUICK: (100_000, 3, 10),
    Scale.USUAL: (1_000_000, 5, 50),
    Scale.FULL: (1_000_000, 15, 100),
}
"""Entries, runs, megabytes of the payload whose memory is measured."""
_SEAL_GOAL, _OPEN_GOAL, _MEMORY_GOAL = 2.5, 2.0, 2.2
_FLOOR_SEAL, _FLOOR_OPEN = "floor, seal", "floor, open"
_GPG = "gpg --sign --encrypt"

Jobs = dict[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Slice:
    """What is in every parcel of this run."""

    data: bytes
    salt: bytes
    manifest: bytes

    @classmethod
    def of(cls, count: int) -> Slice:
        """Synthetic entries under a manifest."""
        data, salt = entries.write(slice_of(count)), os.urandom(parcel.SALT_BYTES)
        digest = entries.salted_digest(salt, data)
        head = EntriesHead(len(data), digest, entries.root_of(salt, data))
        return cls(data, salt, manifest_of(count, head).to_bytes())


def run(scale: Scale) -> Iterator[Report]:
    """The compressed slice, the whole way, then memory."""
    count, runs, megabytes = _SIZES[scale]
    content = Slice.of(count)
    sides = [Side.make(kind) for kind in KINDS]
    packed = sides[0].pack(content.manifest, content.data, content.salt)
    yield _compressed(count, packed, content.manifest, sides, runs)
    yield _whole(count, content, sides, max(1, runs // 5))
    yield _memory(megabytes)


def _compressed(count: int, packed: bytes, manifest: bytes, sides: list[Side], runs: int) -> Report:
    jobs = _floors(packed)
    for side in sides:
        made = side.seal(packed, manifest)
        if side.open(made, manifest) != packed:
            raise AssertionError("a parcel must open whole")
        jobs[f"{side.name}: seal"] = lambda side=side: side.seal(packed, manifest)  # type: ignore[misc]  # bound here
        jobs[f"{side.name}: open"] = lambda side=side, made=made: side.open(made, manifest)  # type: ignore[misc]  # bound here
    with tools(packed, compress=False) as stock:
        measured = _measured(jobs, stock, runs)
    title = f"{count} entries, the compressed slice of {len(packed)} B{missing()}"
    report = _told(title, measured)
    for side in sides:
        goals = (("seal", _SEAL_GOAL, _FLOOR_SEAL), ("open", _OPEN_GOAL, _FLOOR_OPEN))
        for what, most, floor in goals:
            name = f"{side.name}: {what}"
            taken = measured[name].cpu
            goal = most if side.name.startswith("cms") else None
            report.ratios.append(Ratio(name, taken / measured[floor].cpu, floor, at_most=goal))
            if f"{_GPG}: {what}" in measured:
                other = measured[f"{_GPG}: {what}"].cpu
                report.ratios.append(Ratio(name, taken / other, _GPG, at_most=1.0))
    for tool in stock:
        for what, floor in (("seal", _FLOOR_SEAL), ("open", _FLOOR_OPEN)):
            name = f"{tool.name}: {what}"
            report.ratios.append(Ratio(name, measured[name].cpu / measured[floor].cpu, floor))
    return report


def _floors(data: bytes) -> Jobs:
    """What no envelope can go below."""
    key, cipher, nonce = Ed25519PrivateKey.generate(), AESGCM(os.urandom(32)), bytes(12)
    public, said = key.public_key(), os.urandom(32)
    signature, sealed = key.sign(said), cipher.encrypt(nonce, data, None)

    def seal() -> bytes:
        key.sign(hashlib.sha256(data).digest())
        return cipher.encrypt(nonce, data, None)

    def open_() -> bytes:
        hashlib.sha256(sealed).digest()
        public.verify(signature, said)
        return cipher.decrypt(nonce, sealed, None)

    return {_FLOOR_SEAL: seal, _FLOOR_OPEN: open_}


def _whole(count: int, content: Slice, sides: list[Side], runs: int) -> Report:
    """From entries.csv to a sealed parcel and back, digest and tree included."""
    jobs = _floors(content.data)
    for side in sides:
        made = side.seal_all(content.manifest, content.data, content.salt)
        jobs[f"{side.name}: seal"] = lambda side=side: side.seal_all(  # type: ignore[misc]  # bound here
            content.manifest, content.data, content.salt
        )
        jobs[f"{side.name}: open"] = lambda side=side, made=made: side.open_all(made)  # type: ignore[misc]  # bound here
    with tools(content.data, compress=True) as stock:
        measured = _measured(jobs, stock, runs)
    title = f"{count} entries, the whole way: entries.csv of {len(content.data)} B to a parcel"
    report = _told(title + missing(), measured)
    for name, taken in measured.items():
        floor = _FLOOR_SEAL if name.endswith("seal") else _FLOOR_OPEN
        if name != floor:
            whole = f"whole way, {name}"
            report.ratios.append(Ratio(whole, taken.cpu / measured[floor].cpu, floor))
    return report


def _measured(jobs: Jobs, stock: list[Tool], runs: int) -> dict[str, Both]:
    idle: dict[str, Callable[[], float]] = {}
    for tool in stock:
        for what, job in (("seal", tool.seal), ("open", tool.open)):
            jobs[f"{tool.name}: {what}"] = job
            idle[f"{tool.name}: {what}"] = tool.idle
    return both_in_turns(jobs, runs, idle)


def _told(title: str, measured: dict[str, Both]) -> Report:
    report = Report("envelopes", title)
    for name, taken in measured.items():
        report.figure(f"{name}, CPU", taken.cpu * 1000, "ms")
        report.figure(f"{name}, wall", taken.wall * 1000, "ms")
    return report


def _memory(megabytes: int) -> Report:
    """Beside the payload itself, which is there before."""
    report = Report("envelopes", f"peak memory of sealing and opening {megabytes} MB")
    for kind in KINDS:
        for what in ("seal", "open"):
            took = _probe(kind, what, megabytes * 1_000_000)
            report.figure(f"{kind}: {what}, peak over start", took / 1_000_000, "MB")
            name = f"{kind}: memory to {what}"
            ratio = took / (megabytes * 1_000_000)
            report.ratios.append(Ratio(name, ratio, "the payload", at_most=_MEMORY_GOAL))
    return report


def _probe(kind: str, what: str, size: int) -> int:
    """Bytes of the peak over the start, in a process of its own."""
    command = [sys.executable, "-m", "bench.envelopes_sides", kind, what, str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True)
    return int(done.stdout)
