"""The gateway's mailbox as a Maildir of this machine (what a local delivery agent fills).

Folders are Maildir++ (`.Processed`), so an IMAP server over the same Maildir shows them.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.mail_box import Found, Mine
from adapters.mail_parts import MOST_HEADER, top_of
from gateway.domain.failpoints import reach
from gateway.domain.times import Micros
from gateway.ports import SendError

_SEEN = ":2,S"


class MaildirBox:
    """One Maildir; `Found.key` is the path below it."""

    server = "Maildir"

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        if not all((self._path / part).is_dir() for part in ("new", "cur", "tmp")):
            raise SendError(
                f"maildir:{self._path} is no Maildir: it must have the folders new, cur and tmp",
                "no",
                alert=True,
                hint="check [mail] mailbox, and that the gateway's user may read and write there",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing was opened."""

    def find(self, mine: Mine, most: int) -> list[Found]:
        """Those in `new` and `cur`, whatever their flags."""
        with self._explained():
            return [found for found in self._all() if self._is(mine, found)][:most]

    def read(self, found: Found) -> bytes | None:
        """Through no symlink, and never more than the size that was looked at."""
        with self._explained():
            return self._bytes(found.key, found.size)

    def move(self, found: Found, folder: str) -> None:
        """One rename; a mail that another program renamed meanwhile is found again later."""
        with self._explained():
            target = self._folder(folder) / "cur" / f"{_base(found.key)}{_SEEN}"
            reach("before:mail.move")
            try:
                (self._path / found.key).rename(target)
            except FileNotFoundError:
                return  # a mail reader set a flag: kept already, the next collect moves it
            # A crash before leaves a kept mail in the mailbox: it comes again, a duplicate.
            reach("after:mail.move")

    def lying(self, mine: Mine, before: Micros) -> int:
        """Counted by reading headers, as `find` does."""
        with self._explained():
            old = (found for found in self._all() if found.at < before)
            return sum(not self._is(mine, found) for found in old)

    def _all(self) -> list[Found]:
        found = (one for part in ("new", "cur") for one in self._part(part))
        return sorted(found, key=lambda one: (one.at, one.key))

    def _part(self, part: str) -> Iterator[Found]:
        with os.scandir(self._path / part) as entries:
            for entry in entries:
                try:
                    seen = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # moved since the listing
                if stat.S_ISREG(seen.st_mode) and not entry.name.startswith("."):
                    yield Found(f"{part}/{entry.name}", seen.st_mtime_ns // 1000, seen.st_size)

    def _is(self, mine: Mine, found: Found) -> bool:
        top = self._bytes(found.key, MOST_HEADER)
        return top is not None and mine(top_of(top))

    def _bytes(self, key: str, most: int) -> bytes | None:
        try:
            wire = os.open(self._path / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with open(wire, "rb") as file:
            return file.read(most)

    def _folder(self, name: str) -> Path:
        folder = self._path / f".{name}"
        if not (folder / "cur").is_dir():
            for part in ("tmp", "new", "cur"):
                (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / "maildirfolder").touch()  # Maildir++: a delivery agent's sign of a folder
        return folder

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SendError(
                f"maildir:{self._path} can't be used: {error.strerror}",
                "no",
                alert=True,
                hint="check its owner and rights, and the space on its disk",
            ) from error


def _base(key: str) -> str:
    """The unique name without folder and flags."""
    return key.partition("/")[2].partition(":")[0]
