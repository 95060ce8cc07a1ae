"""`open`, `ack` and `request`: taking parcels by hand, and answering for them."""

from pathlib import Path

import click

from gateway.domain.ids import ParcelName
from gateway.domain.parcel import MAX_PARCEL
from partner import answers, asking, files
from partner.cli.frame import (
    Frame,
    KitCommand,
    example,
    frame_of,
    json_option,
    send_and_show,
    show,
)
from partner.receive import Received, receive, refuse
from partner.refusal import ParcelRefused

_OPENED = 2  # the check after which a file was sealed for this kit, whatever else is wrong with it


@click.command(
    "open",
    cls=KitCommand,
    epilog=example("palang-partner --home kit open palang-opr-uji-a-1-00000001.zip.jwe"),
)
@click.argument("parcel", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def open_command(context: click.Context, parcel: Path, as_json: bool) -> None:
    """Verify a PARCEL and store it durably. `ack` then says so to the gateway.

    The checks are numbered; a parcel that fails one is not stored and exits with 1.
    """
    kit = frame_of(context).kit()
    data = files.read(parcel, MAX_PARCEL + 1)
    try:
        received = receive(kit, data)
    except ParcelRefused as refused:
        # a file picked by mistake is nobody's parcel: the gateway is not told of it
        told = refused.step > _OPENED or ParcelName.parse(parcel.name) is not None
        if told:
            refuse(kit, refused)
        _show_refused(as_json, refused, told)
        context.exit(1)
    _show_received(as_json, received)


def _show_refused(as_json: bool, refused: ParcelRefused, told: bool) -> None:
    document = {
        "stored": False,
        "parcel": refused.parcel,
        "check": refused.step,
        "reason": str(refused.code),
        "why": str(refused),
    }
    then = "palang-partner ack tells the gateway" if told else "name a file palang-*.zip.jwe"
    lines = [f"Refused ({refused.code}): {refused}", f"Next: {then}"]
    show(as_json, document, lines)


def _show_received(as_json: bool, got: Received) -> None:
    document = {
        "stored": True,
        "new": got.new,
        "parcel": got.parcel,
        "manifest": got.manifest,
        "delivery": got.delivery,
        "epoch": got.epoch,
        "sequence": got.sequence,
        "entries": got.entries,
    }
    what = "Stored" if got.new else "Stored before:"
    lines = [
        f"{what} delivery {got.delivery}, sequence {got.sequence}, {got.entries} entries.",
        "Next: palang-partner ack, then palang-partner apply",
    ]
    show(as_json, document, lines)


@click.command(cls=KitCommand, epilog=example("palang-partner --home kit ack"))
@click.option("--delivery", default="", help="Acknowledge this one once more.")
@json_option
@click.pass_obj
def ack(frame: Frame, delivery: str, as_json: bool) -> None:
    """Sign the acknowledgements that are due, and put them into outbox/."""
    kit = frame.kit()
    made = answers.acknowledge(kit, delivery)
    send_and_show(kit, made, as_json)


@click.command(
    cls=KitCommand,
    epilog=example("palang-partner --home kit request", "palang-partner request --since 7"),
)
@click.option("--since", type=click.IntRange(1), default=None, help="From this sequence on.")
@json_option
@click.pass_obj
def request(frame: Frame, since: int | None, as_json: bool) -> None:
    """Ask the gateway for parcels again: for what is missing, or from a sequence on."""
    kit = frame.kit()
    made = asking.request(kit, since or 0)
    send_and_show(kit, made, as_json)


@click.command(cls=KitCommand, epilog=example("palang-partner --home kit nothing"))
@json_option
@click.pass_obj
def nothing(frame: Frame, as_json: bool) -> None:
    """Say that up to the last parcel there is nothing more to report now."""
    kit = frame.kit()
    send_and_show(kit, [asking.nothing(kit)], as_json)
