"""`make demo`: the whole run as a process, and the parts that judge it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo import __main__ as demo
from demo.cast import OPERATOR_B, PLAYERS, ROWS, SEED
from demo.expectation import Expectation, differences, expect
from demo.screen import MOST_LINES
from demo.shell import Facts, environment
from demo.synthetic import SyntheticList, generate

MOST_COLUMNS = 100
_SAID_IN_ORDER = (
    *(
        "ROWS IN",
        "signed by iasc-uji",
        "a plain parser would block",
        "nobody may receive",
        "her own release is refused",
    ),
    *("is RELEASED", "WITHHELD", "its reply got lost", "the same bytes"),
    *(
        "declared blocked",
        "kept, refused",
        "is silent",
        "checks passed offline",
        "fails:",
        "declared it open",
    ),
    *("equal the seed's expectation", "NEXT"),
)


@pytest.mark.long  # .ci/run runs it for every change: sixty commands, each a process
def test_the_demo_tells_its_story_and_every_sum_is_the_seeds(tmp_path: Path) -> None:
    """One run: several tests of it would each start it anew on another worker."""
    code, said, complaint = _run(tmp_path)
    assert code == 0, complaint
    assert complaint == ""
    made = generate(SEED, ROWS)
    numbers = _Numbers(made)
    _check_screen(said, numbers)
    _check_logs(tmp_path / demo.FOLDER / "logs", numbers)
    _check_result(tmp_path, json.loads((tmp_path / demo.RESULT).read_text()), expect(made))
    assert not (tmp_path / demo.FOLDER / demo.PID).exists()


def _run(home: Path) -> tuple[int, str, str]:
    """The demo in a folder; told to stop, rather than killed, where it takes too long: it ends the
    processes that it began."""
    command = [sys.executable, "-m", "demo"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=home, env=environment(), stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            said, complaint = process.communicate(timeout=130)
        except subprocess.TimeoutExpired:
            process.terminate()
            said, complaint = process.communicate()
    return process.returncode, said, complaint


class _Numbers:
    """The list's numbers; a failing test shows what it holds, so this shows nothing."""

    def __init__(self, made: SyntheticList) -> None:
        self._national = [str(row.number)[2:] for row in made.expected if row.number]

    def count_in(self, text: str) -> int:
        """How many stand there in any notation that keeps the digits together."""
        digits = re.findall(r"\d{9,}", text.replace("-", "").replace(" ", ""))
        return sum(any(number in run for run in digits) for number in self._national)


def _check_screen(said: str, numbers: _Numbers) -> None:
    lines = said.splitlines()
    assert len(lines) <= MOST_LINES
    assert [line for line in lines if len(line) > MOST_COLUMNS and "NEXT" not in line] == []
    own = said.replace(str(Path(sys.executable).parent), "")  # where this checkout lies: any name
    assert not re.search(r"\d{7}", own), "a run of digits as long as a number is on the screen"
    assert numbers.count_in(said) == 0
    places = [said.index(words) for words in _SAID_IN_ORDER]
    assert places == sorted(places)
    assert {player.id for player in PLAYERS if player.id not in said} == set()


def _check_logs(folder: Path, numbers: _Numbers) -> None:
    """Promise H, over everything that worker and kits said."""
    logs = sorted(folder.iterdir())
    assert len(logs) == len(PLAYERS) + 3  # the listener's, the worker's and the console's
    assert [log.name for log in logs if numbers.count_in(log.read_text("utf-8"))] == []
    assert '"event": "stopped"' in (folder / "worker.log").read_text("utf-8")


def _check_result(home: Path, result: Facts, expected: Expectation) -> None:
    assert set(result) == {"rows", "partners", "bundle", "tampered", "trust", "answered"}
    assert set(result["answered"]) == {player.id for player in PLAYERS if player.tool}
    assert all(count >= 3 for count in result["answered"].values())  # consent, receipt, outcome
    assert sum(result["rows"].values()) == ROWS
    assert differences(result, expected) == []
    assert set(result["partners"]) == {player.id for player in PLAYERS}
    assert result["partners"][OPERATOR_B.id]["confirmed"] == {}
    for name, code in (("bundle", 0), ("tampered", 1)):
        command = [sys.executable, "-m", "gateway.main", "verify", result[name]]
        command += ["--trust", result["trust"]]
        ended = subprocess.run(
            command, cwd=home, env=environment(), capture_output=True, timeout=60, check=False
        )
        assert ended.returncode == code


EXPECTED = Expectation(
    rows={"accepted": 4, "held": 1, "rejected": 0, "duplicate": 0, "ignored": 0},
    numbers={player.id: frozenset() for player in PLAYERS} | {"opr-uji-a": frozenset({1, 2, 3})},
    nobody={"ott": 1},
)


def _right() -> Facts:
    return json.loads(json.dumps({"rows": EXPECTED.rows, "partners": EXPECTED.partners}))  # type: ignore[no-any-return]  # a copy of what went in


def test_right_sums_exit_0(tmp_path: Path) -> None:
    assert demo.conclude(_right(), EXPECTED, tmp_path / "result.json") == 0
    assert json.loads((tmp_path / "result.json").read_text()) == _right()


def _leaves(place: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    if not isinstance(value, dict):
        yield place
        return
    for name, inner in value.items():
        yield from _leaves((*place, name), inner)


@pytest.mark.parametrize("place", list(_leaves((), _right())), ids=".".join)
def test_one_wrong_sum_exits_1_and_is_named(
    place: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = _right()
    inner = result
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = 77
    assert demo.conclude(result, EXPECTED, tmp_path / "result.json") == 1
    assert f"WRONG SUM: {'.'.join(place)}: expected" in capsys.readouterr().err


def test_a_disposition_that_nobody_expects_is_a_difference() -> None:
    result = _right()
    result["partners"]["opr-uji-a"]["confirmed"]["gagal"] = 1
    assert differences(result, EXPECTED) == [
        "partners.opr-uji-a.confirmed.gagal: expected nothing, got 1"
    ]


def test_a_partner_that_is_missing_is_a_difference() -> None:
    result = _right()
    del result["partners"]["ott-tanpa"]
    assert [line.partition(":")[0] for line in differences(result, EXPECTED)] == [
        "partners.ott-tanpa"
    ]


def test_every_accepted_number_is_somebodys_or_nobodys_and_foreign_ones_no_operators() -> None:
    made = generate(SEED, ROWS)
    expected = expect(made)
    numbers = {row.number: row.route for row in made.expected if row.outcome == "accepted"}
    given = frozenset().union(*expected.numbers.values())
    assert given <= set(numbers)
    assert len(numbers) - len(given) == sum(expected.nobody.values())
    routes = {player.id: {numbers[n] for n in expected.numbers[player.id]} for player in PLAYERS}
    assert routes["opr-uji-a"] == {"opr-uji-a"}
    assert routes["opr-uji-b"] == {"opr-uji-b"}
    assert routes["opr-uji-c"] == {"opr-uji-c"}
    assert {"ott", "opr-uji-c"} < routes["ott-uji"] == routes["ott-skrip"]
    assert routes["ott-tanpa"] == set()


def test_the_seed_is_fixed() -> None:
    assert generate(SEED, ROWS) == generate(SEED, ROWS)
