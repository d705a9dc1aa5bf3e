"""The OpenAPI document: well-formed, complete, and made of what is enforced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from leave.domain.errors import MalformedRequestError, UnauthenticatedError, UnavailableError
from leave.domain.history import Channel, EventType, Status
from leave.functions.describe_api import handler
from leave.functions.http import STATUSES, problem
from leave.functions.inputs import FIELDS, read_leave_body
from leave.functions.openapi import document
from leave.functions.openapi_schemas import REQUEST_ID_SCHEMA, ref
from leave.functions.replies import HEADERS
from tests.leave.builders import R1
from tests.leave.functions.events import CONTEXT, event
from tests.leave.functions.replies import validator

DOCUMENT = document()
METHODS = {"get", "post", "put", "patch", "delete"}
OPERATIONS = [
    (path, method, item[method])
    for path, item in DOCUMENT["paths"].items()
    for method in sorted(METHODS & item.keys())
]
OF_THE_GATEWAY = {"401", "403", "413", "429", "500", "503"}
NOT_OURS = {"Failure", "Document"}
"""What API Gateway answers, and what OpenAPI is: more may be in them some day."""
every_operation = pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[f"{m} {p}" for p, m, _ in OPERATIONS]
)
SCHEMAS = DOCUMENT["components"]["schemas"]


def everywhere(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from everywhere(inner)


def parameters(path: str, operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [*DOCUMENT["paths"][path].get("parameters", []), *operation.get("parameters", [])]


def test_the_document_is_served_to_everybody() -> None:
    reply = handler(event("GET", "/openapi.json"), CONTEXT)
    assert reply["statusCode"] == 200
    assert reply["headers"] == HEADERS | {
        "content-type": "application/json",
        "cache-control": "public, max-age=300",
    }
    assert json.loads(reply["body"]) == DOCUMENT
    assert len(reply["body"]) < 128 * 1024


def test_it_is_valid_openapi_3_1() -> None:
    import schemathesis  # noqa: PLC0415 - a second that no other test of these needs

    schemathesis.openapi.from_dict(document()).validate()
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["servers"] == [{"url": "."}]
    assert DOCUMENT["info"]["license"]


def test_every_reference_leads_somewhere() -> None:
    references = {value["$ref"] for value in everywhere(DOCUMENT) if "$ref" in value}
    assert references
    known = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "headers")
        for name in DOCUMENT["components"][kind]
    }
    assert references <= known
    assert references == known, "a component nobody uses"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_json_schema(name: str) -> None:
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[name]}
    )
    for schema in everywhere(SCHEMAS[name]):
        if schema.get("type") == "object" and name not in NOT_OURS:
            assert schema["additionalProperties"] is False, (
                "or generators make of it what they like"
            )
            assert set(schema.get("required", [])) <= schema["properties"].keys()
        if isinstance(schema.get("pattern"), str):
            assert re.compile(schema["pattern"])
            assert schema["pattern"].startswith("^")
            assert schema["pattern"].endswith("$")


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names)) == 25


@every_operation
def test_an_operation_is_described_and_each_of_its_answers_too(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"], f"{method} {path}"
    assert any(status.startswith("2") for status in operation["responses"])
    for status, response in operation["responses"].items():
        assert response["description"]
        assert ("content" in response) is (status != "204")
        assert all(kind["schema"] for kind in response.get("content", {}).values())
        kinds = list(response.get("content", {}))
        if int(status) >= 400 and status != "429":
            assert "application/problem+json" in kinds
        if status in OF_THE_GATEWAY:
            assert kinds[0] == "application/json"
            assert response["content"]["application/json"]["schema"] == ref("Failure")


def test_what_api_gateway_says_and_what_a_function_says_are_read_by_one_shape() -> None:
    """A generator that reads the first kind of content only reads both with it."""
    for body in (
        {"message": "Unauthorized"},
        json.loads(problem(UnauthenticatedError("No."), instance="x")["body"]),
        json.loads(problem(UnavailableError("x"))["body"]),
    ):
        validator("Failure").validate(body)


def test_the_wait_that_is_asked_for_is_described() -> None:
    for _, _, operation in OPERATIONS:
        assert "Retry-After" in operation["responses"]["503"]["headers"]
    waiting = problem(UnavailableError("x"))["headers"]["retry-after"]
    schema = DOCUMENT["components"]["headers"]["RetryAfter"]["schema"]
    assert jsonschema_rs.is_valid(schema, int(waiting))


def test_every_link_leads_from_an_id_in_an_answer_to_an_operation_that_takes_it() -> None:
    taking = {op["operationId"]: (path, op) for path, _, op in OPERATIONS}
    links = [
        (response, link)
        for _, _, operation in OPERATIONS
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert {link["operationId"] for _, link in links} == {
        op["operationId"] for path, op in taking.values() if path == "/leave_requests/{requestId}"
    }
    for response, link in links:
        path, operation = taking[link["operationId"]]
        ((name, expression),) = link["parameters"].items()
        assert name in {p["name"] for p in parameters(path, operation)}
        schema = response["content"]["application/json"]["schema"]
        for step in expression.removeprefix("$response.body#/").split("/"):
            schema = SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            schema = schema["items"] if step.isdigit() else schema["properties"][step]
        assert schema == REQUEST_ID_SCHEMA


def test_bodies_are_plain_objects_and_every_choice_has_a_name() -> None:
    """Generators give no type to a body with `oneOf`, and a poor name to what has none."""
    for name, schema in SCHEMAS.items():
        inner = [part for part in everywhere(schema) if part is not schema]
        assert not [part for part in inner if "enum" in part or "properties" in part], name
        assert not [part for part in everywhere(schema) if {"oneOf", "allOf", "not"} & part.keys()]
        for part in everywhere(schema):
            assert part.get("anyOf", [{}])[-1] in ({}, {"type": "null"}), name
    for _, _, operation in OPERATIONS:
        described = [operation.get("parameters"), operation["responses"]]
        assert not [part for part in everywhere(described) if "enum" in part]


@every_operation
def test_an_operation_declares_its_parameters_its_body_and_who_may_call_it(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    declared = parameters(path, operation)
    assert {p["name"] for p in declared if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
    needed = {"from", "to", "year"} if path.startswith("/reports/") else set[str]()
    assert all(p["required"] is (p["in"] == "path" or p["name"] in needed) for p in declared)
    assert all(p["description"] and p["schema"] for p in declared)
    names = [(p["name"], p["in"]) for p in declared]
    assert len(names) == len(set(names))
    responses, body = operation["responses"], "requestBody" in operation
    takes_body = method in {"post", "put", "patch"} and not path.endswith("/reminder")
    assert ("413" in responses) == body == takes_body
    public = path in {"/health", "/openapi.json", "/calendar/{feed}"}
    assert operation["security"] == ([] if public else [{"idToken": []}])
    assert ("401" in responses) is ("403" in responses) is not public
    assert "idToken" in DOCUMENT["components"]["securitySchemes"]


def test_every_status_that_an_error_can_have_is_documented_somewhere() -> None:
    documented = {int(status) for _, _, op in OPERATIONS for status in op["responses"]}
    assert {status for _, status, _ in STATUSES} | {500} <= documented


def test_the_document_may_hold_anything_by_its_own_description() -> None:
    """Without the word, openapi-typescript takes it for an object that is always empty."""
    assert SCHEMAS["Document"]["additionalProperties"] is True
    validator("Document").validate(DOCUMENT)


def test_the_words_are_those_of_the_domain_and_the_fields_those_that_are_read() -> None:
    for name, words in (("Status", Status), ("EventType", EventType), ("Channel", Channel)):
        assert SCHEMAS[name]["enum"] == [word.value for word in words]
    assert tuple(SCHEMAS["LeaveBody"]["properties"]) == (*FIELDS, "record")
    assert tuple(SCHEMAS["ChangeBody"]["properties"]) == FIELDS[1:], "an employee stays the same"


DATE, DAYS = {"date": "2027-05-03"}, {"start": "2027-05-03", "end": "2027-05-07"}
GOOD = [DATE, DAYS | {"reason": "Wedding"}, DATE | {"halfDay": "morning", "type": "annual"}]
BAD_TOGETHER = [
    *({}, {"start": "2027-05-03"}, {"end": "2027-05-03"}),
    *(DATE | {"start": "2027-05-03"}, DATE | DAYS),
]
"""What the description says in words, since generators give no type to what a schema says of it."""
BAD = [
    *({"date": "tomorrow"}, {"date": "2027-02-30"}, DATE | {"x": "y"}, DATE | {"halfDay": "noon"}),
    *(DATE | {"type": ""}, DATE | {"reason": "x" * 1_001}, DATE | {"reason": None}),
]


@pytest.mark.parametrize("name", ["LeaveBody", "ChangeBody"])
def test_the_bodies_are_told_apart_as_they_are_read(name: str) -> None:
    assert all(validator(name).is_valid(body) for body in GOOD)
    assert not any(validator(name).is_valid(body) for body in BAD)
    for body in BAD_TOGETHER:
        assert validator(name).is_valid(body)
        with pytest.raises(MalformedRequestError):
            read_leave_body(json.dumps(body), with_employee=False)
    assert "Give either `date`, or `start` and `end`" in SCHEMAS[name]["description"]


def test_ids_and_years_have_the_limits_that_are_enforced() -> None:
    request = next(p for p in DOCUMENT["paths"]["/leave_requests/{requestId}"]["parameters"])
    check = jsonschema_rs.Draft202012Validator(request["schema"])
    assert check.is_valid(R1)
    assert not check.is_valid(R1 + "0")
    (year,) = [
        p for p in DOCUMENT["paths"]["/leave_balance"]["get"]["parameters"] if p["name"] == "year"
    ]
    assert (year["schema"]["minimum"], year["schema"]["maximum"]) == (2000, 2100)


def test_the_document_is_new_each_time_so_nobody_can_spoil_it() -> None:
    document()["paths"].clear()
    assert document() == DOCUMENT
