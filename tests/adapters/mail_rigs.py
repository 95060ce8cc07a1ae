"""The mail channel, its servers and the partner's mailbox, in one hand; a rig per pair of servers.

The contract speaks of parcels and statements by name. A mail box has mails: `received` reads the
attachments as a partner does, whose digest rule records equal bytes once; `put_reply` gives a
mail's arrival the order of its name, because a mailbox is ordered by arrival.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import os
import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import asyncssh
import trustme

from adapters.mail_accounts import MailAccounts
from adapters.mail_scheme import MailScheme
from adapters.registry import ChannelRegistry
from demo.mail_server import deliver, make_maildir
from gateway.domain import failpoints
from gateway.ports import Adapter
from tests.adapters.rigs import QUICK, Login, Rig, StillClock, partner
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.tls_server import wait_for

SENDER = "palang@komdigi.example"
OURS = "palang+opr-uji-a@komdigi.example"
PARTNER = "masuk@operator.example"
PASSWORD = "sandi-uji"
USER = "gerbang"
FIRST = 1_000_000_000  # seconds; the arrival of the reply that is named first


class Pki:
    """One authority and the servers' certificate for localhost, as files."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.chain, self.key = folder / "mail.pem", folder / "mail.key"
        self._certificate = self.authority.issue_cert("localhost")
        self._certificate.cert_chain_pems[0].write_to_path(str(self.chain))
        self._certificate.private_key_pem.write_to_path(str(self.key))
        self.key.chmod(0o600)

    @property
    def fingerprint(self) -> str:
        """Of the servers' certificate."""
        der = ssl.PEM_cert_to_DER_cert(self.chain.read_text())
        return f"SHA256:{hashlib.sha256(der).hexdigest()}"

    def stranger(self, folder: Path) -> str:
        """The path of another authority's certificate."""
        path = folder / "other-ca.pem"
        trustme.CA().cert_pem.write_to_path(str(path))
        return str(path)


