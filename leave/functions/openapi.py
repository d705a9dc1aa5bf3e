"""The OpenAPI 3.1 document of the employee API."""

from __future__ import annotations

from typing import Any

from leave.domain.statuses import Status
from leave.functions.limits import EMPLOYEE_ID, IDEMPOTENCY_KEY, REQUEST_ID
from leave.functions.openapi_schemas import (
    DAY_SCHEMA,
    REQUEST_ID_SCHEMA,
    SCHEMAS,
    YEAR_SCHEMA,
    ref,
)

VERSION = "1.0.0"
_JSON, _PROBLEM = "application/json", "application/problem+json"

_MEANINGS = {
    400: "Malformed: every field at fault is named.",
    401: "No valid token.",
    403: "Not you, or not one of us.",
    404: "There is no such thing.",
    409: "It clashes with what is there.",
    413: "The body is over 16 KB.",
    422: "A rule says no: which, and the numbers.",
    429: "Too many calls; wait a moment.",
    500: "Our fault; the log has the details.",
    503: "Please try again; nothing was lost.",
}
_SECURED = (400, 401, 403, 429, 500, 503)


def _parameter(name: str, place: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": schema,
        "description": description,
    }


def _pattern(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$"}


_REQUEST = _parameter("requestId", "path", REQUEST_ID_SCHEMA, "The id of a request.")
_WHOSE = _parameter(
    "employeeId", "query", _pattern(EMPLOYEE_ID.pattern), "Whose leave; for leads and admins."
)
_YEAR = _parameter("year", "query", YEAR_SCHEMA, "A calendar year.")
_FEED = _parameter("feed", "path", {"type": "string"}, "A secret, ending in `.ics`.")
_KEY = _parameter(
    "Idempotency-Key",
    "header",
    _pattern(IDEMPOTENCY_KEY.pattern),
    "The same key with the same body gives the same answer, however often it is sent.",
)
_CHOSEN = _parameter(
    "employeeId", "query", _pattern(EMPLOYEE_ID.pattern), "Whose team, for administrators."
)
_FILTERS = [
    _WHOSE,
    _parameter("status", "query", {"type": "string", "enum": list(Status)}, "Only these."),
    _YEAR,
    _parameter("cursor", "query", _pattern(REQUEST_ID.pattern), "From an earlier answer."),
]
_SPAN = [
    _parameter("start", "query", DAY_SCHEMA, "The first day; today when left out."),
    _parameter("end", "query", DAY_SCHEMA, "The last day, at most 366 days later."),
]


def _operation(
    name: str,
    summary: str,
    answers: dict[int, str],
    *problems: int,
    parameters: list[dict[str, Any]] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {
            str(status): {
                "description": "Done." if status == 200 else "Accepted.",  # noqa: PLR2004
                "content": {_JSON: {"schema": ref(schema)}},
            }
            for status, schema in answers.items()
        }
        | {str(status): _problem_response(status) for status in sorted({*problems, *_SECURED})},
        "security": [{"idToken": []}],
    }
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {
            "required": True,
            "content": {_JSON: {"schema": ref(body)}},
        }
    return operation


def _problem_response(status: int) -> dict[str, Any]:
    content = {_PROBLEM: {"schema": ref("Problem")}}
    if status in {401, 403, 429, 500, 503}:
        content[_JSON] = {"schema": ref("Message")}
    return {"description": _MEANINGS[status], "content": content}


def _public(name: str, summary: str, kind: str, *problems: int, **more: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "Done.", "content": {kind: {}}}}
        | {str(status): _problem_response(status) for status in sorted({*problems, 429, 500})},
        "security": [],
        **more,
    }


def document() -> dict[str, Any]:
    """Return the document; paths are relative to the stage's address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leave approval",
            "version": VERSION,
            "summary": "Ask for leave, see how it stands, and who is away.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "."}],
        "paths": {
            "/request_leave": {
                "post": _operation(
                    "requestLeave",
                    "Ask for leave",
                    {202: "Submitted"},
                    *(404, 409, 413, 422),
                    parameters=[_KEY],
                    body="LeaveBody",
                )
            },
            "/leave_requests": {
                "get": _operation(
                    "listLeaveRequests",
                    "List requests, newest first",
                    {200: "LeaveRequests"},
                    404,
                    parameters=_FILTERS,
                )
            },
            "/leave_requests/{requestId}": {
                "parameters": [_REQUEST],
                "get": _operation(
                    "readLeaveRequest", "See one request", {200: "LeaveRequest"}, 404
                ),
                "patch": _operation(
                    "changeLeaveRequest",
                    "Change an undecided request; the lead is asked anew",
                    {200: "LeaveRequest", 202: "LeaveRequest"},
                    *(404, 409, 413, 422),
                    body="ChangeBody",
                ),
                "delete": _operation(
                    "withdrawLeaveRequest",
                    "Withdraw an undecided request, or ask to cancel an approved one",
                    {200: "LeaveRequest", 202: "LeaveRequest"},
                    *(404, 409, 422),
                ),
            },
            "/leave_balance": {
                "get": _operation(
                    "readLeaveBalance",
                    "See what is left of a year",
                    {200: "LeaveBalance"},
                    *(404, 422),
                    parameters=[_WHOSE, _YEAR],
                )
            },
            "/team_calendar": {
                "get": _operation(
                    "readTeamCalendar",
                    "See who of the team is away",
                    {200: "TeamCalendar"},
                    404,
                    parameters=[_CHOSEN, *_SPAN],
                )
            },
            "/calendar/{feed}": {
                "get": _public(
                    "readCalendarFeed",
                    "Subscribe to who is away",
                    "text/calendar",
                    *(404, 503),
                    parameters=[_FEED],
                ),
                "head": _public(
                    "checkCalendarFeed",
                    "The same without the calendar",
                    "text/calendar",
                    *(404, 503),
                    parameters=[_FEED],
                ),
            },
            "/health": {
                "get": _public("reportHealth", "See whether the API answers", _JSON),
                "head": _public("checkHealth", "The same without a body", _JSON),
            },
            "/openapi.json": {"get": _public("describeApi", "This document", _JSON)},
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "idToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A Google ID token of the company's domain.",
                }
            },
        },
    }
