"""`palang key secret`: what logs the gateway in to others, encrypted in its keys folder.

A secret comes from standard input or a file, never as an argument: the arguments of a process can
be read by every user of the machine.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import click

from gateway.cli.common import PalangGroup, columns, example, json_option, read_file, show
from gateway.domain.canonical import Json
from gateway.domain.errors import InputError
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import Algorithm

KINDS = ("mail-relay", "mailbox", "bearer", "client-certificate", "request-key")
ONE_LINE = ("mail-relay", "mailbox", "bearer")
MAX_SECRET = 64 * 1024  # bytes


class Shown(Protocol):
    """What may be shown of a secret; never the secret."""

    @property
    def kind(self) -> str:
        """One of KINDS."""
        ...

    @property
    def partner(self) -> str:
        """Whose it is; "" for the gateway's own."""
        ...

    @property
    def detail(self) -> str:
        """A certificate's subject or a request key's keyid."""
        ...

    @property
    def public(self) -> str:
        """What the partner pins, as PEM; "" where there is nothing."""
        ...

    @property
    def until(self) -> Micros | None:
        """When a certificate ends."""
        ...


class Secrets(Protocol):
    """What the group needs; keys/transport_admin.py has it."""

    def set(self, kind: str, partner: str, data: bytes) -> Shown:
        """Set or replace. Raises InputError."""
        ...

    def generate(self, partner: str, algorithm: Algorithm) -> Shown:
        """A new request key. Raises InputError."""
        ...

    def list(self) -> Sequence[Shown]:
        """All that are there."""
        ...

    def remove(self, kind: str, partner: str) -> None:
        """Take one away. Raises NotFound, InputError."""
        ...


def secret_group(secrets: Callable[[], Secrets]) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "secret",
        help="Passwords, tokens, certificates and keys that log in to others.",
        epilog=example("palang key secret set mail-relay < password", "palang key secret list"),
    )
    for add in (_set, _list, _remove):
        add(group, secrets)
    return group


_kind = click.argument("kind", type=click.Choice(KINDS))
_partner = click.option("--partner", metavar="ID", default="", help="Whose service it is for.")


def _set(group: click.Group, secrets: Callable[[], Secrets]) -> None:
    @group.command(
        "set",
        epilog=example(
            "palang key secret set mail-relay < password",
            "palang key secret set bearer --partner opr-uji-a --file token",
            "cat cert.pem chain.pem key.pem | palang key secret set client-certificate "
            "--partner opr-uji-a",
            "palang key secret set request-key --partner opr-uji-a --generate Ed25519",
        ),
    )
    @_kind
    @_partner
    @click.option(
        "--file",
        type=click.Path(path_type=Path),
        default=Path("-"),
        help="Where it is; standard input where not named.",
    )
    @click.option(
        "--generate",
        type=click.Choice([str(Algorithm.ED25519), str(Algorithm.ES256)]),
        help="Make a new request key here; its private half never leaves.",
    )
    @json_option
    def set_(kind: str, partner: str, file: Path, generate: str | None, as_json: bool) -> None:
        """Set or replace a secret. It counts from the next send on."""
        if generate is not None:
            made = _generated(secrets(), kind, partner, Algorithm(generate))
        else:
            made = secrets().set(kind, partner, _read(kind, file))
        told = [f"{_title(made)} is set", *([made.detail] if made.detail else [])]
        show(as_json, _document(made), [*told, *made.public.splitlines()], _then(made, file))


def _generated(secrets: Secrets, kind: str, partner: str, algorithm: Algorithm) -> Shown:
    if kind != "request-key":
        raise InputError(
            f"--generate makes a request-key, not a {kind}",
            hint="give what the partner gave you: --file FILE, or on standard input",
        )
    return secrets.generate(partner, algorithm)


def _read(kind: str, file: Path) -> bytes:
    """From the file or standard input; asked for, unseen, where that is a terminal."""
    if str(file) != "-" or not sys.stdin.isatty():
        return read_file(file, MAX_SECRET)
    if kind not in ONE_LINE:
        raise InputError(f"a {kind} is a PEM text", hint="name its file with --file, or use a pipe")
    text: str = click.prompt(kind, hide_input=True, confirmation_prompt=True, err=True, type=str)
    return text.encode()


def _then(made: Shown, file: Path) -> str:
    if made.kind == "request-key":
        return f"give {made.partner} this public key; its keyid is the first line above it"
    return f"remove {file}: the secret lies encrypted now" if str(file) != "-" else ""


def _list(group: click.Group, secrets: Callable[[], Secrets]) -> None:
    @group.command(
        "list", epilog=example("palang key secret list", "palang key secret list --json")
    )
    @json_option
    def list_(as_json: bool) -> None:
        """What is set, for whom, and until when a certificate is good. Never the secrets."""
        found = secrets().list()
        head = ("KIND", "PARTNER", "UNTIL", "DETAIL")
        rows = [(one.kind, one.partner or "-", _until(one) or "-", one.detail) for one in found]
        document: dict[str, Json] = {"secrets": [_document(one) for one in found]}
        show(as_json, document, columns(head, rows))


def _remove(group: click.Group, secrets: Callable[[], Secrets]) -> None:
    @group.command("remove", epilog=example("palang key secret remove bearer --partner opr-uji-a"))
    @_kind
    @_partner
    @json_option
    def remove(kind: str, partner: str, as_json: bool) -> None:
        """Take a secret away: from the next send on it is not shown to anybody."""
        secrets().remove(kind, partner)
        whose = f" of {partner}" if partner else ""
        show(as_json, {"kind": kind, "partner": partner}, [f"{kind}{whose} is removed"])


def _title(made: Shown) -> str:
    return f"{made.kind} of {made.partner}" if made.partner else made.kind


def _until(made: Shown) -> str:
    return "" if made.until is None else to_wire(made.until)


def _document(made: Shown) -> dict[str, Json]:
    document: dict[str, Json] = {"kind": made.kind, "partner": made.partner}
    for name, value in (("detail", made.detail), ("public", made.public), ("until", _until(made))):
        if value:
            document[name] = value
    return document
