"""W5, W1: every route x role x owner, read from the application itself; a new one is tried too.

Nothing here names a route: what `app.url_map` has is tried, and what it may, its rule says.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule as Route
from werkzeug.test import TestResponse

from gateway.domain.accounts import RIGHTS, Right, Role
from gateway.main.console.framing import make_frame
from gateway.web.console.access import Public, SignedIn, rules
from gateway.web.console.app import make_console
from gateway.web.console.csrf import SAFE
from gateway.web.console.frame import Area
from tests.web.console.staff import BASE, MACHINE, Person, StaffHouse

ROLES = tuple(Role)


@dataclass(frozen=True)
class Town:
    """A console with somebody in each role, twice: two owners of everything that is owned."""

    house: StaffHouse
    app: Flask
    people: dict[tuple[Role, int], Person]

    def routes(self) -> list[tuple[str, str, Route]]:
        """Endpoint, method, route: whatever there is."""
        found = []
        for route in self.app.url_map.iter_rules():
            methods = (route.methods or set()) - {"OPTIONS", "HEAD"}
            found += [(route.endpoint, method, route) for method in sorted(methods)]
        return found

    def send(self, who: Person | None, method: str, path: str, **more: object) -> TestResponse:
        client = who.client if who is not None else self.app.test_client()
        return client.open(path, method=method, base_url=BASE, **more)  # type: ignore[arg-type]  # headers, data

    def state(self) -> str:
        """A digest of everything that is stored, but who was seen when."""
        digest = hashlib.sha256()
        with closing(sqlite3.connect(self.house.home / "state" / "palang.sqlite")) as db:
            names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            for (name,) in db.execute(names).fetchall():
                for row in db.execute(f"SELECT * FROM {name}"):  # a table's own name
                    digest.update(repr((name, row)).encode())
        return digest.hexdigest()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    house = StaffHouse(tmp_path_factory.mktemp("matrix"))
    app = house.app()
    people = {(role, n): house.person(app, f"{role}-{n}", role) for role in ROLES for n in (1, 2)}
    yield Town(house, app, people)
    house.close()


def paths(route: Route) -> list[str]:
    """The route with its arguments filled: with what may be there, then each in turn with
    nothing's, another's, an attack."""
    arguments = sorted(route.arguments)
    usual = {name: _values(route, name)[0] for name in arguments}
    found = [_filled(route, usual)]
    for name in arguments:
        found += [_filled(route, usual | {name: value}) for value in _values(route, name)[1:]]
    return found


def _values(route: Route, argument: str) -> list[str]:
    converter = type(route._converters[argument]).__name__
    if converter == "IntegerConverter":
        return ["1", "999999"]
    if converter == "PathConverter":
        return ["app.css", "../../palang.toml"]
    attack = ["' OR 1=1 --", "..%2F..%2Fpalang.toml".replace("%2F", "%252F")]
    return ["1.opr-uji-a.1", "tidak-ada", "preparer-2", *attack]


def _filled(route: Route, values: dict[str, str]) -> str:
    rule = route.rule
    for argument, value in values.items():
        begin = rule.rindex("<", 0, rule.index(argument + ">"))
        rule = rule[:begin] + value + rule[rule.index(">", begin) + 1 :]
    return rule


def allowed(town: Town, endpoint: str, role: Role) -> bool:
    rule = rules(town.app)[endpoint]
    return isinstance(rule, Public | SignedIn) or rule in RIGHTS[role]


def test_every_route_has_a_rule_and_an_application_with_a_bare_one_does_not_start(
    town: Town,
) -> None:
    declared = rules(town.app)
    for endpoint, _method, _route in town.routes():
        assert isinstance(declared[endpoint], Public | SignedIn | Right), endpoint
    pages = Blueprint("bare", __name__)
    pages.get("/bare")(lambda: "open to whoever finds it")
    frame = make_frame(town.house.gateway, town.house.staffing)
    with pytest.raises(LookupError, match="bare"):
        make_console(frame, [Area(pages)], lambda _: None)


def test_only_signing_in_and_what_its_look_is_made_of_are_public(town: Town) -> None:
    public = {name for name, rule in rules(town.app).items() if isinstance(rule, Public)}
    assert {name.partition(".")[0] for name in public} <= {"signin", "static", "help"}


def test_nobody_gets_in_without_a_session(town: Town) -> None:
    declared = rules(town.app)
    for endpoint, method, route in town.routes():
        if isinstance(declared[endpoint], Public):
            continue
        for path in paths(route)[:2]:
            answer = town.send(None, method, path)
            if method in SAFE:
                assert answer.status_code == 303, (method, path, answer.status_code)
                assert answer.location.startswith("/sign-in"), path
            else:
                assert answer.status_code == 403, (method, path, answer.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_its_rights_say_and_nothing_else(town: Town, role: Role) -> None:
    person = town.people[role, 1]
    for endpoint, method, route in town.routes():
        if method in SAFE and allowed(town, endpoint, role):
            for path in paths(route):
                answer = town.send(person, method, path)
                assert answer.status_code not in (403, 500), (path, town.house.failures)
    csrf, before = person.csrf, town.state()
    for endpoint, method, route in town.routes():
        if not allowed(town, endpoint, role):
            path = paths(route)[0]
            answer = town.send(person, method, path, data={"csrf": csrf})
            assert answer.status_code == 403, (role, method, path, answer.status_code)
    assert town.state() == before
    assert town.house.failures == []


def test_w1_a_form_without_its_token_changes_nothing(town: Town) -> None:
    tokens = {key: person.csrf for key, person in town.people.items()}
    before = town.state()
    for endpoint, method, route in town.routes():
        if method in SAFE:
            continue
        role = next(role for role in ROLES if allowed(town, endpoint, role))
        csrf, foreign = tokens[role, 1], tokens[role, 2]
        for data, headers in _forged(csrf, foreign):
            answer = town.send(
                town.people[role, 1], method, paths(route)[0], data=data, headers=headers
            )
            assert answer.status_code == 403, (method, route.rule, data.keys(), headers)
    assert town.state() == before


def _forged(csrf: str, foreign: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Forms that are not of this session, or not of this site: fields and headers."""
    return [
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": foreign}, {}),
        ({"csrf": csrf}, {"Origin": "https://evil.example"}),
        ({"csrf": csrf}, {"Origin": "null"}),
        ({"csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": csrf}, {"Sec-Fetch-Site": "same-site"}),
    ]


