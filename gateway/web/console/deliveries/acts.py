"""What an officer does with one delivery, signed with their own key (services/desk.py)."""

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.delivery import Delivery
from gateway.domain.errors import PalangError
from gateway.services.desk import Word
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.deliveries.details import shown
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.frame import Frame, current

Act = Callable[[str, Word], Delivery]


def add_acts(pages: Blueprint, parts: DeliveryParts, frame: Frame) -> None:
    """`/deliveries/<id>/resume`, `/resend` and `/stop`."""

    def sign(delivery: str, act: Act, done: str) -> Response | tuple[str, int]:
        try:
            by = frame.unlock(current(), request.form.get("passphrase", ""))
            act(delivery, parts.words(by))
        except PalangError as problem:
            return shown(parts, delivery, problem), status_of(problem)
        frame.looked(What.ACT, f"delivery:{delivery}", done)
        return redirect(url_for("deliveries.show", delivery=delivery, done=done), code=303)

    @pages.post("/deliveries/<delivery>/resume")
    @needs(Right.CHASE)
    def resume(delivery: str) -> Response | tuple[str, int]:
        return sign(delivery, parts.desk.resume, "resumed")

    @pages.post("/deliveries/<delivery>/resend")
    @needs(Right.CHASE)
    def resend(delivery: str) -> Response | tuple[str, int]:
        return sign(delivery, parts.desk.resend, "resent")

    @pages.post("/deliveries/<delivery>/stop")
    @needs(Right.CHASE)
    def stop(delivery: str) -> Response | tuple[str, int]:
        return sign(delivery, parts.desk.stop, "stopped")
