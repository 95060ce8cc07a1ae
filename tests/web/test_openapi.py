"""The description is what the service does: paths, methods, statuses, headers, bodies."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.source_list import MAX_SEALED
from gateway.ports import Message
from gateway.ports.tree import PublishedTree
from gateway.web.about import DESCRIPTION
from gateway.web.app import make_app
from gateway.web.authentication import POSTABLE
from gateway.web.bodies import MAX_REQUEST, MAX_STATEMENT
from gateway.web.documents import FORMS
from gateway.web.problems import BY_NAME
from tests.keys.test_answer_forms import said
from tests.web.house import A, House, ack, answer, parcel, request

DOCUMENT: dict[str, Any] = json.loads(DESCRIPTION.read_bytes())


def _as_bytes(_context: object, value: object) -> bytes:
    """What the description does not allow may be no text at all."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")


for media in FORMS:
    schemathesis.serializer(media)(_as_bytes)
METHODS = {"get", "post", "put", "patch", "delete"}


def described() -> dict[tuple[str, str], dict[str, Any]]:
    """Each operation by path and method."""
    return {
        (path, method): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def served(app: Flask) -> set[tuple[str, str]]:
    """Each route by path and method, as a description writes them."""
    return {
        (rule.rule.removeprefix("/v1").replace("<partner:partner>", "{partner}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_what_is_described_is_what_is_served(house: House) -> None:
    assert set(described()) == served(make_app(house.listener))


def test_the_description_is_served_as_it_lies_here(house: House) -> None:
    got = house.client().get("/v1/openapi.json")
    assert (got.status_code, got.content_type) == (200, "application/json")
    assert got.data == DESCRIPTION.read_bytes()


def test_every_problem_has_a_status_that_is_described() -> None:
    known = {int(status) for one in described().values() for status in one["responses"]}
    version = {505}  # by the HTTP layer, before there is a path
    assert {problem.status for problem in BY_NAME.values()} - version <= known


def test_the_limits_are_those_of_the_code() -> None:
    most = {
        path: schema["schema"]["maxLength"]
        for (path, method), operation in described().items()
        if method == "post"
        for schema in operation["requestBody"]["content"].values()
    }
    assert most.pop("/{partner}/statements") == MAX_STATEMENT
    assert most.pop("/{partner}/lists") == MAX_SEALED
    assert set(most.values()) == {MAX_REQUEST}
    pattern = DOCUMENT["components"]["parameters"]["partner"]["schema"]["pattern"]
    assert pattern == "^[a-z][a-z0-9-]{1,30}$"
    assert len(POSTABLE) == 7


@pytest.fixture
def described_api(house: House) -> Any:
    """The description as schemathesis loads it from the application itself."""
    return schemathesis.openapi.from_wsgi("/v1/openapi.json", make_app(house.listener))


OPERATIONS = sorted(described())


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda text: text.strip("/"))
def test_whatever_comes_is_answered_as_described(
    described_api: Any, path: str, method: str
) -> None:
    operation = described_api[path][method.upper()]
    modes = list(schemathesis.GenerationMode)
    for mode in modes if method == "post" else modes[:1]:  # a GET has nothing to get wrong
        try_out(operation.as_strategy(generation_mode=mode))


def try_out(cases: Any) -> None:
    """Send examples and compare each answer with the description."""

    @hypothesis.settings(
        max_examples=25,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases)
    def every(case: Any) -> None:
        # a text of the form of a JWS is signed by nobody: well described, and rightly refused
        case.call_and_validate(excluded_checks=[positive_data_acceptance, negative_data_rejection])

    every()


def test_a_word_of_the_gateway_in_each_form_is_listed_as_described(
    house: House, described_api: Any
) -> None:
    made = [said(form) for form in Envelope]
    for data in made:
        subject = digest(data)
        house.exchange.say(
            A, Message(f"answer-{subject}", data, subject, subject), house.clock.now()
        )
    case = described_api["/{partner}/answers"]["POST"].Case(
        path_parameters={"partner": A}, body=request(1).decode(), media_type="application/jose"
    )
    response = case.call()
    case.validate_response(response)
    assert response.json()["items"] == [data.decode() for data in made]


def test_what_partners_really_send_is_answered_as_described(
    house: House, described_api: Any
) -> None:
    house.lay(parcel(1), parcel(2))
    house.exchange.say(A, answer("a"), house.clock.now())
    house.exchange.put_tree(PublishedTree(1, 1, bytes(32), "a note\n"))
    bodies = {
        "/{partner}/statements": ack(),
        "/{partner}/parcels": request(1),
        "/{partner}/parcels/next": request(2),
        "/{partner}/answers": request(1),
        "/{partner}/checkpoint": request(1),
    }
    for path, body in bodies.items():
        for _ in range(2):  # the second one is a replay, where there is one
            case = described_api[path]["POST"].Case(
                path_parameters={"partner": A}, body=body.decode(), media_type="application/jose"
            )
            response = case.call()
            case.validate_response(response)
            assert response.status_code in (200, 202, 409)
