"""The scheme `dir:`: a folder beside the gateway that the partner fetches from with SFTP."""

from adapters.directory import DirectoryAdapter
from adapters.directory_folders import DirectoryRoot
from adapters.limits import Limits
from adapters.ssh_policy import host_keys
from gateway.domain.errors import InputError
from gateway.domain.ids import is_partner_id
from gateway.domain.parties import Partner
from gateway.ports import Clock

SCHEME = "dir"


class DirectoryScheme:
    """Implements adapters.registry.HouseScheme."""

    def __init__(self, clock: Clock, root: DirectoryRoot, *, limits: Limits | None = None) -> None:
        self._clock, self._root, self._limits = clock, root, limits or Limits()

    def check_channel(self, uri: str, reply: str) -> None:
        """A channel is `dir:<partner id>`, and its reply the same or "". Raises InputError.

        An id has no dot and no slash, so that it names a folder and never a way (threats.md C11).
        """
        if not is_partner_id(uri.removeprefix(f"{SCHEME}:")) or not uri.startswith(f"{SCHEME}:"):
            raise InputError(
                "a directory channel must be written dir:<partner id>, this one is not",
                hint="for example dir:opr-uji-a; its folders lie under [directory] root",
            )
        if reply not in ("", uri):
            raise InputError(
                "channel and reply of a directory channel must be the same",
                hint="the reply folder lies beside the pick-up folder",
            )

    def check_peer(self, uri: str, peer: str) -> None:
        """The key that the partner logs in with, as an OpenSSH line, or "". Raises InputError."""
        self.check_channel(uri, "")
        if peer.strip():
            host_keys(peer)

    def adapter(self, partner: Partner) -> DirectoryAdapter:
        """The partner's adapter. Raises InputError where the channel is another partner's."""
        self.check_channel(partner.channel, partner.reply)
        if partner.channel != f"{SCHEME}:{partner.id}":
            raise InputError(f"partner {partner.id}: its channel must be {SCHEME}:{partner.id}")
        peer = partner.peer.strip()
        fingerprint = host_keys(peer)[0].get_fingerprint() if peer else ""
        return DirectoryAdapter(partner, self._root, fingerprint, self._clock, self._limits)
