"""The period keys in their folder: one file a key, apart from the database and its backups.

    2026-11-1a2b3c4d.key    a key of the month, under the secret of periods
    2026-11.carried         after a purge: the keys of single subjects that it had to leave
    2026-11.gone            which tombstones destroyed the month's keys

Two machines that make a key of one month make two, with two ids: folders are brought together by
copying files. A file that is to go is overwritten first, as far as the disk does that.
"""

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.domain.errors import InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.failpoints import reach
from gateway.domain.period_keys import (
    NONCE,
    Place,
    Purged,
    associated,
    is_sealed,
    join,
    missing,
    month_of,
    split,
)
from gateway.domain.times import Micros
from keys.secrets import read_secret

KEY = 32
_KEY_FILE = re.compile(r"(\d{4}-\d{2}-[0-9a-f]{8})\.key")
_MAX_FILE = 64 << 20


class PeriodFolder:
    """domain.period_keys.Periods over a folder. A key file is read when it is needed and forgotten
    when it changes, so that a destroyed key does not live on in a process."""

    def __init__(self, folder: Path, secret: Path) -> None:
        self._folder, self._secret_file = folder, secret
        self._known: dict[Path, tuple[tuple[int, int], bytes]] = {}
        self._newest = ""

    def seal(self, place: Place, clear: bytes, at: Micros) -> bytes:
        """As Periods."""
        label = self._label_for(place, month_of(at))
        nonce = os.urandom(NONCE)
        body = AESGCM(self._of_subject(label, place)).encrypt(nonce, clear, associated(place))
        return join(label, nonce, body)

    def open(self, place: Place, sealed: bytes) -> bytes:
        """As Periods."""
        if not is_sealed(sealed):
            return sealed
        found = split(sealed)
        key = self._of_subject(found.label, place)
        try:
            return AESGCM(key).decrypt(found.nonce, found.body, associated(place))
        except InvalidTag:
            raise NotVerified(
                "sealed-content", f"content of {place.subject} is not what was sealed there"
            ) from None

    def labels(self) -> list[str]:
        """All keys that are there, in order."""
        names = (_KEY_FILE.fullmatch(path.name) for path in self._folder.glob("*.key"))
        return sorted(found[1] for found in names if found)

    def has(self, label: str, subject: str) -> bool:
        """Whether content of the subject can be opened, or was purged with its key.

        Raises NotVerified where the secret does not open what is there.
        """
        try:
            self._of_subject(label, Place(subject, ""))
        except Purged:
            return True
        except NotFound:
            return False
        return True

    def gone(self, month: str) -> dict[str, Any] | None:
        """What the month's `.gone` file says; None where its keys were not destroyed."""
        path = self._folder / f"{month}.gone"
        return _read(path) if path.is_file() else None

    def months_gone(self) -> list[str]:
        """The months whose keys were destroyed, in order."""
        return sorted(path.stem for path in self._folder.glob("*.gone"))

    def carried(self, month: str) -> dict[str, str]:
        """Keys of subjects that were carried over a destruction: `label subject` to hex."""
        path = self._folder / f"{month}.carried"
        found: dict[str, str] = json.loads(self._clear(path, month)) if path.is_file() else {}
        return found

    def destroy(self, month: str, alive: Iterable[str], tombstones: list[dict[str, Any]]) -> None:
        """Destroy the month's keys but for those of the subjects that are `alive`.

        It can be repeated: the second time it leaves what is alive then. Raises InputError where
        the folder can't be written.
        """
        labels = [label for label in self.labels() if label.startswith(month)]
        left = dict(self._left(month, labels, set(alive)))
        said = {"v": 1, "typ": "period-gone", "month": month, "tombstones": tombstones}
        # the order: what stays, why, and only then the key. A crash on the way leaves more keys
        # than it should, never fewer; the next run of the purge repeats all of it
        self._write(self._folder / f"{month}.carried", self._wrap(month, left))
        self._write(self._folder / f"{month}.gone", said)
        for label in labels:
            reach("before:period.destroy")
            _shred(self._path(label))
            self._known.pop(self._path(label), None)
            reach("after:period.destroy")
        _sync(self._folder)

    def _left(self, month: str, labels: list[str], alive: set[str]) -> Iterable[tuple[str, str]]:
        for name, key in self.carried(month).items():
            if name.partition(" ")[2] in alive:
                yield name, key
        for label in labels:
            for subject in alive:
                yield f"{label} {subject}", _derived(self._key(label), subject).hex()

    def _of_subject(self, label: str, place: Place) -> bytes:
        if self._path(label).is_file():
            return _derived(self._key(label), place.subject)
        month = label[:7]
        if key := self.carried(month).get(f"{label} {place.subject}"):
            return bytes.fromhex(key)
        if (said := self.gone(month)) is not None:
            raise Purged(
                f"{place.subject}: purged with the key of {month}, {_words(said)}",
                hint="the tombstone says what went: palang retention show",
            )
        raise missing(label, place)

    def _label_for(self, place: Place, month: str) -> str:
        """Of a month whose keys are gone, the one that its subject carried over."""
        if (self._folder / f"{month}.gone").is_file():
            for name in self.carried(month):
                label, _, subject = name.partition(" ")
                if subject == place.subject:
                    return label
        return self._label(month)

    def _label(self, month: str) -> str:
        if not self._newest.startswith(month) or not self._path(self._newest).is_file():
            mine = [label for label in self.labels() if label.startswith(month)]
            self._newest = mine[0] if mine else self._make(month)
        return self._newest

    def _path(self, label: str) -> Path:
        return self._folder / f"{label}.key"

    def _make(self, month: str) -> str:
        if (self._folder / f"{month}.gone").is_file():
            raise InputError(f"the keys of {month} were destroyed", hint="look at the clock")
        label = f"{month}-{secrets.token_hex(4)}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._write(self._path(label), self._wrap(label, secrets.token_hex(KEY)))
        return label

    def _key(self, label: str) -> bytes:
        return bytes.fromhex(json.loads(self._clear(self._path(label), label)))

    def _clear(self, path: Path, name: str) -> bytes:
        """A file's content, unwrapped once as long as the file stays the same."""
        try:
            now = path.stat()
        except OSError:
            self._known.pop(path, None)
            raise NotFound(f"the period key {name} is not here") from None
        stamp = (now.st_ino, now.st_mtime_ns)
        if path not in self._known or self._known[path][0] != stamp:
            self._known[path] = (stamp, self._unwrap(path, name))
        return self._known[path][1]

    @cached_property
    def _secret(self) -> bytes:
        if not self._secret_file.is_file() and not self.labels() and not self.months_gone():
            _create(self._secret_file, secrets.token_hex(KEY).encode())
        return _derived(read_secret(self._secret_file), "period keys")

    def _wrap(self, name: str, clear: object) -> dict[str, Any]:
        nonce, text = os.urandom(NONCE), json.dumps(clear).encode()
        body = AESGCM(self._secret).encrypt(nonce, text, name.encode())
        return {"v": 1, "typ": "period-key", "name": name, "sealed": (nonce + body).hex()}

    def _unwrap(self, path: Path, name: str) -> bytes:
        document = _read(path)
        try:
            data = bytes.fromhex(document["sealed"])
            return AESGCM(self._secret).decrypt(data[:NONCE], data[NONCE:], name.encode())
        except (InvalidTag, KeyError, ValueError, TypeError):
            raise NotVerified(
                "key-file",
                f"the secret of periods does not open {path}, or the file is damaged",
                hint="bring the folder and the secret back from one copy (docs/retention.md)",
            ) from None

    def _write(self, path: Path, document: dict[str, Any]) -> None:
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        try:
            _create(part, json.dumps(document).encode() + b"\n")
            with _held(path) as old:
                # a crash before leaves the file as it was and a `.part`, encrypted as itself; after
                # it, the old file's blocks may hold keys that are gone, still wrapped
                reach("before:period.rename")
                os.replace(part, path)
                reach("after:period.rename")
                if old is not None:
                    _overwrite(old)
            _sync(self._folder)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError(
                f"{path} can't be written: {error.strerror}",
                hint="the folder of period keys belongs to the gateway's user, mode 0700",
            ) from None


