"""The high-water file: what left the house, kept outside the database (promise E).

A database restored from a backup is older than what partners hold: it would give a sequence twice,
and its ledger would contradict the checkpoints they have pinned. The file shows it. One JSON
object: `v`, `epoch`, `ledger` (size), `streams` {partner: last sequence} of that epoch.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.domain import canonical, failpoints, fields
from gateway.domain.errors import Conflict, InputError, NotVerified
from gateway.domain.records import Stream

_NEW_EPOCH = (
    "bring back a database as new as the file, or let two officers open a new epoch: palang epoch "
    "propose (docs/operations.md). Nothing is sent until then"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far it went: epoch, ledger size, and each partner's last sequence in that epoch."""

    epoch: int
    ledger: int
    streams: dict[str, int]

    def to_bytes(self) -> bytes:
        """The file's content."""
        return canonical.encode(
            {"v": 1, "epoch": self.epoch, "ledger": self.ledger, "streams": self.streams}
        )

    def raised(self, epoch: int, ledger: int, streams: Iterable[Stream]) -> "Mark":
        """The mark after this; it never falls within an epoch, and a new epoch begins it anew."""
        base = self if epoch == self.epoch else Mark(epoch, 0, {})
        after = dict(base.streams)
        for stream in streams:
            if stream.epoch == epoch and stream.sequence > after.get(stream.partner, 0):
                after[stream.partner] = stream.sequence
        return replace(base, ledger=max(ledger, base.ledger), streams=after)


class HighWaterFile:
    """ports.HighWater. Safe among processes and threads: a lock file beside it is held meanwhile.

    Raises InputError for a file that can't be read, Conflict for one that can't be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._durable = False  # whether this process knows that the content is on the disk

    def start(self, epoch: int) -> None:
        """Make the file, before the first ledger entry. Raises Conflict where there is one."""
        with self._locked():
            if self._content() is not None:
                raise Conflict(
                    f"there is a high-water file {self._path} already",
                    hint="it belongs to a gateway that ran here; name another file or use its data",
                )
            self._write(Mark(epoch, 0, {}))

    def check(self, epoch: int, ledger: int, streams: Iterable[Stream]) -> None:
        """Raises Conflict where the database lies behind the file, naming in what, or where the
        file is missing although the ledger has entries.

        For a database that nobody else writes; beside other workers: `check_with`.
        """
        self.check_with(lambda: (epoch, ledger, streams))

    def check_with(self, look: Callable[[], tuple[int, int, Iterable[Stream]]]) -> None:
        """As `check`, with what `look` reads of the database after the file was read: another
        worker that seals between the two must not look like a database that lies behind."""
        mark = self._read()
        epoch, ledger, streams = look()
        if mark is None:
            if ledger:
                raise Conflict(
                    f"the high-water file {self._path} is missing, the ledger has {ledger} entries",
                    hint=f"bring the file back; if it is lost: {_NEW_EPOCH}",
                )
            return
        if epoch > mark.epoch:
            return  # opened by two people since: sequences begin anew
        behind = _behind(mark, epoch, ledger, streams)
        if behind:
            raise Conflict(
                f"the database lies behind the high-water file: {'; '.join(behind)}",
                hint=_NEW_EPOCH,
            )

    def raise_to(self, epoch: int, ledger: int, streams: Iterable[Stream]) -> None:
        """Record what is about to leave the house; durable before it does.

        With all streams of the database: workers on several machines have a file each, and the
        machine that is lost takes its own with it.
        Called between the commit that made it and the send: raised before that commit, a crash
        would leave the file ahead of an honest database.

        Raises Conflict for an older epoch, or where there is no file to raise.
        """
        with self._locked():
            mark = self._read()
            if mark is None:
                raise Conflict(
                    f"the high-water file {self._path} is missing", hint="bring the file back"
                )
            if epoch < mark.epoch:
                raise Conflict(f"epoch {epoch} is over, {mark.epoch} runs", hint=_NEW_EPOCH)
            after = mark.raised(epoch, ledger, streams)
            # a rename whose sync failed shows the new mark, and a power cut may take it back: what
            # this process did not sync itself it writes once more
            if after != mark or not self._durable:
                self._write(after)

    def _read(self) -> Mark | None:
        """The mark, None where there is no file."""
        data = self._content()
        try:
            return None if data is None else _parse(data)
        except NotVerified as error:
            raise self._unread(str(error)) from None

    def _content(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unread(f"it can't be read ({error.strerror})") from None

    def _unread(self, why: str) -> InputError:
        return InputError(
            f"the high-water file {self._path}: {why}",
            hint=f"bring the file back from its last copy; if it is lost: {_NEW_EPOCH}",
        )

    def _write(self, mark: Mark) -> None:
        part = self._path.with_name(f"{self._path.name}.part")
        self._durable = False
        try:
            self._replace(part, mark.to_bytes())
        except OSError as error:
            raise Conflict(
                f"the high-water file {self._path} can't be written: {error.strerror}",
                hint="nothing was sent; free the disk or its permissions, the worker tries again",
            ) from None
        self._durable = True

    def _replace(self, part: Path, data: bytes) -> None:
        with suppress(FileNotFoundError):
            part.unlink()  # of a write that was killed before its rename
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A crash before the rename leaves the old mark and a .part that the next write removes:
        # what it should have recorded was not sent yet. After it the mark may lie ahead of what
        # was sent, never ahead of what the database has committed.
        failpoints.reach("before:highwater.rename")
        part.replace(self._path)
        _sync_folder(self._path.parent)
        failpoints.reach("after:highwater.rename")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self._path.with_name(f"{self._path.name}.lock")
        handle = -1
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            if handle >= 0:
                os.close(handle)
            raise Conflict(
                f"the high-water file {self._path} can't be locked: {error.strerror}",
                hint="its folder must exist and this user must be able to write there",
            ) from None
        try:
            yield
        finally:
            os.close(handle)


def _parse(data: bytes) -> Mark:
    document = canonical.decode(data, what="its content")
    fields.version(document)
    listed = fields.member(document, "streams")
    streams = {partner: fields.whole(listed, partner, least=1) for partner in listed}
    epoch, size = fields.whole(document, "epoch", least=1), fields.whole(document, "ledger")
    return Mark(epoch, size, streams)


def _behind(mark: Mark, epoch: int, ledger: int, streams: Iterable[Stream]) -> list[str]:
    """In what the database lies behind, in words."""
    if epoch < mark.epoch:
        return [f"epoch {epoch}, the file has {mark.epoch}"]
    found = []
    if ledger < mark.ledger:
        found.append(f"{ledger} ledger entries, the file has {mark.ledger}")
    have = {stream.partner: stream.sequence for stream in streams if stream.epoch == epoch}
    for partner, last in sorted(mark.streams.items()):
        if have.get(partner, 0) < last:
            found.append(f"{partner} at sequence {have.get(partner, 0)}, the file has {last}")
    return found


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
