"""Searching the ledger."""

from datetime import date, datetime, time

from flask import Blueprint, Response, render_template, request, url_for

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.canonical import encode
from gateway.domain.errors import InputError
from gateway.domain.ledger import Tag
from gateway.domain.times import DAY, SECOND, WIB, Micros
from gateway.services.audit_log import LogFilter, LogRow
from gateway.web.console import formats
from gateway.web.console.access import needs
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
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
        since=day_of(args.get("since", "")),
        until=until + DAY if until is not None else None,
    )


def day_of(text: str) -> Micros | None:
    """The beginning of a Jakarta day, None for none. Raises InputError."""
    if not text:
        return None
    try:
        begins = datetime.combine(date.fromisoformat(text), time(), WIB)
    except ValueError:
        raise InputError("expected a day as YYYY-MM-DD", hint="choose it in the calendar") from None
    return int(begins.timestamp()) * SECOND


def same(endpoint: str, **changes: object) -> str:
    """The address with the filter that is asked for."""
    kept = {name: value for name, value in request.args.items() if value and name != "after"}
    return url_for(endpoint, **(kept | changes))  # type: ignore[arg-type]  # values of a query


def facts_of(row: LogRow) -> list[tuple[str, str]]:
    """An event's facts as names and short texts; ledgers hold no number (promise H)."""
    return [(name, _short(value)) for name, value in sorted(row.facts.items())]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else encode({"v": value}).decode()[5:-1]
    return text if len(text) <= 96 else f"{text[:95]}…"


def _cells(row: LogRow) -> tuple[str, ...]:
    facts = "; ".join(f"{name}={text}" for name, text in facts_of(row))
    return str(row.index), formats.moment(row.at), row.event, facts
