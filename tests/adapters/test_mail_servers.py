"""The mail channel over the servers that houses run: Postfix and Dovecot, from Debian.

Each pair of servers is started once and its mailboxes are emptied between tests.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from adapters.mail_accounts import MailAccounts
from demo.mail_server import deliver
from gateway.domain import bounced
from gateway.domain.canonical import digest
from tests.adapters.contract import Contract
from tests.adapters.mail_rigs import (
    PARTNER,
    PASSWORD,
    SENDER,
    USER,
    MailRig,
    Pki,
    boxes,
    post,
    statement_mail,
)
from tests.adapters.rigs import DELIVERY, Keeper, parcel
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.mail_dovecot import Dovecot, give, public_folder
from tests.peers.mail_embedded import WilfulMailServer
from tests.peers.mail_postfix import BROKEN, Postfix, can_run
from tests.peers.tls_server import wait_for


@dataclass
class House:
    """Servers that stay up for a module: where the relay and the IMAP server are."""

    folder: Path
    pki: Pki
    dovecot: Dovecot
    relay: str
    port: int
    postfix: Postfix | None = None

    def accounts(self, port: int) -> MailAccounts:
        """Through a proxy in front of the relay."""
        relay = f"{self.relay}://{USER}@localhost:{port}"
        mailbox = f"imaps://{USER}@localhost:{self.dovecot.port}/INBOX"
        return MailAccounts(relay, SENDER, mailbox, str(self.pki.ca))

    @property
    def boxes(self) -> tuple[Path, Path]:
        """The gateway's and the partner's Maildir."""
        return boxes(self.folder / "mail")


class ServedRig(MailRig):
    """What is laid into a mailbox belongs to the servers' user."""

    def arrive(self, mail: bytes, name: str) -> None:
        path = deliver(self.box, mail)
        give(path)
        self.arrived(path, name)


class PostedRig(ServedRig):
    """A partner's mails go through the relay too."""

    postfix: Postfix

    def received(self) -> dict[str, bytes]:
        assert wait_for(self.postfix.idle)  # a relay delivers after it has answered
        return super().received()

    def put_reply(self, name: str, data: bytes) -> None:
        before = set((self.box / "new").iterdir())
        post(self.postfix.port, self.pki, statement_mail(data, name), starttls=True)
        assert wait_for(self.postfix.idle)
        (path,) = set((self.box / "new").iterdir()) - before
        self.arrived(path, name)


@pytest.fixture(scope="module")
def dovecot_house() -> Iterator[House]:
    """The embedded relay, and Dovecot over its Maildir."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(public_folder("mail")))
        pki, _made = Pki(folder), boxes(folder / "mail")
        give(folder / "mail")
        certificate = (pki.chain, pki.key)
        dovecot = Dovecot(folder / "mail", SENDER, PASSWORD, certificate)
        office = WilfulMailServer(folder / "mail", {USER: PASSWORD}, certificate)
        stack.enter_context(dovecot)
        stack.enter_context(office)
        yield House(folder, pki, dovecot, "smtps", office.port)


@pytest.fixture(scope="module")
def postfix_house() -> Iterator[House]:
    """Postfix, which asks Dovecot for passwords, and Dovecot over the Maildir that it fills."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(public_folder("mail")))
        pki, _made = Pki(folder), boxes(folder / "mail")
        give(folder / "mail")
        certificate = (pki.chain, pki.key)
        dovecot = Dovecot(folder / "mail", SENDER, PASSWORD, certificate)
        stack.enter_context(dovecot)
        postfix = Postfix(folder / "mail", (SENDER, PARTNER), dovecot.auth, certificate)
        stack.enter_context(postfix)
        yield House(folder, pki, dovecot, "smtp", postfix.port, postfix)


