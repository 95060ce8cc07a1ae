"""`palang doctor`: every module's checks, and what to do about what they find."""

from collections.abc import Callable
from typing import Protocol

import click

from gateway.cli.common import PalangCommand, example, json_option, show, working
from gateway.cli.status import document, lines
from gateway.domain.health import Finding, Level
from gateway.services.doctor import worst


class Asked(Protocol):
    """What the command needs of one gateway."""

    def examine(self, *, network: bool, partner: str) -> list[Finding]:
        """Set-up, channels, and how it runs."""
        ...


def doctor_command(asked: Callable[[], Asked]) -> click.Command:
    """The command `doctor`; `asked` opens the gateway when it runs."""

    @click.command(
        "doctor",
        cls=PalangCommand,
        epilog=example(
            "palang doctor", "palang doctor --no-network", "palang doctor --partner opr-uji-a"
        ),
    )
    @click.option("--no-network", is_flag=True, help="Do not try partners' channels.")
    @click.option("--partner", default="", metavar="ID", help="Only this partner's channel.")
    @json_option
    @click.pass_context
    def doctor(context: click.Context, no_network: bool, partner: str, as_json: bool) -> None:
        """Check program, folders, keys, databases, channels and how it runs; say what to do.

        Changes nothing. Exit code 0 where nothing is critical, else 1.
        """
        with working("examining"):
            found = asked().examine(network=not no_network, partner=partner)
        show(as_json, document(found), lines(found))
        context.exit(1 if worst(found) is Level.CRITICAL else 0)

    return doctor
