"""What a failed file operation means for a parcel, in words for a person; no path is repeated."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from adapters.directory_pickup import TooMany
from gateway.ports import SendError

_FULL = (errno.ENOSPC, errno.EDQUOT)
#: a rename that fails so has changed nothing, whatever comes to a disk
_SURE = (
    errno.EACCES,
    errno.EISDIR,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENOTEMPTY,
    errno.EPERM,
    errno.EXDEV,
)
_PASSING = (errno.EAGAIN, errno.EBUSY, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


@contextmanager
def explained(where: str, handed_over: Literal["no", "unknown"] = "no") -> Iterator[None]:
    """Whatever the operating system says in the block leaves as SendError.

    `handed_over` is what a failure here means for the parcel.
    """
    try:
        yield
    except TooMany as error:
        raise SendError(
            f"{where}: {error}", "no", alert=True, hint="ask the partner to tidy its folders"
        ) from error
    except OSError as error:
        raise _explain(error, where, handed_over) from error


def surely_not_done(error: OSError) -> bool:
    """Whether the failed step changed nothing."""
    return error.errno in _SURE


def _explain(error: OSError, where: str, handed_over: Literal["no", "unknown"]) -> SendError:
    """A full disk passes and costs no try; a failing or closed one is for a person."""
    number = error.errno or 0
    if surely_not_done(error):
        handed_over = "no"
    words = os.strerror(number)
    if number in _FULL:
        return SendError(
            f"{where}: the disk below the pick-up folders is full ({words})",
            handed_over,
            busy=handed_over == "no",
            hint="make room there; what the partner has fetched is gone already",
        )
    return SendError(
        f"{where}: the folder can't be used: {words}",
        handed_over,
        alert=number not in _PASSING,
        hint="check the disk and the rights of the folders: palang doctor --partner ID",
    )
