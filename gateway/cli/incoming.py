"""A file that is named on the command line, or text that is pasted into it."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASTED = "masukan.txt"
"""What standard input is called; its content is text, separated or one number a line."""


@contextmanager
def incoming(file: Path) -> Iterator[tuple[Path, str]]:
    """Path and name of the file; for `-` a copy of standard input that goes with the block.

    The copy is for its owner only. A crash in the block leaves it in the system's folder of
    temporary files.
    """
    if str(file) != "-":
        yield file, file.name
        return
    with tempfile.NamedTemporaryFile(prefix="palang-", suffix=".txt") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield Path(copy.name), PASTED
