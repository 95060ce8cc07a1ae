"""Attacks of threats.md 1.2 on what comes by mail: M1 to M5, M7 to M9."""

from __future__ import annotations

import email
import email.policy
import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from adapters.limits import Limits
from adapters.mail_accounts import MailAccounts
from demo.mail_server import deliver, make_maildir
from gateway.domain import failpoints
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.trust import Role
from gateway.ports import Message, SendError
from keys.jws import JoseSignatures
from tests.adapters.mail_rigs import (
    PARTNER,
    PASSWORD,
    SENDER,
    USER,
    MailRig,
    Pki,
    boxes,
    report,
    statement_mail,
)
from tests.adapters.rigs import DELIVERY, Keeper, parcel
from tests.keys import parties
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.mail_embedded import WilfulMailServer
from tests.peers.mail_fakes import FakeServer, smtp

MANY = Limits(connect=5, total=60, reply=32 * 1024 * 1024, items=3_000)
BOB = "mailto:keluar@other.example"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[MailRig]:
    """The gateway's Maildir; its relay counts connections and would take anything."""
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
    with FakeServer(b"220 fake\r\n", smtp()) as relay, CuttingProxy(relay.port) as proxy:
        accounts = MailAccounts(
            f"smtps://{USER}@localhost:{relay.port}", SENDER, f"maildir:{box}", str(pki.ca)
        )
        made = MailRig(tmp_path, pki, proxy, accounts, box, theirs)
        made.limits = MANY
        yield made
        assert relay.connections == 0  # whatever came in, nothing went out


def collected(rig: MailRig) -> tuple[list[bytes], str]:
    """What a collect kept, and its one alert or ""."""
    keeper, alert = Keeper(), ""
    with rig.open() as adapter:
        try:
            adapter.collect(keeper)
        except SendError as error:
            assert (error.handed_over, error.alert) == ("no", True)
            alert = str(error)
    return [item.data for item in keeper.kept], alert


def html(target: str) -> EmailMessage:
    """A mail that a reader would fetch from, with an S/MIME part as EFAIL wraps it."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = PARTNER, "palang+opr-uji-a@komdigi.example"
    message["Subject"] = "html"
    message.set_content(f'<img src="http://{target}/leak?', subtype="html")
    message.add_attachment(
        b"\x30\x80\x06\x09", maintype="application", subtype="pkcs7-mime", filename="smime.p7m"
    )
    return message


def test_m1_html_and_smime_are_passed_over_and_nothing_is_fetched(rig: MailRig) -> None:
    with FakeServer(b"", smtp()) as web:
        message = html(f"127.0.0.1:{web.port}")
        rig.arrive(message.as_bytes(), "a")
        message.add_attachment(
            b"statement", maintype="application", subtype="jose", filename="x.jws"
        )
        rig.arrive(message.as_bytes(), "b")
        kept, alert = collected(rig)
        assert web.connections == 0
    assert kept == [b"statement"]
    assert "1 x no statement (.jws) in it" in alert


BROKEN = (
    lambda mail: mail.replace(b"base64", b"base46"),
    lambda mail: mail.replace(b"c3RhdGVtZW50", b"c3Rh*GVtZW50"),
    lambda mail: mail[: mail.index(b"c3Rh")],  # cut off
    lambda mail: mail.replace(b"boundary=", b"boundari="),
    lambda mail: mail.replace(b'"a.jws"', b"\"a.jws\"; filename*=a%00b''%ff"),
)


def test_m2_a_thousand_malformed_mails_get_no_answer_and_one_alert(rig: MailRig) -> None:
    whole = statement_mail(b"statement")
    for number in range(1_000):
        mail = BROKEN[number % len(BROKEN)](whole)
        assert mail != whole
        deliver(rig.box, mail)
    kept, alert = collected(rig)
    assert kept == [b"statement"] * kept.count(b"statement")  # never half of one
    assert len(kept) + len(rig.lying(".Refused")) == 1_000
    assert len(rig.lying(".Refused")) >= 800
    assert "set aside" in alert
    assert collected(rig) == ([], "")


def test_m3_a_disposition_notification_is_no_receipt(rig: MailRig) -> None:
    mdn = report(
        "disposition-notification",
        "Original-Message-ID: <7.opr-uji-a.1.0123456789abcdef@komdigi.example>\n"
        "Disposition: automatic-action/MDN-sent-automatically; processed\n"
        "Received-Content-MIC: AAAA, sha-256\n",
    )
    rig.arrive(mdn, "a")
    kept, alert = collected(rig)
    assert kept == []
    assert "1 x " in alert


def test_m4_a_mail_is_one_partners_and_its_signer_must_be_that_partner(rig: MailRig) -> None:
    """Signed by B, sent in A's name: it comes in under A, where B's key is nobody's."""
    by = parties.OTHER_STATEMENT
    signed = parties.forge(parties.good_header(by), parties.ACK_BYTES, by.signer)
    rig.arrive(statement_mail(signed, "a"), "a")
    other = replace(rig.partner, id="opr-uji-b", channel=BOB)
    mine, rig.partner = rig.partner, other
    assert collected(rig) == ([], "")  # B's own channel does not see it
    rig.partner = mine
    kept, _alert = collected(rig)
    assert kept == [signed]
    with pytest.raises(NotVerified):
        JoseSignatures().open_statement(
            signed, parties.OPERATOR, Role.STATEMENT, parties.TRUST, parties.NOW, "palang-uji"
        )


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: c@d.example", "a\r\n@b.example", "a@b.example\0", "a\u2028@b.example",
        "a@b.example\u2028", "=?utf-8?q?a?=@b.example", '"a b"@b.example', '"a"@b.example',
        "a@b.example?cc=c@d.example", "a@b.example,c@d.example", "<a@b.example>", "a@[127.0.0.1]",
        "a@b", "@b.example", "a@", "a@b..example", "a@-b.example", "a@b.exa mple", "a@b.example ",
        "a@péter.example", "à@b.example", "a..b@b.example", ".a@b.example", "a.@b.example",
        "a@b.1", "a" * 65 + "@b.example", "a@" + "b" * 64 + ".example", "a@b@c.example", "",
        "A <a@b.example>", "a(c)@b.example", "a@b.example\n", "a%0d%0a@b.example",
    ],
)  # fmt: skip
def test_m5_an_address_that_says_more_is_refused_at_save_and_at_send(
    rig: MailRig, address: str
) -> None:
    with pytest.raises(InputError) as caught:
        rig.scheme().check_channel(f"mailto:{address}", "")
    assert not address or address not in str(caught.value)
    rig.partner = replace(rig.partner, channel=f"mailto:{address}")
    with pytest.raises(InputError), rig.open():
        pass


