"""A partner's folders with the right owners and rights, and its view of them, for tests."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import asyncssh

from adapters.directory_folders import Account, DirectoryRoot
from adapters.directory_scheme import DirectoryScheme
from adapters.registry import ChannelRegistry
from gateway.domain import failpoints
from gateway.ports import Adapter, Clock
from tests.adapters.rigs import QUICK, STRANGER, Login, Rig, StillClock, partner

ID = "opr-uji-a"
NOBODY = 65534
"""Whom the partner logs in as where root runs the tests; a plain user is both sides."""

AS_ROOT = os.geteuid() == 0


def account(_partner: str) -> Account | None:
    """The partner's system user, known only where it can be another one than ours."""
    return Account(NOBODY, frozenset({NOBODY})) if AS_ROOT else None


def make_folders(root: Path, id_: str = ID) -> Path:
    """The partner's folder under `root`, as docs/channel-directory.md has it made."""
    own = root / id_
    own.mkdir(parents=True)
    root.chmod(0o755)
    own.chmod(0o755)
    for name in ("pickup", "reply", "published"):
        (own / name).mkdir()
        if AS_ROOT and name != "published":
            os.chown(own / name, -1, NOBODY)
        (own / name).chmod(0o700 if name == "published" else 0o2770)
    return own


def directory_root(root: Path, quota: int = 10_000_000) -> DirectoryRoot:
    """The settings for a root that this user owns."""
    return DirectoryRoot(root, quota, os.geteuid(), account)


class DirectoryRig(Rig):
    """The folders, and the partner's hands in them without SFTP."""

    def __init__(self, root: Path, quota: int = 10_000_000) -> None:
        self.own = make_folders(root)
        self.pickup, self.reply = self.own / "pickup", self.own / "reply"
        self.published = self.own / "published"
        self.root = directory_root(root, quota)
        self.clock: Clock = StillClock()
        key = STRANGER.export_public_key().decode().strip()
        self.fingerprint = STRANGER.get_fingerprint()
        self.partner = partner(f"dir:{ID}", f"dir:{ID}", key)

    def open(self, **how: asyncssh.SSHKey) -> AbstractContextManager[Adapter]:
        scheme = DirectoryScheme(self.clock, self.root, limits=QUICK)
        channels = ChannelRegistry(
            self.clock, Login(), allow_private=False, limits=QUICK, house={"dir": scheme}
        )
        return channels.open(self.partner)

    def received(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.pickup.glob("palang-*.jwe")}

    def put_reply(self, name: str, data: bytes) -> None:
        self.put(f"{name}.jws", data)

    def put(self, name: str, data: bytes) -> Path:
        """The partner's own file in the reply folder, put there in its usual two steps."""
        part = self.reply / f"{name}.part"
        part.write_bytes(data)
        if AS_ROOT:
            os.chown(part, NOBODY, NOBODY)
        part.rename(self.reply / name)
        return self.reply / name

    def replies(self) -> set[str]:
        return {path.stem for path in self.reply.iterdir()}

    def lose_next_answer(self) -> None:
        def hook(point: str) -> None:
            if point == "after:directory.rename":
                failpoints.arm(None)
                raise OSError(errno.EIO, "fsync of the folder")

        failpoints.arm(hook)

    def wrong_identity(self) -> None:
        """Another folder than the one that was made, laid there by somebody else."""
        shutil.move(self.own, self.own.with_name("elsewhere"))
        self.own.symlink_to("elsewhere")

    def at(self, micros: int) -> None:
        """From now on it is this time."""

        class Then:
            def now(self) -> int:
                return micros

        self.clock = Then()

    def known_as(self, found: Account | None) -> None:
        """The partner's system user is another one from now on."""
        self.root = replace(self.root, account=lambda _partner: found)
