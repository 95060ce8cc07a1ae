"""Partners with stock tools alone: docs/partner-gpg.md and docs/partner-openssl.md as scripts.

Nothing of ours runs there. They stay away from the stage where a tool is missing on this machine.
"""

import json
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from demo.actor import Actor
from demo.cast import GATEWAY, TERMS, Player
from demo.doors import Door
from demo.house import House
from demo.shell import PATIENCE, ROOT, Command, DemoFailed, Service, environment

_LOOP = ROOT / "demo" / "stock_loop.sh"
_LONGEST = 60  # characters of a folder for gpg: below it lies a socket, whose path has at most 108
_FORMS = {"gpg": "asc", "openssl": "certificate"}
_CARDS = {"gpg": "card.asc", "openssl": "card.p7m"}
_ENDINGS = {"gpg": "asc", "openssl": "crt"}
_KEYS = {"manifest": ("gateway", "GATEWAY_KEY"), "statement": ("gateway-answers", "ANSWER_KEY")}
"""By role: how the gateway's key is called as a file, and as a line of partner.env."""
_RETRY = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class StockActor(Actor):
    """A partner with a shell and one stock tool."""

    @property
    def card(self) -> Path:
        """Signed with the tool."""
        return self.home / _CARDS[self.player.tool]

    def pin(self, trust: Path) -> None:
        """The fingerprints, heard by phone, are what counts; a trust file it can't read."""
        files = [_file(self.player.tool, role) for role in _KEYS]
        for name in files:
            shutil.copy(trust.parent / name, self.home / name)
        shown = _run(self, "gateway").split()[-len(files) :]
        heard = [_heard(trust.parent, name).read_text("utf-8") for name in files]
        if [one.lower() for one in shown] != [one.lower() for one in heard]:
            raise DemoFailed(
                f"{self.id}: the gateway's keys are shown as {shown}, heard as {heard}"
            )
        with (self.home / "partner.env").open("a", encoding="utf-8") as settings:
            for (_name, setting), key in zip(_KEYS.values(), shown, strict=True):
                settings.write(f"{setting}={key}\n")

    def consent(self) -> None:
        """Its terms, signed with the tool; again until the listener knows it."""
        (self.home / "terms.json").write_text(json.dumps(TERMS), "utf-8")
        until, step = time.monotonic() + PATIENCE, "consent"
        while True:
            try:
                _run(self, step)
            except DemoFailed:
                if time.monotonic() > until:
                    raise
                time.sleep(_RETRY)
                step = "again"  # the same bytes: they wait for their answer
            else:
                return

    def await_answers(self) -> int:
        """Return once each statement has an answer that the tool verified; how many have one.

        Raises DemoFailed.
        """
        until = time.monotonic() + PATIENCE
        while waiting := list((self.home / "said").iterdir()):
            if time.monotonic() > until:
                raise DemoFailed(f"{self.id}: {len(waiting)} statements have no verified answer")
            time.sleep(_RETRY)
        return sum(path.suffix == "" for path in (self.home / "answers").iterdir())

    def await_ready(self) -> None:
        """It serves nothing."""


def export_keys(palang: Command, folder: Path, tools: set[str]) -> None:
    """The gateway's keys as files for these tools, and the fingerprints that are read by phone."""
    for tool in sorted(tools):
        for role in _KEYS:
            name = _file(tool, role)
            words = ("--role", role, "--form", _FORMS[tool], "--out", str(folder / name))
            made = palang.json("key", "export", *words)
            _heard(folder, name).write_text(str(made["fingerprint"]).replace(" ", ""), "utf-8")


def _file(tool: str, role: str) -> str:
    return f"{_KEYS[role][0]}.{_ENDINGS[tool]}"


def _heard(folder: Path, name: str) -> Path:
    """What the officer reads to the partner by phone."""
    return folder / f"{name}.heard"


def set_up_stock(
    player: Player, home: Path, door: Door, house: House, log: Path, stack: ExitStack
) -> StockActor:
    """Settings, keys and card, by the steps of the page."""
    if player.tool == "gpg":
        home = _for_gpg(home, stack)
    settings = {
        "PARTNER": player.id,
        "GATEWAY": GATEWAY,
        "NAME": player.name,
        "CONTACT": f"fraud@{player.id}.example",
        "CHANNEL": door.channel,
        "REPLY": door.reply or door.channel,
        "PEER": door.peer.strip(),
        "KIND": player.kind,
        "SAYS": f"{player.answers[0].disposition};{player.answers[0].scope}",
        "URL": f"{house.listener}/v1/{player.id}",
        "CA": str(house.ca),
        "GATEWAY_KEY": "",
        "ANSWER_KEY": "",
    }
    lines = [f"{name}='{value}'\n" for name, value in settings.items()]
    (home / "partner.env").write_text("".join(lines), "utf-8")
    command = ["sh", "-c", 'cd "$1" && exec sh "$2" "$3"', "sh"]
    command += [str(home), str(_LOOP), str(_script(player))]
    actor = StockActor(player, home, Service(player.id, command, log), door.server)
    _run(actor, "keys", "card")
    return actor


def _for_gpg(home: Path, stack: ExitStack) -> Path:
    """Folders that the SFTP server serves; a gpg that asks nobody, in a place with a short name."""
    place = home
    if len(str(home)) > _LONGEST:
        place = Path(tempfile.mkdtemp(prefix="palang-gpg-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
    ring = place / "gnupg"
    ring.mkdir(mode=0o700)
    stack.callback(
        subprocess.run,
        ["gpgconf", "--homedir", str(ring), "--kill", "all"],
        capture_output=True,
        check=False,
    )
    empty = ring / "empty"  # a person types a passphrase
    empty.touch()
    answers = f"batch\nquiet\npinentry-mode loopback\npassphrase-file {empty}\n"
    (ring / "gpg.conf").write_text(answers, "utf-8")
    for name, served in (("in", "inbox"), ("out", "outbox")):
        (place / name).symlink_to(home / "sftp" / served)
    return place


def _script(player: Player) -> Path:
    return ROOT / "demo" / f"{player.tool}_partner" / "partner.sh"


def _run(actor: StockActor, *steps: str) -> str:
    """What the script prints. Raises DemoFailed."""
    ended = subprocess.run(
        ["sh", str(_script(actor.player)), *steps],
        cwd=actor.home,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    if ended.returncode:
        raise DemoFailed(f"{actor.id}: step {steps[-1]} failed: {ended.stderr.strip()[-600:]}")
    return ended.stdout
