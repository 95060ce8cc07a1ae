"""Templates are compiled once a run, where a console does it once a start.

Each test of a page has an application of its own, with templates of its own: compiling them was a
fifth of such a test's time. What comes out depends on source, name and language alone, as all
applications have the filters and globals of `make_console`.
"""

from __future__ import annotations

from typing import Any

from gateway.web.console.templating import SpokenTemplates

_COMPILED: dict[tuple[object, ...], Any] = {}
_COMPILE: Any = SpokenTemplates.compile


def _compile_once(
    self: SpokenTemplates, source: Any, name: Any = None, filename: Any = None, **options: Any
) -> Any:
    if filename is None:  # a test's own
        return _COMPILE(self, source, name, filename, **options)
    key = (self.spoken, source, name, filename, *sorted(options.items()))
    if key not in _COMPILED:
        _COMPILED[key] = _COMPILE(self, source, name, filename, **options)
    return _COMPILED[key]


def templates_once() -> None:
    """Let all applications share what they compile."""
    setattr(SpokenTemplates, "compile", _compile_once)  # noqa: B010  mypy: an overloaded method
