"""The dated tables: which version rules, a new one, what it would change, activation by two."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, NotFound, PalangError
from gateway.services.tables import RULES, Comparison, Version
from gateway.web.console.access import needs
from gateway.web.console.admin.kinds import name_of
from gateway.web.console.admin.parts import AdminParts
from gateway.web.console.app import status_of
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame, current
from gateway.writing.tables import Table

MAX_TABLE = 16 * 1024 * 1024  # bytes
ROWS = 200
"""Rows of a table that its page shows; the file has all."""


def add_tables(pages: Blueprint, parts: AdminParts, frame: Frame) -> None:
    """`/admin/tables` and `/admin/tables/<kind>/<version>`."""
    _add_list(pages, parts, frame)
    _add_version(pages, parts, frame)


def _add_list(pages: Blueprint, parts: AdminParts, frame: Frame) -> None:

    def listed(problem: PalangError | None = None) -> str:
        return render_template(
            "admin/tables.html",
            found=_by_kind(parts),
            kinds=parts.kinds,
            name_of=name_of,
            problem=problem,
        )

    @pages.get("/admin/tables")
    @needs(Right.READ)
    def tables() -> str:
        return listed()

    @pages.post("/admin/tables")
    @needs(Right.TABLES)
    def load_table() -> Response | tuple[str, int]:
        file = request.files.get("file")
        try:
            if file is None or not file.filename:
                raise InputError("expected a file", hint="choose the CSV of the new version")
            kind = request.form.get("kind", "")
            made = parts.tables.load(_kind(parts, kind), file.stream.read(MAX_TABLE + 1))
        except PalangError as problem:
            return listed(problem), status_of(problem)
        frame.looked(What.ACT, "", f"table {made.kind} {made.version} loaded")
        return redirect(_address(made.kind, made.version, "loaded"), code=303)


def _add_version(pages: Blueprint, parts: AdminParts, frame: Frame) -> None:
    def detailed(
        kind: str,
        version: str,
        problem: PalangError | None = None,
        compared: Comparison | None = None,
    ) -> str:
        found = _find(parts, kind, version)
        return render_template(
            "admin/table.html",
            found=found,
            name_of=name_of,
            rows=found.table.rows[:ROWS],
            idle=parts.tables.idle(found.table),
            decides=kind in RULES,
            compared=compared,
            problem=problem,
        )

    @pages.get("/admin/tables/<kind>/<version>")
    @needs(Right.READ)
    def table(kind: str, version: str) -> str:
        return detailed(kind, version)

    @pages.get("/admin/tables/<kind>/<version>/export.<format>")
    @needs(Right.EXPORT)
    def table_export(kind: str, version: str, format: str) -> Response:
        found = _find(parts, kind, version).table
        frame.looked(What.EXPORT_LIST, "", f"table {kind} {version}")
        widths = [24] * len(found.columns)
        return sent(format, Table(kind, found.columns, widths, found.rows), f"{kind}-{version}")

    @pages.post("/admin/tables/<kind>/<version>/compare")
    @needs(Right.TABLES)
    def compare_table(kind: str, version: str) -> str | tuple[str, int]:
        try:
            return detailed(kind, version, compared=parts.tables.compare(kind, version))
        except PalangError as problem:
            return detailed(kind, version, problem), status_of(problem)

    @pages.post("/admin/tables/<kind>/<version>/activate")
    @needs(Right.TABLES)
    def activate_table(kind: str, version: str) -> Response | tuple[str, int]:
        try:
            signer = frame.unlock(current(), request.form.get("passphrase", ""))
            made = parts.tables.activate(kind, version, request.form.get("day", ""), signer)
        except PalangError as problem:
            return detailed(kind, version, problem), status_of(problem)
        frame.looked(What.ACT, "", f"table {kind} {version} signed")
        return redirect(_address(kind, version, "active" if made else "signed"), code=303)


def _address(kind: str, version: str, done: str) -> str:
    return url_for("admin.table", kind=kind, version=version, done=done)


def _kind(parts: AdminParts, kind: str) -> str:
    if kind not in parts.kinds:
        raise InputError("expected one of the tables in the list", hint="choose which table it is")
    return kind


def _by_kind(parts: AdminParts) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for one in parts.tables.all():
        if one.table.kind in parts.kinds:
            found.setdefault(one.table.kind, []).append(one)
    return {kind: versions[::-1] for kind, versions in found.items()}


def _find(parts: AdminParts, kind: str, version: str) -> Version:
    for one in parts.tables.all():
        if (one.table.kind, one.table.version) == (kind, version):
            return one
    raise NotFound("no such version of this table is loaded", hint="the list of tables has all")
