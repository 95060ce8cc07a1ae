"""Every error that leaves a module of Palang, drawn once.

    PalangError
    ├── InputError         what came in is not what was expected (a file, a row, an option)
    ├── Conflict           the thing is not in a state that allows this
    │   └── Taken          another worker has it
    │   └── OutcomeUnknown the database went away during a commit: look again before acting
    ├── NotPermitted       a rule of the house forbids it (four eyes, consent, role)
    ├── NotFound           no such batch, delivery, partner, officer, key
    ├── NotVerified        a signature, digest, seal or proof does not hold
    ├── LedgerUnavailable  the ledger can't be written, so nothing else may be (promise D)
    └── SendError          (gateway/ports.py) what an adapter may raise

A message says what was expected, what came, for which row, partner or delivery, and what to do.
It never holds a phone number (promise H).
"""


class PalangError(Exception):
    """Base of all errors that a caller may show to a person.

    `hint` is the next step for that person, printed on a line of its own.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InputError(PalangError):
    """What came in can't be read as what was expected."""


class Conflict(PalangError):
    """The request is well formed, but the present state does not allow it."""


class OutcomeUnknown(Conflict):
    """The connection was lost while a commit was under way: it may have happened or not.

    Whoever catches it must read the state again before repeating anything (threats.md 3.3).
    """


class Taken(Conflict):
    """Another worker has it, or was faster: nothing is wrong, and nothing is left to do here."""


class NotPermitted(PalangError):
    """A rule forbids it whoever asks with these credentials: four eyes, consent, role."""


class NotFound(PalangError):
    """The named thing does not exist here."""


class NotVerified(PalangError):
    """A signature, digest, seal, proof or pin does not hold.

    `reason` is a short stable code (for tests, statements and reports); `row` is the entry at
    fault, 0 where none is. Foreign exceptions of the crypto and parsing libraries never leave, they
    become this one error.
    """

    def __init__(self, reason: str, message: str = "", *, hint: str = "", row: int = 0) -> None:
        super().__init__(message or reason, hint=hint)
        self.reason = reason
        self.row = row


class LedgerUnavailable(PalangError):
    """The ledger entry of a change can't be written; the change is rolled back (promise D)."""