@pytest.mark.parametrize(
    "injected", ["\r\nBcc: c@d.example", "\n", "\0", "\u2028", "=?utf-8?q?x?="]
)
def test_m5_no_id_or_name_makes_a_header(rig: MailRig, injected: str) -> None:
    said = Message(f"palang-opr-uji-a-head{injected}.jws", b"x", "sha256:" + "0" * 64)
    with rig.open() as adapter:
        with pytest.raises(SendError) as caught:
            adapter.send(DELIVERY + injected, parcel())
        assert (caught.value.handed_over, caught.value.alert) == ("no", True)
        with pytest.raises(SendError) as caught:
            adapter.say(said)
        assert (caught.value.handed_over, caught.value.alert) == ("no", True)


def test_m5_what_was_sent_has_exactly_our_headers(tmp_path: Path) -> None:
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
    certificate = (pki.chain, pki.key)
    with WilfulMailServer(tmp_path / "mail", {USER: PASSWORD}, certificate) as office:
        accounts = MailAccounts(office.relay(USER), SENDER, f"maildir:{box}", str(pki.ca))
        made = MailRig(tmp_path, pki, CuttingProxy(office.port), accounts, box, theirs)
        with made.open() as adapter:
            adapter.send(DELIVERY, parcel(bytes(range(256)) * 99))
        (mail,) = made.mails()
    assert mail.count(b"\n") == mail.count(b"\r\n")
    assert max(len(line) for line in mail.split(b"\r\n")) <= 998
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert message.keys() == [
        "Return-Path", "Delivered-To", "From", "To", "Reply-To", "Date", "Message-ID",
        "Auto-Submitted", "Subject", "Palang-Delivery", "Palang-Parcel", "Palang-Digest",
        "MIME-Version", "Content-Type",
    ]  # fmt: skip


def automatic() -> Iterator[bytes]:
    """A thousand mails that no answer may follow: notices, loops, lists, our own mails."""
    kinds: list[dict[str, str]] = [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"List_Id": "<operator.lists.example>"},
        {"Return_Path": "<>"},
        {"sender": SENDER},
    ]
    for number in range(980):
        yield statement_mail(b"%d" % number, "auto", **kinds[number % len(kinds)])
    ours = "<7.opr-uji-a.1.0123456789abcdef@komdigi.example>"
    echo = statement_mail(b"echo", "echo").replace(b"Message-ID: <", b"X-Was: <")
    for _ in range(10):
        yield f"Message-ID: {ours}\r\n".encode() + echo
        yield report("delivery-status", "Reporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n")


