"""That an officer wants a source's list taken: the console asks, the worker, which has the seal
key, takes it, and both look at one row."""

from dataclasses import dataclass

from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class ListWant:
    """One wish about a list. `account` asks; `sheet`, `number_column` and `resend` are as in
    services/source_inbox.Wanted. `ended_at` is 0 while it waits; `problem` and `hint` say why the
    list could not be taken, "" where it was."""

    id: int
    list: int
    account: str
    sheet: str
    number_column: str
    resend: bool
    asked_at: Micros
    ended_at: Micros = 0
    problem: str = ""
    hint: str = ""

    @property
    def waits(self) -> bool:
        """Whether the worker has not come to it yet."""
        return self.ended_at == 0
