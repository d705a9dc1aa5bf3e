"""Replies held against the OpenAPI document."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from leave.functions.openapi import document
from tests.leave.functions.events import CALL_ID, CONTEXT

if TYPE_CHECKING:
    from collections.abc import Callable

PROBLEM = "application/problem+json"


@cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Return what checks a value against a schema of the document, formats included."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def answer(
    handler: Callable[[dict[str, Any], Any], dict[str, Any]], event: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Call a JSON handler; hold the reply against the document, and return status and body."""
    reply = handler(event, CONTEXT)
    status, body = reply["statusCode"], json.loads(reply["body"])
    assert reply["headers"]["cache-control"] == "no-store"
    kind = reply["headers"]["content-type"]
    method, path = event["routeKey"].split(" ")
    documented = document()["paths"][path][method.lower()]["responses"]
    assert str(status) in documented, f"{event['routeKey']} does not document {status}"
    content = documented[str(status)]["content"]
    validator(content[kind]["schema"]["$ref"].rpartition("/")[2]).validate(body)
    if status >= 400:
        assert kind == PROBLEM
        assert body["status"] == status
        assert body["instance"] == f"urn:leave:call:{CALL_ID}"
    return status, body
