"""Make the virtual environment from a hash-locked file, and install the project into it.

Usage: python make_env.py FOLDER LOCK [--wheels WHEELS]. Needs only the standard library and pip.
With --wheels nothing is fetched: everything, Palang too, comes from that folder (a release).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}


def run(*command: str, quiet: bool = False) -> bool:
    """Run a command and say whether it ended well; quiet hides what a failed try prints."""
    sink = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, **PIP_SETTINGS}
    done = subprocess.run(command, check=False, env=environment, stdout=sink, stderr=sink)
    return done.returncode == 0


def pip_of(python: str, folder: Path) -> list[str] | None:
    """Return the pip command that installs into `folder`, or None if there is none.

    Debian's Python comes without ensurepip: then the pip of the system installs from outside.
    """
    inside = str(folder / "bin" / "python")
    if run(inside, "-m", "pip", "--version", quiet=True):
        return [inside, "-m", "pip"]
    outside = [python, "-m", "pip", "--python", inside]
    return outside if run(*outside, "--version", quiet=True) else None


def is_usable(folder: Path) -> bool:
    """Say whether `folder` holds a working environment of this same Python version."""
    inside = folder / "bin" / "python"
    test = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    return inside.exists() and run(str(inside), "-c", test, quiet=True)


def create(python: str, folder: Path) -> list[str]:
    """Make `folder` with `python` if it is not usable yet; return the pip command for it.

    Exits with the name of the package to install if neither way works.
    """
    if is_usable(folder) and (pip := pip_of(python, folder)):
        return pip
    for options in ([], ["--without-pip"]):
        shutil.rmtree(folder, ignore_errors=True)
        made = run(python, "-m", "venv", *options, str(folder), quiet=True)
        if made and (pip := pip_of(python, folder)):
            return pip
    shutil.rmtree(folder, ignore_errors=True)
    version = "{}.{}".format(*sys.version_info[:2])
    sys.exit(
        f"{python} can make no virtual environment with pip. Install python{version}-venv"
        f" (Debian, Ubuntu: python3-venv; or a python3-pip from 22.3 on), then run make again"
    )


def main(folder: Path, lock: Path, wheels: Path | None) -> None:
    """Create the environment, install the locked wheels, then the project without a look-up."""
    pip = create(sys.executable, folder)
    print(f"Installing {lock} into {folder} ...", flush=True)
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    project = ["--no-deps", "--no-build-isolation", "-e", "."]
    if wheels:
        offline = ["--no-index", "--find-links", str(wheels)]
        locked = [*offline, *locked]
        project = [*offline, "--no-deps", "palang"]
    for arguments in (locked, project):
        if not run(*pip, "install", "-qq", *arguments):
            sys.exit(f"pip could not install {' '.join(arguments)}: its message is above")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 5) or sys.argv[3:4] not in ([], ["--wheels"]):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[4]) if sys.argv[4:] else None)