def test_w1_a_strangers_form_needs_the_token_of_this_browser(town: Town) -> None:
    stranger, other = (Person(town.app.test_client(), town.house) for _ in range(2))
    assert stranger.csrf != other.csrf
    before = town.state()
    for endpoint, method, route in town.routes():
        if method in SAFE or not isinstance(rules(town.app)[endpoint], Public):
            continue
        for data in ({}, {"csrf": other.csrf}):
            answer = town.send(stranger, method, paths(route)[0], data=data)
            assert answer.status_code == 403, (method, route.rule)
    assert town.state() == before


def test_no_unsafe_act_hides_behind_get(town: Town) -> None:
    """What GET changes, a link in a mail changes."""
    person = town.people[Role.ADMINISTRATOR, 1]
    for endpoint, method, route in town.routes():
        if method != "GET" or not allowed(town, endpoint, Role.ADMINISTRATOR):
            continue
        before = _rights(town)
        town.send(person, "GET", paths(route)[0])
        assert _rights(town) == before, route.rule


def _rights(town: Town) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(town.house.home / "state" / "palang.sqlite")) as db:
        return db.execute("SELECT id, role, disabled, password FROM accounts").fetchall()


def test_w2_a_role_that_is_taken_away_is_gone_at_the_next_request(town: Town) -> None:
    house = town.house
    person = house.person(town.app, "sementara", Role.PREPARER)
    assert person.client.get("/account", base_url=BASE).status_code == 200
    house.staffing.accounts.change_role("sementara", Role.AUDITOR, MACHINE)
    assert person.client.get("/account", base_url=BASE).status_code == 303


INJECTIONS = (
    "' OR '1'='1",
    "1; DROP TABLE accounts; --",
    '" UNION SELECT password FROM accounts --',
    "1) OR (SELECT count(*) FROM accounts) > 0 --",
    "id DESC, (SELECT password FROM accounts)",
    "%' AND 1=randomblob(1000000000) --",
    "\x00",
    "9" * 40,
    "-1",
)
PARAMETERS = (
    *("q", "sort", "order", "after", "before", "page", "partner", "state", "batch", "officer"),
    *("account", "subject", "since", "until", "month", "period", "source", "done", "to", "kind"),
)


@pytest.mark.parametrize(
    ("role", "values"),
    [
        (Role.APPROVER, INJECTIONS[:2]),
        (Role.AUDITOR, INJECTIONS[-2:]),
        *(pytest.param(role, INJECTIONS, marks=pytest.mark.long) for role in ROLES),
    ],
)
def test_w12_what_is_asked_for_is_never_part_of_a_statement(
    town: Town, role: Role, values: tuple[str, ...]
) -> None:
    person = town.people[role, 1]
    for endpoint, method, route in town.routes():
        if method != "GET" or route.arguments or not allowed(town, endpoint, role):
            continue
        for value in values:
            query = dict.fromkeys(PARAMETERS, value)
            answer = town.send(person, "GET", route.rule, query_string=query)
            assert answer.status_code < 500, (route.rule, value, town.house.failures)
            assert b"$argon2" not in answer.data
    assert town.house.failures == []
    with town.house.gateway.store.read() as uow:
        assert len(uow.staff.all()) >= len(town.people)
