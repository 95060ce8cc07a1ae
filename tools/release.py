"""Write one tar with everything that an installation without network needs.

Usage: python release.py LOCK DIST. Fetches the locked wheels by their hashes, builds Palang's own,
and packs both with the units, the documents and install.sh. Equal inputs give equal bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("gateway", "adapters", "keys", "config", "partner")
BUILD = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")
PLAIN = ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "palang_verify.py")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")


def version() -> str:
    """The version in setup.cfg."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config["metadata"]["version"]


def name() -> str:
    """The release's name: its wheels fit one Python and one kind of machine."""
    tag = "cp{}{}".format(*sys.version_info[:2])
    return f"palang-{version()}-{tag}-{sys.platform}"


def pip(*arguments: str) -> None:
    """Run pip; it says itself what went wrong."""
    # 1980-01-01, the oldest date that a wheel can hold: equal sources give equal wheels
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "315532800"}
    if subprocess.run([*PIP, *arguments], check=False, env=environment).returncode:
        sys.exit(f"pip {arguments[0]} failed: its message is above")


def gather_wheels(lock: Path, folder: Path) -> None:
    """The locked wheels, each checked against its hash, and Palang's own."""
    locked = ("--require-hashes", "--only-binary", ":all:", "-r", str(lock))
    pip("download", "-q", "--dest", str(folder), *locked)
    with tempfile.TemporaryDirectory() as work:
        source = clean_source(Path(work))
        pip("wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source))


def clean_source(work: Path) -> Path:
    """The sources alone: what an earlier build left in the checkout stays out of the wheel."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, work / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for file in BUILD:
        shutil.copy(ROOT / file, work)
    return work


def lay_out(folder: Path, lock: Path, wheels: Path) -> None:
    """Everything at its place, and SHA256SUMS over all of it."""
    for plain in PLAIN:
        shutil.copy(ROOT / plain, folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copytree(ROOT / "deploy" / "systemd", folder / "systemd")
    shutil.copytree(wheels, folder / "wheels")
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "make_env.py", folder / "tools")
    shutil.copy(ROOT / "deploy" / "install.sh", folder)
    shutil.copy(lock, folder / "requirements.txt")
    (folder / "VERSION").write_text(version() + "\n")
    (folder / "PYTHON").write_text("{}.{}\n".format(*sys.version_info[:2]))
    sums = [f"{digest(path)}  {path.relative_to(folder)}\n" for path in files(folder)]
    (folder / "SHA256SUMS").write_text("".join(sums))


def files(folder: Path) -> list[Path]:
    """All files below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pack(folder: Path, target: Path) -> None:
    """One tar.gz without a trace of who made it when; moved into place whole."""
    part = target.with_name(target.name + ".part")
    with (
        part.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in files(folder):
            tar.add(path, f"{folder.name}/{path.relative_to(folder)}", filter=_anonymous)
    part.replace(target)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def main(lock: Path, dist: Path) -> None:
    """Make DIST/<name>.tar.gz and say its digest."""
    dist.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        wheels, folder = Path(work) / "wheels", Path(work) / name()
        wheels.mkdir()
        folder.mkdir()
        print("fetching the locked wheels ...", flush=True)
        gather_wheels(lock.resolve(), wheels)
        lay_out(folder, lock, wheels)
        target = dist / f"{name()}.tar.gz"
        pack(folder, target)
    print(f"{digest(target)}  {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
