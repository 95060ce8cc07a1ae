"""What the database raises, as the errors that may leave a module; never with a row's values.

A driver's own text can quote the row (PostgreSQL: `Key (number)=(...)`), so none of it is passed
on, and the chain is cut (promise H). A trigger's text is ours and quotes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.domain.errors import Conflict, LedgerUnavailable, PalangError


class Busy(Conflict):
    """Another transaction was in the way: the same unit may be tried again as it is."""


Failure = DBAPIError | PoolTimeout
"""What the world does to a database. A statement that SQLAlchemy refuses is a bug and stays one."""

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "55P03")
_TRIGGER = "SQLITE_CONSTRAINT_TRIGGER"


class translated:
    """Turn whatever the database raises inside into Conflict or LedgerUnavailable.

    `what` names the table or step in the message. A class, because every statement passes here: a
    generator takes five times as long.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if error is not None and isinstance(error, DBAPIError | PoolTimeout):
            raise _ours(error, self._what) from None


@contextmanager
def ledger_required() -> Iterator[None]:
    """Turn whatever fails inside into LedgerUnavailable: no ledger entry, no change (promise D).

    Who had to wait too long for the ledger's head, or lost a deadlock, gets Conflict as everywhere.
    """
    try:
        yield
    except Busy:
        raise
    except (DBAPIError, PalangError) as error:
        code = _code(error) if isinstance(error, DBAPIError) else str(error)
        raise LedgerUnavailable(
            f"the ledger entry can't be written ({code}), so nothing was changed",
            hint="look at the database's disk and permissions, then repeat the command",
        ) from None


def _ours(error: Failure, what: str) -> PalangError:
    code = _code(error)
    if code.startswith(_BUSY) or isinstance(error, PoolTimeout):
        return Busy(
            f"{what}: another process holds the database ({code})", hint="try again in a moment"
        )
    if isinstance(error, IntegrityError):
        rule = str(error.orig) if code == _TRIGGER else code
        return Conflict(
            f"{what}: the row breaks a rule of the database ({rule}): it is there already, may not "
            "change, or belongs to something that is not there",
            hint="read the present state again; nothing was changed",
        )
    return LedgerUnavailable(
        f"{what}: the database can't be used ({code}), so nothing was changed",
        hint="look at the database's disk, permissions and file, then repeat the command",
    )


def _code(error: Failure) -> str:
    """A name for the defect that holds no values."""
    orig = getattr(error, "orig", None)
    for attribute in ("sqlite_errorname", "sqlstate"):
        if name := getattr(orig, attribute, None):
            return str(name)
    return type(orig or error).__name__
