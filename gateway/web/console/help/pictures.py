"""The guides' pictures: PNG files beside them, made by `make screenshots`."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

FOLDER = Path(__file__).parent / "pictures"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\.png")
_WIDTH, _HEIGHT = slice(16, 20), slice(20, 24)
"""Where a PNG's first chunk, IHDR, has them (RFC 2083 4.1.1)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its size in pixels."""

    png: bytes
    width: int
    height: int

    @classmethod
    @cache
    def read(cls, language: str, name: str) -> Self | None:
        """The picture of that name, None where there is none."""
        path = FOLDER / language / name
        if not _NAME.fullmatch(name) or not path.is_file():
            return None
        png = path.read_bytes()
        return cls(png, int.from_bytes(png[_WIDTH], "big"), int.from_bytes(png[_HEIGHT], "big"))
