"""What the console tells its log of an error that is nobody's mistake but ours."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """One occurrence: `instance` stands on the page too. `error` is for a traceback; its text may
    quote what came, so a log writes its type and place only."""

    instance: str
    endpoint: str
    kind: str
    error: Exception


Tell = Callable[[Failure], None]
