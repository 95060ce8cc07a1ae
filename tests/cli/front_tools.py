"""A gateway in a folder and the commands over it, as gateway/main.py puts them together."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result

from gateway.cli.batch import batch_group
from gateway.cli.common import Front, Tools
from gateway.cli.intake import intake_group
from gateway.cli.intake_check import CheckParts, check_command
from gateway.cli.officer import officer_group
from gateway.cli.partner import partner_group
from gateway.domain.trust import Algorithm
from gateway.ports import Signer
from gateway.reading.files import FileReader
from keys import files
from keys.generate import generate
from keys.raw import PrivateSigner
from tests.intake.judging import deciding
from tests.services.front.world import World

PASSPHRASE = "frasa sandi uji"

_NUMBER = re.compile(r"(?:\+?62|0)8[0-9 -]{8,}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{12,64}")


def shows_a_number(text: str) -> bool:
    """Whether a whole number stands there; digests are passed over, as they have any digits."""
    return _NUMBER.search(_DIGEST.sub("", text)) is not None


def new_signer(path: Path, passphrase: bytes) -> Signer:
    key = generate(Algorithm.ED25519)
    files.write_private(path, key, passphrase)
    return PrivateSigner(key)  # type: ignore[arg-type]  # a signing key


@dataclass
class Desk:
    """An officer's terminal in a folder."""

    folder: Path
    world: World

    @property
    def commands(self) -> click.Group:
        world = self.world
        front = Front(
            world.officers,
            world.partners,
            world.consents,
            world.intakes,
            world.batches,
            world.releases,
            world.endorsements,
            world.stops,
            world.review_dates,
            world.holds,
            world.hold_acts,
        )
        return commands_of(Tools(lambda: front, new_signer, files.load_signer))

    def run(self, *words: object, typed: str = "") -> Result:
        return CliRunner().invoke(self.commands, [str(w) for w in words], input=typed)

    def done(self, *words: object) -> dict[str, Any]:
        """Run with --json; the one object it printed."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.stderr
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def secret(self) -> Path:
        return self.file("frasa", PASSPHRASE.encode() + b"\n")

    def sign(self, officer: str) -> list[object]:
        """The options by which this officer signs."""
        key = self.folder / f"{officer}.pem"
        return ["--officer", officer, "--key", key, "--passphrase-file", self.secret()]

    def enrol(self, officer: str) -> dict[str, Any]:
        key = self.folder / f"{officer}.pem"
        words = ["officer", "add", officer, "--name", f"Petugas {officer}", "--key", key]
        return self.done(*words, "--passphrase-file", self.secret())


def commands_of(tools: Tools) -> click.Group:
    root = click.Group("palang")
    root.add_command(officer_group(tools))
    root.add_command(partner_group(tools))
    root.add_command(
        intake_group(tools, check_command(CheckParts(deciding, FileReader(), lambda _source: None)))
    )
    root.add_command(batch_group(tools))
    return root
