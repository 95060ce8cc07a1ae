"""An officer hands in what an OTT signed: a consent, or the end of one. Nobody signs it here."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.frame import Frame
from gateway.web.console.partners.cards import MOST, uploaded
from gateway.web.console.partners.details import consent_page
from gateway.web.console.partners.parts import PartnerParts


def add_consenting(pages: Blueprint, parts: PartnerParts, frame: Frame) -> None:
    """`/partners/<id>/consent`."""

    @pages.post("/partners/<partner>/consent")
    @needs(Right.PARTNERS)
    def record_consent(partner: str) -> Response | tuple[str, int]:
        try:
            record = parts.consents.record(partner, uploaded("statement", MOST))
        except PalangError as problem:
            return consent_page(parts, frame, partner, problem), status_of(problem)
        done = "consent" if record.withdrawn_at is None else "withdrawn"
        frame.looked(What.ACT, f"partner:{partner}", done)
        return redirect(url_for("partners.consent", partner=partner, done=done), code=303)
