"""`palang console`: joins the areas with the gateway, and serves them until a signal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from gateway.domain.ending import until, when_told
from gateway.domain.errors import InputError
from gateway.main.console import (
    admin,
    audit,
    batches,
    cases,
    deliveries,
    help,
    intake,
    partners,
    reports,
    signin,
    today,
)
from gateway.main.logs import INFO, WARNING, make_log
from gateway.web.console.app import make_console
from gateway.web.console.server import Serving, consoling

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from config.settings import Settings
    from gateway.main.wiring import Gateway
    from gateway.web.console.failures import Failure, Tell
    from gateway.web.console.frame import Frame

AREAS = (
    today.area,
    intake.area,
    intake.holds,
    batches.area,
    deliveries.area,
    partners.area,
    cases.area,
    reports.area,
    audit.area,
    admin.area,
    help.area,
    signin.area,
)
"""In the order of the menu."""


def make_app(gateway: Gateway, frame: Frame, tell: Tell) -> Flask:
    """The whole console of this gateway."""
    return make_console(frame, [make(gateway, frame) for make in AREAS], tell)


def serve_staff(gateway: Gateway, frame: Frame) -> None:
    """Serve until a signal. Raises InputError (settings), NotFound, Conflict (database)."""
    log = make_log()

    def tell(failure: Failure) -> None:
        log.log(
            WARNING,
            "failed",
            instance=failure.instance,
            endpoint=failure.endpoint,
            kind=failure.kind,
            at=_place(failure.error),
        )

    stop = threading.Event()
    when_told(stop.set)
    with consoling(make_app(gateway, frame, tell), _serving(gateway.settings)) as url:
        log.log(INFO, "listening", url=url)
        until(stop)


def _place(error: Exception) -> str:
    """Where it was raised, innermost first: files and lines, never its text."""
    trace, places = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(places[-6:]))


def _serving(chosen: Settings) -> Serving:
    console = chosen.console
    if not console.listen:
        raise InputError(
            "[console] listen is not set: this machine has no console",
            hint='set listen = "127.0.0.1:8480" under [console] in palang.toml',
        )
    return Serving(
        console.listen,
        _file(chosen, console.tls_cert, "tls_cert"),
        _file(chosen, console.tls_key, "tls_key"),
    )


def _file(chosen: Settings, name: str, setting: str) -> Path | None:
    """A file of the settings; relative to their folder. Raises InputError."""
    if not name:
        return None
    path = chosen.home / name
    if not path.is_file():
        raise InputError(f"[console] {setting}: expected a PEM file, there is none at that path")
    return path
