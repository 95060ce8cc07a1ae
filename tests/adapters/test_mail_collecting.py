"""Whose a mail is, what is taken from it, and which reports are bounces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from adapters.mail_accounts import MailAccounts
from gateway.domain import bounced
from gateway.domain.times import from_wire
from gateway.ports import Inbound, SendError
from tests.adapters.mail_rigs import (
    OURS,
    PARTNER,
    SENDER,
    MailRig,
    Pki,
    boxes,
    report,
    statement_mail,
)
from tests.adapters.rigs import Keeper
from tests.peers.cutting_proxy import CuttingProxy

OTHERS = "palang+opr-uji-b@komdigi.example"
STRANGER = "orang@asing.example"
MESSAGE = "<7.opr-uji-a.1.0123456789abcdef@komdigi.example>"
FAILED = "Reporting-MTA: dns; mail.operator.example\n\nAction: failed\nStatus: 5.1.1\n"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[MailRig]:
    """The gateway's Maildir alone; there is no relay at all."""
    pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
    accounts = MailAccounts("smtps://localhost:1", SENDER, f"maildir:{box}", str(pki.ca))
    yield MailRig(tmp_path, pki, CuttingProxy(0), accounts, box, theirs)


def taken(rig: MailRig) -> list[Inbound]:
    """What one collect keeps, without an alert."""
    keeper = Keeper()
    with rig.open() as adapter:
        adapter.collect(keeper)
    return keeper.kept


def set_aside(rig: MailRig) -> str:
    """The alert of a collect that keeps nothing."""
    keeper = Keeper()
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.collect(keeper)
    assert keeper.kept == []
    assert len(rig.lying(".Refused")) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("sender", "to", "delivered", "ours"),
    [
        (PARTNER, OURS, "", True),
        (STRANGER, OURS, "", True),  # from another mailbox of the partner: the tag says whose
        (PARTNER, SENDER, "", True),  # without a tag: by its address
        (f"Operator <{PARTNER.upper()}>", SENDER, "", True),
        (STRANGER, OURS.upper(), "", True),
        (PARTNER, OTHERS, "", False),  # another partner's tag wins over From
        (STRANGER, SENDER, "", False),
        (PARTNER, OURS, OTHERS, False),  # and where it was delivered wins over To
        (STRANGER, OTHERS, OURS, True),
        (f'"{PARTNER}" <{STRANGER}>', SENDER, "", False),  # a name that looks like an address
        (f"{STRANGER}, {PARTNER}", SENDER, "", False),
        (STRANGER, "palang+opr-uji-a@asing.example", "", False),
        (STRANGER, "palang+opr-uji-a@komdigi.example.asing.example", "", False),
        (STRANGER, "xpalang+opr-uji-a@komdigi.example", "", False),
        (STRANGER, "palang+opr-uji-a+x@komdigi.example", "", False),
    ],
)
def test_a_mail_belongs_to_one_partner(
    rig: MailRig, sender: str, to: str, delivered: str, ours: bool
) -> None:
    headers = {"Delivered_To": delivered} if delivered else {}
    rig.arrive(statement_mail(b"statement", sender=sender, to=to, **headers), "a")
    assert [item.data for item in taken(rig)] == ([b"statement"] if ours else [])
    assert len(rig.lying()) == (0 if ours else 1)  # what is nobody's stays


