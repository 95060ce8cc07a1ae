"""A channel, its real server and its partner's view, in one hand; a rig per kind of server."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import asyncssh

from adapters.addresses import system_resolver
from adapters.limits import Limits
from adapters.registry import ChannelRegistry
from demo.servers import SftpServer
from gateway.domain import failpoints
from gateway.domain.errors import NotFound
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.ports import Adapter, Inbound, Parcel, Signer
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.tls_server import Handler, TlsServer, lost_reply, taken

QUICK = Limits(connect=5, total=10, reply=4096, listing=4096, listed=60, items=40, stale=3600)
LOGIN = asyncssh.generate_private_key("ssh-ed25519")
STRANGER = asyncssh.generate_private_key("ssh-ed25519")
AUTHORIZED = LOGIN.export_public_key().decode().strip()
DELIVERY = "7.opr-uji-a.1"


class StillClock:
    """One moment."""

    def now(self) -> int:
        return 1_760_000_000_000_000


@dataclass
class Login:
    """The gateway's SSH key, and what else a test gives it by partner or account."""

    key: asyncssh.SSHKey = LOGIN
    passwords: dict[str, str] = field(default_factory=dict)
    bearers: dict[str, str] = field(default_factory=dict)
    certificates: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    signers: dict[str, Signer] = field(default_factory=dict)

    def ssh_key(self, partner: str) -> bytes:
        return self.key.export_private_key()

    def password(self, account: str) -> str:
        if account not in self.passwords:
            raise NotFound(f"there is no secret {account}")
        return self.passwords[account]

    def bearer(self, partner: str) -> str | None:
        return self.bearers.get(partner)

    def client_certificate(self, partner: str) -> tuple[bytes, bytes] | None:
        return self.certificates.get(partner)

    def request_signer(self, partner: str) -> Signer | None:
        return self.signers.get(partner)


def partner(channel: str, reply: str, peer: str) -> Partner:
    """A live test operator with this channel."""
    return Partner(
        id="opr-uji-a",
        kind=PartnerKind.OPERATOR,
        name="Operator Uji A",
        channel=channel,
        reply=reply,
        peer=peer,
        envelope=Envelope.JOSE,
        test=True,
        term="PT24H",
        card="sha256:" + "0" * 64,
        standing=Standing.LIVE,
    )


def parcel(data: bytes = b"sealed", sequence: int = 1) -> Parcel:
    """A parcel with the right digest."""
    name = ParcelName("opr-uji-a", 1, sequence, Envelope.JOSE)
    return Parcel(name, data, f"sha256:{hashlib.sha256(data).hexdigest()}")


def registry(
    *,
    private: bool = True,
    key: asyncssh.SSHKey = LOGIN,
    limits: Limits = QUICK,
    resolve: Callable[[str, int], list[str]] = system_resolver,
) -> ChannelRegistry:
    """A registry as the tests want it."""
    return ChannelRegistry(
        StillClock(), Login(key), allow_private=private, limits=limits, resolve=resolve
    )


class Rig:
    """What the contract suite needs of a channel; `partner` may be replaced by a test."""

    partner: Partner
    fingerprint: str

    def open(self, **how: asyncssh.SSHKey) -> AbstractContextManager[Adapter]:
        """A newly opened adapter, as the dispatcher gets one."""
        return registry(**how).open(self.partner)  # type: ignore[arg-type]  # only key= is passed

    def received(self) -> dict[str, bytes]:
        """Parcels by name, as the partner can see them."""
        raise NotImplementedError

    def put_reply(self, name: str, data: bytes) -> None:
        """The partner lays a statement ready."""
        raise NotImplementedError

    def replies(self) -> set[str]:
        """Names of the statements that lie ready."""
        raise NotImplementedError

    def lose_next_answer(self) -> None:
        """The next send arrives, but its confirmation does not."""
        raise NotImplementedError

    def wrong_identity(self) -> None:
        """From now on another identity is pinned than the server's."""
        raise NotImplementedError


class SftpRig(Rig):
    """Inbox and outbox are local folders behind a real server."""

    def __init__(self, server: SftpServer, proxy: CuttingProxy) -> None:
        self.server, self.proxy, folder = server, proxy, server.folder
        self.inbox, self.outbox = folder / "inbox", folder / "outbox"
        self.inbox.mkdir(exist_ok=True)
        self.outbox.mkdir(exist_ok=True)
        self.fingerprint = asyncssh.import_public_key(server.pin).get_fingerprint()
        login = f"sftp://{server.user}@127.0.0.1:{proxy.port}"
        self.partner = partner(f"{login}/inbox", f"{login}/outbox", server.pin)

    def received(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.inbox.glob("palang-*.jwe")}

    def put_reply(self, name: str, data: bytes) -> None:
        (self.outbox / f"{name}.jws").write_bytes(data)

    def replies(self) -> set[str]:
        return {path.stem for path in self.outbox.iterdir()}

    def lose_next_answer(self) -> None:
        def hook(point: str) -> None:
            if point == "before:sftp.rename":
                self.proxy.losing.set()
                failpoints.arm(None)

        failpoints.arm(hook)

    def wrong_identity(self) -> None:
        other = STRANGER.export_public_key().decode()
        self.partner = replace(self.partner, peer=other)


class RestRig(Rig):
    """A scriptable TLS server."""

    def __init__(self, server: TlsServer) -> None:
        self.server = server
        der = ssl.PEM_cert_to_DER_cert(server.own_pem)
        self.fingerprint = f"SHA256:{hashlib.sha256(der).hexdigest()}"
        self.partner = partner(server.uri(), server.uri("/replies"), server.pem)

    def received(self) -> dict[str, bytes]:
        return dict(self.server.stored.values())

    def put_reply(self, name: str, data: bytes) -> None:
        self.server.replies[name] = data

    def replies(self) -> set[str]:
        return set(self.server.replies)

    def lose_next_answer(self) -> None:
        def once(handler: Handler, data: bytes) -> None:
            self.server.behaviour = taken()
            lost_reply(handler, data)

        self.server.behaviour = once

    def wrong_identity(self) -> None:
        self.partner = replace(self.partner, peer=TlsServer().pem)


class Keeper:
    """A keep() that remembers, or fails as a full disk or a locked ledger would."""

    def __init__(self, fails_at: int = 0) -> None:
        self.kept: list[Inbound] = []
        self._fails_at = fails_at

    def __call__(self, item: Inbound) -> None:
        if self._fails_at == len(self.kept) + 1:
            raise KeepFailed
        self.kept.append(item)


class KeepFailed(Exception):
    """The store could not commit."""
