"""A day at the console: what each person does there, and which pages are looked at on the way."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo.cast import PREPARER, RELEASER, SEED, SOURCE
from demo.shell import DemoFailed
from demo.synthetic import generate

if TYPE_CHECKING:
    from demo.visitor import Visitor

_ROWS = 240
_SECONDS = 60
_LIST = "lists/current.csv"
_RELEASED = 1
"""The batch that the demo's story released."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Pages to look at as `visitor`, by name, while everything is as it is now."""

    visitor: Visitor
    pages: dict[str, str]


def tour(staff: dict[str, Visitor], folder: Path) -> Iterator[Stop]:
    """The stops in order; what happens between them, happens when the next one is asked for."""
    for visitor in staff.values():
        visitor.sign_in()
    siti, budi = staff[PREPARER], staff[RELEASER]
    intake = _take(siti, 1)
    waiting = _hand_in(siti, 2)
    batch = _prepare(siti)
    row = _first(siti, f"/holds?intake={intake}", r"/holds/row/")
    yield Stop(siti, _preparing(intake, waiting, row, batch))
    siti.go(batch)
    siti.sign("/submit")
    yield Stop(budi, _releasing(budi, batch))
    yield Stop(staff["ratna"], _auditing(staff["ratna"], folder))
    yield Stop(staff["agus"], _administering())


def _preparing(intake: str, waiting: str, row: str, batch: str) -> dict[str, str]:
    return {
        "today": "/",
        "intake": "/intake",
        "intake-add": "/intake/add",
        "intake-preview": waiting,
        "intake-rows": f"/intake/{intake}",
        "intake-inbox": "/intake/inbox",
        "holds": "/holds",
        "holds-row": row,
        "batches-new": "/batches/new",
        "batches-review": batch,
        "batches-due": "/batches/due",
        "account": "/account",
        "guides": "/help",
        "guide-officer": "/help/officer",
    }


def _releasing(budi: Visitor, batch: str) -> dict[str, str]:
    report = _report(budi)
    return {
        "today-approver": "/",
        "batches": "/batches",
        "batches-release": batch,
        "batches-progress": f"/batches/{_RELEASED}",
        "batches-entries": f"/batches/{_RELEASED}/entries",
        "deliveries": "/deliveries",
        "deliveries-one": f"/deliveries/{_RELEASED}.opr-uji-a.1",
        "partners": "/partners",
        "partners-operator": "/partners/opr-uji-a",
        "partners-keys": "/partners/opr-uji-a/keys",
        "partners-ott": "/partners/ott-uji",
        "reports": "/reports",
        "reports-one": report,
        "admin-tables": "/admin/tables",
        "admin-retention": "/admin/retention",
    }


def _auditing(ratna: Visitor, folder: Path) -> dict[str, str]:
    return {
        "cases": "/cases",
        "cases-one": _case(ratna, folder),
        "audit": "/audit",
        "audit-ledger": "/audit/ledger",
        "audit-access": "/audit/access",
        "audit-subject": "/audit/subject",
        "evidence": "/evidence",
        "guide-auditor": "/help/auditor",
    }


def _administering() -> dict[str, str]:
    return {
        "admin": "/admin",
        "admin-accounts": "/admin/accounts",
        "admin-account": "/admin/accounts/siti",
        "admin-officers": "/admin/officers",
    }


def _hand_in(siti: Visitor, number: int) -> str:
    """A list is handed in; the address of its preview, once its rows are counted."""
    page = siti.go("/intake/add")
    page.fill("main input[name=source]", SOURCE)
    made = generate(SEED + number, _ROWS)
    file = {"name": f"laporan-{number}.csv", "mimeType": "text/csv", "buffer": made.csv}
    page.set_input_files("main input[type=file]", file)  # type: ignore[arg-type]  # a dict of that shape
    siti.press("form[action$='/intake/add'] button.primary")
    page.locator("form[action$='/take']").first.wait_for(timeout=_SECONDS * 1000)
    return page.url


def _take(siti: Visitor, number: int) -> str:
    """The same, and its rows are taken in; the number of the intake."""
    _hand_in(siti, number)
    siti.press("form[action$='/take'] button.primary")
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        found = re.search(r"/intake/(\d+)", siti.page.url)
        if found is not None:
            return found[1]
        siti.page.wait_for_timeout(300)
    raise DemoFailed(f"the rows are not in after {_SECONDS} s; the page is {siti.page.url}")


def _prepare(siti: Visitor) -> str:
    """The newest intake becomes a batch; its address."""
    page = siti.go("/batches/new")
    page.locator("main input[name=intake]").first.check()
    siti.press("form[action$='/batches/new'] button.primary")
    if not re.search(r"/batches/\d+", page.url):
        raise DemoFailed(f"no batch was prepared: {page.inner_text('main')[:300]}")
    return page.url.partition("?")[0]


def _first(visitor: Visitor, path: str, link: str) -> str:
    """The address of the first link of a page that is like this."""
    page = visitor.go(path)
    found = [one.get_attribute("href") or "" for one in page.locator("main a[href]").all()]
    fitting = [one for one in found if re.search(link, one)]
    if not fitting:
        raise DemoFailed(f"{path} has no link to {link}")
    return fitting[0]


def _report(budi: Visitor) -> str:
    """A report of this month's test batches is made; its address."""
    page = budi.go("/reports")
    page.select_option("main select[name=period]", index=0)
    page.locator("main form[method=post] input[type=checkbox]").first.check()
    budi.press("main form[method=post] button.primary")
    return page.url


def _case(ratna: Visitor, folder: Path) -> str:
    """A number that an operator holds is looked up; the address of its story."""
    number = (folder / "opr-uji-a" / _LIST).read_text("utf-8").splitlines()[1].split(",")[0]
    page = ratna.go("/cases")
    page.fill("main input[name=number]", f"+{number}")
    page.fill("main input[name=reason]", "surat UJI/12/2026")
    ratna.press("form[action$='/cases'] button.primary")
    return page.url
