"""From a one-time password to a session, step by step, as a browser does it."""

from __future__ import annotations

import pyotp
from flask import Flask

from gateway.domain.accounts import Role
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND
from gateway.web.console.csrf import DOOR
from gateway.web.console.gate import COOKIE
from tests.web.console.staff import BASE, MACHINE, Person, StaffHouse, step

OWN = "kuda laut mendaki bukit"


def secret_of(house: StaffHouse, name: str) -> str:
    record = house.staffing.accounts.find(name)
    return house.staffing.vault.open(record.totp, name)


def code_of(house: StaffHouse, secret: str) -> str:
    return pyotp.TOTP(secret).at(house.clock.now() // SECOND)


def enrolled(house: StaffHouse, person: Person, name: str, role: Role) -> str:
    """A first sign-in to its end; returns the authenticator's secret."""
    handed = house.account(name, role)
    person.post("/sign-in", name=name, password=handed)
    person.post("/sign-in/password", password=OWN)
    person.get("/sign-in/authenticator")
    kept = house.staffing.sessions.step(person.token)
    assert kept is not None
    secret = house.staffing.vault.open(kept.pending, name)
    page = person.post("/sign-in/authenticator", 200, code=code_of(house, secret))
    assert page.get_data(as_text=True).count("<code>") == 10
    return secret


def test_a_preparers_first_sign_in_chooses_a_password_and_goes_where_it_was_wanted(
    house: StaffHouse, stranger: Person
) -> None:
    handed = house.account("tono", Role.PREPARER)
    answer = stranger.raw("/account", 303)
    assert answer.location == "/sign-in?to=/account"
    first = stranger.post("/sign-in", name=" Tono ", password=handed, to="/account")
    assert first.location == "/sign-in/password?to=/account"
    second = stranger.post("/sign-in/password", password=OWN, to="/account")
    assert second.location == "/account"
    assert "Tono" in stranger.get("/account")


def test_an_approver_enrols_codes_and_gives_one_at_each_sign_in(
    house: StaffHouse, stranger: Person, app: Flask
) -> None:
    secret = enrolled(house, stranger, "siti", Role.APPROVER)
    again = Person(app.test_client(), house)
    assert again.post("/sign-in", name="siti", password=OWN).location == "/sign-in/code?to=/"
    again.raw("/", 303)  # the password alone opens nothing
    again.post("/sign-in/code", 403, code=code_of(house, secret))  # used at the enrolment
    step(house.clock)
    assert again.post("/sign-in/code", code=code_of(house, secret)).location == "/"
    third = Person(app.test_client(), house)
    third.post("/sign-in", name="siti", password=OWN)
    third.post("/sign-in/code", 403, code=code_of(house, secret))  # a code is good for once


def test_a_stranger_makes_the_console_read_no_large_form(stranger: Person) -> None:
    form = {"csrf": stranger.csrf, "name": "siti"}
    for huge in ({"password": "x" * 70_000}, {"password": "x", "more": "y" * 70_000}):
        answer = stranger.client.post("/sign-in", data=form | huge, base_url=BASE)
        assert answer.status_code == 413


def test_a_recovery_code_signs_in_once(house: StaffHouse, stranger: Person, app: Flask) -> None:
    house.account("siti", Role.APPROVER)
    handed = house.staffing.accounts.reset_password("siti", MACHINE).password
    stranger.post("/sign-in", name="siti", password=handed)
    stranger.post("/sign-in/password", password=OWN)
    offer = house.staffing.sign_in.offer(stranger.token)
    _ticket, codes = house.staffing.sign_in.enrol(stranger.token, code_of(house, offer.secret))
    for expect in (303, 403):
        browser = Person(app.test_client(), house)
        browser.post("/sign-in", name="siti", password=OWN)
        browser.post("/sign-in/code", expect, code=codes[0].upper())


def test_the_token_changes_at_every_step_and_an_old_one_opens_nothing(
    house: StaffHouse, stranger: Person
) -> None:
    stranger.signed_in("planted-by-somebody")
    handed = house.account("tono", Role.PREPARER)
    tokens = [stranger.token]
    stranger.post("/sign-in", name="tono", password=handed)
    tokens.append(stranger.token)
    stranger.post("/sign-in/password", password=OWN)
    tokens.append(stranger.token)
    assert len(set(tokens)) == 3
    for old in tokens[:2]:
        assert house.staffing.sessions.session(old) is None
        assert house.staffing.sessions.step(old) is None


def test_cookies_are_for_this_host_alone_and_no_page_is_kept(
    house: StaffHouse, stranger: Person
) -> None:
    handed = house.account("tono", Role.PREPARER)
    csrf = stranger.csrf
    answer = stranger.client.post(
        "/sign-in", data={"csrf": csrf, "name": "tono", "password": handed}, base_url=BASE
    )
    set_cookie = answer.headers["Set-Cookie"]
    assert set_cookie.startswith(f"{COOKIE}=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in set_cookie
    assert "Domain" not in set_cookie
    door = stranger.client.get_cookie(DOOR)
    assert door is not None and door.secure and door.http_only
    page = stranger.raw("/sign-in/password")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Vary"] == "Cookie"
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in page.headers["Permissions-Policy"]


def test_a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours_of_work(
    house: StaffHouse, app: Flask
) -> None:
    idle = house.person(app, "tono", Role.PREPARER)
    house.clock.move(29 * MINUTE)
    idle.get("/account")
    house.clock.move(29 * MINUTE)
    idle.get("/account")
    house.clock.move(30 * MINUTE)
    idle.raw("/account", 303)
    busy = house.person(app, "tini", Role.PREPARER)
    for _ in range(35):
        house.clock.move(20 * MINUTE)
        busy.get("/account")
    house.clock.move(20 * MINUTE)
    busy.raw("/account", 303)


def test_signing_out_ends_the_session_and_leaving_everywhere_ends_the_others(
    house: StaffHouse, app: Flask
) -> None:
    here = house.person(app, "tono", Role.PREPARER)
    there = Person(app.test_client(), house).signed_in(house.token("tono"))
    third = Person(app.test_client(), house).signed_in(house.token("tono"))
    shown = house.staffing.sessions.of(house.staffing.accounts.find("tono").account, here.token)
    assert [one.here for one in shown].count(True) == 1
    other = next(one.id for one in shown if not one.here)
    here.post("/account/sessions/end", session=other)
    assert [one.client.get("/account", base_url=BASE).status_code for one in (there, third)].count(
        200
    ) == 1
    here.post("/account/sessions/end-others")
    there.raw("/account", 303)
    third.raw("/account", 303)
    kept = here.token
    answer = here.post("/sign-out")
    assert "Clear-Site-Data" in answer.headers
    assert house.staffing.sessions.session(kept) is None


def test_a_new_password_ends_the_other_sessions_and_changes_this_token(
    house: StaffHouse, stranger: Person, app: Flask
) -> None:
    handed = house.account("tono", Role.PREPARER)
    stranger.post("/sign-in", name="tono", password=handed)
    stranger.post("/sign-in/password", password=OWN)
    other = Person(app.test_client(), house).signed_in(house.token("tono"))
    before = stranger.token
    stranger.post("/account/password", 403, old="not it at all", new="payung biru di beranda")
    stranger.post("/account/password", 400, old=OWN, new="Password123456")
    stranger.post("/account/password", old=OWN, new="payung biru di beranda")
    assert stranger.token != before
    assert "signed out everywhere else" in stranger.get("/account?done=password")
    other.raw("/account", 303)


def test_a_handed_over_password_lasts_three_days(house: StaffHouse, stranger: Person) -> None:
    handed = house.account("tono", Role.PREPARER)
    house.clock.move(3 * DAY + HOUR)
    stranger.post("/sign-in", 403, name="tono", password=handed)


def test_where_to_go_afterwards_is_a_page_of_this_console(
    house: StaffHouse, stranger: Person
) -> None:
    house.account("tono", Role.PREPARER)
    for evil in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", ""):
        handed = house.staffing.accounts.reset_password("tono", MACHINE).password
        answer = stranger.post("/sign-in", name="tono", password=handed, to=evil)
        assert answer.location == "/sign-in/password?to=/", evil


def test_the_language_is_chosen_before_and_after_signing_in(
    house: StaffHouse, stranger: Person, app: Flask
) -> None:
    assert "Kata sandi" in stranger.get("/sign-in")
    stranger.post("/language", language="en")
    assert "Password" in stranger.get("/sign-in")
    tono = house.person(app, "tono", Role.PREPARER)
    tono.post("/account/language", language="id")
    assert "Akun saya" in tono.get("/account")


def test_an_officers_key_is_kept_by_whoever_knows_its_passphrase(
    house: StaffHouse, app: Flask
) -> None:
    siti = house.person(app, "siti", Role.PREPARER)
    path = house.officer("siti")
    for word, expect in (("a wrong one", 403), ("frasa sandi petugas", 303)):
        with path.open("rb") as file:
            data = {"csrf": siti.csrf, "passphrase": word, "key": (file, "siti.pem")}
            answer = siti.client.post("/account/key", data=data, base_url=BASE)
        assert answer.status_code == expect
    assert house.staffing.accounts.find("siti").officer == "siti"
    budi = house.person(app, "budi", Role.PREPARER)
    with path.open("rb") as file:
        data = {"csrf": budi.csrf, "passphrase": "frasa sandi petugas", "key": (file, "k.pem")}
        assert budi.client.post("/account/key", data=data, base_url=BASE).status_code == 403
