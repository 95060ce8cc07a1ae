"""A card comes in: read, compared by telephone, proposed; and approved by another officer."""

import base64
import binascii

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, PalangError
from gateway.domain.fingerprints import phone_text
from gateway.services.card_review import Proposal
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.frame import Frame, current
from gateway.web.console.partners.details import shown
from gateway.web.console.partners.parts import PartnerParts

MOST = 1024 * 1024  # bytes of a card
Answer = str | Response | tuple[str, int]


def add_cards(pages: Blueprint, parts: PartnerParts, frame: Frame) -> None:
    """`/partners/import`, `/partners/propose` and `/partners/<id>/approve`."""

    @pages.get("/partners/import")
    @needs(Right.PARTNERS)
    def import_card() -> str:
        return render_template("partners/import.html", problem=None)

    @pages.post("/partners/import")
    @needs(Right.PARTNERS)
    def look_at_card() -> Answer:
        try:
            data = uploaded("card", MOST)
            return _preview(data, parts.partners.preview(data))
        except PalangError as problem:
            return render_template("partners/import.html", problem=problem), status_of(problem)

    @pages.post("/partners/propose")
    @needs(Right.PARTNERS)
    def propose() -> Answer:
        try:
            data = _carried()
            made = parts.partners.preview(data)
        except PalangError as problem:
            return render_template("partners/import.html", problem=problem), status_of(problem)
        try:
            _check_compared()
            by = frame.unlock(current(), request.form.get("passphrase", ""))
            parts.partners.propose(data, by, request.form.get("heard", "").strip())
        except PalangError as problem:
            return _preview(data, made, problem), status_of(problem)
        return _done(frame, made.partner.id, "proposed")

    @pages.post("/partners/<partner>/approve")
    @needs(Right.PARTNERS)
    def approve(partner: str) -> Answer:
        form = request.form
        heard, override = form.get("heard", "").strip(), form.get("override", "").strip()
        try:
            _check_compared()
            by = frame.unlock(current(), form.get("passphrase", ""))
            parts.partners.approve(partner, by, heard, override, form.get("shown", "none"))
        except PalangError as problem:
            return shown(parts, partner, problem), status_of(problem)
        return _done(frame, partner, "approved")


def uploaded(name: str, most: int) -> bytes:
    """The bytes of an uploaded statement; only a JWS, which is one line, is taken without the line
    end after it. Raises InputError."""
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        raise InputError("no file came", hint="choose the file that the partner sent")
    data = sent.stream.read(most + 1)
    if len(data) > most:
        raise InputError(
            f"a signed statement of at most {most} bytes is expected",
            hint="choose the file that the partner's kit made",
        )
    return data.strip() if data.startswith(b"eyJ") else data


def _preview(data: bytes, made: Proposal, problem: PalangError | None = None) -> str:
    return render_template(
        "partners/preview.html",
        made=made,
        keys=[(key, phone_text(key.kid)) for key in made.keys],
        carried=base64.b64encode(data).decode(),
        given=request.form,
        problem=problem,
    )


def _check_compared() -> None:
    """Raises InputError where the officer does not say that the fingerprint was compared."""
    if "compared" not in request.form:
        raise InputError(
            "the fingerprint is compared by telephone before a card is signed",
            hint="call the partner, compare it, then tick the box",
        )


def _carried() -> bytes:
    """The card that the form brings back from the preview; it is verified anew. Raises
    InputError."""
    try:
        return base64.b64decode(request.form.get("carried", ""), validate=True)
    except (binascii.Error, ValueError):
        raise InputError("the card did not come back whole", hint="import the file again") from None


def _done(frame: Frame, partner: str, done: str) -> Response:
    frame.looked(What.ACT, f"partner:{partner}", done)
    return redirect(url_for("partners.show", partner=partner, done=done), code=303)
