"""Evidence to take away: a delivery, one entry of it, a month."""

import io
import zipfile
from collections.abc import Iterable

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, PalangError
from gateway.services.access import required_reason
from gateway.services.evidence import Exported
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.downloads import bundle_answer
from gateway.web.console.frame import Frame, current


def add_evidence(pages: Blueprint, parts: AuditParts, frame: Frame) -> None:
    """`/evidence` and its downloads."""

    @pages.get("/evidence")
    @needs(Right.EXPORT)
    def evidence() -> str:
        return _form(None)

    @pages.post("/evidence")
    @needs(Right.EXPORT)
    def take() -> Response | tuple[str, int]:
        form = request.form
        try:
            return _taken(parts, frame, form.get("kind", ""))
        except PalangError as problem:
            return _form(problem), status_of(problem)


def _form(problem: PalangError | None) -> str:
    delivery = request.values.get("delivery", "")
    return render_template(
        "audit/evidence.html", delivery=delivery, problem=problem, asked=request.values
    )


def _taken(parts: AuditParts, frame: Frame, kind: str) -> Response:
    who, form = current(), request.form
    delivery = form.get("delivery", "").strip()
    match kind:
        case "delivery":
            frame.looked(What.EXPORT_EVIDENCE, f"delivery:{delivery}")
            return bundle_answer(parts.evidence.delivery(delivery, who.id))
        case "entries":
            why = _reason(frame, delivery)
            return bundle_answer(parts.evidence.delivery(delivery, who.id, with_entries=bool(why)))
        case "entry":
            entry = form.get("entry", 0, type=int)
            _reason(frame, delivery)
            return bundle_answer(parts.evidence.entry(delivery, entry, who.id))
        case "month":
            month = form.get("month", "").strip()
            frame.looked(What.EXPORT_EVIDENCE, "", f"month {month}")
            return _month(parts.evidence.month(month, who.id), month)
    raise InputError("expected a kind of evidence", hint="use one of the forms of this page")


def _reason(frame: Frame, delivery: str) -> str:
    """Why a bundle with numbers in it is taken. Raises InputError, NotPermitted."""
    why = required_reason(request.form.get("reason", ""))
    frame.looked(What.EXPORT_EVIDENCE, f"delivery:{delivery}", why)
    return why


def _month(made: Iterable[Exported], month: str) -> Response:
    """One bundle as it is, several in a plain ZIP around them."""
    exported = list(made)
    if len(exported) == 1:
        return bundle_answer(exported[0])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as around:
        for one in exported:
            around.writestr(one.name, one.data)
    answer = Response(buffer.getvalue(), content_type="application/zip")
    name = f"palang-evidence-{month}-parts.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
