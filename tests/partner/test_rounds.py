"""`run` over a folder: what is taken, what is left, and a kill at every durable step."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.statements import Ack, Confirmation
from partner.kit import Kit, SystemClock
from partner.loop import Rounds
from partner.status import status
from tests.partner.factory import FakeClock, Gateway, Made, block, kinds, make_kit, number

Events = list[tuple[str, dict[str, object]]]


def rounds(kit: Kit) -> tuple[Rounds, Events]:
    """Rounds that tell into a list."""
    events: Events = []
    return Rounds(kit, lambda event, facts: events.append((event, facts))), events


def drop(kit: Kit, made: Made, *, beside: str | None = None) -> Path:
    """Put a parcel into inbox/ as the SFTP adapter does."""
    path = kit.settings.path("inbox") / made.name
    found = hashlib.sha256(made.data).hexdigest()
    path.with_name(made.name + ".sha256").write_text(f"{beside or found}  {made.name}\n")
    path.write_bytes(made.data)
    return path


def statements(gateway: Gateway, kit: Kit, kind: str) -> list[Any]:
    return [gateway.read(kit, data) for data in kinds(kit.settings.path("outbox"))[kind]]


def test_a_round_takes_acknowledges_applies_and_confirms(gateway: Gateway, kit: Kit) -> None:
    path = drop(kit, gateway.parcel(kit, block(1, 2)))
    work, events = rounds(kit)
    assert work.once()
    assert [event for event, _ in events] == ["received", "acknowledged", "applied", "confirmed"]
    assert not path.exists()
    assert list(kit.settings.path("inbox").iterdir()) == []
    (ack,), (confirm,) = statements(gateway, kit, "ack"), statements(gateway, kit, "confirm")
    assert isinstance(ack, Ack)
    assert isinstance(confirm, Confirmation)
    assert not any(str(number(n)) in str(events) for n in (1, 2))


def test_unfinished_uploads_and_other_names_are_left_alone(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, block(1))
    inbox = kit.settings.path("inbox")
    names = [
        f".{made.name}.0123456789abcdef.part",
        f"{made.name}.part",
        "palang-x.zip.jwe",
        "notes",
    ]
    for name in names:
        (inbox / name).write_bytes(made.data)
    work, events = rounds(kit)
    assert work.once()
    assert events == []
    assert {path.name for path in inbox.iterdir()} == set(names)


def test_a_link_is_never_followed(gateway: Gateway, kit: Kit, tmp_path: Path) -> None:
    made = gateway.parcel(kit, block(1))
    secret = tmp_path / "secret"
    secret.write_bytes(made.data)
    link = kit.settings.path("inbox") / made.name
    link.symlink_to(secret)
    work, events = rounds(kit)
    assert not work.once()
    assert [event for event, _ in events] == ["trouble"]
    assert link.is_symlink()


def test_a_parcel_that_differs_from_its_digest_file_is_left(gateway: Gateway, kit: Kit) -> None:
    path = drop(kit, gateway.parcel(kit, block(1)), beside="0" * 64)
    work, events = rounds(kit)
    assert not work.once()
    assert path.exists()
    assert statements(gateway, kit, "ack") == []
    assert [event for event, _ in events] == ["trouble"]


def test_a_refused_parcel_is_answered_and_put_aside(gateway: Gateway, kit: Kit) -> None:
    path = drop(kit, gateway.parcel(kit, block(1), test=False))
    work, events = rounds(kit)
    assert not work.once()
    assert [event for event, _ in events] == ["refused", "acknowledged"]
    assert not path.exists()
    assert (kit.settings.path("refused") / path.name).exists()
    (said,) = statements(gateway, kit, "ack")
    assert said.reason == "test-mismatch"


def test_trouble_with_the_hook_keeps_no_receipt_back(gateway: Gateway, tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "kit", gateway, hook='["/no/such/hook"]')
    drop(kit, gateway.parcel(kit, block(1)))
    work, events = rounds(kit)
    assert not work.once()
    assert len(statements(gateway, kit, "ack")) == 1
    assert "trouble" in dict(events)


def test_a_gap_shows_in_the_status_until_the_missing_parcel_comes(
    gateway: Gateway, kit: Kit
) -> None:
    missing = gateway.parcel(kit, block(1))
    drop(kit, gateway.parcel(kit, block(2)))
    work, _events = rounds(kit)
    work.once()
    assert status(kit).gaps == ((1, 1),)
    assert not status(kit).good
    drop(kit, missing)
    work.once()
    assert status(kit).gaps == ()
    assert len(statements(gateway, kit, "request")) == 1


STEPS = [
    *("before:kit.store", "after:kit.store", "before:kit.ack", "after:kit.ack"),
    *("before:kit.apply", "after:kit.apply", "before:kit.lists.rename", "after:kit.lists.rename"),
    *("before:kit.lists", "after:kit.lists", "before:kit.confirm", "after:kit.confirm"),
    *("before:kit.outbox.rename", "after:kit.outbox.rename", "before:kit.publish"),
    "after:kit.publish",
]


@pytest.mark.parametrize("point", STEPS)
def test_killed_at_any_step_and_run_again_ends_as_if_nothing_had_happened(
    tmp_path: Path, point: str
) -> None:
    gateway = Gateway(at=SystemClock().now())
    kit = make_kit(tmp_path / "kit", gateway, clock=FakeClock(gateway.at))
    made = gateway.parcel(kit, block(1, 2))
    drop(kit, made)
    assert _run(kit, point) == -9
    assert _run(kit, "") == 0
    listed = (kit.settings.path("lists") / "current.csv").read_text().splitlines()
    assert len(listed) == 3
    acks = statements(gateway, kit, "ack")
    assert {(ack.result, ack.about.parcel) for ack in acks} == {("positive", made.digest)}
    (confirm,) = statements(gateway, kit, "confirm")
    assert (confirm.revision, [row.entry for row in confirm.rows]) == (1, [1, 2])
    found = status(kit)
    assert found.good
    assert found.unanswered == ()


def _run(kit: Kit, point: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "partner.main", "--home", str(kit.home), "run", "--once"],
        env=os.environ | {"PALANG_FAILPOINT": point},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    return done.returncode


def test_a_refusal_killed_before_it_is_put_aside_is_made_again(tmp_path: Path) -> None:
    gateway = Gateway(at=SystemClock().now())
    kit = make_kit(tmp_path / "kit", gateway, clock=FakeClock(gateway.at))
    drop(kit, gateway.parcel(kit, block(1), test=False))
    assert _run(kit, "before:kit.refused.rename") == -9
    assert _run(kit, "") == 1
    assert {ack.reason for ack in statements(gateway, kit, "ack")} == {"test-mismatch"}
    assert list(kit.settings.path("inbox").iterdir()) == []


def test_a_slow_hook_keeps_no_receipt_back(tmp_path: Path) -> None:
    gateway = Gateway(at=SystemClock().now())
    hook = tmp_path / "slow.sh"
    hook.write_text("#!/bin/sh\ntouch began\nwhile [ ! -e end ]; do sleep 0.05; done\nexit 1\n")
    hook.chmod(0o700)
    kit = make_kit(tmp_path / "kit", gateway, clock=FakeClock(gateway.at), hook=f'["{hook}"]')
    work, _events = rounds(kit)
    running = threading.Thread(target=work.forever)
    running.start()
    try:
        drop(kit, gateway.parcel(kit, block(1)))
        work.wake.set()
        _until(lambda: (kit.home / "began").exists())
        drop(kit, gateway.parcel(kit, block(2)))
        work.wake.set()
        _until(lambda: len(statements(gateway, kit, "ack")) == 2)
    finally:
        (kit.home / "end").touch()
        work.stop.set()
        work.wake.set()
        running.join(30)
    _until(lambda: not any(thread.name == "applying" for thread in threading.enumerate()))


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)


def test_a_kit_that_is_told_to_stop_ends_well(tmp_path: Path) -> None:
    gateway = Gateway(at=SystemClock().now())
    kit = make_kit(tmp_path / "kit", gateway, clock=FakeClock(gateway.at))
    with subprocess.Popen(
        [sys.executable, "-m", "partner.main", "--home", str(kit.home), "run", "--json"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert '"ready"' in process.stdout.readline()
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
