"""The areas `intake` and `holds`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import NotPermitted
from gateway.reading.files import FileReader
from gateway.services.hold_acts import HoldActs
from gateway.services.hold_context import HoldContext
from gateway.services.hold_pages import HoldPages
from gateway.services.holds import HoldQueue
from gateway.services.intake_preview import Previews
from gateway.services.intake_rows import IntakeRows
from gateway.services.list_wants import AskedLists
from gateway.services.rulebook import rulebook
from gateway.services.source_inbox import SourceInbox
from gateway.services.source_lists import ListReader
from gateway.store.views.intake import SqlIntakePages
from gateway.web.console.holds.area import holds_area
from gateway.web.console.intake.area import intake_area
from gateway.web.console.intake.parts import Codes, IntakeParts
from keys.jws import JoseSignatures

if TYPE_CHECKING:
    from gateway.domain.times import Micros
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame

FOLDER = "console"
"""In the state folder: files that wait for their officer's word."""


def area(gateway: Gateway, frame: Frame) -> Area:
    """Files in, rows and reasons, files back."""
    return intake_area(_parts(gateway), frame)


def holds(gateway: Gateway, frame: Frame) -> Area:
    """Rows in doubt, officers' decisions."""
    return holds_area(_parts(gateway), frame)


def _parts(gateway: Gateway) -> IntakeParts:
    store, clock, approvals = gateway.store, gateway.clock, gateway.approvals
    pages = SqlIntakePages(store)

    def codes() -> Codes:
        with store.read() as uow:
            rules = rulebook(uow, clock.now())
        return Codes(pages.sources(), rules.categories.codes, rules.channels.codes)

    return IntakeParts(
        clock,
        gateway.intakes,
        Previews(store, FileReader(), gateway.intakes),
        pages,
        IntakeRows(store),
        HoldQueue(store, approvals, clock),
        HoldPages(store, approvals, clock, pages),
        HoldContext(store, gateway.settings.intake.quarantine_days),
        HoldActs(store, approvals, clock),
        SourceInbox(store, gateway.intakes, ListReader(JoseSignatures(), _no_seal_key)),
        AskedLists(store, clock),
        codes,
        gateway.settings.state_folder / FOLDER,
    )


def _no_seal_key(_data: bytes, _partner: str, _at: Micros) -> bytes:
    """The console opens no parcel: the worker takes what it wants (services/list_wants.py)."""
    raise NotPermitted("the console holds no seal key", hint="the worker takes the list")
