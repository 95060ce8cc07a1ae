"""`palang batch review | submit | endorse | release | reopen`: what is shown is what is signed."""

from pathlib import Path

import click

from gateway.cli.common import (
    Tools,
    columns,
    example,
    json_option,
    show,
    signatory,
    signing_options,
    working,
)
from gateway.domain.batch import Batch, BatchState, Entry, Review
from gateway.domain.canonical import Json
from gateway.domain.delivery import Priority
from gateway.domain.errors import InputError
from gateway.domain.numbering import mask
from gateway.services.frozen import refuse_state
from gateway.services.review import Shown, read_review

LISTED = 20  # entries that nobody may receive, on screen; --json has them all


def add_release_commands(group: click.Group, tools: Tools) -> None:
    """Add the five commands to the group `batch`."""
    for add in (_review, _submit, _endorse, _release, _reopen):
        add(group, tools)


def next_step(batch: Batch) -> str:
    """What is typed next for a batch in this state, "" where nothing is."""
    signed = "--officer ID --key FILE"
    return {
        BatchState.PREPARED: f"palang batch submit {batch.id} {signed}",
        BatchState.SUBMITTED: f"another officer: palang batch release {batch.id} {signed}",
        BatchState.RELEASED: f"palang delivery list --batch {batch.id}",
        BatchState.STOPPED: "",
    }[batch.state]


def _review(group: click.Group, tools: Tools) -> None:
    @group.command("review", epilog=example("palang batch review 7"))
    @click.argument("batch", type=int)
    @json_option
    def review(batch: int, as_json: bool) -> None:
        """Show who gets what, what nobody may receive, and the guard figures. Changes nothing."""
        front = tools.front()
        with working("computing the review"):
            shown = front.releases.review(batch)
        then = next_step(front.batches.show(batch))
        show(as_json, _document(shown), _lines(shown), then)


