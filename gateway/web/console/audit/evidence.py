"""Evidence to take away: a delivery, one entry of it, a month."""

import io
import zipfile
from collections.abc import Callable, Iterable

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, PalangError
from gateway.services.access import required_reason
from gateway.services.evidence import Exported
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.downloads import Download, bundle
from gateway.web.console.frame import Frame, current
from gateway.web.console.preparing import Preparing


def add_evidence(pages: Blueprint, parts: AuditParts, frame: Frame) -> None:
    """`/evidence` and its downloads."""

    preparing = Preparing(pages, frame.clock, "/evidence")

    @pages.get("/evidence")
    @needs(Right.EXPORT)
    def evidence() -> str:
        return _form(None)

    @pages.post("/evidence")
    @needs(Right.EXPORT)
    def take() -> Answer | tuple[str, int]:
        form = request.form
        try:
            make = _asked(parts, frame, form.get("kind", ""))
            return preparing.offer(make, url_for("audit.evidence"))
        except PalangError as problem:
            return _form(problem), status_of(problem)


def _form(problem: PalangError | None) -> str:
    delivery = request.values.get("delivery", "")
    return render_template(
        "audit/evidence.html", delivery=delivery, problem=problem, asked=request.values
    )


def _asked(parts: AuditParts, frame: Frame, kind: str) -> Callable[[], Download]:
    """How the file is made, once it stands in the access log who asked for it."""
    who, form = current().id, request.form
    delivery = form.get("delivery", "").strip()
    match kind:
        case "delivery":
            frame.looked(What.EXPORT_EVIDENCE, f"delivery:{delivery}")
            return lambda: bundle(parts.evidence.delivery(delivery, who))
        case "entries":
            _reason(frame, delivery)
            return lambda: bundle(parts.evidence.delivery(delivery, who, with_entries=True))
        case "entry":
            entry = form.get("entry", 0, type=int)
            _reason(frame, delivery)
            return lambda: bundle(parts.evidence.entry(delivery, entry, who))
        case "month":
            month = form.get("month", "").strip()
            frame.looked(What.EXPORT_EVIDENCE, "", f"month {month}")
            return lambda: _month(parts.evidence.month(month, who), month)
    raise InputError("expected a kind of evidence", hint="use one of the forms of this page")


def _reason(frame: Frame, delivery: str) -> None:
    """Why a bundle with numbers in it is taken. Raises InputError, NotPermitted."""
    why = required_reason(request.form.get("reason", ""))
    frame.looked(What.EXPORT_EVIDENCE, f"delivery:{delivery}", why)


def _month(made: Iterable[Exported], month: str) -> Download:
    """One bundle as it is, several in a plain ZIP around them."""
    exported = list(made)
    if len(exported) == 1:
        return bundle(exported[0])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as around:
        for one in exported:
            around.writestr(one.name, one.data)
    return Download(f"palang-evidence-{month}-parts.zip", buffer.getvalue())
