"""What the holder of a number may ask (UU PDP, 3 x 24 jam)."""

from flask import Blueprint, render_template, request

from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.domain.searched import searched_number
from gateway.services.access import required_reason
from gateway.services.data_subject import Answer
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.audit.terms import WHAT
from gateway.web.console.looking import by


def add_subject(pages: Blueprint, parts: AuditParts) -> None:
    """`/audit/subject`."""

    @pages.get("/audit/subject")
    @needs(Right.AUDIT)
    def subject() -> str:
        return _shown(None, None)

    @pages.post("/audit/subject")
    @needs(Right.AUDIT)
    def answer() -> str | tuple[str, int]:
        try:
            number = searched_number(request.form.get("number", ""))
            why = required_reason(request.form.get("reason", ""))
        except PalangError as problem:
            return _shown(None, problem), status_of(problem)
        return _shown(parts.subjects.answer(number, why, by()), None)


def _shown(answer: Answer | None, problem: PalangError | None) -> str:
    return render_template(
        "audit/subject.html",
        answer=answer,
        problem=problem,
        what=WHAT,
        reason=request.form.get("reason", ""),
    )
