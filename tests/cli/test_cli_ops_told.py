"""What operators are told: how it stands first, then what to do."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from gateway.domain.health import Level
from gateway.main.doctor_command_channels import _probe
from gateway.ports import ProbeReport


def test_a_check_that_held_and_has_something_to_do_is_a_warning_of_doctor() -> None:
    checks = (("folders", True, ""), ("partner's account", True, "make it"))
    adapter = SimpleNamespace(probe=lambda: ProbeReport("dir:a", "here", "", checks))
    gateway: Any = SimpleNamespace(channels=SimpleNamespace(open=lambda _p: nullcontext(adapter)))
    partner: Any = SimpleNamespace(id="opr-uji-a")
    found = list(_probe(gateway, partner))
    assert [(f.level, f.text, f.advice) for f in found] == [
        (Level.WARNING, "dir:a: partner's account", "make it"),
        (Level.OK, "dir:a (here): folders", ""),
    ]