class MailRig(Rig):
    """`box` is the gateway's Maildir, `theirs` the partner's, `relay` a URI without port."""

    def __init__(
        self,
        folder: Path,
        pki: Pki,
        proxy: CuttingProxy,
        accounts: MailAccounts,
        box: Path,
        theirs: Path,
    ) -> None:
        self.folder, self.pki, self.proxy = folder, pki, proxy
        self.accounts, self.box, self.theirs = accounts, box, theirs
        self.fingerprint = pki.fingerprint
        self.partner = partner(f"mailto:{PARTNER}", "", "")
        self.login = Login(passwords={"mail-relay": PASSWORD, "mailbox": PASSWORD})
        self.clock, self.limits = StillClock(), QUICK

    def scheme(self) -> MailScheme:
        """The scheme with these accounts, as the registry has it."""
        return MailScheme(self.clock, self.login, self.accounts, limits=self.limits)

    @contextmanager
    def open(self, **_how: asyncssh.SSHKey) -> Iterator[Adapter]:
        scheme = self.scheme()
        channels = ChannelRegistry(
            self.clock, self.login, allow_private=False, house={"mailto": scheme}
        )
        try:
            with channels.open(self.partner) as adapter:
                yield adapter
        finally:
            scheme.close()

    def mails(self) -> list[bytes]:
        """Whole mails in the partner's mailbox, in order of arrival."""
        found = sorted((self.theirs / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_bytes() for path in found]

    def received(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        wait_for(lambda: not any("_back" in one.name for one in threading.enumerate()))
        for mail in self.mails():  # the proxy has ended its sessions by now
            for name, data in attachments(mail):
                assert found.setdefault(name, data) == data  # a repeat has the same bytes
        return found

    def put_reply(self, name: str, data: bytes) -> None:
        """Deliver to the gateway's mailbox; `name` decides the arrival and is found again."""
        self.arrive(statement_mail(data, name), name)

    def arrive(self, mail: bytes, name: str) -> None:
        """Lay a mail into the gateway's mailbox as a delivery agent does."""
        self.arrived(deliver(self.box, mail), name)

    def arrived(self, path: Path, name: str) -> None:
        """Give a delivered mail the arrival that its name asks for."""
        moment = FIRST + sum(ord(char) * 128 ** (3 - at) for at, char in enumerate(name[:4]))
        os.utime(path, (moment, moment))

    def lying(self, folder: str = "") -> list[bytes]:
        """Whole mails in a folder of the gateway's mailbox, "" for the mailbox itself."""
        place = self.box / folder
        parts = [place / part for part in ("new", "cur") if (place / part).is_dir()]
        return [path.read_bytes() for part in parts for path in sorted(part.iterdir())]

    def replies(self) -> set[str]:
        """Statements that were not taken: in the mailbox, or set aside for a person."""
        mails = self.lying() + self.lying(".Refused")
        return {str(email.message_from_bytes(mail)["Subject"]) for mail in mails}

    def lose_next_answer(self) -> None:
        def hook(point: str) -> None:
            if point == "before:mail.data":
                self.proxy.losing.set()
                failpoints.arm(None)

        failpoints.arm(hook)

    def wrong_identity(self) -> None:
        self.accounts = replace(self.accounts, ca=self.pki.stranger(self.folder))

    def wipe(self) -> None:
        """Both mailboxes as new, for servers that several tests share."""
        for maildir in (self.box, self.theirs):
            for path in maildir.rglob("*"):
                if path.is_file() and path.parent.name in ("new", "cur"):
                    path.unlink()


def attachments(mail: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each, by the standard library's own reader."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.iter_attachments():
        assert isinstance(part, EmailMessage)
        yield str(part.get_filename()), part.get_content()


def statement_mail(
    data: bytes, subject: str = "a", sender: str = PARTNER, to: str = OURS, **headers: str
) -> bytes:
    """A partner's mail with one statement; header names are given with underscores."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{hashlib.sha256(data).hexdigest()[:16]}@operator.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Terlampir jawaban kami.\n")
    message.add_attachment(data, maintype="application", subtype="jose", filename=f"{subject}.jws")
    return message.as_bytes()


def report(kind: str, status: str, returned: str = "Subject: x\n", **headers: str) -> bytes:
    """A report (RFC 6522) to the partner's plus-address, with the header that came back."""
    lines = {
        "Return-Path": "<>",
        "From": "MAILER-DAEMON@mail.operator.example",
        "To": OURS,
        "Auto-Submitted": "auto-replied",
        **{name.replace("_", "-"): value for name, value in headers.items()},
        "Content-Type": f'multipart/report; report-type={kind}; boundary="b"',
    }
    head = "".join(f"{name}: {value}\n" for name, value in lines.items())
    parts = (
        "Content-Type: text/plain\n\nSurel tidak sampai.\n",
        f"Content-Type: message/{kind}\n\n{status}",
        f"Content-Type: text/rfc822-headers\n\n{returned}",
    )
    return (head + "\n" + "".join(f"--b\n{part}\n" for part in parts) + "--b--\n").encode()


def post(relay_port: int, pki: Pki, mail: bytes, *, starttls: bool = False) -> None:
    """Send a mail as a partner does, with nothing of ours."""
    context = ssl.create_default_context(cafile=str(pki.ca))
    if starttls:
        client = smtplib.SMTP("localhost", relay_port, local_hostname="operator.example")
        client.starttls(context=context)
    else:
        client = smtplib.SMTP_SSL(
            "localhost", relay_port, local_hostname="operator.example", context=context
        )
    with client:
        client.login(USER, PASSWORD)
        message = email.message_from_bytes(mail)
        client.sendmail(str(message["From"]), [str(message["To"])], mail)


def boxes(folder: Path) -> tuple[Path, Path]:
    """The gateway's and the partner's Maildir."""
    return make_maildir(folder / SENDER), make_maildir(folder / PARTNER)
