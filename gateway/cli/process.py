"""`palang worker` and `palang up`: the processes, and what they tell while they run."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from gateway.domain.ending import until, when_told

_WORKER_EPILOG = """\b
Example:
  palang --home /var/lib/palang worker
  palang --home /var/lib/palang worker --once   one round, for cron or a test"""

_UP_EPILOG = """\b
Example:
  palang --home /var/lib/palang up"""

_PAUSE = 1.0  # seconds before a process that ended is started again
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class WorkerActs:
    """What the worker command needs: one round, or rounds until told to stop."""

    once: Callable[[], bool]
    run: Callable[[], None]


def worker_command(acts: Callable[[], WorkerActs]) -> click.Command:
    """The command `worker`; `acts` unlocks the keys and opens the database."""

    @click.command("worker", epilog=_WORKER_EPILOG)
    @click.option("--once", is_flag=True, help="Do one round of everything and end.")
    @click.pass_context
    def worker(context: click.Context, once: bool) -> None:
        """Seal, send, collect and judge; tells each happening as one line of JSON.

        Exit code with --once: 0 all went well, 1 something needs a person or another round.
        """
        ready = acts()
        if once:
            context.exit(0 if ready.once() else 1)
        ready.run()

    return worker


def up_command(commands: Callable[[], Sequence[Sequence[str]]]) -> click.Command:
    """The command `up`; `commands` are the processes of one machine."""

    @click.command("up", epilog=_UP_EPILOG)
    @click.pass_context
    def up(context: click.Context) -> None:
        """Start all processes of this machine and keep them running until SIGTERM or Ctrl-C."""
        context.exit(Supervisor(commands()).run())

    return up


class Supervisor:
    """Keeps processes running. One that ends by itself is started again after a growing pause."""

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self._commands = [list(command) for command in commands]
        self._stop = threading.Event()

    def run(self) -> int:
        """Run until a signal; then pass it on and wait. Returns 0."""
        when_told(self._stop.set)
        keepers = [threading.Thread(target=self._keep, args=(c,)) for c in self._commands]
        for keeper in keepers:
            keeper.start()
        until(self._stop)
        for keeper in keepers:
            keeper.join()
        return 0

    def _keep(self, command: list[str]) -> None:
        pause = _PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            with subprocess.Popen(command) as process:
                self._wait(process)
            if self._stop.is_set():
                return
            pause = _PAUSE if time.monotonic() - began > _LONGEST_PAUSE else pause * 2
            click.echo(
                f"{command[-1]} ended with {process.returncode}; starting again", file=sys.stderr
            )
            self._stop.wait(min(pause, _LONGEST_PAUSE))

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        """Until it ends, or until we are told to stop: then it is told, and waited for."""
        while process.poll() is None:
            if self._stop.wait(0.2):
                process.terminate()
                process.wait()
