"""A batch is made: of accepted rows of chosen intakes, or of a file of numbers to free."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.batch import Batch
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.errors import InputError, PalangError
from gateway.domain.plain_names import without_numbers
from gateway.ports.views.intake import IntakeFilter
from gateway.services.batches import Unblocks, Wanted
from gateway.services.replan import Replanned
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.frame import Frame

OFFERED = 50  # intakes on a page of the form
_MOST = 200  # intakes of one batch
_NAME = 200  # characters of an uploaded file's name
Answer = Response | tuple[str, int]


def add_preparing(pages: Blueprint, parts: BatchParts, frame: Frame) -> None:
    """`/batches/new` and `/batches/new/unblock`."""

    @pages.get("/batches/new")
    @needs(Right.PREPARE)
    def new() -> str:
        return _form(parts)

    @pages.post("/batches/new")
    @needs(Right.PREPARE)
    def prepare() -> Answer | str:
        if "page" in request.form:
            return _form(parts)
        try:
            wanted = _wanted()
            left = parts.batches.left_out(wanted)
            if "count" in request.form:
                return _form(parts, counted=_counted(parts, wanted, *left))
            told: list[Replanned] = []
            made, _entries = parts.batches.prepare(wanted, told.append)
        except PalangError as problem:
            return _form(parts, problem), status_of(problem)
        counts = left._asdict() | (told[0]._asdict() if told else {})
        return _made(frame, made, **{name: count for name, count in counts.items() if count})

    @pages.get("/batches/new/unblock")
    @needs(Right.PREPARE)
    def new_unblock() -> str:
        return _unblock_form(None)

    @pages.post("/batches/new/unblock")
    @needs(Right.PREPARE)
    def unblock() -> Answer:
        try:
            with _uploaded(parts.folder) as (path, name):
                made, _entries = parts.batches.unblock(_unblocks(path, name))
        except PalangError as problem:
            return _unblock_form(problem), status_of(problem)
        return _made(frame, made)


def _made(frame: Frame, made: Batch, **told: int) -> Response:
    frame.looked(What.ACT, f"batch:{made.id}", "prepared")
    address = url_for("batches.show", batch=made.id, done="prepared", **told)  # type: ignore[arg-type]  # values of a query
    return redirect(address, code=303)


def _form(
    parts: BatchParts, problem: PalangError | None = None, counted: dict[str, int] | None = None
) -> str:
    before = request.form.get("page", 0, type=int)
    lines = parts.intakes.page(IntakeFilter(), before, OFFERED + 1)
    chosen = {int(one) for one in _chosen() if one.isdecimal()}
    return render_template(
        "batches/new.html",
        lines=lines[:OFFERED],
        chosen=chosen,
        hidden=sorted(chosen - {line.intake.id for line in lines[:OFFERED]}),
        older=lines[OFFERED - 1].intake.id if len(lines) > OFFERED else 0,
        paged=bool(before),
        given=request.form,
        counted=counted,
        problem=problem,
    )


def _unblock_form(problem: PalangError | None) -> str:
    return render_template("batches/unblock.html", given=request.form, problem=problem)


def _chosen() -> list[str]:
    return [*request.form.getlist("intake"), *request.args.getlist("intake")]


def _wanted() -> Wanted:
    """What the form asks for. Raises InputError."""
    form, chosen = request.form, _numbers(request.form.getlist("intake"))
    action = form.get("action", "")
    return Wanted(
        chosen,
        action if action in (BLOCK, UNBLOCK) else "",
        urgent="urgent" in form,
        basis=form.get("basis", "").strip(),
        leave_freed="leave_freed" in form,
    )


def _numbers(given: list[str]) -> tuple[int, ...]:
    """The chosen intakes, each once. Raises InputError where there is none or one is no number."""
    if not all(one.isascii() and one.isdigit() and len(one) < 10 for one in given):
        raise InputError("an intake is named by its number", hint="choose intakes from the list")
    found = tuple(sorted({int(one) for one in given}))
    if not 0 < len(found) <= _MOST:
        raise InputError(
            f"a batch is made of 1 to {_MOST} intakes", hint="choose at least one from the list"
        )
    return found


def _counted(parts: BatchParts, wanted: Wanted, taken: int, corrected: int) -> dict[str, int]:
    """The accepted rows of the chosen intakes by what becomes of them."""
    lines = [parts.intakes.page(IntakeFilter(), number + 1, 1)[0] for number in wanted.intakes]
    accepted = sum(dict(line.intake.counts).get("accepted", 0) for line in lines)
    return {"accepted": accepted, "taken": taken, "corrected": corrected}


def _unblocks(path: Path, name: str) -> Unblocks:
    form = request.form
    column = form.get("column", "").strip()
    return Unblocks(
        path,
        name,
        form.get("reference", "").strip(),
        column or None,
        form.get("basis", "").strip(),
    )


@contextmanager
def _uploaded(folder: Path) -> Iterator[tuple[Path, str]]:
    """The uploaded file, for its owner only, while it is read. Raises InputError for none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InputError("no file came", hint="choose the file of numbers to free")
    name = without_numbers(sent.filename.replace("\\", "/").rpartition("/")[2][:_NAME])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=Path(name).suffix[:8]) as file:
        shutil.copyfileobj(sent.stream, file)
        file.flush()
        yield Path(file.name), name


def sweep(folder: Path) -> None:
    """Take away what a crash left of an uploaded file; nobody can ask for it any more."""
    for left in folder.glob("*"):
        left.unlink(missing_ok=True)
