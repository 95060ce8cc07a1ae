"""Documents bent in their meaning, under an index that agrees: both verifiers see the same."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.domain import bundle
from tests.verifier.both import FOLDER, Said, of_file, of_palang, pins, trust

ODD: tuple[Any, ...] = ("", 0, -1, 1, True, [], {}, "x", [[]], "2026-11-24T07:00:00Z", 2**53, None)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs: Any = value.items() if isinstance(value, dict) else ()
    for name, part in pairs or (enumerate(value) if isinstance(value, list) else ()):
        yield (*path, name)
        yield from _places(part, (*path, name))


def _bent(document: Any, chance: random.Random) -> Any:
    """One place of it taken out, doubled or changed."""
    changed = copy.deepcopy(document)
    *path, last = chance.choice(list(_places(document)))
    inside = changed
    for step in path:
        inside = inside[step]
    if chance.random() < 0.3:
        del inside[last]
    else:
        inside[last] = chance.choice(ODD)
    return changed


def _bundle(data: bytes, chance: random.Random, which: str = "") -> tuple[str, bytes]:
    members = bundle.unpack(data)
    del members[bundle.INDEX]
    names = sorted(name for name in members if name.endswith(".json"))
    name = which or chance.choice([*names, "batch/review.json", "attempts.json", "keys.json"])
    bent = _bent(json.loads(members[name]), chance)
    members[name] = json.dumps(bent, separators=(",", ":"), sort_keys=True).encode()
    return name, bundle.pack(members)


def _differing(mine: Said, theirs: Said) -> list[tuple[int, str]]:
    return sorted(set(mine.statuses) ^ set(theirs.statuses))


def _try(name: str, count: int, seed: int, which: str = "") -> None:
    chance, data = random.Random(seed), (FOLDER / "good" / f"{name}.zip").read_bytes()
    for turn in range(count):
        where, bent = _bundle(data, chance, which)
        mine, theirs = of_file(bent, pins()), of_palang(bent, trust())
        assert (mine.code, _differing(mine, theirs)) == (theirs.code, []), f"{turn} {where}"


def test_a_bent_document_is_seen_alike() -> None:
    _try("no-answer", 60, 3)


def test_bent_announcements_are_seen_alike() -> None:
    _try("announced-since", 15, 5, "keys/announcements.json")


@pytest.mark.long
def test_many_bent_announcements_are_seen_alike() -> None:
    _try("announced-since", 300, 6, "keys/announcements.json")


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["delivery", "entry", "voluntary-with-consent", "pull-with-fetch", "announced-since"]
)
def test_bent_documents_are_seen_alike_in_every_kind(name: str) -> None:
    _try(name, 400, 4)
