"""Two ordered streams side by side."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def merged(
    left: Iterable[tuple[int, T]], right: Iterable[tuple[int, T]]
) -> Iterator[tuple[int, T | None, T | None]]:
    """By rising key: the value of each side, None where it has none. A key that one side has twice
    comes twice."""
    lefts, rights = iter(left), iter(right)
    one, other = next(lefts, None), next(rights, None)
    while one is not None and other is not None:
        key = min(one[0], other[0])
        takes, gives = one[0] == key, other[0] == key
        yield key, one[1] if takes else None, other[1] if gives else None
        one = next(lefts, None) if takes else one
        other = next(rights, None) if gives else other
    if one is not None:
        yield from ((key, value, None) for key, value in _with(one, lefts))
    if other is not None:
        yield from ((key, None, value) for key, value in _with(other, rights))


def _with(first: tuple[int, T], rest: Iterator[tuple[int, T]]) -> Iterator[tuple[int, T]]:
    yield first
    yield from rest
