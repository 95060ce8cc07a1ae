"""The one contract over the mail channel, with each pair of servers (design 6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.mail_accounts import MailAccounts
from tests.adapters.contract import Contract
from tests.adapters.mail_rigs import PASSWORD, SENDER, USER, MailRig, Pki, boxes
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.mail_embedded import WilfulMailServer


class TestMailIntoMaildir(Contract):
    """aiosmtpd with TLS from the first byte, and the Maildir read as a folder."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[MailRig]:
        pki, (box, theirs) = Pki(tmp_path), boxes(tmp_path / "mail")
        office = WilfulMailServer(tmp_path / "mail", {USER: PASSWORD}, (pki.chain, pki.key))
        with office, CuttingProxy(office.port) as proxy:
            relay = f"smtps://{USER}@localhost:{proxy.port}"
            accounts = MailAccounts(relay, SENDER, f"maildir:{box}", str(pki.ca))
            yield MailRig(tmp_path, pki, proxy, accounts, box, theirs)
