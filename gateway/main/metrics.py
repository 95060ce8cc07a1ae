"""`palang metrics`: figures for Prometheus, on the staff side only.

Labels are partner ids, states and outcomes from closed lists; a figure never holds a number
(promise H). The console mounts the same collector.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from cheroot import wsgi
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.domain.ending import until, when_told
from gateway.domain.errors import InputError
from gateway.domain.health import Figures
from gateway.domain.times import SECOND, Micros
from gateway.ports import Clock
from gateway.ports.health import FiguresReader

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway


class PalangCollector(Collector):
    """Reads the figures anew at each scrape."""

    def __init__(self, reader: FiguresReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: registering must not open the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All figures, or `palang_up 0` where they can't be read."""
        try:
            found = self._reader.read()
        except Exception:  # noqa: BLE001  the scrape itself must say that it failed; what failed is
            # said by palang doctor, since an error's text has no place in a metric
            yield GaugeMetricFamily("palang_up", "1 where the figures could be read", 0)
            return
        yield GaugeMetricFamily("palang_up", "1 where the figures could be read", 1)
        yield from _of_partners(found, self._clock.now())
        yield from _of_ledger(found, self._clock.now())
        yield from _of_workers(found, self._clock.now())


def _of_partners(found: Figures, now: Micros) -> Iterator[Metric]:
    deliveries = GaugeMetricFamily(
        "palang_deliveries", "Deliveries by partner and state", labels=["partner", "state"]
    )
    attempts = GaugeMetricFamily(
        "palang_attempts", "Attempts by partner and outcome", labels=["partner", "outcome"]
    )
    unsent = GaugeMetricFamily(
        "palang_oldest_unsent_seconds",
        "Age of the oldest delivery that its partner has not taken",
        labels=["partner"],
    )
    failing = GaugeMetricFamily(
        "palang_failing_attempts", "Last attempts that failed in a row", labels=["partner"]
    )
    for one in found.partners:
        for state, count in one.states:
            deliveries.add_metric([one.partner, state], count)
        for outcome, count in one.attempts:
            attempts.add_metric([one.partner, outcome], count)
        age = max(0, now - one.unsent_since) / SECOND if one.unsent_since else 0.0
        unsent.add_metric([one.partner], age)
        failing.add_metric([one.partner], one.failing)
    yield from (deliveries, attempts, unsent, failing)


def _of_ledger(found: Figures, now: Micros) -> Iterator[Metric]:
    yield GaugeMetricFamily("palang_ledger_leaves", "Leaves of the ledger", found.ledger)
    yield GaugeMetricFamily(
        "palang_checkpoint_leaves", "Leaves under the latest signed head", found.checkpoint
    )
    age = max(0, now - found.checkpoint_at) / SECOND if found.checkpoint_at else 0.0
    yield GaugeMetricFamily("palang_checkpoint_age_seconds", "Age of the signed head", age)
    inbound = GaugeMetricFamily("palang_inbound", "Received items by state", labels=["state"])
    for state, count in found.inbound:
        inbound.add_metric([state], count)
    batches = GaugeMetricFamily("palang_batches", "Batches by state", labels=["state"])
    for state, count in found.batches:
        batches.add_metric([state], count)
    yield from (inbound, batches)


def _of_workers(found: Figures, now: Micros) -> Iterator[Metric]:
    beats = GaugeMetricFamily(
        "palang_heartbeat_age_seconds", "Since the worker's last tick ended", labels=["worker"]
    )
    for beat in found.beats:
        beats.add_metric([beat.worker], max(0, now - beat.at) / SECOND)
    yield beats


def registry_of(reader: FiguresReader, clock: Clock) -> CollectorRegistry:
    """A registry with our figures and nothing of the process itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PalangCollector(reader, clock))
    return registry


class MetricsServer:
    """Serves /metrics. Raises InputError where the address can't be had."""

    def __init__(self, reader: FiguresReader, clock: Clock, listen: str) -> None:
        app = make_wsgi_app(registry_of(reader, clock), disable_compression=True)
        at = _address(listen)
        self._server = wsgi.Server(at, _only_metrics(app), numthreads=2)
        self._server.shutdown_timeout = 5
        self._server.expiration_interval = 0.1  # seconds that a stop may take to be noticed
        try:
            # first by ourselves: cheroot leaves its socket open where the address is taken
            family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
            socket.create_server(at, family=family).close()
            self._server.prepare()
        except OSError as error:
            raise InputError(
                f"{listen} can't be listened on: {error.strerror or error}",
                hint="name a free address of this machine: --listen 127.0.0.1:9464",
            ) from None

    @property
    def address(self) -> str:
        """host:port as it is."""
        host, port = self._server.bind_addr[:2]
        return f"{host}:{port}"

    def run(self, stop: threading.Event) -> None:
        """Serve until told to stop."""
        serving = threading.Thread(target=self._server.serve, name="metrics")
        serving.start()
        try:
            until(stop)
        finally:
            self._server.stop()
            serving.join()


def serve_metrics(gateway: Gateway, listen: str, ready: Callable[[str], None]) -> None:
    """Serve until a signal; `ready` is told the address."""
    from gateway.store.figures import SqlFigures

    stop = threading.Event()
    when_told(stop.set)
    server = MetricsServer(SqlFigures(gateway.store), gateway.clock, listen)
    ready(server.address)
    server.run(stop)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise InputError(f"expected HOST:PORT, got {listen!r}", hint="--listen 127.0.0.1:9464")
    return host.strip("[]"), int(port)


def _only_metrics(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """GET /metrics, and nothing else is there."""

    def serve(environ: dict[str, object], start: Callable[..., object]) -> Iterable[bytes]:
        if (environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")) == ("/metrics", "GET"):
            return app(environ, start)
        start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"GET /metrics\n"]

    return serve
