"""The area `batches`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.reading.files import FileReader
from gateway.services.batches import Batches
from gateway.services.review_dates import ReviewDates
from gateway.services.stop import StopBatch
from gateway.store.views.batches import SqlBatchPages
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.store.views.intake import SqlIntakePages
from gateway.web.console.batches.area import batches_area
from gateway.web.console.batches.parts import BatchParts

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame

FOLDER = "console-batches"
"""In the state folder: an uploaded list of numbers to free, while it is read."""


def area(gateway: Gateway, frame: Frame) -> Area:
    """Lists that two officers release."""
    store, clock, approvals = gateway.store, gateway.clock, gateway.approvals
    parts = BatchParts(
        SqlBatchPages(store),
        Batches(store, clock, FileReader(), approvals),
        gateway.release,
        gateway.endorsement,
        StopBatch(store, approvals, clock),
        ReviewDates(store, clock),
        SqlIntakePages(store),
        SqlDeliveryPages(store),
        gateway.settings.state_folder / FOLDER,
    )
    return batches_area(parts, frame)
