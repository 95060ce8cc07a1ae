"""A file or pasted text comes in: handed over, looked at, confirmed, taken in or cancelled."""

import io
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import Conflict, InputError, PalangError
from gateway.domain.ids import partner_id
from gateway.ports import MAX_BYTES
from gateway.services.intake import Options
from gateway.web.console.access import needs
from gateway.web.console.app import MAX_FORM, status_of
from gateway.web.console.frame import current
from gateway.web.console.intake.counting import looked_at
from gateway.web.console.intake.parts import Desk
from gateway.web.console.intake.storing import begin
from gateway.web.console.intake.uploads import PASTED, Upload
from gateway.web.console.intake.words import NOT_READ, PEOPLE, REASONS, ROLES

_SPOOL = 512 * 1024 * 1024  # bytes read and thrown away of what is too large, to answer at all
_FIELDS = ("source", "category", "channel", "evidence_date", "follows", "resend", "pasted")
Answer = str | Response | tuple[str, int]


def add_adding(pages: Blueprint, desk: Desk) -> None:
    """`/intake/add`: the file is handed over."""

    @pages.get("/intake/add")
    @needs(Right.PREPARE)
    def form() -> str:
        return _form(desk, request.args.to_dict(), None)

    @pages.post("/intake/add")
    @needs(Right.PREPARE)
    def hand_in() -> Answer:
        try:
            name = desk.waiting.put(current().id, _handed_in(desk))
        except PalangError as problem:
            return _form(desk, request.form.to_dict(), problem), status_of(problem)
        return redirect(url_for("intake.preview", name=name), code=303)

    @pages.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
        """What stands in the request is not read; what still comes is thrown away, so that the
        browser shows this page and not a broken connection."""
        stream, left = request.environ["wsgi.input"], _SPOOL
        while left > 0 and (block := stream.read(min(left, 1 << 20))):
            left -= len(block)
        return _form(desk, {}, _too_large()), 413


def add_preview(pages: Blueprint, desk: Desk) -> None:
    """`/intake/add/<name>`: what is in it, the officer's word."""

    @pages.get("/intake/add/<name>")
    @needs(Right.PREPARE)
    def preview(name: str) -> str:
        return _preview(desk, name, None)

    @pages.post("/intake/add/<name>")
    @needs(Right.PREPARE)
    def choose(name: str) -> Response:
        upload = desk.waiting.get(current().id, name)
        upload.look(**_chosen(upload))
        return redirect(url_for("intake.preview", name=name), code=303)

    @pages.post("/intake/add/<name>/take")
    @needs(Right.PREPARE)
    def take(name: str) -> Answer:
        upload = desk.waiting.get(current().id, name)
        try:
            job = begin(desk, name, upload, current().id, keep="keep" in request.form)
        except PalangError as problem:
            return _preview(desk, name, problem), status_of(problem)
        return redirect(url_for("intake.progress", name=job), code=303)

    @pages.post("/intake/add/<name>/cancel")
    @needs(Right.PREPARE)
    def cancel(name: str) -> Response:
        desk.waiting.get(current().id, name)
        desk.waiting.drop(name)
        return redirect(url_for("intake.index", done="cancelled"), code=303)


def _too_large() -> InputError:
    most = min(MAX_FORM, MAX_BYTES) // (1024 * 1024)
    return InputError(
        f"a file of at most {most} MiB is expected, this one is larger",
        hint="keep only the list, or split the file and hand in each part",
    )


def _form(desk: Desk, given: dict[str, str], problem: PalangError | None) -> str:
    values = dict.fromkeys(_FIELDS, "") | {n: v for n, v in given.items() if n in _FIELDS}
    return render_template(
        "intake/add.html", given=values, codes=desk.parts.codes(), problem=problem
    )


def _handed_in(desk: Desk) -> Upload:
    """The file or the text of the form, kept. Raises InputError."""
    options, sent = _options(), request.files.get("file")
    text = request.form.get("pasted", "")
    if sent is not None and sent.filename:
        if text.strip():
            raise InputError("a file and pasted text came", hint="hand in one of them, not both")
        return desk.uploads.keep(sent.stream, sent.filename, options)
    if not text.strip():
        raise InputError("no file came and no text", hint="choose a file, or paste the rows")
    return desk.uploads.keep(io.BytesIO(text.encode()), PASTED, options)


def _options() -> Options:
    """What the form says of the file. Raises InputError."""
    form = request.form
    follows = form.get("follows", "").strip()
    if follows and not (follows.isascii() and follows.isdigit() and len(follows) < 10):
        raise InputError(
            "expected the number of the intake that this file corrects",
            hint="it stands in the list of intakes; leave it empty for a new file",
        )
    return Options(
        source=partner_id(form.get("source", "").strip().lower()),
        category=form.get("category", ""),
        channel=form.get("channel", ""),
        evidence_date=form.get("evidence_date", ""),
        resend="resend" in form,
        follows=int(follows or 0),
        account=current().id,
    )


def _chosen(upload: Upload) -> dict[str, Any]:
    """Sheet and column of the form: `place:letter`, or nothing to go back to what is proposed."""
    place, _, column = request.form.get("column", "").partition(":")
    sheets = upload.seen.sheets if upload.seen else ()
    sheet = next((one for one in sheets if str(one.place) == place), None)
    if sheet is None or not column:
        return {"sheet": "", "column": None}
    alone = len(sheets) == 1 or ("alike" in request.form and sheet.why in ("", "unsure"))
    return {"sheet": "" if alone else sheet.key, "column": column}


def _preview(desk: Desk, name: str, problem: PalangError | None) -> str:
    upload = desk.waiting.get(current().id, name)
    seen, unreadable = looked_at(desk, upload)
    found = problem or unreadable or (seen.problem if seen else None)
    known = _known(desk, upload, upload.count.problem if upload.count else None)
    return render_template(
        "intake/preview.html",
        name=name,
        upload=upload,
        seen=seen,
        problem=found,
        unsure=bool(seen and seen.choosable and found is seen.problem),
        job=upload.count,
        known=known,
        people=PEOPLE,
        not_read=NOT_READ,
        reasons=REASONS,
        roles=ROLES,
    )


def _known(desk: Desk, upload: Upload, problem: PalangError | None) -> int:
    """The intake that has this very file, where that is what stands in the way; else 0."""
    if not isinstance(problem, Conflict) or upload.seen is None:
        return 0
    return desk.parts.previews.known(upload.seen.digest)
