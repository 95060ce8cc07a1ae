"""A child process that reads one file: this side starts it, talks with it and ends it.

The child is a new interpreter, not a fork: it has no key, no database and no memory of ours, and it
is in no foreground, so that Ctrl-C reaches this process alone, which then ends it. What it may cost
is in `limits`; when it dies or is late, the file is refused.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.errors import InputError
from gateway.reading.frames import receive_bytes, send_bytes
from gateway.reading.limits import MIB, Limits
from gateway.reading.window import Handle

_LEFT_ALONE = 1.0  # seconds that a dying child has to be gone
_LIMITS = (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT)


@dataclass(frozen=True, slots=True)
class Said:
    """The words for what a child reads, and for what a person does when it fails."""

    thing: str  # "a workbook"
    split: str  # when it takes too much
    ended: str  # what is said of a file whose child ended by itself
    again: str  # and what to do then


class Child:
    """One child with one open file."""

    def __init__(self, command: Sequence[str], file: Handle, limits: Limits, said: Said) -> None:
        self._file = file
        self._limits = limits
        self._said = said
        self._line, other_end = socket.socketpair()
        with other_end:
            self.process = subprocess.Popen(
                [*command, str(file.descriptor)],
                stdin=other_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a library's complaint may quote a cell
                pass_fds=(file.descriptor,),
                env={"LC_ALL": "C.UTF-8"},
                cwd="/",
                process_group=0,
            )

    def send(self, body: bytes) -> None:
        """One message. Raises InputError when the child is gone."""
        try:
            send_bytes(self._line.fileno(), body)
        except OSError as bad:
            raise self._died() from bad

    def receive(self) -> bytes:
        """One message. Raises InputError when the child is gone, late, or sent none."""
        try:
            reply = receive_bytes(self._line.fileno(), self._limits.seconds)
        except TimeoutError as bad:
            self.process.kill()
            raise self._costly() from bad
        except OSError as bad:
            raise self._died() from bad
        if reply is None:
            raise self._died()
        return reply

    def close(self) -> None:
        """Kill the child and wait for it; once or more often."""
        self.process.kill()
        self.process.wait()
        self._line.close()

    def nonsense(self) -> InputError:
        """The error for an answer that can't be one."""
        return InputError(
            f"expected rows from the reader of {self._file.name}, something else came",
            hint=self._said.again,
        )

    def _died(self) -> InputError:
        """Why the child is gone, by how it ended."""
        try:
            ended = self.process.wait(_LEFT_ALONE)
        except subprocess.TimeoutExpired:
            ended = 0
        return self._costly() if ended in _LIMITS else self._damaged()

    def _costly(self) -> InputError:
        return InputError(
            f"expected {self._said.thing} that takes at most {self._limits.memory // MIB} MiB and "
            f"{self._limits.seconds} seconds to read, {self._file.name} takes more",
            hint=self._said.split,
        )

    def _damaged(self) -> InputError:
        return InputError(
            f"expected {self._said.thing} that can be read, {self._file.name} {self._said.ended}",
            hint=self._said.again,
        )
