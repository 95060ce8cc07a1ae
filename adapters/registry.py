"""Which adapter carries a channel: chosen by the URI's scheme (design 6)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from adapters.addresses import Resolver, system_resolver
from adapters.channel_uri import ChannelUri, parse
from adapters.limits import Limits
from adapters.reach import Network
from adapters.rest import RestAdapter
from adapters.sftp import SftpAdapter
from adapters.ssh_policy import host_keys
from adapters.tls import peer_context
from adapters.tls_contexts import Contexts
from gateway.domain.errors import InputError
from gateway.domain.parties import Partner
from gateway.ports import Adapter, Clock, TransportSecrets

SCHEMES = ("https", "sftp")


class HouseScheme(Protocol):
    """A scheme whose channel is not a partner's server but something of this house: a relay, a
    folder, the exchange store. It is there only where the settings name that."""

    def check_channel(self, uri: str, reply: str) -> None:
        """Refuse what `adapter` would refuse. Raises InputError."""
        ...

    def check_peer(self, uri: str, peer: str) -> None:
        """Whether `peer` is a pinned identity of this kind of channel. Raises InputError."""
        ...

    def adapter(self, partner: Partner) -> Adapter:
        """The partner's adapter. Raises InputError."""
        ...


class ChannelRegistry:
    """Implements `gateway.ports.Channels`. `house` are schemes without `//`, by their name.

    `allow_private` lets channels lead to private and loopback addresses: for a partner on a leased
    line, for tests and the demo.
    """

    def __init__(
        self,
        clock: Clock,
        secrets: TransportSecrets,
        *,
        allow_private: bool,
        limits: Limits | None = None,
        resolve: Resolver = system_resolver,
        house: Mapping[str, HouseScheme] | None = None,
    ) -> None:
        self._clock, self._secrets = clock, secrets
        self._house = house or {}
        self._network = Network(allow_private, resolve, limits or Limits())
        self._contexts = Contexts()

    def check_channel(self, uri: str, reply: str = "") -> None:
        """Refuse, without any connection, what `open` would refuse. Raises InputError."""
        if scheme := self._of_house(uri):
            scheme.check_channel(uri, reply)
        else:
            self._parsed(uri, reply)

    def check_peer(self, uri: str, peer: str) -> None:
        """Whether `peer` is a pinned identity of the channel's kind. Raises InputError."""
        if scheme := self._of_house(uri):
            scheme.check_peer(uri, peer)
        elif self._parsed(uri, "")[0].scheme == "sftp":
            host_keys(peer)
        else:
            peer_context(peer)

    @contextmanager
    def open(self, partner: Partner) -> Iterator[Adapter]:
        """The adapter of the partner's channel. Raises InputError where the channel is none."""
        if scheme := self._of_house(partner.channel):
            yield scheme.adapter(partner)
        else:
            channel, reply = self._parsed(partner.channel, partner.reply)
            yield self._adapter(partner, channel, reply)

    def _of_house(self, uri: str) -> HouseScheme | None:
        return self._house.get(uri.partition(":")[0])

    def _adapter(self, partner: Partner, channel: ChannelUri, reply: ChannelUri | None) -> Adapter:
        where = (partner, channel, reply, self._clock, self._secrets, self._network)
        if channel.scheme == "sftp":
            return SftpAdapter(*where)
        return RestAdapter(*where, self._contexts)

    def _parsed(self, uri: str, reply: str) -> tuple[ChannelUri, ChannelUri | None]:
        channel = self._one(uri)
        if not reply:
            return channel, None
        back = self._one(reply)
        if back.scheme != channel.scheme:
            raise InputError("channel and reply must have the same scheme, they differ")
        return channel, back

    def _one(self, uri: str) -> ChannelUri:
        scheme = uri.partition("://")[0]
        if scheme not in SCHEMES:
            known = ", ".join(sorted({*SCHEMES, *self._house}))
            raise InputError(
                f"a channel's scheme must be one of {known}, it is another one",
                hint="http is never used: a parcel and its answer travel over TLS",
            )
        parsed = parse(uri, allow_private=self._network.allow_private)
        if (scheme == "sftp") is not bool(parsed.user):
            raise InputError(
                "an sftp channel must name its user (sftp://user@host/inbox), an https one none"
            )
        return parsed
