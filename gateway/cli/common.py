"""What all commands share: errors and exit codes, passphrases, who signs, how results are shown.

Exit codes (design 8): 0 good, 1 checked and not good, 2 unreadable or usage, 3 no pinned key.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from rich.console import Console

from gateway.domain.canonical import Json
from gateway.domain.errors import Conflict, InputError, NotVerified, PalangError
from gateway.ports import Signer
from gateway.services.approvals import Signatory
from gateway.services.batches import Batches
from gateway.services.consents import Consents
from gateway.services.endorsement import Endorsement
from gateway.services.hold_acts import HoldActs
from gateway.services.holds import HoldQueue
from gateway.services.intake import Intakes
from gateway.services.officers import Officers
from gateway.services.partners import Partners
from gateway.services.release import Release
from gateway.services.review_dates import ReviewDates
from gateway.services.stop import StopBatch

F = TypeVar("F", bound=Callable[..., Any])

MAX_PASSPHRASE_FILE = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Front:
    """The use cases of an open gateway that officers drive."""

    officers: Officers
    partners: Partners
    consents: Consents
    intakes: Intakes
    batches: Batches
    releases: Release
    endorsements: Endorsement
    stops: StopBatch
    review_dates: ReviewDates
    holds: HoldQueue
    hold_acts: HoldActs


@dataclass(frozen=True, slots=True)
class Tools:
    """What the commands are given; nothing is opened before one runs, so --help needs nothing.

    `front` opens the gateway; `new_signer` makes a passphrase-protected key file, `load_signer`
    opens one.
    """

    front: Callable[[], Front]
    new_signer: Callable[[Path, bytes], Signer]
    load_signer: Callable[[Path, bytes], Signer]


_DASHED_KEY = re.compile(r"-[A-Za-z0-9_-]{42}")  # a thumbprint: 43 characters (RFC 7638)


class PalangCommand(click.Command):
    """A command whose errors are said in one way: what is wrong, then the next step."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; a PalangError becomes its message, its hint and an exit code."""
        with telling_errors(ctx):
            return super().invoke(ctx)


class KeyCommand(PalangCommand):
    """A command with a KEY: one key id of 64 begins with a dash, and no option has that form."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click, with such a key id behind the `--` that it would want."""
        ids = [word for word in args if _DASHED_KEY.fullmatch(word)]
        if not ids or "--" in args:
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, [*(word for word in args if word not in ids), "--", *ids])


class PalangGroup(click.Group):
    """A group whose commands tell their errors so, whoever made them."""

    command_class = PalangCommand

    def invoke(self, ctx: click.Context) -> Any:
        """As PalangCommand.invoke."""
        with telling_errors(ctx):
            return super().invoke(ctx)


@contextmanager
def telling_errors(ctx: click.Context) -> Iterator[None]:
    """A PalangError in the block becomes its message, its hint and an exit code."""
    try:
        yield
    except PalangError as error:
        click.echo(f"Error: {error}", err=True)
        if error.hint:
            click.echo(f"Next: {error.hint}", err=True)
        ctx.exit(exit_code(error))


def exit_code(error: PalangError) -> int:
    """2 for what can't be read, 3 where no key is pinned, else 1."""
    if isinstance(error, InputError):
        return 2
    if isinstance(error, NotVerified):
        return {"unknown-key": 3, "no-key": 3, "malformed": 2}.get(error.reason, 1)
    return 1


def example(*lines: str) -> str:
    """The epilog of a command: what to type."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def json_option(command: F) -> F:
    """`--json`: one object on standard output, nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")(
        command
    )


def passphrase_option(command: F) -> F:
    """`--passphrase-file`."""
    return click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path),
        help="Read the key's passphrase from this file instead of asking for it.",
    )(command)


def signing_options(command: F) -> F:
    """`--officer`, `--key` and the passphrase: the signature proves who it is, not the option."""
    for option in (
        passphrase_option,
        click.option("--key", required=True, type=click.Path(path_type=Path), help="Key file."),
        click.option("--officer", required=True, metavar="ID", help="Who signs."),
    ):
        command = option(command)
    return command


def passphrase(file: Path | None, *, new: bool = False) -> bytes:
    """From the file (its first line), else asked for on the terminal, twice for a new key.

    Raises InputError where the file can't be read or is empty.
    """
    if file is None:
        text: str = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=new, err=True, type=str
        )
        return text.encode()
    line = read_file(file, MAX_PASSPHRASE_FILE).split(b"\n", 1)[0].rstrip(b"\r")
    if not line:
        raise InputError(f"{file} holds no passphrase", hint="its first line is the passphrase")
    return line


def signatory(tools: Tools, officer: str, key: Path, file: Path | None) -> Signatory:
    """The officer with the opened key. Raises NotFound, NotVerified (passphrase), InputError."""
    return Signatory(officer, tools.load_signer(key, passphrase(file)))


def read_file(path: Path, most: int) -> bytes:
    """A file of at most `most` bytes, `-` for standard input. Raises InputError."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            with path.open("rb") as file:
                data = file.read(most + 1)
    except OSError as error:
        raise InputError(
            f"{path} can't be read: {error.strerror}",
            hint="check the name and that this user may read it",
        ) from None
    if len(data) > most:
        raise InputError(
            f"{path} is larger than {most} bytes", hint="check that it is the right file"
        )
    return data


def read_document(path: Path, most: int) -> bytes:
    """A signed document, byte for byte: its digest is what people compare by phone. Only a JWS,
    which is one line, is taken without the line end after it. Raises as read_file."""
    data = read_file(path, most)
    return data.strip() if data.startswith(b"eyJ") else data


def write_new(path: Path, data: bytes) -> None:
    """A new file for its owner only. Raises Conflict, InputError."""
    with new_file(path) as file:
        file.write(data)


def new_file(path: Path) -> IO[bytes]:
    """A new file for its owner only, open for writing. Raises Conflict, InputError."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} exists", hint="choose another name with --out") from None
    except OSError as error:
        raise InputError(
            f"{path} can't be written: {error.strerror}",
            hint="name a new file in a folder that this user may write in",
        ) from None
    return os.fdopen(handle, "w+b")


@contextmanager
def working(what: str) -> Iterator[None]:
    """A sign of life on the terminal while something takes long; silent where there is none."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield


def show(as_json: bool, document: dict[str, Json], lines: Iterable[str], then: str = "") -> None:
    """Print the result: one JSON object, or lines for a person and the next step."""
    if as_json:
        click.echo(json.dumps(document | ({"next": then} if then else {}), ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
    if then:
        click.echo(f"Next: {then}")


def columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table, columns as wide as needed; a word where there is nothing to list."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        return ["(none)"]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [list(head), *cells]
    ]
