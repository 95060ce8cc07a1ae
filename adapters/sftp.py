"""The SFTP channel: parcels into the partner's inbox, statements from its outbox (design 6)."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import asyncssh

from adapters import sftp_folder, sftp_upload
from adapters.channel_uri import ChannelUri
from adapters.inbound_names import kind_of
from adapters.reach import Network
from adapters.ssh_policy import host_keys
from adapters.ssh_session import SshSession
from gateway.domain.errors import PalangError
from gateway.domain.failpoints import reach
from gateway.domain.parties import Partner
from gateway.ports import (
    Clock,
    HandOver,
    Inbound,
    Message,
    Parcel,
    ProbeReport,
    SendError,
    TransportSecrets,
)


class SftpAdapter:
    """One partner's SFTP account. Each call logs in anew; nothing stays open between calls."""

    def __init__(
        self,
        partner: Partner,
        channel: ChannelUri,
        reply: ChannelUri | None,
        clock: Clock,
        secrets_: TransportSecrets,
        network: Network,
    ) -> None:
        self._partner, self._channel, self._reply = partner, channel, reply
        self._clock, self._secrets = clock, secrets_
        self._network, self._limits = network, network.limits

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """Upload under a temp name, read back, `.sha256` first, then one atomic rename.

        Repeating it replaces a file by the same bytes. The delivery id is not needed: the name is
        the same on each attempt.
        """
        name = str(parcel.name)
        with self._session(self._channel) as session:
            folder = _folder(self._channel)
            part = session.run(sftp_upload.write(session.sftp, folder, name, parcel.data))
            with _discarding(session, part.path):
                self._compare(part, parcel)
                session.run(sftp_upload.sweep(session.sftp, folder, part.at, self._limits))
                self._companion(session, folder, name, part)
            # A crash here leaves a temp file and the .sha256; the partner sees no parcel, the next
            # attempt replaces the .sha256, and `sweep` removes the temp file when it is old.
            reach("before:sftp.rename")
            self._rename(session, part, folder + name.encode())
            # A crash here leaves the parcel with the partner and the attempt open: the outcome is
            # unknown, and the next attempt puts the same bytes under the same name.
            reach("after:sftp.rename")
        where = f"{self._channel.path}/{name}"
        return HandOver(
            at=self._clock.now(),
            endpoint=str(self._channel),
            peer_fingerprint=session.fingerprint,
            remote_id=f"{where} {part.size} {part.digest}",
        )

    def say(self, message: Message) -> HandOver:
        """Lay a statement into the inbox, as a parcel but without a `.sha256`: it is signed."""
        with self._session(self._channel) as session:
            folder = _folder(self._channel)
            part = session.run(sftp_upload.write(session.sftp, folder, message.name, message.data))
            # A crash here leaves a temp file, which `sweep` of a later send removes; the message
            # is said again, and replaces what is there by the same bytes.
            reach("before:sftp.say.rename")
            self._rename(session, part, folder + message.name.encode())
            reach("after:sftp.say.rename")
        return HandOver(
            at=self._clock.now(),
            endpoint=str(self._channel),
            peer_fingerprint=session.fingerprint,
            remote_id=f"{self._channel.path}/{message.name} {part.size} {part.digest}",
        )

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """Take `*.jws` and a source's lists from the reply folder.

        What keep() raises passes through, and its item stays with the partner.
        """
        if self._reply is None:
            return 0
        left, taken = sftp_folder.Left(), 0
        with self._session(self._reply) as session:
            folder = _folder(self._reply)
            sftp, limits = session.sftp, self._limits
            for name in session.run(sftp_folder.ready(sftp, folder, limits, left)):
                path = folder + name
                data = session.run(sftp_folder.fetch(sftp, path, limits, left))
                if data is None:
                    continue
                keep(Inbound(kind_of(name.decode()), data, path.decode()))
                # A crash here leaves a kept item with the partner: it comes again, a duplicate.
                session.run(sftp_folder.remove(sftp, path))
                taken += 1
        sftp_folder.report(str(self._reply), left)
        return taken

    def probe(self) -> ProbeReport:
        """Log in, list both folders, and try a temp file with its rename in the inbox."""
        checks: list[tuple[str, bool, str]] = []
        server = fingerprint = ""
        try:
            with self._session(self._channel) as session:
                server, fingerprint = session.server, session.fingerprint
                checks.append(("host key and login", True, ""))
                checks.append(self._try_inbox(session))
                checks.extend(self._try_outbox(session))
        except SendError as error:
            checks.append(("host key and login", False, f"{error} {error.hint}".strip()))
        return ProbeReport(str(self._channel), server, fingerprint, tuple(checks))

    def _session(self, uri: ChannelUri) -> SshSession:
        """Everything that is decided before a connection: key, pins, addresses."""
        try:
            key = asyncssh.import_private_key(self._secrets.ssh_key(self._partner.id))
            pinned = host_keys(self._partner.peer)
        except (PalangError, asyncssh.KeyImportError, ValueError) as error:
            known = isinstance(error, PalangError)
            raise SendError(
                f"{uri}: {error if known else 'the SSH key of the gateway can not be read'}",
                "no",
                alert=True,
                hint=error.hint if isinstance(error, PalangError) else "",
            ) from error
        addresses = self._network.addresses(uri)
        return SshSession(uri, addresses, pinned, key, self._limits)

    def _compare(self, part: sftp_upload.Uploaded, parcel: Parcel) -> None:
        """What was read back must have the parcel's digest, not only that of our copy in memory."""
        if part.digest != parcel.digest:
            raise SendError(
                f"{parcel.name}: the bytes to send have not the parcel's digest",
                "no",
                alert=True,
                hint="the stored sealing is damaged: stop the delivery, release its entries anew",
            )

    def _companion(
        self, session: SshSession, folder: bytes, name: str, part: sftp_upload.Uploaded
    ) -> None:
        """`<name>.sha256` in sha256sum's form, in place before the parcel is."""
        line = f"{part.digest.removeprefix('sha256:')}  {name}\n".encode()
        beside = f"{name}.sha256"
        small = session.run(sftp_upload.write(session.sftp, folder, beside, line))
        reach("before:sftp.sha256.rename")
        with _discarding(session, small.path):
            session.run(_rename(session.sftp, small.path, folder + beside.encode()))
        reach("after:sftp.sha256.rename")

    def _rename(self, session: SshSession, part: sftp_upload.Uploaded, target: bytes) -> None:
        with _discarding(session, part.path):
            session.run(_rename(session.sftp, part.path, target), "unknown")

    def _try_inbox(self, session: SshSession) -> tuple[str, bool, str]:
        """The steps of `send` with a file of one line, removed again."""
        folder = _folder(self._channel)
        first = f"palang-probe-{secrets.token_hex(4)}"
        try:
            part = session.run(sftp_upload.write(session.sftp, folder, first, b"palang probe\n"))
            target = folder + sftp_upload.temp_name(first).encode()
            try:
                session.run(_rename(session.sftp, part.path, target))
            finally:
                session.run(sftp_upload.discard(session.sftp, part.path))
                session.run(sftp_upload.discard(session.sftp, target))
        except SendError as error:
            return (
                "write, read back and rename in the inbox",
                False,
                f"{error} {error.hint}".strip(),
            )
        return "write, read back and rename in the inbox", True, ""

    def _try_outbox(self, session: SshSession) -> list[tuple[str, bool, str]]:
        if self._reply is None:
            return []
        try:
            folder, left = _folder(self._reply), sftp_folder.Left()
            session.run(sftp_folder.ready(session.sftp, folder, self._limits, left))
            sftp_folder.report(str(self._reply), left)
        except SendError as error:
            return [("list the outbox", False, f"{error} {error.hint}".strip())]
        return [("list the outbox", True, "")]


@contextmanager
def _discarding(session: SshSession, part: bytes) -> Iterator[None]:
    """Remove our temp file where the block failed; where that fails too, `sweep` will."""
    try:
        yield
    except SendError as error:
        if error.handed_over == "no":
            with suppress(SendError):
                session.run(sftp_upload.discard(session.sftp, part))
        raise


async def _rename(sftp: asyncssh.SFTPClient, part: bytes, target: bytes) -> None:
    """The atomic rename that replaces. A plain rename fails on a target that exists, and to delete
    that first would leave a moment without it, so a server without posix-rename is refused.
    """
    try:
        await sftp.posix_rename(part, target)
    except asyncssh.SFTPOpUnsupported as error:
        raise SendError(
            "the server does not offer posix-rename@openssh.com, so a repeated parcel can't "
            "replace the first one in one step",
            "no",
            alert=True,
            hint="ask the partner for OpenSSH's internal-sftp or a server with that extension",
        ) from error


def _folder(uri: ChannelUri) -> bytes:
    """The channel's folder with its slash, relative to where the login begins; b"" for that."""
    return f"{uri.path.strip('/')}/".encode() if uri.path.strip("/") else b""
