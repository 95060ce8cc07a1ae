"""A partner's folders beside the gateway, opened once and judged by what was opened (design 6).

    <root>/                 root's, nobody else may write: what sshd's ChrootDirectory demands
    <root>/<partner>/       the same; here the partner is shut in
      pickup/               the gateway's; the partner's group reads and deletes
      reply/                the gateway's; the partner's group writes
      published/            the gateway's alone: what lay ready and is not yet known to be fetched

Every later step goes through the open folders, so no path is looked up twice (threats.md C8, C11).
"""

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.ports import SendError

PICKUP, REPLY, PUBLISHED = "pickup", "reply", "published"
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DOCS = "docs/channel-directory.md shows the commands"


@dataclass(frozen=True, slots=True)
class Account:
    """The system user that a partner logs in as: its id and all its groups."""

    uid: int
    gids: frozenset[int]


def system_account(partner: str) -> Account | None:
    """The user of the partner's own name, where there is one."""
    try:
        found = pwd.getpwnam(partner)
    except KeyError:
        return None
    return Account(found.pw_uid, frozenset(os.getgrouplist(partner, found.pw_gid)))


@dataclass(frozen=True, slots=True)
class DirectoryRoot:
    """The folder of all partners' folders, and how many bytes may lie in those of one partner.

    `owner` is who must own root and partner folders: root, or sshd lets nobody in.
    """

    root: Path
    quota: int
    owner: int = 0
    account: Callable[[str], Account | None] = system_account


@dataclass(frozen=True, slots=True)
class Folders:
    """A partner's open folders, as file descriptors."""

    root: int
    partner: int
    pickup: int
    reply: int
    published: int


@dataclass(frozen=True, slots=True)
class Check:
    """One demand on the folders, whether it holds, and what to do where not."""

    name: str
    held: bool
    advice: str = ""


@contextmanager
def folders(root: DirectoryRoot, partner: str) -> Iterator[Folders]:
    """The partner's folders. Raises SendError("no") with an alert where one is no real folder."""
    with ExitStack() as stack:

        def opened(name: str, above: int | None, shown: str) -> int:
            handle = _open(name, above, f"dir:{partner}: {shown}")
            stack.callback(os.close, handle)
            return handle

        top = opened(str(root.root), None, "the root folder")
        own = opened(partner, top, "the partner's folder")
        inner = [opened(name, own, f"the folder {name}") for name in (PICKUP, REPLY, PUBLISHED)]
        yield Folders(top, own, *inner)


def _open(name: str, above: int | None, shown: str) -> int:
    try:
        return os.open(name, _OPEN, dir_fd=above)
    except OSError as error:
        raise SendError(
            f"{shown} must be a real folder that the gateway can read: {error.strerror}",
            "no",
            alert=True,
            hint=_DOCS,
        ) from error


def checks(open_: Folders, root: DirectoryRoot, partner: str) -> list[Check]:
    """All demands on owner, rights and file system of the opened folders (threats.md C10)."""
    account = root.account(partner)
    state = {name: os.fstat(getattr(open_, name)) for name in Folders.__slots__}
    return [
        _shut("root folder", state["root"], root.owner),
        _shut("partner's folder", state["partner"], root.owner),
        _pickup(state[PICKUP], account),
        _reply(state[REPLY], account),
        _published(state[PUBLISHED]),
        Check(
            "one file system",
            len({one.st_dev for one in state.values()}) == 1,
            "all five folders must lie on one: between two a rename is a copy, seen half",
        ),
    ]


def account_known(root: DirectoryRoot, partner: str) -> list[tuple[str, bool, str]]:
    """A remark for a probe, never a refusal: without the partner's account its group can't be
    checked, but the account may be on another machine that serves these folders."""
    if root.account(partner) is not None:
        return [("partner's account", True, "")]
    advice = (
        f"no user {partner} here, so that nothing tells whether it can log in, read and delete: "
        f"make it as docs/channel-directory.md shows (useradd ... {partner}), unless another "
        "machine serves these folders"
    )
    return [("partner's account", True, advice)]


def _shut(name: str, state: os.stat_result, owner: int) -> Check:
    """sshd_config(5), ChrootDirectory: owned by root, and writable by nobody else."""
    good = state.st_uid == owner and not state.st_mode & 0o022
    return Check(name, good, f"must be owned by user {owner}, mode 755{_found(state)}. {_DOCS}")


def _pickup(state: os.stat_result, account: Account | None) -> Check:
    good = _ours(state) and state.st_mode & 0o077 == 0o070 and not state.st_mode & stat.S_ISVTX
    advice = (
        "must be the gateway's, mode 2770, of the partner's group, so that it reads and deletes"
    )
    return Check("pick-up folder", good and _of_group(state, account), advice + _found(state))


def _reply(state: os.stat_result, account: Account | None) -> Check:
    good = _ours(state) and state.st_mode & 0o030 == 0o030 and not state.st_mode & 0o007
    advice = "must be the gateway's, mode 2770, of the partner's group, so that it can write"
    return Check("reply folder", good and _of_group(state, account), advice + _found(state))


def _published(state: os.stat_result) -> Check:
    good = _ours(state) and not state.st_mode & 0o077
    return Check(
        "folder of what lay ready", good, f"must be the gateway's alone, mode 700{_found(state)}"
    )


def _ours(state: os.stat_result) -> bool:
    return state.st_uid == os.geteuid()


def _of_group(state: os.stat_result, account: Account | None) -> bool:
    """Whether the folder's group is one of the partner's; true where its account is not known."""
    return account is None or state.st_gid in account.gids


def _found(state: os.stat_result) -> str:
    mode = stat.S_IMODE(state.st_mode)
    return f"; it is of user {state.st_uid}, group {state.st_gid}, mode {mode:o}"


def demand(open_: Folders, root: DirectoryRoot, partner: str) -> None:
    """Raise SendError("no") with an alert, naming every check that does not hold."""
    bad = [f"{one.name} {one.advice}" for one in checks(open_, root, partner) if not one.held]
    if bad:
        raise SendError(
            f"dir:{partner}: nothing was put there: {'; '.join(bad)}",
            "no",
            alert=True,
            hint=_DOCS,
        )
