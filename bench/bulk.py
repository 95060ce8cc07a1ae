"""100 MB over SFTP beside OpenSSH's `sftp`: the same sshd, file and cipher, in turns.

The adapter does more than to upload: it reads the file back and compares its digest. Both are told
apart: the upload alone (login, write, fsync) beside `put -f`, and the whole hand-over beside `sftp`
doing as much (put, get, SHA-256 of what came back).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator

import asyncssh

from adapters import channel_uri, sftp_upload
from adapters.limits import Limits
from adapters.ssh_policy import host_keys
from adapters.ssh_session import SshSession
from bench.channels import Sftp
from bench.plain import CIPHER, SftpTool
from bench.report import Ratio, Report, Scale
from bench.timing import in_turns
from bench.world import World, world
from demo.pki import HOST
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope, ParcelName
from gateway.ports import Parcel
from tools import peers

GOAL = 0.95
_SIZES = {
    Scale.TINY: (1, 1),
    Scale.QUICK: (50, 1),
    Scale.USUAL: (100, 3),
    Scale.FULL: (100, 11),
}
"""Megabytes, runs."""
_PUT, _BOTH = "OpenSSH sftp: put -f", "OpenSSH sftp: put -f, get, SHA-256"
_UPLOAD, _WHOLE = "palang: login, write, fsync", "palang: all of a hand-over"


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    megabytes, runs = _SIZES[scale]
    report = Report("bulk", f"{megabytes} MB over SFTP, {CIPHER}")
    if not peers.find("sshd"):
        report.lines.append("  left out, there is no sshd here")
        yield report
        return
    with world(Sftp, 1, kits=False) as made:
        measured = in_turns(_jobs(made, os.urandom(megabytes * 1_000_000)), runs)
    for name, seconds in measured.items():
        report.figure(name, megabytes / seconds, "MB/s")
    for name, own, peer, goal in (
        ("upload alone", _UPLOAD, _PUT, GOAL),
        ("hand-over, read back and compared", _WHOLE, _BOTH, GOAL),
        ("hand-over, read back and compared, beside put alone", _WHOLE, _PUT, None),
    ):
        speed = measured[peer] / measured[own]
        report.ratios.append(Ratio(name, speed, peer, at_least=goal))
    yield report


def _jobs(made: World, data: bytes) -> dict[str, Callable[[], object]]:
    channel, partner = made.channel, made.names[0]
    if not isinstance(channel, Sftp):
        raise AssertionError("this is about SFTP")
    private = made.house.gateway.ssh.ssh_key(partner)
    tool = SftpTool.of(channel.sshd, private, made.base)
    file, back = made.base / "file", made.base / "back"
    file.write_bytes(data)
    put = f"put -f {file} {partner}/peer"

    def both() -> None:
        tool.run(put, f"get {partner}/peer {back}")
        with back.open("rb") as read:
            hashlib.file_digest(read, "sha256")

    uri = channel_uri.parse(channel.card(partner).channel, allow_private=True)
    pinned, key = host_keys(channel.sshd.pin), asyncssh.import_private_key(private)

    def upload() -> None:
        with SshSession(uri, [HOST], pinned, key, Limits()) as session:
            path = f"{partner}/upload".encode()
            session.run(sftp_upload.store(session.sftp, path, data))
            session.run(sftp_upload.discard(session.sftp, path))

    with made.house.store.read() as uow:
        to = uow.registry.partner(partner)
    parcel = Parcel(ParcelName(partner, 1, 1, Envelope.JOSE), data, digest(data))

    def hand_over() -> None:
        with made.house.gateway.channels.open(to) as adapter:
            adapter.send(f"1.{partner}.1", parcel)

    return {_PUT: lambda: tool.run(put), _UPLOAD: upload, _BOTH: both, _WHOLE: hand_over}
