"""`palang intake inbox` and `take`: the signed lists that sources handed in."""

import getpass
from collections.abc import Callable

import click

from gateway.cli.common import PalangCommand, columns, example, json_option, show
from gateway.cli.intake_proposal import proposal, reading
from gateway.domain.canonical import Json
from gateway.domain.errors import Conflict, InputError
from gateway.domain.opened import Opened
from gateway.domain.records import Intake
from gateway.domain.sheet_plan import ReadingPlan
from gateway.domain.times import show_wib, to_wire
from gateway.services.intake import Watch
from gateway.services.source_inbox import ListTaken, SourceInbox, Waiting, Wanted


def inbox_command(inbox: Callable[[], SourceInbox]) -> click.Command:
    """The command `inbox`."""

    @click.command(
        "inbox",
        cls=PalangCommand,
        epilog=example("palang intake inbox", "palang intake inbox --all --json"),
    )
    @click.option("--all", "every", is_flag=True, help="Also those that were taken.")
    @json_option
    def command(every: bool, as_json: bool) -> None:
        """List the signed lists of sources that wait to be taken.

        Signature, file and serial are verified; its rows are not read before you take it.
        """
        found = [one for one in inbox().all() if every or one.waits]
        head = ("LIST", "SOURCE", "SERIAL", "RECEIVED", "FILE", "BYTES", "STATE", "KEY")
        rows = [_row(one) for one in found]
        waiting = next((one.received.id for one in found if one.waits), 0)
        then = f"palang intake take {waiting}" if waiting else ""
        lines = columns(head, rows) if rows else ["no list waits"]
        show(as_json, {"lists": [_document(one) for one in found]}, lines, then)

    return command


def _row(one: Waiting) -> tuple[object, ...]:
    received, listed = one.received, one.listed
    return (
        *(received.id, received.partner, received.serial, show_wib(received.received_at)),
        *(listed.name, listed.size, _state(one), received.kid),
    )


def _state(one: Waiting) -> str:
    if one.intake:
        return f"intake {one.intake}"
    return f"same file as intake {one.same}" if one.same else "waiting"


def _document(one: Waiting) -> dict[str, Json]:
    received, listed = one.received, one.listed
    return {
        "list": received.id,
        "source": received.partner,
        "serial": received.serial,
        "received": to_wire(received.received_at),
        "name": listed.name,
        "bytes": listed.size,
        "file": listed.digest,
        "category": listed.category,
        "channel": listed.channel,
        "evidence_date": listed.evidence_date,
        "parcel": received.parcel,
        "provenance": received.provenance,
        "key": received.kid,
        "intake": one.intake,
        "same": one.same,
    }


def take_command(inbox: Callable[[], SourceInbox]) -> click.Command:
    """The command `take`."""

    @click.command(
        "take",
        cls=PalangCommand,
        epilog=example("palang intake take 3", 'palang intake take 3 --column "NOMOR HP"'),
    )
    @click.argument("number", metavar="LIST", type=int, required=False)
    @click.option("--sheet", default="", metavar="NAME", help="One sheet; default all visible.")
    @click.option("--column", metavar="NAME_OR_LETTER", help="Header text or letter (A, B, ...).")
    @click.option("--resend", is_flag=True, help="Take numbers again that were released before.")
    @click.option(
        "--auto", is_flag=True, help="All that wait of sources with a saved profile; doubt is held."
    )
    @json_option
    def command(
        number: int | None,
        sheet: str,
        column: str | None,
        resend: bool,
        auto: bool,
        as_json: bool,
    ) -> None:
        """Decide the rows of a source's LIST and keep them as an intake.

        The source's signature becomes the provenance of every row. Defaults for category, channel
        and evidence date are those that the source signed.
        """
        if auto is (number is not None) or (auto and (sheet or column or resend)):
            raise InputError(
                "expected a list, or --auto alone", hint="palang intake inbox shows what waits"
            )
        if number is None:
            _take_all(inbox(), as_json=as_json)
            return
        wanted, lines = Wanted(getpass.getuser(), sheet, column, resend), list[str]()
        with reading() as bar:

            def planned(opened: Opened, plan: ReadingPlan) -> None:
                lines.extend(proposal(opened, plan))
                bar.planned(opened, plan)

            made = inbox().take(number, wanted, Watch(planned, bar.decided))
        lines += [f"List {number} is intake {made.id} from {made.source}", *_counts(made)]
        document = {"list": number, "intake": made.id, "rows": dict(made.counts)}
        show(as_json, document, lines, f"palang intake show {made.id}")

    return command


def _take_all(inbox: SourceInbox, *, as_json: bool) -> None:
    known = {saved.record.source for saved in inbox.intakes.profiles.all()}
    waiting = [one.received for one in inbox.all() if one.waits]
    taken = [done for one in waiting if one.partner in known and (done := _taken(inbox, one.id))]
    left = len(waiting) - len(taken)
    lines = [f"{one.partner} {one.serial}: intake {one.intake}, {one.held} held" for one in taken]
    lines.append(f"{left} lists of sources without a saved profile wait")
    intakes = [{"intake": one.intake, "source": one.partner, "held": one.held} for one in taken]
    show(as_json, {"taken": intakes, "left": left}, lines, "palang intake inbox" if left else "")


def _taken(inbox: SourceInbox, number: int) -> ListTaken | None:
    try:
        return inbox.take_alone(number)
    except Conflict:
        return None  # its file came in another list a moment ago: the inbox says so


def _counts(intake: Intake) -> list[str]:
    return [f"  {name:<10}{number:>9} rows" for name, number in intake.counts if number]
