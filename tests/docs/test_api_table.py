"""README, OpenAPI document and provisioned routes are one and the same API."""

from __future__ import annotations

import pytest

from infrastructure.routes import PUBLIC, ROUTES
from leave.functions.openapi import document
from tests.docs.markdown import README, rows

METHODS = ("get", "head", "post", "patch", "delete")
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
    assert rows(README.section("### The API")) == described(), f"Paste:\n{written}"


def test_the_document_has_every_route_but_the_links() -> None:
    provisioned = {route for routes in ROUTES.values() for route in routes.values()}
    assert {row[0].strip("`") for row in described()} == provisioned - LINKS


@pytest.mark.parametrize("function", sorted(ROUTES))
def test_the_document_asks_for_a_token_exactly_where_the_authorizer_does(function: str) -> None:
    asked = {row[0].strip("`"): row[2] == "an ID token" for row in described()}
    for route in set(ROUTES[function].values()) - LINKS:
        assert asked[route] == (function not in PUBLIC)
