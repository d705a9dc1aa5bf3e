"""Replies as callers get them: JSON held against the OpenAPI document, and pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema_rs

from leave.functions import submit_lead_response
from leave.functions.openapi import document
from tests.leave.adapters.markup import Page
from tests.leave.functions.events import CALL_ID, CONTEXT, link_event
from tests.leave.services.stage import FakeStage

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
    assert (kind == PROBLEM) == (status >= 400)
    if status >= 400:
        assert body["status"] == status
        assert body["instance"] == f"urn:leave:call:{CALL_ID}"
    return status, body


def get(decision: str, link: str) -> tuple[int, Page]:
    """Open a decision link."""
    return opened(link_event("GET", decision, link))


def post(decision: str, link: str, **form: str) -> tuple[int, Page]:
    """Press the button on the page of a decision link."""
    return opened(link_event("POST", decision, link, form=form))


def opened(event: dict[str, Any]) -> tuple[int, Page]:
    """Call a decision link; check what every page has, and return status and page."""
    reply = submit_lead_response.handler(event, CONTEXT)
    headers = reply["headers"]
    assert (
        headers.items()
        >= {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "strict-transport-security": "max-age=31536000",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "x-frame-options": "DENY",
            "x-robots-tag": "noindex, nofollow",
        }.items()
    )
    assert "camera=()" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'; frame-ancestors 'none'; base-uri 'none'" in policy
    assert "unsafe" not in policy
    return reply["statusCode"], Page(reply["body"])


def everything(stage: FakeStage) -> object:
    """Return all that could have changed."""
    requests, workflow = stage.requests, stage.workflow
    return deepcopy(
        (
            requests.stored,
            requests.books,
            workflow.executions,
            workflow.answers,
            workflow.failures,
            stage.mailer.sent,
        )
    )
