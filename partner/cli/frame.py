"""What all commands share: the kit's folder, errors and exit codes, how results are shown.

Exit codes (design 8): 0 good, 1 checked and not good, 2 unreadable or usage, 3 no pinned key.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.domain.canonical import Json
from gateway.domain.errors import InputError, NotFound, NotVerified, PalangError
from gateway.ports import Clock
from partner import outgoing
from partner.kit import Kit
from partner.outgoing import Outgoing

F = TypeVar("F", bound=Callable[..., Any])

_NO_PIN = frozenset({"no-pin", "no-key"})
_UNREADABLE = frozenset({"passphrase", "key-file", "malformed", "version"})


@dataclass(frozen=True, slots=True)
class Frame:
    """What commands are given; the kit is opened only when one needs it, so --help needs none."""

    home: Path
    clock: Clock
    open_kit: Callable[[Path], Kit]

    def kit(self) -> Kit:
        """Open the kit. Raises PalangError."""
        return self.open_kit(self.home)


def frame_of(context: click.Context) -> Frame:
    """The frame that main put into the context."""
    frame = context.find_object(Frame)
    if frame is None:
        raise InputError("this command runs as palang-partner COMMAND")
    return frame


class KitCommand(click.Command):
    """A command whose errors are said in one way: what is wrong, then the next step."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; a PalangError becomes its message, its hint and an exit code."""
        try:
            return super().invoke(ctx)
        except PalangError as error:
            click.echo(f"Error: {error}", err=True)
            if error.hint:
                click.echo(f"Next: {error.hint}", err=True)
            ctx.exit(exit_code(error))


class KitGroup(click.Group):
    """A group of such commands."""

    command_class = KitCommand


def exit_code(error: PalangError) -> int:
    """3 where no key is pinned, 2 for what can't be read or found, else 1."""
    if isinstance(error, NotVerified):
        return 3 if error.reason in _NO_PIN else 2 if error.reason in _UNREADABLE else 1
    return 2 if isinstance(error, InputError | NotFound) else 1


def example(*lines: str) -> str:
    """The epilog of a command: what to type."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def json_option(command: F) -> F:
    """`--json`: one object on standard output, nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")(
        command
    )


def show(as_json: bool, document: dict[str, Json], lines: Iterable[str]) -> None:
    """Print the result: one JSON object, or lines for a person."""
    for line in [json.dumps(document, ensure_ascii=False)] if as_json else lines:
        click.echo(line)


def send_and_show(kit: Kit, made: list[Outgoing], as_json: bool) -> None:
    """Let statements just made leave, and show where each is: a file of outbox/, or waiting for
    `run`, which alone speaks to a gateway's listener or to a mail relay."""
    folder = kit.settings.path("outbox") if kit.settings.way == "folder" else None
    if folder:
        outgoing.publish(kit)
    items = [
        {
            "kind": m.kind,
            "subject": m.subject,
            "statement": m.statement,
            "file": str(folder / m.name) if folder else "",
        }
        for m in made
    ]
    lines = [
        f"{m.kind} {m.subject or '(a refused parcel)'}: "
        f"{folder / m.name if folder else 'waits for palang-partner run'}"
        for m in made
    ]
    show(as_json, {"statements": items}, lines or ["nothing to say"])
