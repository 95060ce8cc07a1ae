"""Who may sign in: new accounts, roles, resets, and the second administrator's word.

The services write the ledger's event and the access log's row of each act.
"""

from collections.abc import Callable

from flask import Blueprint, render_template, request

from gateway.domain.accounts import TOTP_ROLES, Right, Role
from gateway.domain.errors import InputError, PalangError
from gateway.services.access import By
from gateway.services.accounts import Handed, NewAccount
from gateway.web.console.access import needs
from gateway.web.console.admin.parts import AdminParts
from gateway.web.console.app import status_of
from gateway.web.console.looking import by

Answer = str | tuple[str, int]


def add_accounts(pages: Blueprint, parts: AdminParts) -> None:
    """`/admin/accounts` and `/admin/accounts/<id>`."""

    @pages.get("/admin/accounts")
    @needs(Right.ACCOUNTS)
    def accounts() -> str:
        return _list(parts)

    @pages.post("/admin/accounts")
    @needs(Right.ACCOUNTS)
    def add_account() -> Answer:
        form = request.form
        try:
            new = NewAccount(form.get("id", ""), form.get("name", ""), _role(form.get("role", "")))
            return _list(parts, handed=parts.accounts.add(new, by()))
        except PalangError as problem:
            return _list(parts, problem=problem), status_of(problem)

    @pages.get("/admin/accounts/<account>")
    @needs(Right.ACCOUNTS)
    def account(account: str) -> str:
        return _one(parts, account)

    @pages.post("/admin/accounts/<account>")
    @needs(Right.ACCOUNTS)
    def change_account(account: str) -> Answer:
        try:
            handed = _act(parts, account, request.form.get("act", ""))(by())
            return _one(parts, account, handed=handed)
        except PalangError as problem:
            return _one(parts, account, problem=problem), status_of(problem)


def _act(parts: AdminParts, account: str, act: str) -> Callable[[By], Handed]:
    """What a button of the page does. Raises InputError for another one."""
    service = parts.accounts
    if act == "role":
        role = _role(request.form.get("role", ""))
        return lambda who: service.change_role(account, role, who)
    if act == "approve":
        asked = request.form.get("asked", "")
        return lambda who: service.approve(account, asked, who)
    known = {
        "disable": service.disable,
        "enable": service.enable,
        "password": service.reset_password,
        "totp": service.reset_totp,
        "decline": service.decline,
    }
    if act not in known:
        raise InputError("expected one of the page's own buttons", hint="open the page again")
    return lambda who: known[act](account, who)


def _role(text: str) -> Role:
    if text not in set(Role):
        raise InputError("expected one of the four roles", hint="choose one in the list")
    return Role(text)


def _list(
    parts: AdminParts, handed: Handed | None = None, problem: PalangError | None = None
) -> str:
    return render_template(
        "admin/accounts.html",
        found=parts.accounts.all(),
        roles=list(Role),
        handed=handed,
        problem=problem,
        asked=request.form,
        double=TOTP_ROLES,
    )


def _one(
    parts: AdminParts,
    account: str,
    handed: Handed | None = None,
    problem: PalangError | None = None,
) -> str:
    return render_template(
        "admin/account.html",
        one=parts.accounts.find(account),
        roles=list(Role),
        handed=handed,
        problem=problem,
    )
