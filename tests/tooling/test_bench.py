"""Every benchmark runs, and says the ratios that docs/benchmarks.md has. No figure is judged here:
this machine may be busy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import NAMES, main
from bench.report import Ratio, Report
from tests.tooling.test_layout import ROOT

SAID = {
    "receipt": {"send, receive, store, sign, verify", "with the gateway's books"},
    "delivery": {"10 kB, 1 partner: deliveries a second"},
    "workers": {"2 workers: deliveries"},
    "memory": {"send over REST", "send over mail", "open", "receive", "seal"},
    "bulk": {"upload alone", "hand-over, read back and compared"},
    "mail": {"28 kB: palang's mail adapter", "28 kB: the relay's own CPU allows"},
    "listener": {"POST of a statement", "fetch of a 10 kB parcel"},
    "confirmation": {"palang: verify, check and record"},
    "envelope": {"palang seal", "palang open"},
    "envelopes": {
        *(f"cms, {key}: {what}" for key in ("P-256", "RSA-3072") for what in ("seal", "open")),
        *(f"cms, P-256: memory to {what}" for what in ("seal", "open")),
        *(f"{kind}: memory to open" for kind in ("jose, X25519", "openpgp, Curve25519")),
    },
    "intake": {"clean: stored", "mixed: stored", "clean: decision alone", "XLSX: stored"},
    "console": {"the slowest page", "most rows of a page"},
}
"""The ratios of each."""

GOALS = {"receipt", "memory", "bulk", "mail", "intake", "envelopes", "console"}
"""Those with a goal, whose ratios the document names."""


def _marked(name: str) -> Any:
    marks = {
        "workers": (pytest.mark.postgres, pytest.mark.long),
        "memory": (pytest.mark.long,),
        "bulk": (pytest.mark.sshd, pytest.mark.long),
        "mail": (pytest.mark.long,),
        "delivery": (pytest.mark.long,),
        "envelopes": (pytest.mark.long,),
        "intake": (pytest.mark.long,),
        "console": (pytest.mark.long,),
    }
    return pytest.param(name, marks=marks.get(name, ()))


@pytest.mark.parametrize("name", [_marked(name) for name in NAMES])
def test_a_benchmark_runs_alone_and_says_its_ratios(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    main([name, "--tiny", "--json", str(out)])
    reports = json.loads(out.read_text())["reports"]
    assert {report["bench"] for report in reports} == {name}
    ratios = [ratio for report in reports for ratio in report["ratios"]]
    assert {ratio["name"] for ratio in ratios} >= SAID[name]
    assert all(ratio["value"] > 0 and ratio["against"] for ratio in ratios)
    assert any(ratio["met"] is not None for ratio in ratios) is (name in GOALS)
    printed = capsys.readouterr().out
    assert all(ratio["name"] in printed for ratio in ratios)


def test_every_benchmark_has_its_place_in_the_document() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in text] == []
    wanted = {ratio for name in GOALS for ratio in SAID[name]}
    assert sorted(ratio for ratio in wanted if ratio not in text) == []


def test_a_goal_is_met_from_its_own_side_only() -> None:
    assert Ratio("a", 1.0, "b", at_most=1.0).met is True
    assert Ratio("a", 1.1, "b", at_most=1.0).met is False
    assert Ratio("a", 0.9, "b", at_least=0.95).met is False
    assert Ratio("a", 0.95, "b", at_least=0.95).met is True
    assert Ratio("a", 5.0, "b").met is None


def test_a_missed_goal_is_shown_as_such() -> None:
    report = Report("x", "title", ratios=[Ratio("slow", 0.5, "the peer", at_least=1.0)])
    assert "slow" in report.text()
    assert "MISSED" in report.text()
    assert report.document()["ratios"][0]["met"] is False
