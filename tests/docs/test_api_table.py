"""docs/api.md, OpenAPI document and provisioned routes are one and the same API."""

from __future__ import annotations

import json

import pytest

from infrastructure.function_table import PUBLIC, ROUTES
from leave.functions.http import problem
from leave.functions.openapi import document
from tests.docs.markdown import API, rows
from tests.leave.functions.test_http import MEMBERS

METHODS = ("get", "post", "put", "patch", "delete")
LINKS = frozenset((*ROUTES["submit_lead_response"].values(), *ROUTES["sign_in"].values()))
"""Pages for people, which the document leaves out."""


def described() -> list[list[str]]:
    """The rows the table should have, in the order of the document."""
    return [
        [
            f"`{method.upper()} {path}`",
            operation["summary"],
            "an ID token" if operation["security"] else _without_token(path),
        ]
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _without_token(path: str) -> str:
    return "the secret in its address" if "{" in path else "nothing"


def test_the_table_of_the_api_is_that_of_the_openapi_document() -> None:
    written = "\n".join(f"| {' | '.join(row)} |" for row in described())
    assert rows(API.section("## The calls")) == described(), f"Paste:\n{written}"


def test_the_table_of_problems_is_that_of_the_refusals() -> None:
    refusals: list[list[str]] = []
    for error, members in MEMBERS:
        body = json.loads(problem(error)["body"])
        kind = body["type"].removeprefix("urn:leave:problem:")
        named = ", ".join(f"`{name}`" for name in members)
        refusals.append([f"`{kind}`", str(body["status"]), named])
    written = "\n".join(f"| {' | '.join(row)} |" for row in refusals)
    assert rows(API.section("## Errors")) == refusals, f"Paste:\n{written}"


def test_the_document_has_every_route_but_the_links_and_those_of_head() -> None:
    provisioned = {route for routes in ROUTES.values() for route in routes.values()}
    heads = {f"HEAD {route.removeprefix('GET ')}" for route in provisioned if route[:4] == "GET "}
    assert {row[0].strip("`") for row in described()} == provisioned - LINKS - heads


@pytest.mark.parametrize("function", sorted(ROUTES.keys() - {"sign_in"}))
def test_what_answers_get_answers_head(function: str) -> None:
    """RFC 9110, section 9.1; a sign-in alone is begun by nobody but a browser."""
    routes = set(ROUTES[function].values())
    got = {route.removeprefix("GET ") for route in routes if route.startswith("GET ")}
    assert got == {route.removeprefix("HEAD ") for route in routes if route.startswith("HEAD ")}


@pytest.mark.parametrize("function", sorted(ROUTES))
def test_the_document_asks_for_a_token_exactly_where_the_authorizer_does(function: str) -> None:
    asked = {row[0].strip("`"): row[2] == "an ID token" for row in described()}
    for route in set(ROUTES[function].values()) - LINKS:
        assert asked[route.replace("HEAD ", "GET ")] == (function not in PUBLIC)
