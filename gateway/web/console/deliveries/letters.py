"""The draft of a reminder: a letter to print or copy, and its place in the access log.

Palang sends no letter: an officer puts it on the ministry's paper. An operator is reminded of a
deadline; an OTT is asked, and told that it need not answer.
"""

from flask import Blueprint, render_template

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.delivery import Priority
from gateway.domain.errors import Conflict
from gateway.domain.parties import PartnerKind
from gateway.services.progress import Progress
from gateway.web.console.access import needs
from gateway.web.console.deliveries.details import possible
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.frame import Frame


def add_letters(pages: Blueprint, parts: DeliveryParts, frame: Frame) -> None:
    """`/deliveries/<id>/letter`."""

    @pages.post("/deliveries/<delivery>/letter")
    @needs(Right.CHASE)
    def letter(delivery: str) -> str:
        progress = parts.progress.delivery(delivery)
        _require(progress)
        frame.looked(What.ACT, f"delivery:{delivery}", "reminder drafted")
        return render_template(
            "deliveries/letter.html",
            one=progress,
            mandatory=progress.kind is PartnerKind.OPERATOR,
            unblock=progress.delivery.priority is Priority.UNBLOCK,
            partner=parts.pages.name_of(progress.delivery.partner),
            unanswered=parts.progress.unanswered(delivery)[:200],
        )


def _require(progress: Progress) -> None:
    """Raises Conflict where there is nothing to remind of: a letter says what was handed over."""
    if "remind" not in possible(progress):
        raise Conflict(
            f"delivery {progress.delivery.id} is {progress.delivery.state} with "
            f"{progress.outstanding} entries outstanding: there is nothing to remind of",
            hint="a letter is about what was handed over and has no final word yet",
        )
