"""Whether the ledger is the one that others were shown."""

import threading
from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import NotFound
from gateway.domain.records import SignedCheckpoint
from gateway.services.consistency_report import Report
from gateway.web.console.access import needs
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.jobs import Job


@dataclass(slots=True)
class LastRun:
    """The comparison that runs or ran last in this process; one at a time, for everybody."""

    job: Job[Report] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, parts: AuditParts) -> None:
        """Begin one where none runs."""
        with self.lock:
            if self.job is None or self.job.ended:
                self.job = Job(lambda job: _compare(parts, job))


def add_integrity(pages: Blueprint, parts: AuditParts) -> None:
    """`/audit` and its comparison."""
    last = LastRun()

    @pages.get("/audit")
    @needs(Right.AUDIT)
    def index() -> str:
        job = last.job
        ended = job is not None and job.ended  # asked once: it may end while the page is made
        return render_template(
            "audit/index.html",
            head=_head(parts),
            size=parts.log.size(),
            job=job,
            running=job is not None and not ended,
            report=job.result if job is not None and ended else None,
        )

    @pages.post("/audit/compare")
    @needs(Right.AUDIT)
    def compare() -> Response:
        last.start(parts)
        return redirect(url_for("audit.index", _anchor="compare"), code=303)


def _compare(parts: AuditParts, job: Job[Report]) -> Report:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        job.told(done, None)

    return parts.consistency.run(tick=tick)


def _head(parts: AuditParts) -> SignedCheckpoint | None:
    try:
        return parts.log.head()
    except NotFound:
        return None
