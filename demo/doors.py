"""Where the gateway reaches each partner, and the settings that put its kit behind that."""

from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from demo.cast import Player
from demo.house import House
from demo.pki import HOST, Authority
from demo.ports import free_port
from demo.proxy import LossyProxy
from demo.servers import AsyncsshServer, SftpServer, best_sftp_server

PARCELS, STATEMENTS = "/parcels", "/statements"


@dataclass(frozen=True, slots=True)
class Door:
    """Channel, reply and pinned identity of the card; the server by name and version."""

    channel: str
    reply: str
    peer: str
    server: str
    settings: tuple[str, ...]


def door_of(player: Player, home: Path, stack: ExitStack, house: House, ssh_line: str) -> Door:
    """Open the player's door; servers run until `stack` ends them."""
    if player.channel == "sftp":
        return _sftp(home, stack, ssh_line)
    if player.channel == "mail":
        return _mail(player, house)
    return _pull(player, house) if player.channel == "pull" else _rest(player, home, stack)


def _sftp(home: Path, stack: ExitStack, ssh_line: str) -> Door:
    served = home / "sftp"
    for name in ("inbox", "outbox"):
        (served / name).mkdir(parents=True)
    server = _sftp_server(served, ssh_line, stack)
    settings = ('inbox="sftp/inbox"', 'outbox="sftp/outbox"')
    named = f"{server.name} {server.version.removeprefix('OpenSSH_')}"
    return Door(server.uri("/inbox"), server.uri("/outbox"), server.pin, named, settings)


def _sftp_server(served: Path, ssh_line: str, stack: ExitStack) -> SftpServer:
    """The system's sshd; asyncssh where there is none, or where it does not start in this place.
    Which one it is stands on the screen."""
    try:
        return stack.enter_context(best_sftp_server(served, ssh_line))
    except RuntimeError:
        return stack.enter_context(AsyncsshServer(served, ssh_line))


def _rest(player: Player, home: Path, stack: ExitStack) -> Door:
    authority = Authority(player.id)
    authority.issue("server", home)
    listening = reached = free_port()
    if player.loses_reply:
        reached = stack.enter_context(LossyProxy(listening)).port
    settings = (f'listen="{HOST}:{listening}"', 'tls_cert="server.crt"', 'tls_key="server.key"')
    base = f"https://{HOST}:{reached}"
    named = f"cheroot {version('cheroot')}"
    return Door(base + PARCELS, base + STATEMENTS, authority.pem.decode(), named, settings)


def _mail(player: Player, house: House) -> Door:
    address = house.address(player.id)
    box = house.office.mailbox(address)
    settings = (
        f'mail.maildir="{box}"',
        f'mail.smtp="{house.office.relay(player.id, HOST)}"',
        f'mail.sender="{address}"',
        f'mail.to="{house.own_address}"',
        f'mail.ca="{house.ca}"',
        f'mail.password="{house.password(player.id)}"',
    )
    return Door(f"mailto:{address}", "", "", f"aiosmtpd {version('aiosmtpd')}", settings)


def _pull(player: Player, house: House) -> Door:
    settings = (f'pull.url="{house.listener}/v1/{player.id}"', f'pull.ca="{house.ca}"')
    return Door(f"pull:{player.id}", "", "", "our listener", settings)
