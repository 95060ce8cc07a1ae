"""The apply hook: the partner's own command that enforces, and the result that it leaves.

It is called with three arguments: OPERATION, ENTRIES.csv, RESULT.csv. It enforces the entries and
writes RESULT.csv (results.py), best under another name and then renamed.

Exactly one effect. The operation id stays the same on every call, and so do the paths. A result
that is there already is taken, and the hook is not called again; a hook that outlived a killed kit
holds the lock that it inherited, and nothing is called beside it. Only a hook that dies between its
effect and its result is called again: it must know the operation id again.
"""

import os
import signal
import subprocess
from pathlib import Path

from gateway.domain import entries as csv
from gateway.domain.entries import SliceEntry
from gateway.domain.errors import Conflict, InputError
from gateway.domain.failpoints import reach
from gateway.domain.statements import ConfirmRow
from partner import files, operations, outcomes, parcels, results
from partner.kit import Kit
from partner.operations import Operation
from partner.state import Tx

RESULT, ENTRIES, OUTPUT = "result.csv", "entries.csv", "output.txt"


def belongs(operation: Operation, row: SliceEntry) -> bool:
    """Whether an entry of the delivery is of this operation's action."""
    return (row.action in (csv.BLOCK, csv.LISTED)) == operation.blocks


def enforce(kit: Kit, operation: Operation) -> None:
    """Have one operation enforced and keep its outcomes.

    Raises Conflict (a hook still runs), InputError (no result, or one that is refused).
    """
    folder = kit.settings.path("work") / operation.operation
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    busy = f"operation {operation.operation}: a hook still runs; its result is taken when it ends"
    with files.locked(kit.settings.path("work") / "hook.lock", busy) as lock:
        with kit.state.read() as tx:
            open_entries = _open_entries(tx, operation)
        if open_entries and not _complete(folder / RESULT):
            _call(kit, operation, folder, open_entries, lock)
        rows = _result(kit, operation, folder) if open_entries else []
        _keep(kit, operation, rows)
        # numbers lie about no longer than needed; a crash before leaves the file to its operation
        (folder / ENTRIES).unlink(missing_ok=True)


def _open_entries(tx: Tx, operation: Operation) -> list[SliceEntry]:
    """What is still to be enforced: not overtaken since, not protected, not settled by hand."""
    settled = outcomes.settled(tx, operation.delivery)
    rows = parcels.entries(tx, operation.manifest)
    return [row for row in rows if belongs(operation, row) and row.entry not in settled]


def _complete(result: Path) -> bool:
    return result.exists() and results.is_complete(files.read(result, results.MAX_FILE))


def _call(kit: Kit, operation: Operation, folder: Path, rows: list[SliceEntry], lock: int) -> None:
    """Run the command once. Raises InputError where it can't be run or leaves no whole result."""
    if not kit.settings.hook:
        raise InputError(
            f"operation {operation.operation} waits for the hook, and partner.toml names none",
            hint=f"name it again, or write {folder / RESULT} by hand",
        )
    lines = "".join(row.line() + "\n" for row in rows)
    files.replace(folder / ENTRIES, f"{csv.HEADER}\n{lines}".encode(), "kit.entries")
    with kit.state.write() as tx:
        operations.tried(tx, operation, kit.clock.now())
        # a crash here only delays the next call
        tx.commit("kit.tried")
    reach("before:hook.run")
    # A crash from here on leaves the hook running, with our lock; it, or the next call with the
    # same operation id, leaves the result that the next round takes.
    ended = _run(kit, operation, folder, lock)
    reach("after:hook.run")
    if not _complete(folder / RESULT):
        raise InputError(
            f"operation {operation.operation}: the hook {ended} and left no whole {RESULT}",
            hint=f"see {folder / OUTPUT}; it is called again with the same operation id",
        )


def _run(kit: Kit, operation: Operation, folder: Path, lock: int) -> str:
    paths = [operation.operation, str(folder / ENTRIES), str(folder / RESULT)]
    output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            [*kit.settings.hook, *paths],
            cwd=kit.home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(lock,),
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(
            f"the hook {kit.settings.hook[0]} can't be run: {error.strerror}",
            hint="correct hook in partner.toml",
        ) from None
    finally:
        os.close(output)
    return wait(process, kit.settings.hook_minutes * 60)


def wait(process: subprocess.Popen[bytes], seconds: int) -> str:
    """How a process ended; after so many seconds it is killed with all that it began."""
    try:
        return f"ended with status {process.wait(seconds)}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"was ended after {seconds} seconds"


def _result(kit: Kit, operation: Operation, folder: Path) -> list[ConfirmRow]:
    """The rows of the result that are still open; what was overtaken meanwhile stays so."""
    with kit.state.read() as tx:
        mine = parcels.entries(tx, operation.manifest)
        settled = outcomes.settled(tx, operation.delivery)
    allowed = {row.entry: not operation.blocks for row in mine if belongs(operation, row)}
    path = folder / RESULT
    try:
        rows = results.read(files.read(path, results.MAX_FILE), allowed, str(path))
    except InputError as error:
        raise InputError(
            f"operation {operation.operation}: the result is refused as a whole: {error}",
            hint="correct that file, or remove it to have the hook called again",
        ) from None
    return [row for row in rows if row.entry not in settled]


def _keep(kit: Kit, operation: Operation, rows: list[ConfirmRow]) -> None:
    with kit.state.write() as tx:
        if (
            tx.one(
                "SELECT 1 FROM operations WHERE operation = ? AND state = ?",
                (operation.operation, operations.HOOK),
            )
            is None
        ):
            raise Conflict(f"operation {operation.operation} was finished by another process")
        outcomes.say(tx, operation.delivery, rows)
        operations.move(tx, operation, operations.DONE)
        # A crash before leaves the result file, and the next round takes it without a call; a
        # crash after leaves outcomes to be confirmed.
        tx.commit("kit.outcome")
