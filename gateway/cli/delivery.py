"""`palang delivery`: what became of what was released, and an officer's acts on dead letters.

"Done" is what a partner declared, under its key. Numbers are shown masked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

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
from gateway.cli.delivery_tables import (
    DELIVERY_HEAD,
    PARTNER_HEAD,
    attempt_rows,
    csv_text,
    delivery_document,
    delivery_row,
    entry_rows,
    partner_document,
    partner_row,
    receipt_rows,
    summary_lines,
)
from gateway.domain.delivery import Delivery, State
from gateway.ports import DeliveryFilter
from gateway.services.approvals import Signatory
from gateway.services.desk import DeliveryDesk, Word
from gateway.services.progress import ProgressService


@dataclass(frozen=True, slots=True)
class DeliveryTools:
    """What these commands are given; `words` makes an officer's approvals with an opened key."""

    desk: DeliveryDesk
    progress: ProgressService
    words: Callable[[Signatory], Word]


Open = Callable[[], DeliveryTools]


def delivery_group(tools: Tools, opened: Open) -> click.Group:
    """The group and its commands; `opened` opens the gateway when one runs."""
    group = PalangGroup(
        "delivery",
        help="What became of what was released: list, show, progress, resume, resend, stop.",
        epilog=example("palang delivery list --batch 7", "palang delivery progress"),
    )
    for add in (_list, _show, _progress):
        add(group, opened)
    for act in (_resume, _resend, _stop):
        act(group, tools, opened)
    return group


def _list(group: click.Group, opened: Open) -> None:
    @group.command(
        "list",
        epilog=example(
            "palang delivery list --batch 7",
            "palang delivery list --state FAILED --state REJECTED",
            "palang delivery list --partner opr-uji-a --csv > deliveries.csv",
        ),
    )
    @click.option("--batch", type=click.IntRange(min=1), help="Only of this batch.")
    @click.option("--partner", default="", metavar="ID", help="Only to this partner.")
    @click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice([str(state) for state in State], case_sensitive=False),
        help="Only in this state; may be given again.",
    )
    @_csv_option
    @json_option
    def list_(
        batch: int | None, partner: str, states: tuple[str, ...], as_csv: bool, as_json: bool
    ) -> None:
        """List deliveries with what was sent, acknowledged and declared done."""
        wanted = DeliveryFilter(batch or 0, partner, tuple(State(s.upper()) for s in states))
        found = opened().progress.deliveries(wanted)
        rows = [delivery_row(one) for one in found]
        if as_csv:
            click.echo(csv_text(DELIVERY_HEAD, rows), nl=False)
            return
        document = {"deliveries": [delivery_document(one) for one in found]}
        show(as_json, document, columns(DELIVERY_HEAD, rows), _next_of([d.delivery for d in found]))


def _show(group: click.Group, opened: Open) -> None:
    @group.command(
        "show",
        epilog=example(
            "palang delivery show 7.opr-uji-a.1",
            "palang delivery show 7.opr-uji-a.1 --entries --csv > entries.csv",
        ),
    )
    @click.argument("delivery")
    @click.option("--entries", is_flag=True, help="List every entry, its number masked.")
    @_csv_option
    @json_option
    def show_(delivery: str, entries: bool, as_csv: bool, as_json: bool) -> None:
        """Show a delivery: where it stands, every attempt, every receipt."""
        progress = opened().progress
        one = progress.delivery(delivery)
        head, rows = entry_rows(progress.entries(delivery) if entries or as_csv else [])
        if as_csv:
            click.echo(csv_text(head, rows), nl=False)
            return
        cut = progress.cut(delivery)
        attempts = attempt_rows(progress.attempts(delivery))
        receipts = receipt_rows(progress.receipts(delivery))
        lines = [*summary_lines(one, cut), "", *columns(*attempts), "", *columns(*receipts)]
        document = delivery_document(one) | {
            "cut": cut,
            "attempts": [dict(zip(attempts[0], row, strict=True)) for row in attempts[1]],
            "receipts": [dict(zip(receipts[0], row, strict=True)) for row in receipts[1]],
        }
        if entries:
            lines += ["", *columns(head, rows)]
            document |= {"entries_list": [dict(zip(head, row, strict=True)) for row in rows]}
        show(as_json, document, lines, _next_of([one.delivery]))


