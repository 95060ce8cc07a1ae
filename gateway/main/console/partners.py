"""The area `partners`, joined."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.main.exceptions import recorded
from gateway.services.consents import Consents
from gateway.services.partner_story import PartnerStories
from gateway.services.partners import Partners
from gateway.store.views.partners import SqlPartnerPages
from gateway.web.console.partners.area import partners_area
from gateway.web.console.partners.parts import PartnerParts
from keys.cards import open_card
from keys.documents import Documents
from keys.jws import JoseSignatures

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """Who is sent to and heard from."""
    store, clock = gateway.store, gateway.clock
    opened = partial(open_card, exceptions=recorded(gateway.home))
    parts = PartnerParts(
        SqlPartnerPages(store),
        PartnerStories(store, JoseSignatures(), clock, opened),
        Partners(store, gateway.approvals, clock, opened, gateway.check_card),
        Consents(store, Documents(), clock),
    )
    return partners_area(parts, frame)
