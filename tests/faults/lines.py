"""Ways to partner A: a real adapter, its real server, and the peer behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from adapters.mail_accounts import MailAccounts
from adapters.registry import ChannelRegistry
from demo.mail_server import deliver
from gateway.domain.canonical import digest
from gateway.domain.ids import ParcelName
from gateway.domain.parties import Partner
from gateway.ports import Adapter, Parcel
from tests.adapters.mail_rigs import PASSWORD, SENDER, USER, MailRig, Pki, attachments, boxes
from tests.adapters.rigs import QUICK, Login, RestRig, Rig
from tests.adapters.test_sftp_faults import Failing, serving
from tests.faults.rig import A, Site
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.mail_dovecot import Dovecot, give, public_folder
from tests.peers.mail_embedded import WilfulMailServer
from tests.peers.tls_server import TlsServer, accepted, wait_for
from tests.services.back.peer import PeerChannels

Lines = Literal["peer", "sftp", "rest", "mail", "imap"]


class WilfulMailRig(MailRig):
    """With the relay at hand, which a test makes answer as it wants."""

    office: WilfulMailServer

    def received(self) -> dict[str, bytes]:
        """Parcels alone: a newer head comes under the name of the older one."""
        wait_for(lambda: not any("_back" in one.name for one in threading.enumerate()))
        found: dict[str, bytes] = {}
        for name, data in (one for mail in self.mails() for one in attachments(mail)):
            if ParcelName.parse(name) is not None:
                assert found.setdefault(name, data) == data  # a repeat has the same bytes
        return found


class ServedMailRig(WilfulMailRig):
    """What is laid into a mailbox belongs to the servers' user."""

    def arrive(self, mail: bytes, name: str) -> None:
        path = deliver(self.box, mail)
        give(path)
        self.arrived(path, name)


class Line:
    """A's channel, ports.Channels. No rig: the peer itself, in this process.

    `carry` is what A's own clerk does: takes what came, lays answers ready.
    """

    def __init__(self, site: Site, rig: Rig | None, server: type[Failing] = Failing) -> None:
        self.site, self.rig, self.server = site, rig, server
        self._seen: set[tuple[str, bytes]] = set()
        self._answers = 0

    @contextmanager
    def open(self, partner: Partner) -> Iterator[Adapter]:
        """The real adapter for A, the peer itself for everybody else."""
        if partner.id != A or self.rig is None:
            with PeerChannels(self.site.peers).open(partner) as adapter:
                yield adapter
        elif isinstance(self.rig, MailRig):
            with self.rig.open() as adapter:
                yield adapter
        else:
            clock = self.site.clock
            channels = ChannelRegistry(clock, Login(), allow_private=True, limits=QUICK)
            with channels.open(self.rig.partner) as adapter:
                yield adapter

    def carry(self) -> None:
        """Both ways between the server and the peer."""
        if self.rig is None:
            return
        for name, data in self.rig.received().items():
            # answers and heads come the same way, where a service has one address for all
            parcel = ParcelName.parse(name or "")
            if parcel is not None and (name, data) not in self._seen:
                self._seen.add((name, data))
                self.site.a.take(Parcel(parcel, data, digest(data)))
        for key, body in sorted(self.site.a.outbox.items()):
            self._answers += 1
            self.rig.put_reply(f"{self._answers:04}", body)
            del self.site.a.outbox[key]


@contextmanager
def line_to(site: Site, kind: Lines, folder: Path) -> Iterator[Line]:
    """A line of that kind; `folder` is where its server keeps what it has."""
    with ExitStack() as stack:
        if kind == "sftp":

            class Server(Failing):
                """Its faults are this line's alone."""

            yield Line(site, stack.enter_context(serving(folder, Server)), Server)
        elif kind == "rest":
            yield Line(site, RestRig(stack.enter_context(TlsServer(accepted))))
        elif kind in ("mail", "imap"):
            yield Line(site, (_mail if kind == "mail" else _imap)(site, folder, stack))
        else:
            yield Line(site, None)


def _mail(site: Site, folder: Path, stack: ExitStack) -> MailRig:
    """An embedded relay over TLS, into Maildir folders."""
    pki, (box, _theirs) = Pki(folder), boxes(folder / "mail")
    return _rig(WilfulMailRig, site, folder, pki, f"maildir:{box}", stack)


def _imap(site: Site, _folder: Path, stack: ExitStack) -> MailRig:
    """The same relay, and Dovecot over the gateway's Maildir."""
    folder = Path(stack.enter_context(public_folder("mail")))
    pki, _made = Pki(folder), boxes(folder / "mail")
    give(folder / "mail")
    served = Dovecot(folder / "mail", SENDER, PASSWORD, (pki.chain, pki.key))
    stack.enter_context(served)
    mailbox = f"imaps://{USER}@localhost:{served.port}/INBOX"
    return _rig(ServedMailRig, site, folder, pki, mailbox, stack)


def _rig(
    kind: type[WilfulMailRig], site: Site, folder: Path, pki: Pki, mailbox: str, stack: ExitStack
) -> MailRig:
    office = WilfulMailServer(folder / "mail", {USER: PASSWORD}, (pki.chain, pki.key))
    stack.enter_context(office)
    proxy = stack.enter_context(CuttingProxy(office.port))
    relay = f"smtps://{USER}@localhost:{proxy.port}"
    accounts = MailAccounts(relay, SENDER, mailbox, str(pki.ca))
    rig = kind(folder, pki, proxy, accounts, *boxes(folder / "mail"))
    rig.office, rig.clock = office, site.clock  # type: ignore[assignment]  # any clock will do
    return rig