def test_several_statements_in_one_mail_are_all_kept(rig: MailRig) -> None:
    message = message_from_bytes(statement_mail(b"first", "x"), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(b"second", maintype="text", subtype="plain", filename="Y.JWS")
    message.add_attachment(b"parcel", maintype="application", subtype="jose", filename="p.zip.jwe")
    rig.arrive(message.as_bytes(), "a")
    assert [item.data for item in taken(rig)] == [b"first", b"second"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_line_ends_of_the_mailbox_do_not_matter(rig: MailRig, ending: bytes) -> None:
    rig.arrive(statement_mail(b"statement").replace(b"\r\n", ending), "a")
    assert [item.data for item in taken(rig)] == [b"statement"]


@pytest.mark.parametrize(
    "returned",
    [
        f"Message-ID: {MESSAGE}\n",
        f"Message-Id: {MESSAGE}\nX: y\n",
        f"Subject: x\nMESSAGE-ID:\n {MESSAGE}\n",
    ],
)
def test_a_failed_delivery_is_a_bounce_of_its_attempt(rig: MailRig, returned: str) -> None:
    rig.arrive(report("delivery-status", FAILED, returned), "a")
    (item,) = taken(rig)
    word = bounced.read(item.data)
    assert item.kind == "bounce"
    assert (word.delivery, word.message, word.status) == ("7.opr-uji-a.1", MESSAGE, "5.1.1")
    assert word.at < from_wire("2020-01-01T00:00:00Z")  # the mailbox's time, which the rig set
    assert len(rig.lying(".Processed")) == 1


def test_a_report_without_the_header_is_matched_by_its_envelope_id(rig: MailRig) -> None:
    status = f"Original-Envelope-Id: {MESSAGE.strip('<>')}\n{FAILED}"
    mail = report("delivery-status", status).replace(b"text/rfc822-headers", b"text/plain")
    rig.arrive(mail, "a")
    assert bounced.read(taken(rig)[0].data).message == MESSAGE


def test_the_same_report_again_has_the_same_bytes(rig: MailRig) -> None:
    """It is known by content: a crash between keep and move leaves a duplicate, not a second."""
    for name in ("a", "a"):
        rig.arrive(report("delivery-status", FAILED, f"Message-ID: {MESSAGE}\n"), name)
    first, second = taken(rig)
    assert first == second


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "Delayed (x)"])
def test_a_report_of_anything_but_a_failure_is_no_bounce_and_no_alarm(
    rig: MailRig, action: str
) -> None:
    status = FAILED.replace("failed", action).replace("5.1.1", "4.4.1")
    rig.arrive(report("delivery-status", status, f"Message-ID: {MESSAGE}\n"), "a")
    assert taken(rig) == []
    assert len(rig.lying(".Processed")) == 1


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        ("Message-ID: <7.opr-uji-b.1.0123456789abcdef@komdigi.example>", "another partner's"),
        ("Message-ID: <say.0123456789abcdef@komdigi.example>", "an answer or head"),
        ("Message-ID: <7.opr-uji-a.1.0123456789abcdef@asing.example>", "no mail of ours"),
        ("Message-ID: <7.opr-uji-a.1.short@komdigi.example>", "no mail of ours"),
        ("Message-ID: <7..0123456789abcdef@komdigi.example>", "no delivery"),
        ("Subject: x", "no mail of ours"),
    ],
)
def test_a_bounce_of_anything_else_is_for_a_person(rig: MailRig, returned: str, why: str) -> None:
    rig.arrive(report("delivery-status", FAILED, f"{returned}\n"), "a")
    assert why in set_aside(rig)


@pytest.mark.parametrize("status", ["", "Action: lost\n", "x\n", "\n" * 9, "a: b\n\n" * 60])
def test_a_report_that_says_nothing_is_for_a_person(rig: MailRig, status: str) -> None:
    rig.arrive(report("delivery-status", status, f"Message-ID: {MESSAGE}\n"), "a")
    assert "a delivery report" in set_aside(rig)


def test_an_odd_status_code_is_not_repeated(rig: MailRig) -> None:
    status = FAILED.replace("5.1.1", "0870-rahasia")
    rig.arrive(report("delivery-status", status, f"Message-ID: {MESSAGE}\n"), "a")
    assert bounced.read(taken(rig)[0].data).status == "5.0.0"


def test_a_bounce_reaches_the_partner_whose_tag_it_bears(rig: MailRig) -> None:
    rig.arrive(report("delivery-status", FAILED, f"Message-ID: {MESSAGE}\n"), "a")
    rig.partner = replace(rig.partner, id="opr-uji-b", channel="mailto:b@other.example")
    assert taken(rig) == []
    rig.partner = replace(rig.partner, id="opr-uji-a", channel=f"mailto:{PARTNER}")
    assert len(taken(rig)) == 1


def test_a_folder_that_is_no_maildir_alerts(rig: MailRig, tmp_path: Path) -> None:
    rig.accounts = replace(rig.accounts, mailbox=f"maildir:{tmp_path / 'none'}")
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.collect(Keeper())
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert "no Maildir" in str(caught.value)
