"""`palang web`: joins the listener with the exchange store, and with nothing else."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.domain.ending import when_told
from gateway.domain.errors import InputError
from gateway.main.logs import INFO, WARNING, make_log
from gateway.web.listener import Happened, Listener
from gateway.web.server import Serving, serve
from keys.documents import Documents
from keys.http_signatures import verify

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings
    from gateway.main.wiring import Gateway


def serve_partners(gateway: Gateway) -> None:
    """Serve until a signal. Raises InputError (settings), NotFound, Conflict (exchange store)."""
    chosen = gateway.settings
    serving = _serving(chosen)
    log = make_log()

    def tell(happened: Happened) -> None:
        facts = {name: value for name, value in asdict(happened).items() if name != "event"}
        log.log(WARNING if happened.status >= 500 else INFO, happened.event, **facts)

    exchange = gateway.exchange
    listener = Listener(exchange, Documents(), gateway.clock, tell, verify, chosen.exchange.origin)
    stop = threading.Event()
    when_told(stop.set)
    serve(listener, serving, stop)


def _serving(chosen: Settings) -> Serving:
    exchange = chosen.exchange
    return Serving(
        exchange.listen,
        _file(chosen, exchange.tls_cert, "tls_cert"),
        _file(chosen, exchange.tls_key, "tls_key"),
        _file(chosen, exchange.client_ca, "client_ca") if exchange.client_ca else None,
    )


def _file(chosen: Settings, name: str, setting: str) -> Path:
    """A file of the settings; relative to their folder. Raises InputError."""
    path = chosen.home / name
    if not name or not path.is_file():
        raise InputError(
            f"[exchange] {setting}: expected a PEM file, there is none",
            hint="partners are served over TLS only: name the listener's certificate and key",
        )
    return path
