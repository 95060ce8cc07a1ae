"""From a channel's host to the addresses that may be connected to (threats.md C1, C2)."""

from dataclasses import dataclass

from adapters.addresses import Resolver, checked
from adapters.channel_uri import ChannelUri
from adapters.limits import Limits
from gateway.ports import SendError


@dataclass(frozen=True, slots=True)
class Network:
    """What the installation allows of the network, for every channel alike."""

    allow_private: bool
    resolve: Resolver
    limits: Limits

    def addresses(self, uri: ChannelUri) -> list[str]:
        """Resolve once and check every address; the connection uses these and no other look-up.

        Raises SendError("no"), with an alert where an address is forbidden.
        """
        try:
            return checked(uri.host, uri.port, self.allow_private, self.resolve)
        except OSError as error:
            raise SendError(
                f"{uri}: the host name has no address",
                "no",
                hint="check the name and this machine's DNS",
            ) from error
        except ValueError as error:
            raise SendError(
                f"{uri}: {error}; nothing was sent",
                "no",
                alert=True,
                hint="check the partner's DNS entry, or allow private addresses in the settings",
            ) from error
