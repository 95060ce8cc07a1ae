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
    columns,
    example,
    json_option,
    show,
    signatory,
    signing_options,
)
from gateway.domain.canonical import Json
from gateway.domain.retention import HELD_KINDS, NUMBER, WHAT, LegalHold, Policy, policy
from gateway.domain.times import show_wib, to_wire
from gateway.services.legal_holds import LegalHolds, Order
from gateway.services.retention import Purge, Retention, Review, State

LOST = "per-number proofs become impossible"
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
            lines = [*_state_lines(state), *_hold_lines(holds), *_review_lines(review)]
            show(as_json, _document(state, holds, review), lines)

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
            for line in _review_lines(review):
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
                for line in _review_lines(retention.review(ruling.policy)):
                    click.echo(line)
            if not yes:
                click.confirm("Purge what goes, for good?", abort=True, err=True)
            purge = retention.purge(signatory(self.tools, officer, key, passphrase_file))
            show(as_json, _purge_document(purge), _purge_lines(purge), "palang backup --to FOLDER")

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
            line = f"legal hold {made.id} on {_about(made)} is placed"
            show(as_json, _hold_document(made), [line], "palang retention show")

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


def _review_lines(review: Review | None) -> list[str]:
    if review is None:
        return ["no retention policy rules: nothing is purged"]
    head = ("what", "month", "goes", "bytes", "later", "stays whatever the policy says")
    rows = [
        (
            share.what,
            share.month,
            share.goes,
            share.size or "",
            share.waits,
            "; ".join(f"{count} {why}" for why, count in share.kept),
        )
        for share in review.shares
    ]
    kept = ", ".join(f"{name} {months} months" for name, months in review.policy.months.items())
    return [
        f"policy {review.policy.version}: {kept} ({review.policy.citation})",
        *columns(head, rows),
        f"{review.sum('proofs')} {LOST} if it is run now",
    ]


def _state_lines(state: State) -> list[str]:
    ruling = state.ruling.policy.version if state.ruling is not None else ""
    lines = [
        f"policy {one.version}: {_begun(begins)}{', rules' * (one.version == ruling)}"
        for one, begins in state.policies
    ]
    lines += [
        f"purged on {went.at} under policy {went.policy} ({went.citation}) by {went.by}: "
        f"parcels of {len(went.parcels)} and proofs of {len(went.proofs)} deliveries, numbers of "
        f"{len(went.numbers)} batches, rows of {len(went.rows)} intakes"
        for went in state.tombstones
    ]
    if state.pending:
        lines.append(f"WARNING: keys of {', '.join(state.pending)} wait for their destruction")
    return lines


def _begun(begins: int | None) -> str:
    return f"from {show_wib(begins)}" if begins is not None else "one signature"


def _hold_lines(holds: tuple[LegalHold, ...]) -> list[str]:
    return [
        f"legal hold {one.id} on {_about(one)}, {one.reference}: "
        + ("lifted" if one.lifted_at is not None else f"since {show_wib(one.placed_at)}")
        for one in holds
    ]


def _about(hold: LegalHold) -> str:
    return f"{hold.kind} {hold.subject}".strip()


def _hold_document(hold: LegalHold) -> dict[str, Json]:
    return {
        "id": hold.id,
        "kind": hold.kind,
        "subject": hold.subject,
        "reason": hold.reason,
        "reference": hold.reference,
        "placed": to_wire(hold.placed_at),
        "lifted": to_wire(hold.lifted_at) if hold.lifted_at is not None else None,
    }


def _document(state: State, holds: tuple[LegalHold, ...], review: Review | None) -> dict[str, Json]:
    return {
        "rules": state.ruling.policy.version if state.ruling is not None else None,
        "policies": [
            {
                "version": one.version,
                "citation": one.citation,
                "months": dict(one.months),
                "from": to_wire(begins) if begins is not None else None,
            }
            for one, begins in state.policies
        ],
        "tombstones": [
            {"at": went.at, "policy": went.policy, "by": went.by, "months": list(went.months)}
            for went in state.tombstones
        ],
        "pending": list(state.pending),
        "holds": [_hold_document(one) for one in holds],
        "review": _review_document(review),
    }


def _review_document(review: Review | None) -> Json:
    if review is None:
        return None
    return {
        "policy": review.policy.version,
        "at": to_wire(review.at),
        "shares": [
            {
                "what": share.what,
                "month": share.month,
                "goes": share.goes,
                "bytes": share.size,
                "later": share.waits,
                "kept": dict(share.kept),
            }
            for share in review.shares
        ],
        "proofs_lost": review.sum("proofs"),
    }


def _purge_document(purge: Purge | None) -> dict[str, Json]:
    if purge is None:
        return {"purged": False}
    return {
        "purged": True,
        "tombstone": purge.digest,
        "counts": purge.tombstone.counts(),
        "months": list(purge.tombstone.months),
        "destroyed": list(purge.destroyed),
    }


def _purge_lines(purge: Purge | None) -> list[str]:
    if purge is None:
        return ["nothing is due"]
    counts = ", ".join(f"{count} {name}" for name, count in purge.tombstone.counts().items())
    return [
        f"purged: {counts}",
        f"tombstone {purge.digest}",
        f"destroyed: the period keys of {', '.join(purge.destroyed) or 'no month yet'}",
    ]
