"""One changed byte, wherever it stands, is found: exit 1 or 2, never a crash and never a pass."""

from __future__ import annotations

import random

import pytest

from tests.verifier.both import FOLDER, of_file, of_palang, pins, trust

NAMES = ("no-answer", "entry", "voluntary-with-consent", "number")


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return bytes(changed)


def _try(name: str, count: int, seed: int) -> None:
    data, chance = (FOLDER / "good" / f"{name}.zip").read_bytes(), random.Random(seed)
    for _turn in range(count):
        changed = _flipped(data, chance)
        mine, theirs = of_file(changed, pins()), of_palang(changed, trust())
        assert mine.code in (1, 2)
        assert mine.code == theirs.code


def test_a_flipped_byte_is_found() -> None:
    _try("no-answer", 200, 1)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_byte_is_found_in_any_bundle(name: str) -> None:
    _try(name, 500, 2)


@pytest.mark.parametrize("size", [0, 1, 29, 30, 5000, -1])
def test_a_cut_file_is_no_bundle_or_a_bad_one(size: int) -> None:
    data = (FOLDER / "good" / "no-answer.zip").read_bytes()[:size]
    assert of_file(data, pins()).code == of_palang(data, trust()).code != 0
