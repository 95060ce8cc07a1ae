"""`palang retention`: policies by two officers, legal holds, purges and their tombstones."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gateway.cli.asking import ask_number
from gateway.cli.common import (
    PalangGroup,
    Tools,
    example,
    json_option,
    show,
    signatory,
    signing_options,
)
from gateway.cli.retention_tables import (
    about,
    document,
    hold_document,
    hold_lines,
    purge_document,
    purge_lines,
    review_lines,
    state_lines,
)
from gateway.domain.canonical import Json
from gateway.domain.retention import HELD_KINDS, NUMBER, WHAT, Policy, policy
from gateway.domain.times import show_wib
from gateway.services.legal_holds import LegalHolds, Order
from gateway.services.retention import Retention

_KEEP = {name: f"Months that {name} are kept, and then go: {text}." for name, text in WHAT.items()}
_SIGNER = "--officer siti --key siti.pem"


@dataclass(frozen=True, slots=True)
class RetentionTools:
    """What these commands are given."""

    retention: Retention
    holds: LegalHolds
    refill: Callable[[], tuple[str, ...]]


def retention_group(tools: Tools, opened: Callable[[], RetentionTools]) -> click.Group:
    """The group and its commands; `opened` opens the gateway when one runs."""
    group = PalangGroup(
        "retention",
        help="How long what may name a person is kept. Nothing is purged without a policy by two "
        "officers; what is not final, stands blocked or is under legal hold stays.",
        epilog=example(
            "palang retention show",
            'palang retention propose --version 2027-1 --citation "UU 27/2022 ps. 43" '
            f"--rows 24 --parcels 24 --proofs 60 --numbers 60 --from 2027-01-01 {_SIGNER}",
            "palang retention run --officer siti --key siti.pem",
        ),
    )
    made = _Commands(group, tools, opened)
    for add in (
        made.show,
        made.propose,
        made.approve,
        made.run,
        made.hold,
        made.release,
        made.refill,
    ):
        add()
    return group


@dataclass(frozen=True, slots=True)
class _Commands:
    group: click.Group
    tools: Tools
    opened: Callable[[], RetentionTools]

    def show(self) -> None:
        @self.group.command(
            "show",
            epilog=example("palang retention show", "palang retention show --version 2027-1"),
        )
        @click.option("--version", default="", help="Also what this policy would take now.")
        @json_option
        def show_(version: str, as_json: bool) -> None:
            """Show policies, holds and tombstones, and by month what the ruling policy takes."""
            given = self.opened()
            state, holds = given.retention.state(), given.holds.all()
            chosen = given.retention.find(version) if version else None
            if chosen is None and state.ruling is not None:
                chosen = state.ruling.policy
            review = given.retention.review(chosen) if chosen is not None else None
            lines = [*state_lines(state), *hold_lines(holds), *review_lines(review)]
            show(as_json, document(state, holds, review), lines)

    def propose(self) -> None:
        @self.group.command(
            "propose",
            epilog=example(
                'palang retention propose --version 2027-1 --citation "UU 27/2022 ps. 43" '
                f"--rows 24 --proofs 60 --numbers 60 --from 2027-01-01 {_SIGNER}"
            ),
        )
        @click.option("--version", required=True, help="The policy's own name, such as 2027-1.")
        @click.option("--citation", required=True, help="The legal basis.")
        @_kept_options
        @click.option("--from", "day", required=True, metavar="DAY", help="Rules from this day on.")
        @signing_options
        @click.option("--yes", is_flag=True, help="Sign without being asked again.")
        @json_option
        def propose(
            version: str,
            citation: str,
            day: str,
            officer: str,
            key: Path,
            passphrase_file: Path | None,
            yes: bool,
            as_json: bool,
            **kept: int | None,
        ) -> None:
            """See what a policy would take, and sign it as the first officer."""
            months = {name: given for name, given in kept.items() if given is not None}
            wanted = policy(version, citation, months)
            self._sign(wanted, day, (officer, key, passphrase_file), yes, as_json)

    def approve(self) -> None:
        @self.group.command(
            "approve",
            epilog=example(
                "palang retention approve 2027-1 --from 2027-01-01 --officer budi --key budi.pem"
            ),
        )
        @click.argument("version")
        @click.option("--from", "day", required=True, metavar="DAY", help="As it was proposed.")
        @signing_options
        @click.option("--yes", is_flag=True, help="Sign without being asked again.")
        @json_option
        def approve(
            version: str,
            day: str,
            officer: str,
            key: Path,
            passphrase_file: Path | None,
            yes: bool,
            as_json: bool,
        ) -> None:
            """See the same as the first officer, and sign it as the second: then it rules."""
            wanted = self.opened().retention.find(version)
            self._sign(wanted, day, (officer, key, passphrase_file), yes, as_json, first=False)

    def _sign(
        self,
        wanted: Policy,
        day: str,
        signer: tuple[str, Path, Path | None],
        yes: bool,
        as_json: bool,
        *,
        first: bool = True,
    ) -> None:
        retention = self.opened().retention
        review = retention.review(wanted)
        if not as_json:
            for line in review_lines(review):
                click.echo(line)
        if not yes:
            click.confirm("Sign this policy?", abort=True, err=True)
        by = signatory(self.tools, *signer)
        if first:
            made = retention.propose(wanted, day, by)
        else:
            made = retention.approve(wanted.version, day, by)
        about = f"retention policy {wanted.version} ({wanted.citation})"
        document: dict[str, Json] = {"version": wanted.version, "digest": wanted.digest()}
        if made is None:
            then = f"another officer: palang retention approve {wanted.version} --from {day}"
            show(as_json, document | {"rules": False}, [f"{about} has one signature"], then)
        else:
            line = f"{about} rules from {show_wib(made.begins)} on"
            show(as_json, document | {"rules": True}, [line], "palang retention show")

    def run(self) -> None:
        @self.group.command(
            "run", epilog=example("palang retention run --officer siti --key siti.pem")
        )
        @signing_options
        @click.option("--yes", is_flag=True, help="Purge without being asked again.")
        @json_option
        def run(
            officer: str, key: Path, passphrase_file: Path | None, yes: bool, as_json: bool
        ) -> None:
            """Purge what is due under the ruling policy, and leave a signed tombstone.

            It can't be undone: the period keys of the months are destroyed with it.
            """
            retention = self.opened().retention
            ruling = retention.state().ruling
            if ruling is not None and not as_json:
                for line in review_lines(retention.review(ruling.policy)):
                    click.echo(line)
            if not yes:
                click.confirm("Purge what goes, for good?", abort=True, err=True)
            purge = retention.purge(signatory(self.tools, officer, key, passphrase_file))
            show(as_json, purge_document(purge), purge_lines(purge), "palang backup --to FOLDER")

    def hold(self) -> None:
        @self.group.command(
            "hold",
            epilog=example(
                'palang retention hold batch 7 --reason "perkara pidana" --reference "LP/B/12" '
                f"{_SIGNER}",
                'palang retention hold number --reason "gugatan" --reference "45/Pdt.G/2027" '
                f"{_SIGNER}",
            ),
        )
        @click.argument("kind", type=click.Choice(HELD_KINDS))
        @click.argument("subject", default="")
        @click.option("--reason", required=True, help="Why; without a number.")
        @click.option("--reference", required=True, help="The case or order.")
        @signing_options
        @json_option
        def hold(
            kind: str,
            subject: str,
            reason: str,
            reference: str,
            officer: str,
            key: Path,
            passphrase_file: Path | None,
            as_json: bool,
        ) -> None:
            """Keep a batch, partner, intake or number from every purge. A number is asked for."""
            number = ask_number() if kind == NUMBER else 0
            by = signatory(self.tools, officer, key, passphrase_file)
            made = self.opened().holds.place(Order(kind, subject, number, reason, reference), by)
            line = f"legal hold {made.id} on {about(made)} is placed"
            show(as_json, hold_document(made), [line], "palang retention show")

    def release(self) -> None:
        @self.group.command(
            "release", epilog=example("palang retention release 3 --officer budi --key budi.pem")
        )
        @click.argument("hold", type=click.IntRange(min=1))
        @signing_options
        @json_option
        def release(
            hold: int, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
        ) -> None:
            """Sign that a legal hold ends; the second officer's signature ends it."""
            by = signatory(self.tools, officer, key, passphrase_file)
            ended = self.opened().holds.lift(hold, by)
            if ended is None:
                line, then = (
                    f"legal hold {hold} has one signature to end it",
                    f"another officer: palang retention release {hold}",
                )
            else:
                line, then = f"legal hold {hold} is lifted", "palang retention show"
            show(as_json, {"hold": hold, "lifted": ended is not None}, [line], then)

    def refill(self) -> None:
        @self.group.command("refill", epilog=example("palang retention refill"))
        @json_option
        def refill(as_json: bool) -> None:
            """Put the numbers of a restored backup back, once its period keys are in their place.

            What a purge took stays gone: its key was destroyed.
            """
            gone = self.opened().refill()
            lines = ["the numbers of the backup are back in the database"]
            lines += [f"  purged with its key: {subject}" for subject in gone]
            show(as_json, {"purged": list(gone)}, lines, "palang fsck")


def _kept_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, text in reversed(_KEEP.items()):
        command = click.option(f"--{name}", type=click.IntRange(min=1), help=text)(command)
    return command
