"""One delivery: where it stands, its story, its entries."""

from flask import Blueprint, render_template, request, url_for

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.delivery import State
from gateway.domain.dispositions import DISPOSITIONS
from gateway.domain.errors import PalangError
from gateway.services.progress import Progress
from gateway.web.console.access import needs
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.frame import Frame
from gateway.web.console.words import later

ENTRIES = 50
DONE = {
    "resumed": later("The delivery is in the queue again; the worker sends it at its next round."),
    "resent": later("The same parcel is sent again at the worker's next round."),
    "stopped": later("The delivery is stopped for good; its sequence is declared void."),
}


def add_details(pages: Blueprint, parts: DeliveryParts, frame: Frame) -> None:
    """`/deliveries/<id>`, its live part, and its entries."""

    @pages.get("/deliveries/<delivery>")
    @needs(Right.READ)
    def show(delivery: str) -> str:
        frame.looked(What.DELIVERY_VIEW, f"delivery:{delivery}")
        return shown(parts, delivery)

    @pages.get("/deliveries/<delivery>/entries")
    @needs(Right.READ)
    def entries(delivery: str) -> str:
        parts.desk.show(delivery)
        frame.looked(What.ENTRIES_VIEW, f"delivery:{delivery}")
        after = max(0, request.args.get("after", 0, type=int))
        rows = parts.pages.entries(delivery, after, ENTRIES + 1)
        return render_template(
            "deliveries/entries.html",
            delivery=delivery,
            rows=rows[:ENTRIES],
            first=url_for("deliveries.entries", delivery=delivery) if after else "",
            more=url_for("deliveries.entries", delivery=delivery, after=rows[ENTRIES - 1].entry)
            if len(rows) > ENTRIES
            else "",
        )


def shown(parts: DeliveryParts, delivery: str, problem: PalangError | None = None) -> str:
    """The page of a delivery, with what went wrong with an act on it. Raises NotFound."""
    progress = parts.progress.delivery(delivery)
    return render_template(
        "deliveries/show.html",
        one=progress,
        story=parts.stories.of(delivery),
        cut=parts.progress.cut(delivery),
        listed=listed(progress),
        acts=possible(progress),
        problem=problem,
        done=DONE.get(request.args.get("done", "")),
        moving=progress.delivery.state in (State.QUEUED, State.SENDING),
    )


def listed(progress: Progress) -> int:
    """How many entries have a code that counts as done, and only a listing as its scope."""
    done = (count for code, count in progress.confirmed if DISPOSITIONS[code].done)
    return sum(done) - progress.done


def possible(progress: Progress) -> frozenset[str]:
    """Which acts the state allows; each service refuses the others anyway."""
    delivery, found = progress.delivery, set()
    if delivery.state in (State.FAILED, State.REJECTED):
        found |= {"resume", "stop"}
    if delivery.state is State.QUEUED:
        found.add("stop")
    if delivery.state is State.SENT and delivery.handed_over_at is not None:
        found.add("resend")
    given = progress.sent and delivery.state in (State.SENT, State.ACKNOWLEDGED)
    if given and progress.outstanding:
        found.add("remind")
    return frozenset(found)
