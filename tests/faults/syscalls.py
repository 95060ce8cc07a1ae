"""A disk that fails at a chosen call: the kernel hands a child's writes and syncs to its parent.

The child asks for it (seccomp user notification: Linux 5.5 or newer, no privilege, no library in
between), and nothing in it knows: SQLite's own calls fail, as on a broken disk. The parent lets a
call go on, answers it with an error, or does it and answers with an error all the same.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# of each machine: its audit number, then the numbers of the calls (kernel's own tables)
_MACHINES = {
    "x86_64": (0xC000003E, 317, {1: "write", 18: "pwrite", 74: "sync", 75: "sync", 77: "truncate"}),
    "aarch64": (
        0xC00000B7,
        277,
        {64: "write", 68: "pwrite", 82: "sync", 83: "sync", 46: "truncate"},
    ),
}
_NO_NEW_PRIVILEGES, _SET_FILTER, _LISTENER = 38, 1, 1 << 3
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # of classic BPF
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTICE, _ANSWER = "QIIiIQ6Q", "QqiI"  # struct seccomp_notif, seccomp_notif_resp
_GO_ON = 1

UNABLE = 77
"""Exit status of a child on a kernel that hands no calls over."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call on a file in the watched folder; `number` counts them from 1."""

    number: int
    kind: str  # write, pwrite, sync or truncate
    file: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The error that the call gets, and whether it is done all the same."""

    code: int
    done: bool = False


Judge = Callable[[Call], Verdict | None]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def hand_over(wire: socket.socket) -> None:
    """From now on this process's writes and syncs are judged by whoever has the other end.

    Raises OSError where the kernel does not do that.
    """
    _machine, call, kinds = _MACHINES[platform.machine()]
    steps = [struct.pack("HBBI", _LOAD, 0, 0, 0)]
    for left, number in zip(range(len(kinds), 0, -1), kinds, strict=True):
        steps.append(struct.pack("HBBI", _EQUAL, left, 0, number))
    steps += [struct.pack("HBBI", _RETURN, 0, 0, what) for what in (_ALLOW, _NOTIFY)]
    body = ctypes.create_string_buffer(b"".join(steps))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    program = _Program(len(steps), ctypes.addressof(body))
    listener = libc.syscall(call, _SET_FILTER, _LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "no seccomp user notification")
    socket.send_fds(wire, [b"1"], [listener])
    os.close(listener)


def supervise(wire: socket.socket, folder: Path, judge: Judge) -> int:
    """Judge a child's calls until it ends; how many there were on files of the folder."""
    _word, (listener,), _flags, _address = socket.recv_fds(wire, 1, 1)
    seen = 0
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    try:
        while poll.poll()[0][1] & select.POLLIN:
            notice = bytearray(struct.calcsize(_NOTICE))
            fcntl.ioctl(listener, _RECEIVE, notice)
            seen += _answer(listener, notice, folder, judge, seen + 1)
    finally:
        os.close(listener)
    return seen


def _answer(listener: int, notice: bytearray, folder: Path, judge: Judge, number: int) -> bool:
    """Whether it was a call on a file in the folder itself."""
    key, thread, _flags, call, _machine, _at, *args = struct.unpack(_NOTICE, notice)
    kind = _MACHINES[platform.machine()][2][call]
    file = os.readlink(f"/proc/{thread}/fd/{args[0]}")
    ours = Path(file).parent == folder
    verdict = judge(Call(number, kind, Path(file).name)) if ours else None
    if verdict is None:
        answer = struct.pack(_ANSWER, key, 0, 0, _GO_ON)
    else:
        if verdict.done:
            _do(kind, thread, args)
        answer = struct.pack(_ANSWER, key, 0, -verdict.code, 0)
    fcntl.ioctl(listener, _SEND, answer)
    return ours


def _do(kind: str, thread: int, args: list[int]) -> None:
    """What the child asked for, on its own file."""
    handle, address, size, offset = args[:4]
    place = f"/proc/{thread}/fd/{handle}"
    own = os.open(place, os.O_RDWR if kind != "sync" else os.O_RDONLY)
    try:
        if kind == "sync":
            os.fsync(own)
        elif kind == "truncate":
            os.ftruncate(own, address)
        else:
            at = offset if kind == "pwrite" else _position(thread, handle)
            os.pwrite(own, _memory(thread, address, size), at)
    finally:
        os.close(own)


def _position(thread: int, handle: int) -> int:
    text = Path(f"/proc/{thread}/fdinfo/{handle}").read_text()
    return int(text.split("pos:", 1)[1].split()[0])


def _memory(thread: int, address: int, size: int) -> bytes:
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size)


def in_child(
    begin: Callable[[], Callable[[], None]], folder: Path, judge: Judge
) -> tuple[int, int]:
    """Begin in a fork, then do what it gives under the judge: how many calls there were, and the
    exit status (UNABLE for a kernel that can't)."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _live(ours, theirs, begin)
    theirs.close()
    with ours:
        try:
            seen = supervise(ours, folder, judge)
        except ValueError:
            seen = 0  # it sent no listener; its exit status says why
        finally:
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return seen, status


def _live(
    ours: socket.socket, theirs: socket.socket, begin: Callable[[], Callable[[], None]]
) -> None:
    """The child's life; it never returns into its parent's code."""
    code = 1
    try:
        ours.close()
        act = begin()
        try:
            hand_over(theirs)
        except (OSError, KeyError):  # an old or locked kernel, or a machine whose numbers we lack
            code = UNABLE
            return
        theirs.close()
        act()
        code = 0
    finally:
        os._exit(code)
