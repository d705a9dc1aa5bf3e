"""Events as API Gateway's HTTP API sends them, payload format 2.0."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

CALL_ID = "79104EXAMPLEB723"
CONTEXT = SimpleNamespace(aws_request_id=CALL_ID)

JIMS_CLAIMS = {
    "aud": "leave-cli",
    "email": "jim@foo.com",
    "email_verified": "true",
    "exp": "1803900000",
    "hd": "foo.com",
    "iat": "1803896400",
    "iss": "https://accounts.google.com",
    "sub": "110169484474386276334",
}

JANES_CLAIMS = JIMS_CLAIMS | {"email": "jane@foo.com"}
JOHNS_CLAIMS = JIMS_CLAIMS | {"email": "john@foo.com"}
ADMINS_CLAIMS = JIMS_CLAIMS | {"email": "hr@foo.com"}
STRANGERS_CLAIMS = JIMS_CLAIMS | {"email": "guest@foo.com"}


def event(method: str, path: str, resource: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return what every call has."""
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {resource or path}",
        "rawPath": f"/test{path}",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "content-length": "36",
            "host": "abc.execute-api.eu-central-1.amazonaws.com",
            "user-agent": "curl/8.14.1",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abc",
            "http": {
                "method": method,
                "path": f"/test{path}",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.14.1",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": f"{method} {resource or path}",
            "stage": "test",
            "time": "01/Mar/2027:09:30:00 +0000",
            "timeEpoch": 1803893400000,
        },
        "isBase64Encoded": False,
    }
    return made | changes


def leave_event(
    body: object = None,
    *,
    claims: dict[str, Any] | None = None,
    key: str | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    """Return POST /request_leave; `body` is JSON, or the text itself."""
    made = event("POST", "/request_leave")
    text = body if isinstance(body, str) else json.dumps(body)
    if body is not None:
        made["body"] = base64.b64encode(text.encode()).decode() if encoded else text
        made["isBase64Encoded"] = encoded
    made["headers"]["content-type"] = "application/x-www-form-urlencoded"  # what `curl -d` sends
    if key is not None:
        made["headers"]["idempotency-key"] = key
    made["requestContext"]["authorizer"] = {
        "jwt": {"claims": deepcopy(JIMS_CLAIMS if claims is None else claims), "scopes": None}
    }
    return made


def api_event(
    route: str,
    *,
    claims: dict[str, Any] | None = None,
    body: object = None,
    query: dict[str, str] | None = None,
    **path: str,
) -> dict[str, Any]:
    """Return a call of a route such as `GET /leave_requests/{requestId}`."""
    method, resource = route.split(" ")
    made = event(method, resource.format(**path), resource)
    if path:
        made["pathParameters"] = path
    if query:
        made["queryStringParameters"] = query
        made["rawQueryString"] = urlencode(query)
    if body is not None:
        made["body"] = body if isinstance(body, str) else json.dumps(body)
    made["requestContext"]["authorizer"] = {
        "jwt": {"claims": deepcopy(JIMS_CLAIMS if claims is None else claims), "scopes": None}
    }
    return made


def link_event(
    method: str,
    decision: str,
    link: str,
    *,
    form: dict[str, str] | str | None = None,
    encoded: bool = True,
) -> dict[str, Any]:
    """Return GET or POST on a decision link. API Gateway sends forms base64 encoded."""
    made = event(
        method,
        f"/leave_lead_response/{decision}/{link}",
        "/leave_lead_response/{decision}/{link}",
        pathParameters={"decision": decision, "link": link},
    )
    if form is not None:
        text = form if isinstance(form, str) else urlencode(form)
        made["headers"]["content-type"] = "application/x-www-form-urlencoded"
        made["body"] = base64.b64encode(text.encode()).decode() if encoded else text
        made["isBase64Encoded"] = encoded
    return made
