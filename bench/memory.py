"""Memory of sealing a parcel, of sending and of opening one, as a multiple of the payload.

Sending: the payload is the parcel, 50 MB of sealed bytes, and the peak counts from before it is
read.
Opening: a parcel whose content (entries.csv) has 50 MB, about 750,000 entries. Format
1 allows 1,000,000 entries, so that no genuine parcel has 50 MB when it is sealed.
Sealing: a batch of 100,000 entries, the largest one that is expected, all of one partner; with
`--full` also one of 1,000,000, the largest that format 1 allows.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.channels import Mail, Rest, Sftp
from bench.envelope import seal_as, slice_of
from bench.house import GATEWAY
from bench.processes import ROOT, Helper
from bench.report import Ratio, Report, Scale
from bench.world import Make, World, world
from gateway.domain.canonical import digest
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.ids import DeliveryId
from gateway.domain.trust import Owner, OwnerKind, Role
from tools import peers

MEGABYTE = 1_000_000
GOAL = 3.0
_LINE = 66.9  # bytes of an entry's line
_SIZES = {
    Scale.TINY: (1, 1),
    Scale.QUICK: (10, 1),
    Scale.USUAL: (50, 2),
    Scale.FULL: (50, 5),
}
"""Megabytes of the payload, runs."""
_MAKERS: dict[str, Make] = {"REST": Rest, "SFTP": Sftp, "mail": Mail}


def run(scale: Scale) -> Iterator[Report]:
    """Sending, opening, then sealing."""
    megabytes, runs = _SIZES[scale]
    yield _sending(megabytes, runs)
    yield _opening(megabytes, 1 if scale is not Scale.FULL else runs)
    yield _sealing("seal", 2_000 if scale is Scale.TINY else 100_000)
    if scale is Scale.FULL:
        yield _sealing("seal the largest", MAX_ENTRIES)


def _sending(megabytes: int, runs: int) -> Report:
    report = Report("memory", f"peak memory of sending a parcel of {megabytes} MB")
    for name, make in _MAKERS.items():
        if name == "SFTP" and not peers.find("sshd"):
            report.lines.append("  SFTP: left out, there is no sshd here")
            continue
        with world(make, 1, kits=False) as made:
            took = [_send(made, megabytes * MEGABYTE) for _ in range(runs)]
        _tell(report, f"send over {name}", took, megabytes * MEGABYTE)
    return report


def _send(made: World, size: int) -> int:
    files = {"small": made.base / "small", "large": made.base / "large"}
    files["small"].write_bytes(os.urandom(10_000))
    files["large"].write_bytes(os.urandom(size))
    arguments = {key: str(path) for key, path in files.items()}
    arguments |= {"home": str(made.house.home), "partner": made.names[0]}
    if not isinstance(made.channel, Rest):
        return _probe("send", arguments)
    # what is sent is no parcel, so a bare server takes it
    pair = map(str, (made.channel.certificate, made.channel.key))
    with Helper("bench.plain_https", *pair) as server:
        made.house.move(made.names[0], f"https://127.0.0.1:{server.told['port']}/parcels")
        return _probe("send", arguments)


def _opening(megabytes: int, runs: int) -> Report:
    entries = int(megabytes * MEGABYTE / _LINE)
    took: dict[str, list[int]] = {"open": [], "receive": []}
    with world(Rest, 1, kits=False) as made:
        small, large = _parcel(made, 1, 720), _parcel(made, 3, entries)
        sealed = large.stat().st_size
        for _ in range(runs):
            for step, found in took.items():
                kit = made.base / "kits" / made.names[0]
                for state in kit.glob("state.sqlite*"):
                    state.unlink()
                arguments = {"kit": str(kit), "small": str(small), "large": str(large)}
                found.append(_probe(step, arguments))
    title = f"peak memory of opening a parcel with {megabytes} MB of entries, sealed {sealed} B"
    report = Report("memory", title)
    for step, found in took.items():
        _tell(report, step, found, megabytes * MEGABYTE)
    return report


def _sealing(name: str, entries: int) -> Report:
    with world(Rest, 2, kits=False) as made:
        small, large = made.names
        made.house.release([small], 720)
        made.house.release([large], entries)
        took = _probe("seal", {"home": str(made.house.home), "small": small, "large": large})
    report = Report("memory", f"peak memory of sealing {entries} entries of one batch")
    _tell(report, name, [took], int(entries * _LINE))
    return report


def _parcel(made: World, sequence: int, entries: int) -> Path:
    """A parcel of the gateway for its one partner; no batch of this size is released for it.

    Between sequences 1 and 3 the kit sees a gap, which it reports and does not mind.
    """
    house, name, path = made.house, made.names[0], made.base / f"parcel-{entries}"
    now = house.clock.now()
    with house.store.read() as uow:
        pins = uow.registry.trust().of(Owner(OwnerKind.PARTNER, name))
    sealing = next(pin for pin in pins if pin.role is Role.SEAL)
    named = {
        "gateway": GATEWAY,
        "partner": name,
        "sequence": sequence,
        "previous": "" if sequence == 1 else digest(b"the one between"),
        "delivery": DeliveryId(sequence, name, 1),
        "released": now,
        "issued": now,
        "checkpoint": made.work.checkpoints.covering(0).note,
    }
    signer = house.gateway.keyring.signer(Role.MANIFEST, now)
    path.write_bytes(seal_as(signer, sealing, slice_of(entries), named))
    return path


def _probe(step: str, arguments: dict[str, str]) -> int:
    """Bytes of the peak over the start."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory_probe", step],
        input=json.dumps(arguments),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
    )
    found = json.loads(done.stdout)
    return int(found["peak"]) - int(found["start"])


def _tell(report: Report, name: str, took: list[int], payload: int) -> None:
    peak = statistics.median(took)
    report.figure(f"{name}: peak over start", peak / MEGABYTE, "MB")
    report.ratios.append(Ratio(name, peak / payload, "the payload", at_most=GOAL))
