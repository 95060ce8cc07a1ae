"""The scheme `mailto:`: a partner's address, reached through the gateway's own mail accounts."""

from adapters.addresses import Resolver, system_resolver
from adapters.limits import Limits
from adapters.mail import MailAdapter
from adapters.mail_accounts import Accounts, MailAccounts, read
from adapters.mail_address import Address, parse_channel
from adapters.mail_relays import Relays
from adapters.reach import Network
from gateway.domain.errors import InputError
from gateway.domain.parties import Partner
from gateway.ports import Clock, TransportSecrets

SCHEME = "mailto"


class MailScheme:
    """Implements adapters.registry.HouseScheme.

    The relay and the mailbox are the house's own, so they may be on private addresses whatever the
    settings allow to partners; nothing of a partner's address is ever connected to.
    """

    def __init__(
        self,
        clock: Clock,
        secrets: TransportSecrets,
        accounts: MailAccounts,
        *,
        limits: Limits | None = None,
        resolve: Resolver = system_resolver,
    ) -> None:
        self._clock, self._secrets, self._accounts = clock, secrets, accounts
        self._network = Network(True, resolve, limits or Limits())
        self._relays = Relays()

    def check_channel(self, uri: str, reply: str) -> None:
        """Refuse what `adapter` would refuse. Raises InputError."""
        self._checked(uri, reply)

    def check_peer(self, uri: str, peer: str) -> None:
        """A mail partner has no server of its own that could be pinned. Raises InputError."""
        if peer.strip():
            raise InputError(
                "a mailto: channel has no pinned identity, the card names one",
                hint="leave peer empty; the statement key proves the partner",
            )

    def adapter(self, partner: Partner) -> MailAdapter:
        """The partner's adapter. Raises InputError."""
        accounts, address = self._checked(partner.channel, partner.reply)
        return MailAdapter(
            partner, address, accounts, self._clock, self._secrets, self._network, self._relays
        )

    def close(self) -> None:
        """End the idle sessions with the relay; they end by themselves with the process."""
        self._relays.close()

    def _checked(self, uri: str, reply: str) -> tuple[Accounts, Address]:
        accounts, address = read(self._accounts), parse_channel(uri)
        if reply:
            raise InputError(
                "a mailto: channel has no reply address: answers come to the gateway's mailbox",
                hint="leave reply empty",
            )
        if address.domain == accounts.sender.domain and (
            address.key.partition("@")[0].partition("+")[0] == accounts.sender.local.lower()
        ):
            raise InputError("a mailto: channel must lead to a partner, this is our own address")
        return accounts, address
