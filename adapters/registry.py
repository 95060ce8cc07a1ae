"""Which adapter carries a channel: chosen by the URI's scheme (design 6)."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.addresses import Resolver, system_resolver
from adapters.channel_uri import ChannelUri, parse
from adapters.limits import Limits
from adapters.reach import Network
from adapters.rest import RestAdapter
from adapters.sftp import SftpAdapter
from adapters.ssh_policy import host_keys
from adapters.tls import peer_context
from gateway.domain.errors import InputError
from gateway.domain.parties import Partner
from gateway.ports import Adapter, Clock, TransportSecrets

SCHEMES = ("https", "sftp")


class ChannelRegistry:
    """Implements `gateway.ports.Channels`.

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
    ) -> None:
        self._clock, self._secrets = clock, secrets
        self._network = Network(allow_private, resolve, limits or Limits())

    def check_channel(self, uri: str, reply: str = "") -> None:
        """Refuse, without any connection, what `open` would refuse. Raises InputError."""
        self._parsed(uri, reply)

    def check_peer(self, uri: str, peer: str) -> None:
        """Whether `peer` is a pinned identity of the channel's kind. Raises InputError."""
        if self._parsed(uri, "")[0].scheme == "sftp":
            host_keys(peer)
        else:
            peer_context(peer)

    @contextmanager
    def open(self, partner: Partner) -> Iterator[Adapter]:
        """The adapter of the partner's channel. Raises InputError where the channel is none."""
        channel, reply = self._parsed(partner.channel, partner.reply)
        yield self._adapter(partner, channel, reply)

    def _adapter(self, partner: Partner, channel: ChannelUri, reply: ChannelUri | None) -> Adapter:
        if channel.scheme == "sftp":
            return SftpAdapter(partner, channel, reply, self._clock, self._secrets, self._network)
        return RestAdapter(partner, channel, reply, self._clock, self._secrets, self._network)

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
            raise InputError(
                f"a channel's scheme must be one of {', '.join(SCHEMES)}, it is another one",
                hint="http is never used: a parcel and its answer travel over TLS",
            )
        parsed = parse(uri, allow_private=self._network.allow_private)
        if (scheme == "sftp") is not bool(parsed.user):
            raise InputError(
                "an sftp channel must name its user (sftp://user@host/inbox), an https one none"
            )
        return parsed
