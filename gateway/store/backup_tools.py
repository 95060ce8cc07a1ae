"""PostgreSQL's own tools: pg_dump and pg_restore, found and run so that no secret and no row shows.

The password goes by the environment, never on a command line that others can read. Of what the
tools say only lines without a long run of digits are passed on: they may quote a row (promise H).
"""

import os
import re
import shutil
import subprocess
from glob import glob
from pathlib import Path

from sqlalchemy.engine import URL

from gateway.domain.errors import Conflict

_FOLDERS = (
    "/usr/lib/postgresql/*/bin"  # Debian keeps each version's programs in a folder of its own
)
_LONG_RUN = re.compile(r"\d{7}")
_PART = ("--no-owner", "--no-privileges")
"""Owners and rights belong to the place: palang db roles gives them again after a restore."""


def find(program: str) -> str | None:
    """The path of a PostgreSQL program, the newest version's, or None."""
    folders = [*os.environ.get("PATH", os.defpath).split(os.pathsep), *_newest_first()]
    return shutil.which(program, path=os.pathsep.join(folders))


def _newest_first() -> list[str]:
    return sorted(glob(_FOLDERS), key=lambda path: path.split("/")[-2].zfill(3), reverse=True)


def dump(url: URL, target: Path, *options: str) -> None:
    """Write a dump (custom format).

    Raises Conflict without pg_dump, or where it fails; then there is no file.
    """
    target.touch(mode=0o600, exist_ok=False)
    try:
        _run("pg_dump", url, "--format=custom", *_PART, *options, f"--file={target}")
    except Conflict:
        target.unlink(missing_ok=True)
        raise


def load(url: URL, source: Path) -> None:
    """Restore a dump in one transaction. Raises Conflict; then nothing was restored."""
    _run("pg_restore", url, *_PART, "--exit-on-error", "--single-transaction", str(source))


def _run(program: str, url: URL, *options: str) -> None:
    path = find(program)
    if path is None:
        raise Conflict(
            f"{program} is not installed here",
            hint="apt-get install postgresql-client, of the server's version or a newer one",
        )
    bare = url.set(drivername="postgresql")._replace(password=None)  # set() keeps what is None
    where = bare.render_as_string(hide_password=False)
    environment = dict(os.environ) | ({"PGPASSWORD": url.password} if url.password else {})
    done = subprocess.run(
        [path, f"--dbname={where}", "--no-password", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Conflict(
            f"{program} ended with {done.returncode}: {_harmless(done.stderr)}",
            hint="look at the database's log and rights, then repeat the command",
        )


def _harmless(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if not _LONG_RUN.search(line)]
    return " / ".join(line for line in lines if line)[:500] or "its words are withheld"
