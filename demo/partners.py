"""The partners on stage: each a kit of its own behind a real server of its protocol."""

import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from demo.cast import GATEWAY, OPENED, Player
from demo.pki import HOST, Authority
from demo.proxy import LossyProxy
from demo.servers import AsyncsshServer, SftpServer, best_sftp_server
from demo.shell import ROOT, Command, Service

PARCELS, STATEMENTS = "/parcels", "/statements"


@dataclass(frozen=True, slots=True)
class Actor:
    """A partner that runs: its kit, and its server by name and version."""

    player: Player
    kit: Command
    service: Service
    server: str

    @property
    def id(self) -> str:
        """The partner id."""
        return self.player.id

    def delivery(self, batch: int) -> str:
        """Its delivery of a batch."""
        return f"{batch}.{self.id}.1"


@dataclass(frozen=True, slots=True)
class _Door:
    """Where the gateway reaches a partner, and the settings that put its kit behind it."""

    channel: str
    reply: str
    peer: bytes
    server: str
    settings: tuple[str, ...]


def set_up(player: Player, folder: Path, stack: ExitStack, ssh_line: str) -> Actor:
    """Start its server and make its kit with keys and card; nothing is pinned yet.

    `ssh_line` is the gateway's public SSH key, whom an SFTP server lets in.
    """
    home = folder / player.id
    home.mkdir()
    sftp = player.channel == "sftp"
    door = _sftp(home, stack, ssh_line) if sftp else _rest(player, home, stack)
    peer = home / "peer.pem"
    peer.write_bytes(door.peer)
    kit = Command("partner.main", home)
    given = [
        *("--id", player.id, "--name", player.name, "--kind", player.kind, "--test"),
        *("--gateway", GATEWAY, "--channel", door.channel, "--reply", door.reply),
        *("--peer", str(peer)),
    ]
    for setting in ("poll_seconds=1", f"hook={_hook(player)}", *door.settings):
        given += ["--set", setting]
    kit.run("init", *given)
    service = Service(player.id, kit.line("run", "--json"), folder / "logs" / f"{player.id}.log")
    return Actor(player, kit, service, door.server)


def _sftp(home: Path, stack: ExitStack, ssh_line: str) -> _Door:
    served = home / "sftp"
    for name in ("inbox", "outbox"):
        (served / name).mkdir(parents=True)
    server = _sftp_server(served, ssh_line, stack)
    settings = ('inbox="sftp/inbox"', 'outbox="sftp/outbox"')
    named = f"{server.name} {server.version.removeprefix('OpenSSH_')}"
    channel, reply = server.uri("/inbox"), server.uri("/outbox")
    return _Door(channel, reply, server.pin.encode(), named, settings)


def _sftp_server(served: Path, ssh_line: str, stack: ExitStack) -> SftpServer:
    """The system's sshd; asyncssh where there is none, or where it does not start in this place.
    Which one it is stands on the screen."""
    try:
        return stack.enter_context(best_sftp_server(served, ssh_line))
    except RuntimeError:
        return stack.enter_context(AsyncsshServer(served, ssh_line))


def _rest(player: Player, home: Path, stack: ExitStack) -> _Door:
    authority = Authority(player.id)
    authority.issue("server", home)
    listening = reached = _free_port()
    if player.loses_reply:
        reached = stack.enter_context(LossyProxy(listening)).port
    settings = (f'listen="{HOST}:{listening}"', 'tls_cert="server.crt"', 'tls_key="server.key"')
    base = f"https://{HOST}:{reached}"
    named = f"HTTPS cheroot {version('cheroot')}"
    return _Door(base + PARCELS, base + STATEMENTS, authority.pem, named, settings)


def _hook(player: Player) -> str:
    """The apply hook as TOML; one that says nothing where the partner stays silent."""
    said = [f"{a.share}={a.disposition}/{a.scope}" for a in player.answers]
    command = [sys.executable, str(ROOT / "demo" / "hook.py"), *said, *([OPENED] if said else [])]
    return "[" + ", ".join(f'"{_escaped(part)}"' for part in command) + "]"


def _escaped(text: str) -> str:
    """For a TOML basic string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])
