"""Files that wait between their preview and the officer's word: private, under a random name.

Their bytes may hold people's data that must not be kept, so a file goes when it was taken, when its
officer cancels, after an hour, and when the console starts.
"""

import os
import secrets
import shutil
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from gateway.domain.plain_names import without_numbers
from gateway.services.intake import Options
from gateway.services.intake_preview import Counted, Seen
from gateway.web.console.jobs import Job

_PREFIX = "upload-"
PASTED = "tempel.txt"
"""What pasted text is called; its content is lines, or cells between tabs or semicolons."""


@dataclass(slots=True)
class Upload:
    """A file that waits. `options` say how it would be read; `seen` and `count` are what was found
    with them, None before that. `real` is the name that its sender gave, for its ending; `taken`
    while a job stores it."""

    path: Path
    real: str
    options: Options
    seen: Seen | None = None
    count: Job[Counted] | None = None
    taken: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The name as it is shown."""
        return without_numbers(self.real)

    def look(self, **changes: object) -> None:
        """Forget what was found, and read it otherwise."""
        if self.count is not None:
            self.count.stop()
        self.seen = self.count = None
        self.options = replace(self.options, **changes)  # type: ignore[arg-type]  # by name

    def remove(self) -> None:
        """Take the file away; a job that reads it has it open still, or tells that it is gone."""
        if self.count is not None:
            self.count.stop()
        self.path.unlink(missing_ok=True)


class Uploads:
    """The folder of waiting files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._swept = False

    def keep(self, stream: IO[bytes], name: str, options: Options) -> Upload:
        """Write what is uploaded into a new file for its owner only."""
        self.sweep()
        path = self._folder / f"{_PREFIX}{secrets.token_hex(16)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(stream, file)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Upload(path, _plain(name), options)

    def sweep(self) -> None:
        """At the first use of this process take away what an earlier one left: nobody can ask for
        it any more."""
        with self._lock:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._swept:
                return
            self._swept = True
            for left in self._folder.glob(f"{_PREFIX}*"):
                left.unlink(missing_ok=True)


def _plain(name: str) -> str:
    """The last part of whatever path a browser sent."""
    return name.replace("\\", "/").rpartition("/")[2].strip()[:200] or "tanpa-nama"
