"""Entry point of `palang` and composition root: the only package that sees everything."""

import os
import signal
import sys
from pathlib import Path

import click

import config
import gateway
from gateway.cli.common import PalangGroup, example
from gateway.domain import failpoints
from gateway.main.commands import add_commands

_HELP = """Palang: verified block lists go out sealed, signed answers come back.

The gateway's folder is named by --home, or PALANG_HOME, else it is the current folder.
"""

_EXAMPLE = example(
    "palang init --home gerbang --name palang-uji",
    "palang --home gerbang status",
    "palang --home gerbang up",
)


def main() -> None:
    """Run the command line."""
    # crash tests name a point; the process ends there as by a power cut
    failpoints.arm_from(
        os.environ.get("PALANG_FAILPOINT", ""), lambda: os.kill(os.getpid(), signal.SIGKILL)
    )
    assert_own_config()
    cli().main(hoisted(sys.argv[1:]), prog_name="palang")


def hoisted(words: list[str]) -> list[str]:
    """`--home DIR` moved to the front, where the root reads it: people write it after the command
    too."""
    if "--home" not in words[1:]:
        return words
    at = words.index("--home", 1)
    return [*words[at : at + 2], *words[:at], *words[at + 2 :]]


def cli() -> click.Group:
    """The whole command line; nothing is opened before a command runs."""

    @click.group("palang", cls=PalangGroup, help=_HELP, epilog=_EXAMPLE)
    @click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="PALANG_HOME",
        default=Path(),
        help="The gateway's folder, made by palang init.",
    )
    @click.version_option(package_name="palang")
    def palang(home: Path) -> None:
        """The root; commands read `home` from its context."""

    add_commands(palang)
    return palang


def assert_own_config() -> None:
    """`config` is a taken name on PyPI: another package of that name would overwrite ours."""
    own, found = (
        Path(gateway.__file__ or "").parent.parent,
        Path(config.__file__ or "").parent.parent,
    )
    if own != found:
        sys.exit(f"Error: another package named config is installed in {found}; uninstall it")
