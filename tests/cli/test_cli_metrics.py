"""`palang metrics`, and the sign of life that it shows."""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.domain.errors import InputError
from gateway.domain.health import Figures, Heartbeat
from gateway.main.heart import RHYTHM, STALE, Heart
from gateway.main.metrics import MetricsServer
from gateway.main.wiring import SystemClock
from gateway.store.figures import SqlFigures
from gateway.store.store import open_store
from tests.cli.desk import Desk
from tests.store import samples
from tests.store.samples import FixedClock

# --- metrics --------------------------------------------------------------------------------------


class Standing:
    """Figures that stand still, or can't be read."""

    def __init__(self, found: Figures | None) -> None:
        self.found = found

    def read(self) -> Figures:
        if self.found is None:
            raise InputError("row 6287000000001")
        return self.found


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    store = open_store(f"sqlite:///{desk.database}", SystemClock())
    with store.write() as uow:
        samples.seed(uow)
        uow.commit("batch.release")
    desk.beat()
    yield from _serve(MetricsServer(SqlFigures(store), SystemClock(), "127.0.0.1:0"))
    store.close()


def _serve(server: MetricsServer) -> Iterator[str]:
    stop = threading.Event()
    running = threading.Thread(target=server.run, args=(stop,))
    running.start()
    yield f"http://{server.address}"
    stop.set()
    running.join()


def scraped(address: str) -> dict[str, dict[tuple[str, ...], float]]:
    with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_prometheus_reads_counts_by_partner_and_state(served: str) -> None:
    found = scraped(served)
    assert found["palang_up"] == {(): 1}
    assert found["palang_deliveries"] == {("opr-uji-a", "QUEUED"): 1}
    assert found["palang_oldest_unsent_seconds"][("opr-uji-a",)] >= 0
    assert found["palang_ledger_leaves"][()] > 0
    assert len(found["palang_heartbeat_age_seconds"]) == 1


def test_there_is_nothing_but_metrics(served: str) -> None:
    for path in ("/", "/metrics/", "/etc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(served + path, timeout=30)
        assert told.value.code == 404
        told.value.close()


def test_figures_that_can_not_be_read_are_down_and_quote_nothing() -> None:
    for address in _serve(MetricsServer(Standing(None), FixedClock(), "127.0.0.1:0")):
        assert scraped(address) == {"palang_up": {(): 0}}


def test_an_address_that_is_taken_says_so(served: str) -> None:
    with pytest.raises(InputError, match="can't be listened on"):
        MetricsServer(Standing(None), FixedClock(), served.removeprefix("http://"))
    with pytest.raises(InputError, match="HOST:PORT"):
        MetricsServer(Standing(None), FixedClock(), "9464")


# --- heartbeats -----------------------------------------------------------------------------------


class Rows:
    """Heartbeats in memory."""

    def __init__(self, *beats: Heartbeat) -> None:
        self.rows = {beat.worker: beat for beat in beats}

    def keep(self, beat: Heartbeat) -> None:
        self.rows[beat.worker] = beat

    def all(self) -> tuple[Heartbeat, ...]:
        return tuple(self.rows.values())


def test_a_worker_that_starts_again_takes_a_dead_ones_place() -> None:
    clock, rows = FixedClock(), Rows()
    Heart(rows, clock).beat()
    (mine,) = rows.all()
    dead = Heartbeat(mine.worker, mine.host, 2**22 + 7, "0.1.0", clock.at)  # beyond any pid
    rows = Rows(dead)
    Heart(rows, clock).beat()
    assert set(rows.rows) == {mine.worker}
    assert rows.rows[mine.worker].pid == mine.pid


def test_two_that_wrote_one_row_at_once_end_with_a_row_each() -> None:
    clock, rows = FixedClock(), Rows()
    heart = Heart(rows, clock)
    heart.beat()
    (mine,) = rows.all()
    rows.keep(Heartbeat(mine.worker, mine.host, os.getppid(), "0.1.0", clock.at))  # over ours
    clock.at += RHYTHM
    heart.beat()
    assert len(rows.rows) == 2


def test_a_living_worker_and_another_hosts_keep_their_places() -> None:
    clock = FixedClock()
    rows = Rows()
    Heart(rows, clock).beat()
    (mine,) = rows.all()
    living = Heartbeat(mine.worker, mine.host, os.getppid(), "0.1.0", clock.at)
    rows = Rows(living)
    Heart(rows, clock).beat()
    assert len(rows.rows) == 2
    clock.at += STALE
    Heart(rows, clock).beat()
    assert len(rows.rows) == 2, "a place that was silent for long is free"


def test_a_sign_of_life_is_not_written_with_every_tick() -> None:
    clock, rows = FixedClock(), Rows()
    heart = Heart(rows, clock)
    heart.beat()
    (first,) = rows.all()
    clock.at += 9_000_000
    heart.beat()
    assert rows.all() == (first,)
    clock.at += 2_000_000
    heart.beat()
    assert rows.all()[0].at == clock.at
    clock.at -= 3_600_000_000  # a clock that was set back
    heart.beat()
    assert rows.all()[0].at == clock.at
