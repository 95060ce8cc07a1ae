"""The access log: who looked at which case, took what away, and why."""

import json

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import Access, AccessFilter, What
from gateway.domain.accounts import Right
from gateway.domain.times import DAY
from gateway.web.console import formats
from gateway.web.console.access import needs
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.audit.terms import WHAT
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.queries import day_of, same
from gateway.web.console.words import say
from gateway.writing.tables import Table

PAGE = 50


def add_looks(pages: Blueprint, parts: AuditParts, frame: Frame) -> None:
    """`/audit/access` and its exports."""

    @pages.get("/audit/access")
    @needs(Right.AUDIT)
    def access() -> str:
        before = max(0, request.args.get("after", 0, type=int))
        rows = parts.access.page(_wanted(before), PAGE + 1)
        frame.looked(What.ACCESS_SEARCH, "")
        return render_template(
            "audit/access.html",
            rows=rows[:PAGE],
            older=same("audit.access", after=rows[PAGE - 1].id) if len(rows) > PAGE else "",
            newest=same("audit.access") if before else "",
            kinds=WHAT,
            detail_of=detail_of,
            asked=request.args,
            csv=same("audit.access_export", kind="csv"),
            xlsx=same("audit.access_export", kind="xlsx"),
        )

    @pages.get("/audit/access/export.<kind>")
    @needs(Right.AUDIT)
    def access_export(kind: str) -> Response:
        frame.looked(What.EXPORT_ACCESS, "")
        headers = (say("At"), say("Account"), say("What"), say("About"), say("Reason"), say("From"))
        rows = map(_cells, parts.access.rows(_wanted(0)))
        table = Table(say("Access log"), headers, (24, 16, 34, 40, 50, 18), rows)
        return sent(kind, table, "access")


def _wanted(before: int) -> AccessFilter:
    """The filter of the address. Raises InputError."""
    args = request.args
    what, until = args.get("what", ""), day_of(args.get("until", ""))
    return AccessFilter(
        account=args.get("account", "").strip(),
        subject=args.get("subject", "").strip(),
        what=(what,) if what in set(What) else (),
        since=day_of(args.get("since", "")),
        until=until + DAY if until else 0,
        before=before,
    )


def detail_of(row: Access) -> str:
    """The row's codes and counts, as `change: role approver, before: ..., after: ...`."""
    if not row.detail:
        return ""
    found = json.loads(row.detail)
    first = ("change", "before", "after")
    names = [*(n for n in first if n in found), *(n for n in found if n not in first)]
    return ", ".join(f"{name}: {found[name]}" for name in names if found[name] != "")


def _cells(row: Access) -> tuple[str, ...]:
    detail = detail_of(row)
    words = say(WHAT[row.what]) + (f" ({detail})" if detail else "")
    return formats.moment(row.at), row.account, words, row.subject, row.reason, row.address
