"""What a relay's answer means for a parcel, and what the mail around it says."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from adapters import mail_relays
from adapters.limits import Limits
from adapters.mail_accounts import MailAccounts
from adapters.mail_wire import connect, hurried_context
from gateway.domain import failpoints
from gateway.ports import Message, RefusedError, SendError
from tests.adapters.mail_rigs import (
    OURS,
    PARTNER,
    PASSWORD,
    SENDER,
    USER,
    MailRig,
    Pki,
    attachments,
    boxes,
)
from tests.adapters.rigs import DELIVERY, QUICK, parcel
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.mail_embedded import WilfulMailServer
from tests.peers.mail_fakes import FakeServer, context, smtp


@dataclass
class Office:
    """A rig whose relay answers as the test wants."""

    rig: MailRig
    server: WilfulMailServer

    def send(self, data: bytes = b"sealed") -> str:
        """One attempt; what the channel gives as evidence."""
        with self.rig.open() as adapter:
            return adapter.send(DELIVERY, parcel(data)).remote_id

    def failure(self) -> SendError:
        """The failure of an attempt, after which the partner has nothing."""
        with pytest.raises(SendError) as caught:
            self.send()
        assert self.rig.received() == {}
        return caught.value


@pytest.fixture(params=["smtps", "smtp"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """Both kinds of TLS."""
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
    certificate = (pki.chain, pki.key)
    with ExitStack() as stack:
        server = stack.enter_context(
            WilfulMailServer(
                tmp_path / "mail", {USER: PASSWORD}, certificate, starttls=request.param == "smtp"
            )
        )
        proxy = stack.enter_context(CuttingProxy(server.port))
        uri = f"{request.param}://{USER}@localhost:{proxy.port}"
        accounts = MailAccounts(uri, SENDER, f"maildir:{box}", str(pki.ca))
        yield Office(MailRig(tmp_path, pki, proxy, accounts, box, theirs), server)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_no_for_good_is_a_refusal_without_the_relays_words(office: Office, step: str) -> None:
    office.server.answers[step] = "550 5.7.1 call 0870 for the secret reason"
    error = office.failure()
    assert isinstance(error, RefusedError)
    assert "550 5.7.1" in str(error)
    assert "secret" not in str(error) + error.hint


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "busy"),
    [("421 4.3.2 closing", True), ("450 4.2.1 full", True), ("451 4.7.1 later", True),
     ("452 4.3.1 no space", True), ("455 4.5.4 what", False)],
)  # fmt: skip
def test_a_no_for_now_is_tried_again_and_a_busy_one_costs_no_try(
    office: Office, step: str, answer: str, busy: bool
) -> None:
    office.server.answers[step] = answer
    error = office.failure()
    assert (error.handed_over, error.busy, error.alert) == ("no", busy, False)
    assert not isinstance(error, RefusedError)
    office.send()


def test_a_mail_that_is_too_large_is_refused_before_its_content_is_sent(office: Office) -> None:
    office.server.answers["MAIL"] = "552 5.3.4 too large"
    assert isinstance(office.failure(), RefusedError)
    assert office.server.options == []


def test_a_refused_sender_is_our_own_trouble_and_not_the_partners(office: Office) -> None:
    office.server.answers["MAIL"] = "550 5.7.1 not this sender"
    error = office.failure()
    assert not isinstance(error, RefusedError)
    assert (error.handed_over, error.alert) == ("no", True)


def test_a_refused_login_alerts_and_sends_nothing(office: Office) -> None:
    office.rig.login.passwords["mail-relay"] = "lain"
    error = office.failure()
    assert (error.handed_over, error.alert) == ("no", True)
    assert "password" in str(error)
    assert "lain" not in str(error)


def test_a_connection_that_is_cut_before_the_end_of_the_mail_handed_over_nothing(
    office: Office,
) -> None:
    def hook(point: str) -> None:
        if point == "before:mail.data":
            raise ConnectionResetError  # the last byte was not written

    failpoints.arm(hook)
    error = office.failure()
    assert (error.handed_over, error.alert) == ("no", False)


def test_nothing_listening_is_no_alert(office: Office) -> None:
    office.rig.accounts = replace(office.rig.accounts, relay=f"smtps://{USER}@localhost:1")
    error = office.failure()
    assert (error.handed_over, error.alert) == ("no", False)


def test_the_relays_answer_and_the_message_id_are_the_evidence(office: Office) -> None:
    first, second = office.send(), office.send()
    assert first.startswith("250 2.0.0 Ok: queued as 1 <7.opr-uji-a.1.")
    assert first.endswith("@komdigi.example>")
    assert first.rpartition(" ")[2] != second.rpartition(" ")[2]  # one id an attempt


def test_bounces_and_replies_come_back_under_the_partners_own_tag(office: Office) -> None:
    office.send()
    (mail,) = office.rig.mails()
    message = email.message_from_bytes(mail)
    assert message["Return-Path"] == f"<{OURS}>"
    assert message["Reply-To"] == OURS
    assert message["From"] == f"Palang <{SENDER}>"
    assert message["To"] == PARTNER
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Palang-Delivery"] == DELIVERY
    assert message["Palang-Digest"] == parcel().digest


def test_the_parcel_is_the_only_attachment_whatever_its_bytes(office: Office) -> None:
    for data in (b"\r\n.\r\n", b".", b"\n", bytes(range(256)) * 3000, b"x" * 57, b""):
        office.rig.wipe()
        office.send(data)
        (mail,) = office.rig.mails()
        assert list(attachments(mail)) == [(str(parcel().name), data)]


@pytest.mark.parametrize(
    ("ending", "kind"), [("jws", "jose"), ("p7m", "octet-stream"), ("asc", "octet-stream")]
)
def test_a_statement_goes_the_same_way_and_its_id_is_no_deliverys(
    office: Office, ending: str, kind: str
) -> None:
    said = Message(f"palang-opr-uji-a-head.{ending}", b"head", "sha256:" + "0" * 64)
    with office.rig.open() as adapter:
        done = adapter.say(said)
    (mail,) = office.rig.mails()
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert list(attachments(mail)) == [(said.name, b"head")]
    assert message["Palang-Statement"] == said.name
    assert [p.get_content_subtype() for p in message.iter_attachments()] == [kind]
    assert done.remote_id.rpartition(" ")[2].startswith("<say.")
    assert done.endpoint == office.rig.partner.channel


def test_a_relay_that_knows_notices_is_asked_for_bounces_without_content(tmp_path: Path) -> None:
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
    offers = ("DSN", "SIZE 99999", "AUTH LOGIN")
    with FakeServer(b"220 x\r\n", smtp(*offers), tls=context(pki.authority)) as relay:
        accounts = MailAccounts(
            f"smtps://localhost:{relay.port}", SENDER, f"maildir:{box}", str(pki.ca)
        )
        rig = MailRig(tmp_path, pki, CuttingProxy(0), accounts, box, theirs)
        with rig.open() as adapter:
            done = adapter.send(DELIVERY, parcel())
        said = bytes(relay.secret)
    message_id = done.remote_id.rpartition(" ")[2].strip("<>")
    assert f"RET=HDRS ENVID={message_id}\r\n".encode() in said
    assert b"NOTIFY=FAILURE" in said
    assert b"AUTH" not in said  # a relay URI without a user logs nobody in
    mail = said[said.index(b"From: ") : said.index(b"\r\n.\r\n") + 2]
    assert f" SIZE={len(mail)} ".encode() in said


def test_a_relay_with_login_only_is_logged_in_to(tmp_path: Path) -> None:
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")

    def answer(line: bytes) -> bytes:
        steps = {b"AUTH LOGIN\r\n": b"334 VXNlcg==\r\n", b"Z2VyYmFuZw==\r\n": b"334 UGFzcw==\r\n"}
        known = steps.get(line)
        return known or (b"235 ok\r\n" if line.startswith(b"c2Fu") else smtp("AUTH LOGIN")(line))

    with FakeServer(b"220 x\r\n", answer, tls=context(pki.authority)) as relay:
        accounts = MailAccounts(
            f"smtps://{USER}@localhost:{relay.port}", SENDER, f"maildir:{box}", str(pki.ca)
        )
        rig = MailRig(tmp_path, pki, CuttingProxy(0), accounts, box, theirs)
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        assert b"AUTH LOGIN\r\nZ2VyYmFuZw==\r\nc2FuZGktdWpp\r\nmail" in relay.secret


def test_small_packets_do_not_wait_for_each_other() -> None:
    """TCP_NODELAY: without it a mail over TLS takes 40 ms more (docs/channel-mail.md)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
        context = hurried_context("", QUICK)
        with connect(["127.0.0.1"], port, context) as wire:
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_relay_that_drips_is_cut_off_on_time(tmp_path: Path) -> None:
    """A byte now and then in its greeting, before TLS: each read is short, the whole is not."""
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
    with FakeServer(b"", lambda _line: b"") as relay:
        relay.greeting = b"220-" + b"x" * 2_000  # never a line's end
        accounts = MailAccounts(f"smtp://localhost:{relay.port}", SENDER, f"maildir:{box}")
        rig = MailRig(tmp_path, pki, CuttingProxy(0), accounts, box, theirs)
        rig.limits = Limits(connect=5, total=0.2)
        with rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", False)
    assert "within the time" in str(caught.value)


