"""Searching the ledger."""

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.canonical import encode
from gateway.domain.ledger import Tag
from gateway.domain.times import DAY
from gateway.services.audit_log import LogFilter, LogRow
from gateway.web.console import formats
from gateway.web.console.access import needs
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.queries import day_of, same
from gateway.web.console.words import say
from gateway.writing.tables import Table

PAGE = 50


def add_ledger(pages: Blueprint, parts: AuditParts, frame: Frame) -> None:
    """`/audit/ledger` and its exports."""

    @pages.get("/audit/ledger")
    @needs(Right.AUDIT)
    def ledger() -> str:
        before = max(0, request.args.get("after", 0, type=int))
        found = parts.log.page(log_filter(), before, PAGE)
        frame.looked(What.LEDGER_SEARCH, "")
        return render_template(
            "audit/ledger.html",
            rows=found.rows,
            facts_of=facts_of,
            older=same("audit.ledger", after=found.next) if found.next else "",
            newest=same("audit.ledger") if before else "",
            tags=[str(tag) for tag in Tag],
            asked=request.args,
            csv=same("audit.ledger_export", kind="csv"),
            xlsx=same("audit.ledger_export", kind="xlsx"),
        )

    @pages.get("/audit/ledger/export.<kind>")
    @needs(Right.AUDIT)
    def ledger_export(kind: str) -> Response:
        frame.looked(What.EXPORT_LIST, "", "ledger")
        headers = (say("Leaf"), say("At"), say("Event"), say("Facts"))
        rows = map(_cells, parts.log.rows(log_filter()))
        return sent(kind, Table(say("Ledger"), headers, (10, 24, 24, 90), rows), "ledger")


def log_filter() -> LogFilter:
    """The filter of the address. Raises InputError."""
    args = request.args
    event = args.get("event", "")
    until = day_of(args.get("until", ""))
    return LogFilter(
        events=(event,) if event in set(Tag) else (),
        delivery=args.get("delivery", "").strip(),
        batch=max(0, args.get("batch", 0, type=int)),
        partner=args.get("partner", "").strip(),
        officer=args.get("officer", "").strip(),
        about=args.get("about", "").strip(),
        since=day_of(args.get("since", "")) or None,
        until=until + DAY if until else None,
    )


def facts_of(row: LogRow) -> list[tuple[str, str]]:
    """An event's facts as names and short texts; ledgers hold no number (promise H)."""
    return [(name, _short(value)) for name, value in sorted(row.facts.items())]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else encode({"v": value}).decode()[5:-1]
    return text if len(text) <= 96 else f"{text[:95]}…"


def _cells(row: LogRow) -> tuple[str, ...]:
    facts = "; ".join(f"{name}={text}" for name, text in facts_of(row))
    return str(row.index), formats.moment(row.at), row.event, facts
