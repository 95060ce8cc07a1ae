"""Named points where a crash test may kill the process (threats.md F2).

Off unless `main` arms them. Every durable commit, rename and outside send passes one before and one
after, and a test walks the code for those that do not.
"""

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def arm(hook: Callable[[str], None] | None) -> None:
    """Install what happens at each point; None disarms."""
    global _hook
    _hook = hook


def reach(point: str) -> None:
    """Pass the point, for example `before:delivery.seal` or `after:sftp.rename`."""
    if _hook is not None:
        _hook(point)