def test_mails_share_a_session_whichever_partners_they_are(office: Office) -> None:
    scheme = office.rig.scheme()
    for id in ("opr-uji-a", "opr-uji-b"):
        scheme.adapter(replace(office.rig.partner, id=id)).send(f"7.{id}.1", parcel())
    assert len(office.rig.mails()) == 2
    assert len(office.server.logins) == 1
    scheme.close()


def test_a_session_that_the_relay_ended_is_replaced_and_nothing_is_lost(office: Office) -> None:
    scheme = office.rig.scheme()
    scheme.adapter(office.rig.partner).send(DELIVERY, parcel())
    office.rig.proxy.losing.set()  # the next answer ends the connection: it is that of RSET
    scheme.adapter(office.rig.partner).send(DELIVERY, parcel())
    assert office.rig.proxy.lost == 1
    assert len(office.rig.mails()) == 2
    assert len(office.server.logins) == 2
    scheme.close()


def test_a_session_of_a_failed_mail_is_not_used_again(office: Office) -> None:
    scheme = office.rig.scheme()
    office.server.answers["RCPT"] = "550 5.1.1 unknown"
    with pytest.raises(RefusedError):
        scheme.adapter(office.rig.partner).send(DELIVERY, parcel())
    scheme.adapter(office.rig.partner).send(DELIVERY, parcel())
    assert len(office.server.logins) == 2
    scheme.close()


def test_an_old_session_is_not_trusted_with_another_mail(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = office.rig.scheme()
    scheme.adapter(office.rig.partner).send(DELIVERY, parcel())
    monkeypatch.setattr(mail_relays, "AGE", -1.0)
    office.rig.login.passwords["mail-relay"] = "lain"
    with pytest.raises(SendError) as caught:
        scheme.adapter(office.rig.partner).send(DELIVERY, parcel())
    assert "password" in str(caught.value)
    scheme.close()


def test_a_probe_logs_in_anew(office: Office) -> None:
    scheme = office.rig.scheme()
    adapter = scheme.adapter(office.rig.partner)
    adapter.send(DELIVERY, parcel())
    assert adapter.probe().good
    assert len(office.server.logins) == 2
    scheme.close()
