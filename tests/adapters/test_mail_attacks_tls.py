"""M6 of threats.md 1.2: no credential and no mail before verified TLS, to relay and mailbox.

And a mailbox server that lies about sizes (M8).
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from adapters.mail_accounts import MailAccounts
from gateway.ports import SendError
from tests.adapters.mail_rigs import OURS, PASSWORD, SENDER, USER, MailRig, Pki, boxes
from tests.adapters.rigs import DELIVERY, Keeper, parcel
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.mail_fakes import FakeServer, context, imap, smtp

GREETING = b"220 fake.example\r\n"
HELLO = b"* OK fake ready\r\n"
OFFERS = ("STARTTLS", "AUTH PLAIN LOGIN")


def old(authority: trustme.CA) -> ssl.SSLContext:
    """A server that speaks TLS 1.1 and nothing newer."""
    made = context(authority)
    made.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old version is what is tested
        made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_1
    return made


FORGED: dict[str, Callable[[trustme.CA], ssl.SSLContext]] = {
    "another authority": lambda _ours: context(trustme.CA()),
    "another host": lambda ours: context(ours, host="other.example"),
    "expired": lambda ours: context(ours, expired=True),
    "TLS 1.1": old,
}


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """The authority that the gateway trusts."""
    return Pki(tmp_path)


def rig_of(tmp_path: Path, pki: Pki, relay: str, mailbox: str) -> MailRig:
    """A gateway with these two accounts."""
    box, theirs = boxes(tmp_path / "mail")
    accounts = MailAccounts(relay, SENDER, mailbox or f"maildir:{box}", str(pki.ca))
    return MailRig(tmp_path, pki, CuttingProxy(0), accounts, box, theirs)


def refused(rig: MailRig) -> SendError:
    """The failure of a send, which must have handed over nothing and must alert."""
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    return caught.value


def silent(heard: bytearray) -> bool:
    """Whether no word of ours but greetings and the wish for TLS was said."""
    words = bytes(heard).upper()
    return not any(
        bad in words
        for bad in (b"AUTH", b"LOGIN", b"MAIL", b"RCPT", b"DATA", OURS.upper().encode())
    )


def test_a_relay_without_starttls_hears_no_credential(tmp_path: Path, pki: Pki) -> None:
    with FakeServer(GREETING, smtp("AUTH PLAIN LOGIN")) as relay:
        rig = rig_of(tmp_path, pki, f"smtp://{USER}@localhost:{relay.port}", "")
        assert "STARTTLS" in str(refused(rig))
        assert relay.clear.upper().startswith(b"EHLO")
        assert silent(relay.clear)


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_unproven_relay_hears_no_credential(
    tmp_path: Path, pki: Pki, scheme: str, forged: str
) -> None:
    tls = FORGED[forged](pki.authority)
    begun = None if scheme == "smtp" else tls
    with FakeServer(GREETING, smtp(*OFFERS), tls=begun, starttls=tls) as relay:
        rig = rig_of(tmp_path, pki, f"{scheme}://{USER}@localhost:{relay.port}", "")
        assert "prove its identity" in str(refused(rig))
        with rig.open() as adapter:
            assert not adapter.probe().good
        assert silent(relay.clear)
        assert relay.secret == b""


def test_a_proven_relay_hears_them_under_tls_only(tmp_path: Path, pki: Pki) -> None:
    """The same servers with the right certificate: the tests above can fail."""
    with FakeServer(GREETING, smtp(*OFFERS), starttls=context(pki.authority)) as relay:
        rig = rig_of(tmp_path, pki, f"smtp://{USER}@localhost:{relay.port}", "")
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        assert silent(relay.clear)
        assert b"AUTH PLAIN" in relay.secret
        assert b"from:<palang+opr-uji-a@komdigi.example>" in relay.secret.lower()


def test_words_smuggled_in_before_tls_are_dropped(tmp_path: Path, pki: Pki) -> None:
    """CVE-2011-0411 from the other side: what stands in the clear is no answer under TLS."""
    forged = b"554 5.7.1 go away\r\n"
    with FakeServer(
        GREETING, smtp(*OFFERS), starttls=context(pki.authority), smuggled=forged
    ) as relay:
        rig = rig_of(tmp_path, pki, f"smtp://{USER}@localhost:{relay.port}", "")
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        assert silent(relay.clear)


@pytest.mark.parametrize("forged", FORGED)
def test_an_unproven_mailbox_hears_no_credential(tmp_path: Path, pki: Pki, forged: str) -> None:
    with FakeServer(HELLO, imap(10), tls=FORGED[forged](pki.authority)) as mailbox:
        uri = f"imaps://{USER}@localhost:{mailbox.port}/INBOX"
        rig = rig_of(tmp_path, pki, "smtps://localhost:1", uri)
        with rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.collect(Keeper())
        assert (caught.value.handed_over, caught.value.alert) == ("no", True)
        assert "prove its identity" in str(caught.value)
        assert mailbox.secret == b""
        assert silent(mailbox.clear)


def test_a_declared_size_of_two_gigabytes_is_never_asked_for(tmp_path: Path, pki: Pki) -> None:
    with FakeServer(HELLO, imap(2 * 1024**3), tls=context(pki.authority)) as mailbox:
        uri = f"imaps://{USER}@localhost:{mailbox.port}/INBOX"
        rig = rig_of(tmp_path, pki, "smtps://localhost:1", uri)
        keeper = Keeper()
        with rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.collect(keeper)
        assert "larger than" in str(caught.value)
        assert keeper.kept == []
        assert b"BODY.PEEK[]" not in mailbox.secret
        assert b"UID MOVE 7" in mailbox.secret


@pytest.mark.parametrize("account", ["mail-relay", "mailbox"])
def test_a_missing_password_connects_to_nothing(tmp_path: Path, pki: Pki, account: str) -> None:
    with FakeServer(GREETING, smtp(*OFFERS), tls=context(pki.authority)) as server:
        uri = f"imaps://{USER}@localhost:{server.port}/INBOX"
        rig = rig_of(tmp_path, pki, f"smtps://{USER}@localhost:{server.port}", uri)
        del rig.login.passwords[account]
        with rig.open() as adapter, pytest.raises(SendError) as caught:
            if account == "mailbox":
                adapter.collect(Keeper())
            else:
                adapter.send(DELIVERY, parcel())
        assert (caught.value.handed_over, caught.value.alert) == ("no", True)
        assert PASSWORD not in str(caught.value)
        assert server.connections == 0


def test_an_unreadable_authority_file_connects_to_nothing(tmp_path: Path, pki: Pki) -> None:
    with FakeServer(GREETING, smtp(*OFFERS), tls=context(pki.authority)) as server:
        rig = rig_of(tmp_path, pki, f"smtps://{USER}@localhost:{server.port}", "")
        for bad in (tmp_path / "none.pem", tmp_path, tmp_path / "empty.pem", pki.key):
            (tmp_path / "empty.pem").write_text("")
            rig.accounts = replace(rig.accounts, ca=str(bad))
            refused(rig)
        assert server.connections == 0
