"""Whether a card's channel, reply and peer can be used, before anybody signs them.

The gateway checks the same again, and whether it may connect there at all.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from adapters import channel_uri, mail_address
from gateway.domain.errors import InputError

SCHEMES = ("sftp", "https", "mailto", "dir", "pull")
_SERVERS = ("sftp", "https")


def check_addresses(partner: str, channel: str, reply: str, peer: str) -> None:
    """Raises InputError, naming the option and what is expected."""
    scheme = _check_channel("--channel", partner, channel)
    if reply:
        if scheme == "mailto":
            raise InputError("--reply: a mailto: channel has none, statements go by mail")
        if _check_channel("--reply", partner, reply) != scheme:
            raise InputError(f"--reply: expected the scheme of --channel, {scheme}")
    elif scheme in _SERVERS:
        # over REST the acknowledgement may come in the response, confirmations never do
        raise InputError("--reply: expected the URI at which the gateway collects statements")
    _check_peer(scheme, peer.strip())


def _check_channel(option: str, partner: str, uri: str) -> str:
    """The scheme of a URI that can be used."""
    scheme = uri.partition(":")[0]
    if scheme not in SCHEMES:
        raise InputError(
            f"{option}: expected a URI that begins with one of {', '.join(SCHEMES)}",
            hint="for example sftp://palang@host.example/inbox, or pull:" + partner,
        )
    try:
        if scheme == "mailto":
            mail_address.parse_channel(uri)
        elif scheme in _SERVERS:
            parsed = channel_uri.parse(uri, allow_private=True)
            if (scheme == "sftp") is not bool(parsed.user):
                raise InputError("an sftp URI names its user, an https one none")
        elif uri != f"{scheme}:{partner}":
            raise InputError(f"it must be {scheme}:{partner}, with the partner's own id")
    except InputError as error:
        raise InputError(f"{option}: {error}", hint=error.hint) from None
    return scheme


def _check_peer(scheme: str, peer: str) -> None:
    match scheme:
        case "sftp":
            _check_ssh(peer)
        case "https":
            _check_pem(peer)
        case "dir" if peer:
            _check_ssh(peer)
        case "mailto" | "pull" if peer:
            raise InputError(f"--peer: a {scheme}: channel has no server to pin; leave it out")


def _check_ssh(peer: str) -> None:
    lines = [line.strip() for line in peer.splitlines() if line.strip()]
    try:
        keys = [load_ssh_public_key(line.encode()) for line in lines if line[0] != "#"]
    except (ValueError, UnsupportedAlgorithm):
        keys = []
    if not keys:
        raise InputError(
            "--peer: expected OpenSSH public key lines, as in ssh_host_ed25519_key.pub",
            hint="not a line of known_hosts: it begins with the host's name",
        )


def _check_pem(peer: str) -> None:
    try:
        x509.load_pem_x509_certificates(peer.encode())
    except ValueError:
        raise InputError(
            "--peer: expected PEM certificates: of the authority of your server, or its own",
            hint="the whole text, from BEGIN CERTIFICATE to END CERTIFICATE",
        ) from None
