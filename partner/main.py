"""Entry point of `palang-partner` and its composition: clock, folder, commands."""

import os
import signal
from pathlib import Path

import click

from gateway.domain import failpoints
from keys.policy import check_floors
from partner.cli import (
    consenting,
    enforcing,
    hearing,
    onboarding,
    pinning,
    receiving,
    running,
    sending,
    simulating,
    testing,
)
from partner.cli.frame import Frame, KitGroup, example
from partner.kit import SystemClock, load_kit

_HELP = """The receiving side of Palang: open, verify, apply, acknowledge, confirm.

A source hands its lists in with it.

The kit's folder is named by --home, or PALANG_PARTNER_HOME, else it is the current folder.
"""
_EXAMPLE = example("palang-partner init --help", "palang-partner --home kit run --once")
_COMMANDS = (
    onboarding.init,
    onboarding.card,
    pinning.trust,
    receiving.open_command,
    receiving.ack,
    enforcing.apply_command,
    enforcing.confirm,
    receiving.request,
    receiving.nothing,
    consenting.consent,
    consenting.withdraw,
    sending.send_list,
    running.run,
    testing.sandbox,
    simulating.simulate,
    enforcing.status,
    hearing.answers,
    hearing.checkpoint,
    hearing.compare,
    hearing.prove,
)


def main() -> None:
    """Run the command line."""
    # crash tests name a point; the process ends there as by a power cut
    failpoints.arm_from(
        os.environ.get("PALANG_FAILPOINT", ""), lambda: os.kill(os.getpid(), signal.SIGKILL)
    )
    cli().main(prog_name="palang-partner")


def cli() -> click.Group:
    """The whole command line; nothing is opened before a command runs."""

    @click.group("palang-partner", cls=KitGroup, help=_HELP, epilog=_EXAMPLE)
    @click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="PALANG_PARTNER_HOME",
        default=Path(),
        help="The kit's folder, made by palang-partner init.",
    )
    @click.version_option(package_name="palang")
    @click.pass_context
    def palang_partner(context: click.Context, home: Path) -> None:
        """The root; commands take their frame from its context."""
        check_floors()
        clock = SystemClock()
        context.obj = Frame(
            home.absolute(), clock, lambda folder: load_kit(folder, clock, dict(os.environ))
        )

    for command in _COMMANDS:
        palang_partner.add_command(command)
    return palang_partner


if __name__ == "__main__":
    main()
