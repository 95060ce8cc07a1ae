"""What the console tells of errors: its log of those that are ours, a page of what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.errors import PalangError


@dataclass(frozen=True, slots=True)
class Failure:
    """One occurrence: `instance` stands on the page too. `error` is for a traceback; its text may
    quote what came, so a log writes its type and place only."""

    instance: str
    endpoint: str
    kind: str
    error: Exception


Tell = Callable[[Failure], None]


def next_step(problem: PalangError) -> str:
    """What to do about an error; a command of the machine is no next step of a page."""
    return "" if "palang " in problem.hint or "--" in problem.hint else problem.hint


class Spoken(PalangError):
    """An error whose words and hint are those of the page already, in its language."""
