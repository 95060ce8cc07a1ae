"""The gateway's own accounts, and what a partner's card may say of a mail channel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters import mail_address
from adapters.mail_accounts import MailAccounts, Maildir, read
from adapters.mail_scheme import MailScheme
from gateway.domain.errors import InputError
from tests.adapters.rigs import Login, StillClock

GOOD = MailAccounts(
    "smtp://gerbang@mail.komdigi.example", "palang@komdigi.example", "maildir:/var/mail/palang"
)


def scheme(accounts: MailAccounts = GOOD) -> MailScheme:
    """The scheme over these accounts."""
    return MailScheme(StillClock(), Login(), accounts)


@pytest.mark.parametrize(
    "text",
    ["masuk@operator.example", "A.b-c_d+e@xn--pter-bpa.example", "1@a.b.c.example", "a@1.example"],
)
def test_a_plain_address_is_read_as_it_is(text: str) -> None:
    assert str(mail_address.parse(text)) == text
    scheme().check_channel(f"mailto:{text}", "")


def test_a_domain_is_written_in_lower_case_and_a_local_part_kept() -> None:
    assert str(mail_address.parse("Masuk@Operator.EXAMPLE")) == "Masuk@operator.example"


def test_the_parts_of_the_accounts() -> None:
    found = read(replace(GOOD, mailbox="imaps://palang%40komdigi.example@imap.house/INBOX/Palang"))
    assert (found.relay.user, found.relay.host, found.relay.port) == (
        "gerbang", "mail.komdigi.example", 587,
    )  # fmt: skip
    assert not isinstance(found.mailbox, Maildir)
    assert (found.mailbox.user, found.mailbox.port) == ("palang@komdigi.example", 993)
    assert found.mailbox.path == "/INBOX/Palang"
    assert str(read(GOOD).mailbox) == "maildir:/var/mail/palang"
    assert read(replace(GOOD, relay="smtps://[::1]")).relay.port == 465


@pytest.mark.parametrize(
    "setting",
    [
        {"relay": ""}, {"sender": ""}, {"mailbox": ""},
        {"relay": "smtp://u:p@h.example"}, {"relay": "http://u@h.example"},
        {"relay": "smtps://u@h.example/path"}, {"relay": "smtps://u@h.example:70000"},
        {"relay": "smtps://a b@h.example"}, {"relay": "smtps://u@v@h.example"},
        {"sender": "palang"}, {"sender": "palang+x@komdigi.example"},
        {"sender": "p" * 33 + "@komdigi.example"}, {"sender": "a@b.example\r\nBcc: x"},
        {"mailbox": "maildir:relative"}, {"mailbox": "maildir:/a/../b"},
        {"mailbox": "maildir:/a\0"},
        {"mailbox": "imap://u@h.example"}, {"mailbox": "imaps://h.example"},
        {"mailbox": "imaps://u:p@h.example"},
    ],
)  # fmt: skip
def test_accounts_that_are_none_are_refused_without_their_text(setting: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        scheme(replace(GOOD, **setting)).check_channel("mailto:masuk@operator.example", "")
    (value,) = setting.values()
    assert not value or value not in str(caught.value)
    assert "[mail]" in str(caught.value) + caught.value.hint or "sender" in setting


@pytest.mark.parametrize(
    ("uri", "reply", "why"),
    [
        ("mailto:palang@komdigi.example", "", "our own"),
        ("mailto:PALANG+x@KOMDIGI.example", "", "our own"),
        ("mailto:masuk@operator.example", "mailto:keluar@operator.example", "reply"),
        ("mailto://masuk@operator.example", "", "mail address"),
        ("MAILTO:masuk@operator.example", "", "mailto:"),
    ],
)
def test_a_channel_that_leads_nowhere_or_home_is_refused(uri: str, reply: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        scheme().check_channel(uri, reply)


def test_a_mail_channel_has_no_pinned_identity() -> None:
    scheme().check_peer("mailto:masuk@operator.example", "")
    with pytest.raises(InputError):
        scheme().check_peer("mailto:masuk@operator.example", "ssh-ed25519 AAAA")


def test_the_authority_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    accounts = read(replace(GOOD, ca=str(path)))
    path.write_text("first")
    assert accounts.pem == "first"
    path.write_text("second")
    assert accounts.pem == "second"
