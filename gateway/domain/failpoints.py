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


def arm_from(spec: str, kill: Callable[[], None]) -> None:
    """Call `kill` at a point, given as `NAME` or `NAME:n` for its n-th pass; nothing for ""."""
    if not spec:
        return
    name, number = spec, "1"
    if spec.rsplit(":", 1)[-1].isdigit():
        name, number = spec.rsplit(":", 1)
    left = [int(number)]

    def hook(point: str) -> None:
        if point == name:
            left[0] -= 1
            if left[0] == 0:
                kill()

    arm(hook)
