"""The channels that are of this house: the exchange store, our mail accounts, pick-up folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.registry import HouseScheme
    from gateway.main.wiring import Gateway
    from gateway.ports import TransportSecrets

MEGABYTE = 1024 * 1024


class House(Mapping[str, "HouseScheme"]):
    """The schemes that the settings give this gateway. Each is made when it is first asked for, so
    that nobody needs an exchange store, a relay or a folder who has no partner there."""

    def __init__(self, gateway: Gateway, secrets: TransportSecrets) -> None:
        self._gateway, self._secrets = gateway, secrets
        self._made: dict[str, HouseScheme] = {}
        self._makers: dict[str, Callable[[], HouseScheme]] = {"pull": self._pull}
        if gateway.settings.mail.relay:
            self._makers["mailto"] = self._mail
        if gateway.settings.directory.root:
            self._makers["dir"] = self._directory

    def __getitem__(self, scheme: str) -> HouseScheme:
        if scheme not in self._made:
            self._made[scheme] = self._makers[scheme]()
        return self._made[scheme]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def _pull(self) -> HouseScheme:
        from adapters.exchange import PullScheme

        return PullScheme(self._gateway.exchange, self._gateway.name, self._gateway.clock)

    def _mail(self) -> HouseScheme:
        from adapters.mail_accounts import MailAccounts
        from adapters.mail_scheme import MailScheme

        mail = self._gateway.settings.mail
        authority = str(self._gateway.home / mail.ca) if mail.ca else ""
        accounts = MailAccounts(mail.relay, mail.sender, mail.mailbox, authority)
        return MailScheme(self._gateway.clock, self._secrets, accounts)

    def _directory(self) -> HouseScheme:
        from adapters.directory_folders import DirectoryRoot
        from adapters.directory_scheme import DirectoryScheme

        chosen = self._gateway.settings.directory
        root = DirectoryRoot(self._gateway.home / chosen.root, chosen.quota_mb * MEGABYTE)
        return DirectoryScheme(self._gateway.clock, root)
