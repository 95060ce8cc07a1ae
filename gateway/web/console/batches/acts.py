"""What officers sign about a batch, each with their own key, opened for that one signature."""

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import NotPermitted, PalangError
from gateway.services.approvals import Signatory
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.batches.details import shown
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.frame import Frame, current

Answer = Response | tuple[str, int]
_GUARD = "guard-"


def add_acts(pages: Blueprint, parts: BatchParts, frame: Frame) -> None:
    """`/batches/<id>/submit`, `/endorse`, `/release`, `/reopen`, `/withdraw` and `/stop`."""

    def sign(batch: int, act: Callable[[Signatory], object], done: str) -> Answer:
        try:
            act(frame.unlock(current(), request.form.get("passphrase", "")))
        except PalangError as problem:
            return shown(parts, frame, batch, problem), status_of(problem)
        frame.looked(What.ACT, f"batch:{batch}", done)
        return redirect(url_for("batches.show", batch=batch, done=done), code=303)

    @pages.post("/batches/<int:batch>/submit")
    @needs(Right.PREPARE)
    def submit(batch: int) -> Answer:
        return sign(batch, lambda by: parts.releases.submit(batch, by, _digest()), "submitted")

    @pages.post("/batches/<int:batch>/endorse")
    @needs(Right.RELEASE)
    def endorse(batch: int) -> Answer:
        given, digest = _references(), _digest()
        return sign(
            batch, lambda by: parts.endorsements.endorse(batch, by, given, digest), "endorsed"
        )

    @pages.post("/batches/<int:batch>/release")
    @needs(Right.RELEASE)
    def release(batch: int) -> Answer:
        return sign(batch, lambda by: parts.releases.release(batch, by, _digest()), "released")

    @pages.post("/batches/<int:batch>/reopen")
    @needs(Right.PREPARE)
    def reopen(batch: int) -> Answer:
        return sign(batch, lambda by: parts.releases.reopen(batch, by), "reopened")

    @pages.post("/batches/<int:batch>/withdraw")
    @needs(Right.PREPARE)
    def withdraw(batch: int) -> Answer:
        return sign(batch, lambda by: _withdraw(parts, batch, by), "stopped")

    @pages.post("/batches/<int:batch>/stop")
    @needs(Right.RELEASE)
    def stop(batch: int) -> Answer:
        return sign(batch, lambda by: parts.stops.stop(batch, by), "stopped")


def _withdraw(parts: BatchParts, batch: int, by: Signatory) -> None:
    """What whoever prepares batches may stop: one that did not leave. Raises NotPermitted."""
    if parts.batches.show(batch).released_at is not None:
        raise NotPermitted(
            f"batch {batch} is released; an approver stops it",
            hint="ask a colleague who may release, or stop its deliveries one by one",
        )
    parts.stops.stop(batch, by)


def _digest() -> str:
    """The digest of the review that the form showed; a form without one signs nothing."""
    return request.form.get("shown", "")


def _references() -> dict[str, str]:
    """The decision that the form names for each guard above its threshold."""
    return {
        name.removeprefix(_GUARD): text.strip()
        for name, text in request.form.items()
        if name.startswith(_GUARD) and text.strip()
    }
