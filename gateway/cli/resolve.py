"""`palang intake resolve`: an officer's signed word on held rows, and the second officer's."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from gateway.cli.common import (
    F,
    PalangCommand,
    Tools,
    columns,
    example,
    json_option,
    show,
    signatory,
    signing_options,
)
from gateway.cli.holds import DIGEST_SHOWN, SHOWN
from gateway.domain.canonical import JsonObject
from gateway.domain.errors import InputError
from gateway.domain.hold_reasons import HOLD_REASONS
from gateway.domain.numbering import mask
from gateway.domain.resolutions import ACCEPT, REJECT, Resolution
from gateway.domain.returned import read_mark, row_mark
from gateway.services.hold_choice import TYPED, WAYS, Choice

_MOST_PARTS = 10
_REASONS = tuple(HOLD_REASONS)


def resolve_command(tools: Tools) -> click.Command:
    """The command `resolve`."""

    @click.command(
        "resolve",
        cls=PalangCommand,
        epilog=example(
            "palang intake resolve P3-7-41 --accept typed --reason evidence_shows "
            "--reference TIKET-7 --officer siti --key siti.pem",
            "palang intake resolve --intake 3 --rule two_numbers --reject --reason sent_anew "
            "--reference SURAT-9 --officer siti --key siti.pem",
            "palang intake resolve --intake 3 --second sha256:0123456789ab --officer budi "
            "--key budi.pem",
        ),
    )
    @click.argument("marks", nargs=-1, metavar="[MARK]...")
    @_which_options
    @_what_options
    @signing_options
    @json_option
    def resolve(
        marks: tuple[str, ...],
        intake: int,
        rule: str,
        second: str,
        accept: str,
        reject: bool,
        numbers: int,
        reason: str,
        reference: str,
        officer: str,
        key: Path,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> None:
        """Accept or reject held rows, named by their MARK or all that a rule of an intake holds.

        `--accept typed` asks for the number, so that it stands in no shell history. What is shown
        is what is signed; some rows then wait for a second officer, who signs with --second.
        """
        if second:
            return _second(tools, intake, second, officer, (key, passphrase_file), as_json)
        if bool(accept) == reject:
            raise click.UsageError("say --accept WAY or --reject, and not both")
        number, rows = _places(marks, intake)
        typed = _ask(numbers) if accept == TYPED else ()
        act = ACCEPT if accept else REJECT
        choice = Choice(number, act, reason, reference, rows, rule, accept, typed)
        acts = tools.front().hold_acts
        draft = acts.draft(choice, officer)
        for line in _lines(draft.parts):
            click.echo(line, err=True)
        done = acts.resolve(draft, signatory(tools, officer, key, passphrase_file))
        line = f"{len(done.rows)} rows: {act}, officer {officer} signed {done.digest}"
        then = _then(number, done.digest) if done.second else f"palang batch new {number}"
        show(as_json, _document(done.parts) | {"second": done.second}, [line], then)
        return None

    return resolve


def _which_options(command: F) -> F:
    """Which rows."""
    for option in (
        click.option(
            "--second", default="", metavar="DIGEST", help="As second officer: sign this digest."
        ),
        click.option("--rule", default="", help="All open rows of the intake that it holds."),
        click.option("--intake", default=0, metavar="INTAKE", help="With --rule and --second."),
    ):
        command = option(command)
    return command


def _what_options(command: F) -> F:
    """What is decided, and why."""
    for option in (
        click.option("--reference", default="", help="Of the evidence, e.g. TIKET-2291."),
        click.option(
            "--reason", default="", type=click.Choice(("", *_REASONS)), metavar="CODE",
            help="Why: " + ", ".join(_REASONS),
        ),
        click.option(
            "--numbers", default=1, type=click.IntRange(1, _MOST_PARTS), show_default=True,
            help="With --accept typed: how many the cell stands for.",
        ),
        click.option("--reject", is_flag=True, help="The row gives no number."),
        click.option(
            "--accept", default="", type=click.Choice(("", *WAYS)), metavar="WAY",
            help="typed: asked for; split: those proposed; inferred: the one proposed.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _second(
    tools: Tools,
    intake: int,
    digest: str,
    officer: str,
    key: tuple[Path, Path | None],
    as_json: bool,
) -> None:
    acts = tools.front().hold_acts
    look = acts.waiting(intake, digest)
    for line in _lines(look.parts):
        click.echo(line, err=True)
    acts.second(look, signatory(tools, officer, *key))
    line = f"Final: officer {officer} signed {look.digest} after officer {look.officer}"
    show(as_json, _document(look.parts) | {"second": 0}, [line], f"palang batch new {intake}")


def _places(marks: Sequence[str], intake: int) -> tuple[int, tuple[int, ...]]:
    """The intake and the positions of the marks. Raises InputError."""
    places = [place for mark in marks if (place := read_mark(mark)) is not None]
    intakes = {number for number, _ in places} | ({intake} if intake else set())
    if len(intakes) != 1:
        raise InputError(
            f"expected rows of one intake, got {len(intakes)}",
            hint="palang intake holds shows the marks; or --intake INTAKE --rule RULE",
        )
    return intakes.pop(), tuple(position for _, position in places)


def _ask(numbers: int) -> tuple[str, ...]:
    return tuple(
        click.prompt(f"Number {at} of {numbers}, as 08... or +62...", err=True, type=str)
        for at in range(1, numbers + 1)
    )


def _lines(parts: Sequence[Resolution]) -> list[str]:
    reason = HOLD_REASONS[parts[0].reason]
    head = ("mark", "act", "number", "route", "second officer because")
    return [
        *columns(head, _cells(parts[:SHOWN])),
        *[f"... and {len(parts) - SHOWN} more"] * (len(parts) > SHOWN),
        f"Reason {reason.code}: {reason.text_en} / {reason.text_id}",
        f"Evidence {parts[0].reference}; decided by officer {parts[0].officer}",
        f"Digest of this: {parts[0].digest}",
    ]


def _cells(parts: Iterable[Resolution]) -> Iterator[tuple[str, ...]]:
    for part in parts:
        number = mask(part.number) if part.number else "-"
        mark = row_mark(part.intake, part.position)
        yield mark, part.act, number, part.route or "-", part.why_second or "-"


def _then(intake: int, digest: str) -> str:
    return (
        f"another officer: palang intake resolve --intake {intake} --second "
        f"{digest[:DIGEST_SHOWN]} --officer ID --key FILE"
    )


def _document(parts: Sequence[Resolution]) -> JsonObject:
    first = parts[0]
    return {
        "intake": first.intake,
        "act": first.act,
        "reason": first.reason,
        "reference": first.reference,
        "officer": first.officer,
        "digest": first.digest,
        "rows": [
            {"mark": mark, "act": act, "number": number, "route": route, "why_second": why}
            for mark, act, number, route, why in _cells(parts)
        ],
    }