def _derived(key: bytes, subject: str) -> bytes:
    info = b"palang/period/v1 " + subject.encode()
    return HKDF(algorithm=SHA256(), length=KEY, salt=None, info=info).derive(key)


def _words(said: dict[str, Any]) -> str:
    stones = said.get("tombstones") or [{}]
    last = stones[-1]
    return f"on {last.get('at', 'an unknown day')} under policy {last.get('policy', 'unknown')}"


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise NotPermitted(f"{path} is open to others", hint=f"chmod 600 {path}")
            found = json.loads(file.read(_MAX_FILE))
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}") from None
    except OSError as error:
        raise NotPermitted(f"{path} can't be read: {error.strerror}") from None
    except ValueError:
        raise NotVerified("key-file", f"{path} is damaged") from None
    if not isinstance(found, dict):
        raise NotVerified("key-file", f"{path} is damaged")
    return found


def _create(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _held(path: Path) -> Iterator[IO[bytes] | None]:
    """The file as it is before another takes its name; None where there is none."""
    if not path.is_file():
        yield None
        return
    with path.open("r+b") as file:
        yield file


def _overwrite(file: IO[bytes]) -> None:
    """A disk that writes elsewhere keeps the old blocks (docs/retention.md)."""
    file.write(os.urandom(os.fstat(file.fileno()).st_size))
    file.flush()
    os.fsync(file.fileno())


def _shred(path: Path) -> None:
    with path.open("r+b") as file:
        _overwrite(file)
    path.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