def _submit(group: click.Group, tools: Tools) -> None:
    @group.command("submit", epilog=example("palang batch submit 7 --officer siti --key siti.pem"))
    @click.argument("batch", type=int)
    @signing_options
    @json_option
    def submit(
        batch: int, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Freeze the batch: show its review, then sign the review's digest as its preparer."""
        front = tools.front()
        refuse_state(front.batches.show(batch), BatchState.PREPARED)
        with working("computing the review"):
            shown = front.releases.review(batch)
        for line in _lines(shown):
            click.echo(line, err=True)
        by = signatory(tools, officer, key, passphrase_file)
        frozen = front.releases.submit(batch, by, shown.review.digest())
        then = f"another officer: palang batch release {batch} --officer ID --key FILE"
        line = f"Batch {batch} is {frozen.state}, officer {officer} signed {frozen.digest}"
        document = _document(shown) | {"state": str(frozen.state), "officer": officer}
        show(as_json, document, [line], then)


def _endorse(group: click.Group, tools: Tools) -> None:
    @group.command(
        "endorse",
        epilog=example(
            "palang batch endorse 7 --accept-guard entries=ND-114/KOMDIGI/2026 --officer budi "
            "--key budi.pem"
        ),
    )
    @click.argument("batch", type=int)
    @click.option(
        "--accept-guard",
        multiple=True,
        required=True,
        metavar="NAME=REFERENCE",
        help="Go on above this guard's threshold; the decision's reference goes into the ledger.",
    )
    @signing_options
    @json_option
    def endorse(
        batch: int,
        accept_guard: tuple[str, ...],
        officer: str,
        key: Path,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> None:
        """Say that a submitted batch may go on above its guards; a third officer then releases it.

        Refused to whoever submitted it, and where anything changed since.
        """
        accept = dict(_accepted(item) for item in accept_guard)
        found = _submitted(tools, batch)
        by = signatory(tools, officer, key, passphrase_file)
        tools.front().endorsements.endorse(batch, by, accept, found.digest)
        line = f"Batch {batch} is endorsed, officer {officer} signed {found.digest}"
        document: dict[str, Json] = {"batch": batch, "officer": officer, "digest": found.digest}
        then = f"a third officer: palang batch release {batch} --officer ID --key FILE"
        show(as_json, document, [line], then)


def _release(group: click.Group, tools: Tools) -> None:
    @group.command(
        "release", epilog=example("palang batch release 7 --officer budi --key budi.pem")
    )
    @click.argument("batch", type=int)
    @signing_options
    @json_option
    def release(
        batch: int, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Release a submitted batch: show the frozen review, then sign its digest.

        Refused to whoever submitted it, and where anything changed since. A batch above a guard
        must be endorsed by a second officer first, and is released by a third.
        """
        found = _submitted(tools, batch)
        by = signatory(tools, officer, key, passphrase_file)
        with working("releasing"):
            done = tools.front().releases.release(batch, by, found.digest)
        lines = [f"Batch {batch} is {done.batch.state}, officer {officer} signed {found.digest}"]
        lines += [f"  queued: {delivery}" for delivery in done.deliveries]
        document: dict[str, Json] = {
            "batch": batch,
            "state": str(done.batch.state),
            "digest": found.digest,
            "deliveries": list(done.deliveries),
        }
        show(as_json, document, lines, f"palang delivery list --batch {batch}")


def _submitted(tools: Tools, batch: int) -> Batch:
    """The submitted batch, its frozen review shown. Raises Conflict in another state."""
    found = tools.front().batches.show(batch)
    refuse_state(found, BatchState.SUBMITTED)
    for line in _review_lines(read_review(found.review)):
        click.echo(line, err=True)
    return found


def _reopen(group: click.Group, tools: Tools) -> None:
    @group.command("reopen", epilog=example("palang batch reopen 7 --officer siti --key siti.pem"))
    @click.argument("batch", type=int)
    @signing_options
    @json_option
    def reopen(
        batch: int, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Open a submitted batch again; its submit is void."""
        by = signatory(tools, officer, key, passphrase_file)
        found = tools.front().releases.reopen(batch, by)
        document: dict[str, Json] = {"batch": batch, "state": str(found.state)}
        show(as_json, document, [f"Batch {batch} is {found.state}"], f"palang batch review {batch}")


def _accepted(item: str) -> tuple[str, str]:
    name, equals, reference = item.partition("=")
    if not equals:
        raise InputError(
            "--accept-guard takes NAME=REFERENCE", hint="--accept-guard entries=ND-114/KOMDIGI/2026"
        )
    return name, reference


def _lines(shown: Shown) -> list[str]:
    lines = _review_lines(shown.review)
    lines.append(f"Released before: {shown.released_before} of its numbers")
    if shown.merged:
        lines.append(
            f"Merged: {shown.merged} numbers that several rows ask for, {shown.differing} of them "
            "under different categories"
        )
    if shown.versus:
        versus = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in shown.versus)
        lines.append(f"Against the batch released last: {versus}")
    if shown.nobody:
        lines.append("Nobody may receive (numbers masked):")
        lines += columns(("number", "route", "why"), map(_orphan, shown.nobody[:LISTED]))
        if len(shown.nobody) > LISTED:
            lines.append(f"... and {len(shown.nobody) - LISTED} more: --json lists every one")
    return lines


def _review_lines(review: Review) -> list[str]:
    kind = "TEST numbers" if review.test else "real numbers"
    lane = review.priority.name.lower()
    lines = [
        f"Batch {review.batch}: {review.block} blocks, {review.unblock} unblocks, {kind}, {lane}",
        f"Plan and protected numbers {review.plan}",
    ]
    if review.shares:
        lines += columns(("partner", "blocks", "unblocks"), review.shares)
    else:
        lines.append("No partner receives anything")
    lines += [f"Withheld, no live consent: {partner}" for partner in review.withheld]
    lines.append(f"Entries that nobody may receive: {review.nobody}")
    for name, figure, most in review.guards:
        mark = "  ABOVE: one officer endorses it, a third releases it" if figure > most else ""
        lines.append(f"Guard {name}: {figure}, threshold {most}{mark}")
    lines.append(f"Digest of this review: {review.digest()}")
    return lines


def _orphan(entry: Entry) -> tuple[str, str, str]:
    return mask(entry.number), entry.route or "-", _why(entry)


def _why(entry: Entry) -> str:
    if entry.action == "unblock":
        return "no partner was sent this number"
    if entry.route == "ott":
        return "foreign: no OTT with a consent that covers it"
    return f"no live partner {entry.route} of this kind, and no consent that covers it"


def _document(shown: Shown) -> dict[str, Json]:
    review = shown.review
    return {
        "batch": review.batch,
        "digest": review.digest(),
        "test": review.test,
        "lane": Priority(review.priority).name.lower(),
        "plan": review.plan,
        "counts": {"block": review.block, "unblock": review.unblock},
        "shares": [share._asdict() for share in review.shares],
        "withheld": list(review.withheld),
        "guards": [
            {"name": name, "figure": figure, "threshold": most, "above": figure > most}
            for name, figure, most in review.guards
        ],
        "released_before": shown.released_before,
        "merged": {"numbers": shown.merged, "categories_differ": shown.differing},
        "versus": dict(shown.versus),
        "nobody": [
            {"number": mask(e.number), "route": e.route, "action": e.action, "why": _why(e)}
            for e in shown.nobody
        ],
    }
