"""`make help` is written by the comments of the Makefile, and lists what the documents name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.tooling import plain_environment

ROOT = Path(__file__).parents[2]
PROMISED = {"help", "env", "demo", "test", "test-long", "lint", "type", "bench", "peers", "lock"}


def listed() -> dict[str, str]:
    """Return the targets that plain `make` prints, with their texts."""
    done = subprocess.run(
        ["make"], cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=True
    )
    lines = (line.split(maxsplit=2) for line in done.stdout.splitlines())
    return {target: text for make, target, text in lines if make == "make"}


def test_help_lists_every_target_that_has_a_comment() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    commented = {line.partition(":")[0] for line in lines if re.match(r"[^\s#.][^=]*:.*##", line)}
    assert set(listed()) == commented


def test_every_phony_target_has_a_comment_and_is_listed() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == set(listed())


def test_the_targets_of_the_charter_are_there() -> None:
    assert set(listed()) >= PROMISED


def test_every_make_command_in_the_documents_exists() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / ".ci/run"]
    command = re.compile(r"(?:`|^\s*(?:\$ |step )?)make ([a-z][a-z-]*)", re.MULTILINE)
    said = {
        (target, path.name) for path in documents for target in command.findall(path.read_text())
    }
    assert said, "no document and no CI step runs make"
    assert {pair for pair in said if pair[0] not in listed()} == set()