def _progress(group: click.Group, opened: Open) -> None:
    @group.command(
        "progress",
        epilog=example("palang delivery progress", "palang delivery progress --batch 7 --json"),
    )
    @click.option("--batch", type=click.IntRange(min=1), help="Only of this batch.")
    @_csv_option
    @json_option
    def progress_(batch: int | None, as_csv: bool, as_json: bool) -> None:
        """Show each partner in sums: entries, sent, acknowledged, declared done, outstanding."""
        found = opened().progress.partners(batch or 0)
        rows = [partner_row(one) for one in found]
        if as_csv:
            click.echo(csv_text(PARTNER_HEAD, rows), nl=False)
            return
        document = {"partners": {one.partner: partner_document(one) for one in found}}
        show(as_json, document, columns(PARTNER_HEAD, rows), "palang delivery list")


def _resume(group: click.Group, tools: Tools, opened: Open) -> None:
    @group.command(
        "resume",
        epilog=example("palang delivery resume 7.opr-uji-a.1 --officer siti --key siti.pem"),
    )
    @click.argument("delivery")
    @signing_options
    @json_option
    def resume(
        delivery: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Queue a failed or rejected delivery again, as one officer; the same bytes go."""
        given = opened()
        given.progress.delivery(delivery)  # no passphrase is asked for what is not there
        by = signatory(tools, officer, key, passphrase_file)
        after = given.desk.resume(delivery, given.words(by))
        _tell(after, as_json, f"palang delivery show {delivery}")


def _resend(group: click.Group, tools: Tools, opened: Open) -> None:
    @group.command(
        "resend",
        epilog=example("palang delivery resend 7.opr-uji-a.1 --officer siti --key siti.pem"),
    )
    @click.argument("delivery")
    @signing_options
    @json_option
    def resend(
        delivery: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Send a handed-over delivery without a receipt again now, as one officer.

        The same bytes go; the partner records them once.
        """
        given = opened()
        given.progress.delivery(delivery)  # no passphrase is asked for what is not there
        by = signatory(tools, officer, key, passphrase_file)
        after = given.desk.resend(delivery, given.words(by))
        _tell(after, as_json, f"palang delivery show {delivery}")


def _stop(group: click.Group, tools: Tools, opened: Open) -> None:
    @group.command(
        "stop",
        epilog=example("palang delivery stop 7.opr-uji-a.1 --officer siti --key siti.pem"),
    )
    @click.argument("delivery")
    @signing_options
    @json_option
    def stop(
        delivery: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """End a delivery that is not sent, as one officer, for good.

        Its sequence is declared void in the partner's next manifest. What was sent can't be
        stopped: release the unblock.
        """
        given = opened()
        given.progress.delivery(delivery)  # no passphrase is asked for what is not there
        by = signatory(tools, officer, key, passphrase_file)
        after = given.desk.stop(delivery, given.words(by))
        then = ""
        if after.attempts:
            then = "free what may have arrived: palang batch new --unblock FILE --reason REF"
        _tell(after, as_json, then)


def _tell(delivery: Delivery, as_json: bool, then: str) -> None:
    document = {"delivery": delivery.id, "state": str(delivery.state)}
    show(as_json, document, [f"Delivery {delivery.id} is {delivery.state}"], then)


def _csv_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output.")(command)


def _next_of(found: list[Delivery]) -> str:
    """What a person would do next: look after a dead letter first."""
    for delivery in found:
        if delivery.state in (State.FAILED, State.REJECTED):
            return (
                f"palang delivery resume {delivery.id} --officer ID --key FILE, "
                "once its cause is gone; or palang delivery stop"
            )
    alone = len(found) == 1 and found[0].sealed  # without a manifest there is nothing to prove
    return f"palang audit export --delivery {found[0].id}" if alone else ""
