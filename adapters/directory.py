"""The directory channel: the partner's cron job takes parcels from a folder beside the gateway.

The system's OpenSSH serves it and shuts the partner in (docs/channel-directory.md); the gateway
never is an SSH server (design 2). To send is to lay ready: the term starts when it is fetched.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from adapters import directory_ledger as ledger
from adapters import directory_pickup as pickup
from adapters import directory_reply as reply
from adapters.directory_errors import explained, surely_not_done
from adapters.directory_folders import (
    PICKUP,
    DirectoryRoot,
    Folders,
    account_known,
    checks,
    demand,
    folders,
)
from adapters.inbound_names import kind_of
from adapters.limits import Limits
from gateway.domain import fetched
from gateway.domain.failpoints import reach
from gateway.domain.parties import Partner
from gateway.ports import Clock, HandOver, Inbound, Message, Parcel, ProbeReport, SendError

SERVER = "folders of this machine"


class DirectoryAdapter:
    """One partner's folders. `fingerprint` is of the key that the partner logs in with, "" where
    none is pinned."""

    def __init__(
        self,
        partner: Partner,
        root: DirectoryRoot,
        fingerprint: str,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._id, self._root, self._fingerprint = partner.id, root, fingerprint
        self._clock, self._limits = clock, limits
        self._endpoint = f"dir:{partner.id}"

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """Lay the parcel ready, `.sha256` first, and note it; the very same bytes lie there once.

        The delivery id is not needed: the name is the same on each attempt.
        """
        name, size = str(parcel.name), len(parcel.data)
        with self._opened() as open_:
            with explained(self._endpoint):
                if ledger.lies(open_, name, parcel.digest, size):
                    return self._handed_over(f"{PICKUP}/{name} {size} {parcel.digest}")
                part = self._prepared(open_, name, parcel)
            self._appear(open_, part, name)
        return self._handed_over(f"{PICKUP}/{name} {size} {parcel.digest}")

    def _prepared(self, open_: Folders, name: str, parcel: Parcel) -> pickup.Part:
        """All that comes before the parcel is seen; whatever fails here leaves nothing."""
        self._check_room(open_, len(parcel.data))
        part = pickup.write(open_.pickup, name, parcel.data)
        with _undone(open_, part):
            self._compare(part, parcel)
            self._companion(open_, name, part)
            # A crash after this line leaves an older sealing whose fetch nobody is told of: the
            # next attempt replaces it by this one.
            ledger.withdraw(open_, name)
            ledger.add(open_, part.name, name, parcel.digest)
        return part

    def say(self, message: Message) -> HandOver:
        """Lay a statement ready, without a `.sha256`: it is signed; a newer one replaces it."""
        with self._opened() as open_:
            with explained(self._endpoint):
                self._check_room(open_, len(message.data))
                part = pickup.write(open_.pickup, message.name, message.data)
            self._appear(open_, part, message.name)
        return self._handed_over(f"{PICKUP}/{message.name} {part.size} {part.digest}")

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """Take statements and lists from the reply folder, then say which parcels are gone.

        What keep() raises passes through; its item stays, or its note does.
        """
        left = reply.Left()
        with self._opened() as open_:
            taken = self._statements(open_, left, keep) + self._fetched(open_, keep)
            with explained(self._endpoint):
                ledger.sweep(open_, self._clock.now(), self._limits)
        reply.report(self._endpoint, left)
        return taken

    def probe(self) -> ProbeReport:
        """Owner, rights and file system of all folders, then a temp file with its note."""
        found: list[tuple[str, bool, str]] = []
        try:
            with folders(self._root, self._id) as open_, explained(self._endpoint):
                judged = checks(open_, self._root, self._id)
                found += [(one.name, one.held, "" if one.held else one.advice) for one in judged]
                found += account_known(self._root, self._id)
                if all(one.held for one in judged):
                    self._try(open_)
                    found.append(("write, read back and note in the pick-up folder", True, ""))
        except SendError as error:
            found.append(("folders can be used", False, f"{error} {error.hint}".strip()))
        return ProbeReport(self._endpoint, SERVER, self._fingerprint, tuple(found))

    @contextmanager
    def _opened(self) -> Iterator[Folders]:
        """The partner's folders, if they are as they must be; the block's own errors pass."""
        with folders(self._root, self._id) as open_:
            with explained(self._endpoint):
                demand(open_, self._root, self._id)
            yield open_

    def _check_room(self, open_: Folders, size: int) -> None:
        """Raise SendError("no"), busy, where the partner's quota has no room for `size` bytes."""
        octets, files = pickup.lying((open_.pickup, open_.reply), self._limits)
        if octets + size > self._root.quota:
            raise SendError(
                f"{self._endpoint}: {octets} bytes in {files} files lie in the partner's folders, "
                f"{self._root.quota} may; there is no room for {size} more",
                "no",
                busy=True,
                hint="the partner does not fetch: ask it about its cron job",
            )

    def _compare(self, part: pickup.Part, parcel: Parcel) -> None:
        """What was read back must have the parcel's digest, not only that of our copy in memory."""
        if part.digest != parcel.digest:
            raise SendError(
                f"{parcel.name}: the bytes to send have not the parcel's digest",
                "no",
                alert=True,
                hint="the stored sealing is damaged: stop the delivery, release its entries anew",
            )

    def _companion(self, open_: Folders, name: str, part: pickup.Part) -> None:
        """`<name>.sha256` in sha256sum's form, in place before the parcel is."""
        line = f"{part.digest.removeprefix('sha256:')}  {name}\n".encode()
        small = pickup.write(open_.pickup, f"{name}.sha256", line)
        reach("before:directory.sha256.rename")
        with _undone(open_, small):
            _rename(open_, small.name, f"{name}.sha256")
        # A crash here leaves a .sha256 without its parcel; the next attempt replaces it, or `sweep`
        # removes it.
        reach("after:directory.sha256.rename")

    def _appear(self, open_: Folders, part: pickup.Part, name: str) -> None:
        """The one step that the partner sees."""
        with explained(self._endpoint, "unknown"):
            # A crash here leaves a hidden temp file, with its note where it is a parcel's: not seen
            # and not counted as fetched; the next attempt makes another, and `sweep` removes both.
            reach("before:directory.rename")
            self._rename_whole(open_, part, name)
            # A crash here leaves the file in place and the attempt open: its outcome is unknown,
            # and the next attempt finds the same bytes lying there.
            reach("after:directory.rename")
            os.fsync(open_.pickup)

    def _rename_whole(self, open_: Folders, part: pickup.Part, name: str) -> None:
        """Rename; a failure that says for sure that nothing appeared leaves no note of it."""
        try:
            _rename(open_, part.name, name)
        except OSError as error:
            if surely_not_done(error):
                with suppress(OSError):
                    ledger.drop(open_, part.name, part.inode)
            raise

    def _statements(self, open_: Folders, left: reply.Left, keep: Callable[[Inbound], None]) -> int:
        account, taken = self._root.account(self._id), 0
        with explained(self._endpoint):
            names = reply.ready(open_.reply, self._limits, left)
        for name in names:
            with explained(self._endpoint):
                found = reply.fetch(open_.reply, name, account, self._limits, left)
            if found is None:
                continue
            keep(Inbound(kind_of(name), found.data, f"reply/{name}"))
            # A crash here leaves a kept statement in the folder: it comes again, a duplicate.
            with explained(self._endpoint):
                found.remove(open_.reply)
            taken += 1
        return taken

    def _fetched(self, open_: Folders, keep: Callable[[Inbound], None]) -> int:
        """The folder has only its own word for a fetch: no time but ours, no signed request."""
        taken = 0
        with explained(self._endpoint):
            gone = ledger.gone(open_, self._limits)
        for entry in gone:
            with explained(self._endpoint):
                if not ledger.is_gone(open_, entry):
                    continue
            word = fetched.Fetched(entry.digest, self._clock.now())
            keep(Inbound("fetched", fetched.to_bytes(word), f"published/{entry.file}"))
            # A crash here leaves the note of a kept fetch: it is told again, a duplicate.
            with explained(self._endpoint):
                ledger.forget(open_, entry)
            taken += 1
        return taken

    def _try(self, open_: Folders) -> None:
        """The steps of `send` with a hidden file, removed again. Raises OSError, SendError."""
        name = f"palang-probe-{secrets.token_hex(4)}"
        part = pickup.write(open_.pickup, name, b"palang probe\n")
        renamed = f".{name}.{secrets.token_hex(8)}.part"  # hidden: the partner takes all others
        try:
            os.link(part.name, name, src_dir_fd=open_.pickup, dst_dir_fd=open_.published)
            ledger.demand_one_file(open_, part.name, name)
            # A crash here leaves a hidden temp file, which `sweep` removes, and in published/ one
            # name that is no parcel's: nobody reads it.
            reach("before:directory.probe.rename")
            _rename(open_, part.name, renamed)
            reach("after:directory.probe.rename")
            ledger.demand_one_file(open_, renamed, name)
        finally:
            pickup.discard(open_.published, name)
            pickup.discard(open_.pickup, renamed)
            pickup.discard(open_.pickup, part.name)

    def _handed_over(self, what: str) -> HandOver:
        return HandOver(
            at=self._clock.now(),
            endpoint=self._endpoint,
            peer_fingerprint=self._fingerprint,
            remote_id=what,
            confirmed=False,
        )


@contextmanager
def _undone(open_: Folders, part: pickup.Part) -> Iterator[None]:
    """Where the block fails, remove the temp file and its note; where that fails too, `sweep`
    will."""
    try:
        yield
    except (OSError, SendError, pickup.TooMany):
        with suppress(OSError):
            ledger.drop(open_, part.name, part.inode)
        raise


def _rename(open_: Folders, part: str, name: str) -> None:
    os.rename(part, name, src_dir_fd=open_.pickup, dst_dir_fd=open_.pickup)
