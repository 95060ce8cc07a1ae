"""Databases with the schema and nothing else: made once a run, where a gateway does it once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from gateway.store import schema


def lay(path: Path, create: Callable[[str], None] = schema.create) -> str:
    """Put such a file there, for its owner alone as `create` does, and return its URL."""
    path.touch(0o600)
    path.write_bytes(_bytes(create))
    return f"sqlite:///{path}"


@cache
def _bytes(create: Callable[[str], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blank.sqlite"
        create(f"sqlite:///{path}")
        return path.read_bytes()
