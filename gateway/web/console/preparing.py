"""Files that may take a while: made beside the request, and offered when they are there.

What is ready at once is sent at once. Else a page waits for it, which renews itself. Who leaves it
may come back; a restart of the console ends it, and it is asked for again.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import NotFound
from gateway.ports import Clock
from gateway.web.console.access import needs
from gateway.web.console.downloads import Download, download_answer
from gateway.web.console.frame import current
from gateway.web.console.intake.shelf import Shelf
from gateway.web.console.jobs import Job

PATIENCE = 1.5  # seconds that whoever asks waits for the file itself
_KEPT = 2  # files of one account at a time: they lie in memory, an hour at most
_LINE = threading.BoundedSemaphore(4)  # a line of their own: mostly they wait for a signed head


@dataclass(frozen=True, slots=True)
class _Asked:
    """A file that is being made, and the address of the page that it was asked for on."""

    job: Job[Download]
    back: str


class Preparing:
    """The files that accounts wait for, each only for the account that asked. Who may have one is
    the rule EXPORT; who took what, and why, is logged where it is asked for, before it is made."""

    def __init__(self, pages: Blueprint, clock: Clock, prefix: str) -> None:
        self._shelf = Shelf[_Asked](clock, busy=lambda asked: not asked.job.ended, most=_KEPT)
        self._page = f"{pages.name}.prepared"

        @pages.get(f"{prefix}/prepared/<file>")
        @needs(Right.EXPORT)
        def prepared(file: str) -> str:
            asked = self._shelf.get(current().id, file)
            return render_template(
                "console/prepared.html", file=file, asked=asked, job=asked.job, page=self._page
            )

        @pages.get(f"{prefix}/prepared/<file>/file")
        @needs(Right.EXPORT)
        def prepared_file(file: str) -> Response:
            return _sent(self._shelf.get(current().id, file).job)

    def offer(self, make: Callable[[], Download], back: str) -> Response:
        """The file, or the way to the page that waits for it. `make` runs outside of this request.
        Raises what it raises, where that is soon."""
        job = Job[Download](lambda _job: make(), _LINE)
        if not job.wait(PATIENCE):
            name = self._shelf.put(current().id, _Asked(job, back))
            return redirect(url_for(self._page, file=name), code=303)
        if job.problem is not None:
            raise job.problem
        return _sent(job)


def _sent(job: Job[Download]) -> Response:
    made = job.result
    if made is None:
        raise NotFound("this file is not there", hint="its page says what became of it")
    return download_answer(made)
