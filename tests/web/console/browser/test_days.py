"""Two days of work in a real browser, over the real server, worker and partners' kits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from gateway.domain.accounts import Right, Role
from gateway.domain.times import HOUR
from gateway.web.console import preparing
from gateway.web.console.access import Public, SignedIn, rules
from tests.tooling.test_layout import ROOT
from tests.web.console.browser.driver import (
    PASSWORD,
    code_of,
    keep_key,
    opened,
    sign,
    sign_in,
    sign_in_again,
    tab_to,
)
from tests.web.console.browser.town import Town
from tests.web.console.staff import PASSPHRASE

pytestmark = [pytest.mark.chromium, pytest.mark.long]
SHEET = (
    "nomor hp;no wa;kategori;kanal;no bukti;tanggal bukti\n"
    "0870-1111-2201;0873-1111-2201;Penipuan;WhatsApp;TIKET-1;2026-11-20\n"
    "0871-1111-2202;0873-1111-2202;Penipuan;SMS;TIKET-2;2026-11-20\n"
    "0872-1111-2203 / 0872-1111-2204;0873-1111-2203;Penipuan;WhatsApp;TIKET-3;2026-11-20\n"
)
NUMBER = "0870-1111-2201"


def staffed(town: Town) -> dict[str, str]:
    """Tono prepares, Siti approves, Ratna audits; operator A answers, B is silent."""
    handed = {
        "tono": town.staff("tono", Role.PREPARER, key=True),
        "siti": town.staff("siti", Role.APPROVER, "id", key=True),
        "ratna": town.staff("ratna", Role.AUDITOR),
    }
    town.partner("opr-uji-a", ("tono", "siti"), "diblokir_total/total")
    town.partner("opr-uji-b", ("tono", "siti"))
    return handed


def test_an_officers_day_from_the_file_to_the_overdue_letter(
    town: Town, browser: Browser, tmp_path: Path
) -> None:
    handed, url = staffed(town), town.open()
    tono = opened(browser, url)
    sign_in(tono, url, "tono", handed["tono"], town.clock)
    keep_key(tono, url, town.folder / "tono.pem")
    _hand_in(tono, url, tmp_path)
    _decide_the_held_row(tono, url)
    _prepare_and_submit(tono, url)
    assert tono.locator('form[action$="/release"]').count() == 0
    siti = opened(browser, url)
    assert sign_in(siti, url, "siti", handed["siti"], town.clock) != ""
    keep_key(siti, url, town.folder / "siti.pem")
    _release_as_another(siti, url)
    town.round(3)
    siti.goto(f"{url}/batches/1")
    assert "opr-uji-b" in siti.inner_text("main")
    _chase(town, tono, url)
    for page in (tono, siti):
        page.context.close()


def _hand_in(page: Page, url: str, folder: Path) -> None:
    file = folder / "laporan.csv"
    file.write_text(SHEET, "utf-8")
    page.goto(f"{url}/intake/add")
    page.fill("#f-source", "iasc")
    page.set_input_files("#f-file", str(file))
    page.get_by_role("button", name="Continue to the preview").click()
    page.locator('input[name="column"]').first.check()
    page.get_by_role("button", name="Read the chosen column").click()
    page.get_by_role("button", name="take the rows in").click()
    page.get_by_role("link", name="To the held rows").click()


def _decide_the_held_row(page: Page, url: str) -> None:
    page.locator("main table a").first.click()
    page.get_by_label("All proposed numbers were reported").check()
    page.get_by_label("Why", exact=True).select_option("evidence_shows")
    page.get_by_label("Reference of the evidence").fill("TIKET-3")
    page.get_by_role("button", name="Show what would be signed").click()
    sign(page, page.url.partition(url)[2])
    assert "What was decided is final" in page.inner_text("main")


def _prepare_and_submit(page: Page, url: str) -> None:
    page.goto(f"{url}/batches/new")
    page.locator('input[name="intake"]').first.check()
    page.locator('form[action="/batches/new"] button').last.click()
    page.wait_for_url("**/batches/1*")
    assert "opr-uji-a" in page.inner_text("main")
    sign(page, "/submit")
    page.wait_for_selector(".notice.good")


def _release_as_another(page: Page, url: str) -> None:
    """Begun on Today, as a person finds it."""
    page.goto(f"{url}/")
    page.goto(f"{url}/batches/1")
    sign(page, "/release", passphrase="bukan ini")
    page.wait_for_selector(".notice.bad")
    sign(page, "/release")
    page.wait_for_selector(".notice.good")


def _chase(town: Town, page: Page, url: str) -> None:
    """A day later: B said nothing, so its deadline has passed."""
    town.clock.move(25 * HOUR)
    sign_in_again(page, url, "tono", "", town.clock)
    board = page.locator('section[aria-labelledby="h-board"]')
    assert "Operator opr-uji-b" in board.inner_text()
    assert "overdue by" in board.inner_text()
    assert "Operator opr-uji-a" not in board.inner_text()
    board.get_by_role("link", name="Operator opr-uji-b").click()
    page.get_by_role("button", name="Draft a letter").click()
    letter = page.inner_text("article.letter")
    assert "batas waktu telah terlewati" in letter
    assert "2 entri" in letter
    page.goto(f"{url}/deliveries/1.opr-uji-b.1")


def test_a_release_is_made_with_the_keyboard_alone(town: Town, browser: Browser) -> None:
    handed, url = staffed(town), town.open()
    town.submitted("tono")
    page = opened(browser, url)
    secret = sign_in(page, url, "siti", handed["siti"], town.clock)
    keep_key(page, url, town.folder / "siti.pem")
    page.context.clear_cookies()
    page.goto(url)
    for selector, typed in (("#f-name", "siti"), ("#f-password", PASSWORD)):
        tab_to(page, selector)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-code")
    tab_to(page, "#f-code")
    page.keyboard.type(code_of(secret, town.clock))
    page.keyboard.press("Enter")
    for selector in ('nav.menu a[href="/batches"]', 'main a[href="/batches/1"]'):
        page.wait_for_selector(selector)
        tab_to(page, selector)
        page.keyboard.press("Enter")
    page.wait_for_selector("#f-release-passphrase")
    tab_to(page, "#f-release-passphrase")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice.good")
    page.context.close()


def test_w7_the_preparer_cannot_release_the_own_batch(town: Town, browser: Browser) -> None:
    """Not by the page, which has no form for it, and not by sending one all the same."""
    town.staff("tono", Role.APPROVER, key=True)
    town.staff("siti", Role.APPROVER, key=True)
    town.partner("opr-uji-a", ("tono", "siti"))
    town.partner("opr-uji-b", ("tono", "siti"))
    url = town.open()
    town.submitted("tono")
    town.keep_key("tono")
    token = town.house.token("tono")
    page = opened(browser, url, token)
    page.goto(f"{url}/batches/1")
    assert page.locator('form[action$="/release"]').count() == 0
    session = town.house.staffing.sessions.session(token)
    assert session is not None
    shown = page.locator('input[name="shown"]')
    digest = shown.first.get_attribute("value") if shown.count() else ""
    form: dict[str, str | float | bool] = {
        "csrf": session.csrf,
        "passphrase": PASSPHRASE,
        "shown": digest or "",
    }
    answer = page.request.post(f"{url}/batches/1/release", form=form, headers={"Origin": url})
    assert answer.status in (403, 409), answer.status
    with town.store.read() as uow:
        assert uow.lists.batch(1).released_at is None
    page.context.close()


def test_an_auditors_day_from_a_number_to_a_verified_bundle(
    town: Town, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "PATIENCE", 0)  # so that it is always the page that waits
    handed, url = staffed(town), town.open()
    (tmp_path / "trust.json").write_bytes(town.trust())  # kept from onboarding
    town.released("tono", "siti")
    town.round(3)
    page = opened(browser, url)
    sign_in(page, url, "ratna", handed["ratna"], town.clock)
    clicks = 0
    page.locator('nav.menu a[href="/cases"]').click()
    clicks += 1
    page.fill("#f-number", NUMBER)
    page.fill("#f-reason", "Permintaan 12/2026")
    page.get_by_role("button", name="Look it up").click()
    clicks += 1
    story = page.inner_text("main")
    assert "Operator opr-uji-a" in story
    assert "in time" in story
    with town.working():
        page.get_by_role("button", name="Evidence of this number").click()
        clicks += 1
        with page.expect_download() as download:  # once the worker has signed the ledger's head
            page.get_by_role("link", name="Save the file").click()
            clicks += 1
    assert clicks < 5
    bundle = tmp_path / download.value.suggested_filename
    download.value.save_as(bundle)
    assert _verified(bundle, tmp_path / "trust.json") == 0
    _reads_only(town, page, url)
    page.context.close()


def _verified(bundle: Path, trust: Path) -> int:
    command = [sys.executable, str(ROOT / "palang_verify.py"), str(bundle), "--trust", str(trust)]
    return subprocess.run(command, capture_output=True, check=False).returncode  # our own file


def _reads_only(town: Town, page: Page, url: str) -> None:
    """Whatever an auditor is offered to send is looking, taking away, or about the own account."""
    app, wanted = town.app, {Right.READ, Right.UNMASK, Right.EXPORT, Right.AUDIT}
    declared, routes = rules(app), app.url_map.bind("localhost")
    paths = ["/", "/intake", "/intake/1", "/holds", "/batches", "/batches/1", "/deliveries"]
    paths += ["/deliveries/1.opr-uji-a.1", "/partners", "/partners/opr-uji-a", "/reports"]
    paths += ["/audit", "/audit/ledger", "/evidence", "/admin/accounts", "/admin/retention"]
    paths += ["/admin/tables", "/admin/officers"]
    for path in paths:
        answer = page.goto(url + path)
        assert answer is not None
        assert answer.status in (200, 403), path
        forms = page.eval_on_selector_all(
            'form[method="post"]', "all => all.map(one => new URL(one.action).pathname)"
        )
        for action in forms:
            rule = declared[routes.match(action, "POST")[0]]
            assert isinstance(rule, SignedIn | Public) or rule in wanted, (path, action)
