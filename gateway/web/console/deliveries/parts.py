"""What the pages of deliveries are given."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.ports.views.deliveries import DeliveryPages
from gateway.services.approvals import Signatory
from gateway.services.delivery_story import Stories
from gateway.services.desk import DeliveryDesk, Word
from gateway.services.progress import ProgressService


@dataclass(frozen=True, slots=True)
class DeliveryParts:
    """`words` makes an officer's approvals with an opened key."""

    pages: DeliveryPages
    progress: ProgressService
    stories: Stories
    desk: DeliveryDesk
    words: Callable[[Signatory], Word]
