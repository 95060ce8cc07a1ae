"""The partners on stage: each a kit of its own, or a script, behind a real server."""

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from demo.actor import Actor
from demo.cast import CONSENT, GATEWAY, OPENED, TERMS, Player
from demo.doors import Door, door_of
from demo.house import House
from demo.shell import PATIENCE, ROOT, Command, DemoFailed, Service, environment
from demo.stock import set_up_stock

SCRIPT = ROOT / "demo" / "script_partner" / "partner_script.py"


class KitActor(Actor):
    """A partner with our kit."""

    @property
    def kit(self) -> Command:
        """Its commands."""
        return Command("partner.main", self.home)

    def pin(self, trust: Path) -> None:
        """`palang-partner trust`."""
        self.kit.run("trust", str(trust))

    def consent(self) -> None:
        """`palang-partner consent`."""
        self.kit.run("consent", *CONSENT)

    def await_ready(self) -> None:
        """The kit says so itself."""
        self.service.wait(lambda fact: fact.get("event") == "ready", "its being ready")


class ScriptActor(Actor):
    """A partner with a script that has nothing of ours."""

    def pin(self, trust: Path) -> None:
        """The script reads it as it is."""
        shutil.copy(trust, self.home / "trust.json")

    def consent(self) -> None:
        """Its terms, signed by the script."""
        terms = self.home / "terms.json"
        terms.write_text(json.dumps(TERMS), "utf-8")
        run_script(self.home, "consent", str(terms))

    def await_ready(self) -> None:
        """It serves nothing: the SFTP server before it does."""


def set_up(player: Player, folder: Path, stack: ExitStack, house: House, ssh_line: str) -> Actor:
    """Start its server and make keys and card; nothing is pinned yet.

    `ssh_line` is the gateway's public SSH key, whom an SFTP server lets in.
    """
    home = folder / player.id
    home.mkdir()
    door = door_of(player, home, stack, house, ssh_line)
    peer = home / "peer.pem"
    peer.write_text(door.peer, "utf-8")
    log = folder / "logs" / f"{player.id}.log"
    if player.tool:
        return set_up_stock(player, home, door, house, log, stack)
    if player.script:
        return _script(player, home, door, peer, log)
    return _kit(player, home, door, peer, log)


def kit_of(player: Player, folder: Path, stack: ExitStack, house: House, ssh_line: str) -> KitActor:
    """As set_up, of one that has our kit for certain."""
    made = set_up(player, folder, stack, house, ssh_line)
    if not isinstance(made, KitActor):
        raise DemoFailed(f"{player.id} has no kit")
    return made


def _kit(player: Player, home: Path, door: Door, peer: Path, log: Path) -> Actor:
    kit = Command("partner.main", home)
    given = [
        *("--id", player.id, "--name", player.name, "--kind", player.kind, "--test"),
        *("--gateway", GATEWAY, "--channel", door.channel),
        *(("--reply", door.reply) if door.reply else ()),
        *(("--peer", str(peer)) if door.peer else ()),
    ]
    for setting in ("poll_seconds=1", f"hook={_hook(player)}", *door.settings):
        given += ["--set", setting]
    kit.run("init", *given)
    return KitActor(player, home, Service(player.id, kit.line("run", "--json"), log), door.server)


def _script(player: Player, home: Path, door: Door, peer: Path, log: Path) -> Actor:
    for name in ("inbox", "outbox"):
        (home / name).symlink_to(home / "sftp" / name)
    card = ("card", player.kind, player.id, GATEWAY, door.channel, door.reply, str(peer))
    run_script(home, *card)
    return ScriptActor(
        player, home, Service(player.id, _script_line(home, "run", "1"), log), door.server
    )


def _script_line(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-I", str(SCRIPT), str(home), *arguments]


def run_script(home: Path, *arguments: str) -> None:
    """Run the script to its end, cut off from our code. Raises DemoFailed."""
    ended = subprocess.run(
        _script_line(home, *arguments),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    if ended.returncode:
        raise DemoFailed(f"the script's {arguments[0]} failed: {ended.stderr.strip()[-600:]}")


def _hook(player: Player) -> str:
    """The apply hook as TOML; one that says nothing where the partner stays silent."""
    said = [f"{a.share}={a.disposition}/{a.scope}" for a in player.answers]
    command = [sys.executable, str(ROOT / "demo" / "hook.py"), *said, *([OPENED] if said else [])]
    return "[" + ", ".join(f'"{_escaped(part)}"' for part in command) + "]"


def _escaped(text: str) -> str:
    """For a TOML basic string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
