"""`make demo`: the main job with real processes and servers, on one screen, in under a minute.

Writes demo-result.json into the current folder and everything else into demo-run beside it. Exit
code 0: all came as the seed's expectation has it; 1: something differs or did not come.
"""

import json
import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from demo import stage as staging
from demo.cast import ABSENT, ROWS, lacks
from demo.console import ACCOUNTS
from demo.expectation import Expectation, differences
from demo.screen import Screen, count
from demo.shell import DemoFailed
from demo.stage import Stage
from demo.story import answers, delivery, evidence, number, release, rows, unblock

FOLDER, RESULT = Path("demo-run"), Path("demo-result.json")
PID = "pid"


def main() -> int:
    """Run the demo; KEEP in the environment leaves it running until it is told to stop."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, _interrupt)
    screen = Screen()
    try:
        with ExitStack() as stack:
            stack.callback(_prepare().unlink, missing_ok=True)
            stage, code = run(screen, stack)
            if os.environ.get("KEEP") and code == 0:
                _keep(stage)
        return code
    except DemoFailed as failure:
        print(f"demo: FAILED: {failure}", file=sys.stderr)
        print(f"demo: the processes' own words are in {FOLDER / 'logs'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: stopped; no process of it runs any more", file=sys.stderr)
        return 130


def run(screen: Screen, stack: ExitStack) -> tuple[Stage, int]:
    """The whole story; the exit code by its sums."""
    began = time.monotonic()
    screen.say(f"Palang demo: {count(ROWS)} dirty rows of test numbers; its processes are starting")
    for player in ABSENT:
        screen.more(f"{player.id} stays away: there is no {lacks(player)} on this machine")
    stage = staging.build(FOLDER.resolve(), screen, stack)
    intake, outcomes = rows.tell(stage)
    batch = release.tell(stage, intake)
    delivery.tell(stage, batch)
    answers.over_claim(stage, batch)
    chosen = number.tell(stage, batch)
    answers.refusal(stage)
    partners = answers.table(stage, batch)
    with ThreadPoolExecutor(1) as pool:
        freed = pool.submit(unblock.release, stage, chosen)
        files = evidence.tell(stage, batch)
    unblock.tell(stage, freed.result())
    paths = {name: _relative(path) for name, path in files.items()}
    result: dict[str, Any] = {"rows": outcomes, "partners": partners, **paths}
    result["answered"] = answers.verified(stage)
    code = conclude(result, stage.expected, RESULT)
    if code == 0:
        seconds = time.monotonic() - began
        screen.part("RESULT", f"all sums in {RESULT} equal the seed's expectation; {seconds:.0f} s")
        _next(screen, files)
    return stage, code


def conclude(result: dict[str, Any], expected: Expectation, path: Path) -> int:
    """Write the result; 1 where a sum differs from the seed's expectation, each of them named."""
    path.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    wrong = differences(result, expected)
    for line in wrong:
        print(f"demo: WRONG SUM: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _next(screen: Screen, files: dict[str, Path]) -> None:
    verify = f"verify {_relative(files['bundle'])} --trust {_relative(files['trust'])}"
    screen.part("NEXT", f"{program('palang')} {verify}")


def program(name: str) -> str:
    """How a person calls one of the two programs here."""
    script = Path(sys.executable).with_name(name)
    if script.exists():
        return _relative(script)
    return {"palang": "python -m gateway.main", "palang-partner": "python -m partner.main"}[name]


def _relative(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _prepare() -> Path:
    """An empty folder, and the file in it with our process id while we run.

    Raises DemoFailed where another demo still runs there.
    """
    kept = FOLDER / PID
    if kept.exists() and _lives(kept.read_text("utf-8").strip()):
        raise DemoFailed(f"a demo runs in {FOLDER} already: kill $(cat {kept})")
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(mode=0o700)
    kept.write_text(f"{os.getpid()}\n", "utf-8")
    return kept


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True  # somebody's, and not ours to judge
    return True


def _keep(stage: Stage) -> None:
    """Say where to look, and wait to be told to stop."""
    screen = Screen()  # the story has used up its own
    screen.part("RUNNING", f"stop: Ctrl-C, or kill $(cat {FOLDER / PID}); logs in {FOLDER}/logs")
    screen.more(f"the staff console: {stage.console}; its accounts: {FOLDER / ACCOUNTS}")
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("demo: stopping", file=sys.stderr)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End in order; what comes after the first signal must not break that off."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
