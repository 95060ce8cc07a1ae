"""`palang retention`: a policy by two officers, what it would take, holds, a purge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.common import Tools
from gateway.cli.retention import RetentionTools, retention_group
from gateway.ports import Signer
from tests.cli.front_tools import new_signer
from tests.retention.archive import CITED, Archive

PROPOSED = ("propose", "--version", "2027-1", "--citation", CITED, "--rows", 2, "--parcels", 2)
HELD = ("--reason", "perkara", "--reference", "LP/B/12")


class Officers:
    """Two officers at a terminal of an archive."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.signers = {"siti": archive.siti.signer, "budi": archive.budi.signer}
        (archive.folder / "pass").write_text("frasa\n")

    def signer(self, key: Path, _passphrase: bytes) -> Signer:
        return self.signers[key.stem]

    def run(self, *words: object, by: str = "", text: str = "") -> Result:
        given = RetentionTools(self.archive.retention, self.archive.holds, tuple)
        tools = Tools(lambda: pytest.fail("no front is needed"), new_signer, self.signer)
        group = retention_group(tools, lambda: given)
        signing = ("--officer", by, "--key", f"{by}.pem", "--passphrase-file",
                   self.archive.folder / "pass") if by else ()  # fmt: skip
        return CliRunner().invoke(group, [*map(str, (*words, *signing))], input=text)

    def done(self, *words: object, by: str = "", text: str = "") -> dict[str, Any]:
        result = self.run(*words, "--json", by=by, text=text)
        assert result.exit_code == 0, (result.stdout, result.stderr)
        found: dict[str, Any] = json.loads(result.stdout)
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Officers]:
    made = Archive(tmp_path)
    made.lived()
    made.later()
    yield Officers(made)
    made.close()


def test_two_officers_bring_a_policy_into_force_and_one_purges_under_it(desk: Officers) -> None:
    day = ("--from", desk.archive.today())
    nothing = desk.run("show")
    assert "no retention policy rules: nothing is purged" in nothing.stdout
    assert desk.done(*PROPOSED, *day, "--yes", by="siti")["rules"] is False
    assert desk.done("approve", "2027-1", *day, "--yes", by="budi")["rules"] is True
    shown = desk.done("show")
    assert shown["rules"] == "2027-1"
    assert {s["what"]: s["goes"] for s in shown["review"]["shares"]} == {
        "parcels": 3, "rows": 3, "proofs": 0, "numbers": 0
    }  # fmt: skip
    purged = desk.done("run", "--yes", by="siti")
    assert purged["counts"]["parcels"] == 3
    assert purged["destroyed"] == ["2026-11"]
    assert desk.done("run", "--yes", by="siti") == {"purged": False, "next": purged["next"]}
    assert "purged on 2027-04-03T10:00:00Z under policy 2027-1" in desk.run("show").stdout


def test_what_would_be_lost_is_shown_before_anybody_signs(desk: Officers) -> None:
    words = (*PROPOSED, "--proofs", 3, "--numbers", 3, "--from", desk.archive.today())
    result = desk.run(*words, by="siti", text="n\n")
    assert result.exit_code == 1
    assert "4 per-number proofs become impossible" in result.stdout
    assert "1 stands blocked" in result.stdout
    assert desk.done("show")["policies"] == []


def test_a_number_under_hold_is_asked_for_and_never_shown(desk: Officers) -> None:
    held = desk.done("hold", "number", *HELD, by="siti", text="0870-1111-2201\n")
    assert held["kind"] == "number"
    assert "2201" not in json.dumps(held) + desk.run("show").stdout
    assert desk.done("release", held["id"], by="siti")["lifted"] is False
    assert desk.done("release", held["id"], by="budi")["lifted"] is True


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("hold", "batch", "99", *HELD), "no batch 99", 1),
        (("hold", "batch", "satu", *HELD), "has a number", 2),
        (("release", 9), "there is no legal hold 9", 1),
        (("approve", "2030-1", "--from", "2027-05-01", "--yes"), "no retention policy 2030-1", 1),
    ],
)
def test_what_is_not_there_is_told(
    desk: Officers, words: tuple[object, ...], said: str, code: int
) -> None:
    result = desk.run(*words, by="siti")
    assert result.exit_code == code
    assert said in result.stderr