@pytest.mark.dovecot
class TestMailOverDovecot(Contract):
    @pytest.fixture
    def rig(self, dovecot_house: House, tmp_path: Path) -> Iterator[MailRig]:
        house = dovecot_house
        with CuttingProxy(house.port) as proxy:
            accounts = house.accounts(proxy.port)
            rig = ServedRig(tmp_path, house.pki, proxy, accounts, *house.boxes)
            rig.wipe()
            yield rig

    def test_a_mail_is_taken_whatever_its_flags(self, rig: MailRig) -> None:
        rig.put_reply("a", b"statement")
        (path,) = (rig.box / "new").iterdir()
        path.rename(rig.box / "cur" / f"{path.name}:2,FRST")  # seen, answered, flagged, deleted
        keeper = Keeper()
        with rig.open() as adapter:
            assert adapter.collect(keeper) == 1
        assert [item.data for item in keeper.kept] == [b"statement"]

    def test_a_new_uidvalidity_changes_nothing(self, rig: MailRig) -> None:
        rig.put_reply("a", b"first")
        with rig.open() as adapter:
            adapter.collect(Keeper())
        for name in ("dovecot-uidlist", "dovecot-uidvalidity", "dovecot.index.log"):
            (rig.box / name).unlink(missing_ok=True)
        rig.put_reply("b", b"second")  # under the same UID as the first one, in a new series
        keeper = Keeper()
        with rig.open() as adapter:
            assert adapter.collect(keeper) == 1
        assert [item.data for item in keeper.kept] == [b"second"]

    def test_what_was_taken_lies_in_the_folder_processed(self, rig: MailRig) -> None:
        rig.put_reply("a", b"statement")
        with rig.open() as adapter:
            adapter.collect(Keeper())
        assert len(rig.lying(".Processed")) == 1

    def test_a_wrong_password_for_the_mailbox_alerts_and_says_so(self, rig: MailRig) -> None:
        rig.login.passwords["mailbox"] = "lain"
        with rig.open() as adapter:
            checks = {name: held for name, held, _advice in adapter.probe().checks}
        assert checks["mailbox: login and folder"] is False
        assert checks["relay: TLS, certificate and login"] is True

    def test_a_folder_that_does_not_exist_alerts(self, rig: MailRig) -> None:
        rig.accounts = replace(
            rig.accounts, mailbox=rig.accounts.mailbox.replace("INBOX", "TidakAda")
        )
        with rig.open() as adapter:
            report = adapter.probe()
        advice = {name: advice for name, _held, advice in report.checks}
        assert "[mail] mailbox" in advice["mailbox: login and folder"]

    def test_old_mails_of_nobody_are_counted(self, rig: MailRig) -> None:
        rig.arrive(statement_mail(b"x", to=SENDER, sender="orang@asing.example"), "a")
        rig.put_reply("b", b"statement")  # the partner's own are not nobody's
        with rig.open() as adapter:
            checks = {name: advice for name, _held, advice in adapter.probe().checks}
            assert adapter.collect(Keeper()) == 1
        assert checks["mailbox: no mail of nobody"].startswith("1 mails")
        assert len(rig.lying()) == 1  # and stays


@pytest.mark.postfix
@pytest.mark.dovecot
@pytest.mark.skipif(not can_run(), reason="Postfix's master process needs root")
class TestMailOverPostfix(Contract):
    @pytest.fixture
    def rig(self, postfix_house: House, tmp_path: Path) -> Iterator[PostedRig]:
        house = postfix_house
        with CuttingProxy(house.port) as proxy:
            accounts = house.accounts(proxy.port)
            rig = PostedRig(tmp_path, house.pki, proxy, accounts, *house.boxes)
            assert house.postfix is not None
            rig.postfix = house.postfix
            rig.wipe()
            yield rig

    def test_an_unknown_address_is_refused_by_the_relay_at_once(self, rig: MailRig) -> None:
        rig.partner = replace(rig.partner, channel="mailto:tidak-ada@operator.example")
        with rig.open() as adapter:
            report = adapter.probe()
        assert [held for _name, held, _advice in report.checks] == [True, False, True, True]

    def test_what_it_could_not_deliver_comes_back_as_a_bounce(self, rig: PostedRig) -> None:
        rig.partner = replace(rig.partner, channel=f"mailto:{BROKEN}")
        keeper = Keeper()
        with rig.open() as adapter:
            done = adapter.send(DELIVERY, parcel())
            assert wait_for(rig.postfix.idle)
            adapter.collect(keeper)
        (item,) = keeper.kept
        word = bounced.read(item.data)
        assert (item.kind, item.remote_id) == ("bounce", digest(item.data))
        assert (word.delivery, word.action) == (DELIVERY, "failed")
        assert done.remote_id.endswith(word.message)  # the one attempt, by its Message-ID
        assert word.status[0] in "45"
        assert word.at <= time.time_ns() // 1000
        assert len(rig.lying(".Processed")) == 1
