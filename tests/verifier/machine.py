"""A machine with Python and `cryptography` and nothing else, ten years from now."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")

PROGRAM = """
import runpy, sys, time

library, verifier, *arguments = sys.argv[1:]
sys.path = [entry for entry in sys.path if "site-packages" not in entry] + [library]
now = time.time
time.time = lambda: now() + 10 * 365.25 * 86400


def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "sqlite3.", "ftplib.", "http.")):
        raise PermissionError(event)


sys.addaudithook(watch)
sys.argv = ["palang_verify.py", *arguments]
runpy.run_path(verifier, run_name="__main__")
"""


class Machine:
    """A folder of its own, with a copy of the verifier and links to what it needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._library = folder / "library"
        self._library.mkdir()
        for name in NEEDED:
            found = find_spec(name)
            if found is not None and found.origin is not None:
                origin = Path(found.origin)
                target = origin.parent if origin.name == "__init__.py" else origin
                (self._library / target.name).symlink_to(target)
        self._verifier = folder / "palang_verify.py"
        self._verifier.write_bytes((ROOT / "palang_verify.py").read_bytes())

    def file(self, name: str, data: bytes) -> str:
        """Put a file on the machine; its name there."""
        (self.folder / name).write_bytes(data)
        return name

    def verify(self, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
        """Run the verifier there: isolated (-I), without site packages (-S), without PATH."""
        command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(self._library)]
        return subprocess.run(
            [*command, str(self._verifier), *arguments],
            cwd=self.folder,
            env={"PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