def test_m7_a_thousand_automatic_mails_bring_no_mail_and_one_alert(rig: MailRig) -> None:
    for mail in automatic():
        deliver(rig.box, mail)
    kept, alert = collected(rig)
    assert kept == []
    assert len(rig.lying(".Refused")) == 1_000
    assert alert.count("140 x ") == 2  # each reason once, with its count
    assert collected(rig) == ([], "")  # and not again


def nested(depth: int) -> bytes:
    """Multiparts within each other."""
    head = "".join(
        f'Content-Type: multipart/mixed; boundary="b{at}"\n\n--b{at}\n' for at in range(depth)
    )
    return head.encode() + b"Content-Type: text/plain\n\nx\n" + b"--b0--\n"


TOP = b"From: masuk@operator.example\n"
BOMBS = {
    "nested": TOP + nested(10_000),
    "parts": TOP + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100_000,
    "headers": TOP + b"a: b\n" * 1_000_000 + b"\n",
    "one header": TOP + b"a: " + b"b" * 10_000_000 + b"\n\n",
    "part headers": TOP
    + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n'
    + b"a: b\n" * 1_000_000,
    "blanks": TOP + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"\n" * 10_000_000,
    "addresses": TOP + b"To: " + b"a@b.example, " * 4_000 + b"\n\n",
    "commas": TOP.replace(b"From: ", b"From: " + b"<" * 30_000) + b"\n",
}


def collected_in(rig: MailRig) -> tuple[list[bytes], str, int]:
    """What a collect kept, its alert, and the most memory that it took, in bytes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        kept, alert = collected(rig)
        return kept, alert, tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("bomb", BOMBS)
def test_m8_a_mime_bomb_is_set_aside_in_little_memory(rig: MailRig, bomb: str) -> None:
    rig.arrive(BOMBS[bomb], "a")
    rig.put_reply("b", b"statement")
    kept, _alert, peak = collected_in(rig)
    assert kept == [b"statement"]
    assert peak < 5 * len(BOMBS[bomb]) + 4 * 1024 * 1024
    assert len(rig.lying(".Refused")) + len(rig.lying()) == 1


def test_m8_two_gigabytes_are_refused_unread(rig: MailRig) -> None:
    path = deliver(rig.box, TOP + b"\n")
    os.truncate(path, 2 * 1024**3)
    kept, alert, peak = collected_in(rig)
    assert kept == []
    assert "larger than" in alert
    assert peak < 4 * 1024 * 1024


class Killed(BaseException):
    """What kill -9 does: nothing after this point happens."""


def test_m9_what_was_kept_before_a_crash_comes_again_and_counts_once(rig: MailRig) -> None:
    rig.put_reply("a", b"statement")
    first, second = Keeper(), Keeper()

    def kill(point: str) -> None:
        if point == "before:mail.move":
            raise Killed

    failpoints.arm(kill)
    with rig.open() as adapter, pytest.raises(Killed):
        adapter.collect(first)
    failpoints.arm(None)
    with rig.open() as adapter:
        assert adapter.collect(second) == 1
    assert {item.remote_id for item in first.kept} == {item.remote_id for item in second.kept}
    assert first.kept == second.kept  # one digest: judged once, the second time a duplicate


def test_m9_a_copy_under_another_name_and_flag_has_the_same_identity(rig: MailRig) -> None:
    mail = statement_mail(b"statement")
    deliver(rig.box, mail)
    copy = deliver(rig.box, mail.replace(b"Message-ID: <", b"Message-ID: <again."))
    copy.rename(rig.box / "cur" / f"{copy.name}:2,S")
    keeper = Keeper()
    with rig.open() as adapter:
        adapter.collect(keeper)
    assert len({item.remote_id for item in keeper.kept}) == 1


def test_a_symlink_in_the_mailbox_is_not_followed(rig: MailRig, tmp_path: Path) -> None:
    outside = make_maildir(tmp_path / "outside")
    target = deliver(outside, statement_mail(b"secret"))
    (rig.box / "new" / "link").symlink_to(target)
    assert collected(rig) == ([], "")
    assert target.exists()
