"""The area `deliveries`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.services.approvals import Act, Asked, Signatory
from gateway.services.delivery_story import Stories
from gateway.services.desk import DeliveryDesk, Word
from gateway.services.progress import ProgressService
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.web.console.deliveries.area import deliveries_area
from gateway.web.console.deliveries.parts import DeliveryParts

if TYPE_CHECKING:
    from gateway.domain.records import ApprovalRecord
    from gateway.domain.times import Micros
    from gateway.main.wiring import Gateway
    from gateway.ports import UnitOfWork
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """What became of what was released."""
    store, clock = gateway.store, gateway.clock
    pages = SqlDeliveryPages(store)

    def words(by: Signatory) -> Word:
        def word(
            uow: UnitOfWork, act: str, subject: str, digest: str, at: Micros
        ) -> ApprovalRecord:
            return gateway.approvals.sign(uow, by, Asked(Act(act), subject, digest), at)

        return word

    parts = DeliveryParts(
        pages,
        ProgressService(store, clock),
        Stories(store, pages),
        DeliveryDesk(store, clock),
        words,
    )
    return deliveries_area(parts, frame)
