"""The OpenAPI 3.1 document of the employee API."""

from __future__ import annotations

from typing import Any

from leave.domain.employee import DIRECTORY_LINES, EMPLOYEE_ID
from leave.domain.history import Status
from leave.domain.views import ABSENCES, ADJUSTMENTS, BALANCES, BOOKED
from leave.functions.inputs import APPROVALS_CURSOR, IDEMPOTENCY_KEY, REQUEST_ID
from leave.functions.openapi_schemas import (
    DAY_SCHEMA,
    REQUEST_ID_SCHEMA,
    SCHEMAS,
    YEAR_SCHEMA,
    Schema,
    ref,
)
from leave.functions.replies import RETRY_AFTER_SECONDS

VERSION = "1.0.0"
_JSON, _PROBLEM = "application/json", "application/problem+json"
_CALENDAR, _CSV = "text/calendar", "text/csv"

_MEANINGS = {
    400: "Malformed request; the answer names every invalid field.",
    401: "No valid token.",
    403: "The caller may not do this, or is not an employee or administrator.",
    404: "The employee, request or calendar does not exist.",
    409: "Conflict with what is stored.",
    412: "The directory has changed since; read it again.",
    413: "The body is too large; the answer says how large it can be.",
    415: "The body is of another kind than this call takes.",
    422: "Refused by a rule; the answer says which rule, with each number as a member.",
    429: "Too many calls; try again a moment later.",
    500: "Internal error; the log has the details.",
    503: "A service did not answer. Nothing was lost; try again.",
}
_SECURED = (400, 401, 403)
_ALWAYS = (429, 500, 503)
# Of the other statuses, the problem has no members of its own.
_PROBLEMS = {
    400: "MalformedProblem",
    404: "UnknownProblem",
    409: "ConflictProblem",
    412: "ChangedProblem",
    413: "TooLargeProblem",
    415: "MediaTypeProblem",
    422: "RuleProblem",
}
# API Gateway gives these answers as well, before any function is called, in JSON of its own:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
_OF_THE_GATEWAY = frozenset((401, 403, 413, 429, 500, 503))
# Where an answer names a request.
_REQUEST_IN = {"Submitted": "", "LeaveRequest": "", "LeaveRequests": "/leaveRequests/0"}
_FILE = (
    "UTF-8 with or without a byte order mark, separated by commas or semicolons, up to 1 MB and"
    f" {DIRECTORY_LINES} lines; the first one names the columns, as an answer to GET does."
)
_HEADERS = {401: {"WWW-Authenticate": "Challenge"}, 503: {"Retry-After": "RetryAfter"}}


def _parameter(
    name: str, place: str, schema: dict[str, Any], description: str, *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required or place == "path",
        "schema": schema,
        "description": description,
    }


def _pattern(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$"}


_EMPLOYEE = _parameter(
    "employeeId", "path", _pattern(EMPLOYEE_ID.pattern), "The id of an employee."
)
_REQUEST = _parameter("requestId", "path", REQUEST_ID_SCHEMA, "The id of a request.")
_WHOSE = _parameter(
    "employeeId",
    "query",
    _pattern(EMPLOYEE_ID.pattern),
    "The employee whose leave is read; for leads and administrators.",
)
_YEAR = _parameter("year", "query", YEAR_SCHEMA, "A calendar year.")
_FEED = _parameter("feed", "path", {"type": "string"}, "A secret that ends in `.ics`.")
_KEY = _parameter(
    "Idempotency-Key",
    "header",
    _pattern(IDEMPOTENCY_KEY.pattern),
    "The same key with the same body gives the same answer, no matter how often it is sent.",
)
_CHOSEN = _parameter(
    "employeeId",
    "query",
    _pattern(EMPLOYEE_ID.pattern),
    "The employee whose team is shown; for administrators.",
)
_DELEGATOR = _parameter(
    "employeeId",
    "query",
    _pattern(EMPLOYEE_ID.pattern),
    "The approver whose delegation it is; for administrators.",
)
_IF_MATCH = _parameter(
    "If-Match", "header", {"type": "string"}, "The `ETag` of the directory that the file is for."
)
_IMPORT = [
    _parameter(
        "dryRun", "query", {"type": "boolean"}, "False writes; true, the default, writes nothing."
    ),
    _parameter(
        "endMissing",
        "query",
        DAY_SCHEMA,
        "The last day of every employee whom the file leaves out.",
    ),
    _parameter(
        "cancelLater",
        "query",
        {"type": "boolean"},
        "True cancels leave after an employment, and ends requests for it; those concerned get a"
        " mail.",
    ),
    _parameter(
        "firstYear",
        "query",
        YEAR_SCHEMA,
        "The first year with accounts of the employees that are added: last, this or next year.",
    ),
    _IF_MATCH,
]
_REPORT_SPAN = [
    _parameter("from", "query", DAY_SCHEMA, "The first day.", required=True),
    _parameter("to", "query", DAY_SCHEMA, "The last day, at most 366 in all.", required=True),
    _parameter(
        "status",
        "query",
        _pattern(f"(?:{'|'.join(Status)})(?:,(?:{'|'.join(Status)}))*"),
        f"The statuses, separated by commas; {','.join(BOOKED)} when left out.",
    ),
]
_REPORT_YEAR = _parameter("year", "query", YEAR_SCHEMA, "A calendar year.", required=True)
_DIALECT = _parameter(
    "dialect",
    "query",
    ref("Dialect"),
    "`semicolon` separates by semicolons, and writes a decimal comma.",
)
_FILTERS = [
    _WHOSE,
    _parameter("status", "query", ref("Status"), "Only requests with this status."),
    _YEAR,
    _parameter("cursor", "query", _pattern(REQUEST_ID.pattern), "The cursor of an earlier answer."),
]
_APPROVALS_CURSOR = _parameter(
    "cursor", "query", _pattern(APPROVALS_CURSOR.pattern), "The cursor of an earlier answer."
)
_SPAN = [
    _parameter("start", "query", DAY_SCHEMA, "The first day; today when left out."),
    _parameter("end", "query", DAY_SCHEMA, "The last day, at most 366 days later."),
]


def _operation(  # noqa: PLR0913 - what an operation is made of
    name: str,
    summary: str,
    answers: dict[int, str],
    *problems: int,
    parameters: list[dict[str, Any]] | None = None,
    body: str | None = None,
    empty: bool = False,
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {
            str(status): _answer(status, _JSON, ref(schema)) | _links(schema)
            for status, schema in answers.items()
        }
        | ({"204": {"description": "There is nothing to say."}} if empty else {})
        | _problems(*problems, *_SECURED, *_ALWAYS),
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


def _public(
    name: str, summary: str, kind: str, schema: Schema, *problems: int, **more: Any
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": _answer(200, kind, schema)} | _problems(*problems, *_ALWAYS),
        "security": [],
        **more,
    }


def _answer(status: int, kind: str, schema: Schema) -> dict[str, Any]:
    return {
        "description": "Accepted." if status == 202 else "Done.",  # noqa: PLR2004
        "content": {kind: {"schema": schema}},
    }


def _links(schema: str) -> dict[str, Any]:
    """Return what can be done next with the request that an answer names, if it names one."""
    if schema not in _REQUEST_IN:
        return {}
    links = {
        name: {
            "operationId": operation,
            "parameters": {"requestId": f"$response.body#{_REQUEST_IN[schema]}/requestId"},
            "description": description,
        }
        for name, operation, description in (
            ("read", "readLeaveRequest", "Read the request."),
            ("change", "changeLeaveRequest", "Change the request while it is pending."),
            (
                "withdraw",
                "withdrawLeaveRequest",
                "Withdraw the request, or ask to cancel approved leave.",
            ),
        )
    }
    return {"links": links}


def _employees() -> dict[str, Any]:
    """Return the operations of the directory, which is a file."""
    tagged = {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}
    file: Schema = {"type": "string", "description": _FILE}
    answers = {200: "Import", 202: "ImportPart"}
    return {
        "get": {
            "operationId": "readEmployees",
            "summary": "Read the directory as a file; for administrators and readers",
            "responses": {"200": _answer(200, _CSV, file) | tagged}
            | _problems(*_SECURED, *_ALWAYS),
            "security": [{"idToken": []}],
        },
        "put": {
            "operationId": "importEmployees",
            "summary": "Show what a file would change in the directory, or write it",
            "parameters": _IMPORT,
            "requestBody": {
                "required": True,
                "content": {_CSV: {"schema": file | {"format": "binary"}}},
            },
            "responses": {
                str(status): _answer(status, _JSON, ref(schema)) | tagged
                for status, schema in answers.items()
            }
            | _problems(409, 412, 413, 415, *_SECURED, *_ALWAYS)
            | {"422": _problem_response(422, "MistakesProblem")},
            "security": [{"idToken": []}],
        },
    }


def _report(
    name: str, summary: str, parameters: list[dict[str, Any]], columns: tuple[str, ...]
) -> dict[str, Any]:
    """Return the operation of a report, which is a file."""
    file: Schema = {"type": "string", "description": f"The columns are {', '.join(columns)}."}
    named = {"headers": {"Content-Disposition": {"$ref": "#/components/headers/Attachment"}}}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [*parameters, _DIALECT],
            "responses": {"200": _answer(200, _CSV, file) | named}
            | _problems(422, *_SECURED, *_ALWAYS),
            "security": [{"idToken": []}],
        }
    }


def _problems(*statuses: int) -> dict[str, Any]:
    return {str(status): _problem_response(status) for status in sorted(set(statuses))}


def _problem_response(status: int, schema: str = "") -> dict[str, Any]:
    content = {_JSON: {"schema": ref("Failure")}} if status in _OF_THE_GATEWAY else {}
    if status != 429:  # noqa: PLR2004 - no function is called then
        content[_PROBLEM] = {"schema": ref(schema or _PROBLEMS.get(status, "Problem"))}
    response: dict[str, Any] = {"description": _MEANINGS[status], "content": content}
    if status in _HEADERS:
        response["headers"] = {
            name: {"$ref": f"#/components/headers/{component}"}
            for name, component in _HEADERS[status].items()
        }
    return response


def document() -> dict[str, Any]:
    """Return the document; paths are relative to the stage's address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leave approval",
            "version": VERSION,
            "summary": "Request leave, read requests and balances, and see absences of the team.",
            "description": "Every path with GET also has HEAD, with the same headers."
            " API Gateway answers some calls itself, with `message` alone; every other error"
            " is a problem document (RFC 9457).",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "."}],
        "paths": {
            "/request_leave": {
                "post": _operation(
                    "requestLeave",
                    "Request leave",
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
                    "readLeaveRequest", "Read one request", {200: "LeaveRequest"}, 404
                ),
                "patch": _operation(
                    "changeLeaveRequest",
                    "Change a pending request; the approver is asked again",
                    {200: "LeaveRequest", 202: "LeaveRequest"},
                    *(404, 409, 413, 422),
                    body="ChangeBody",
                ),
                "delete": _operation(
                    "withdrawLeaveRequest",
                    "Withdraw a pending request, or ask to cancel an approved one",
                    {200: "LeaveRequest", 202: "LeaveRequest"},
                    *(404, 409, 422),
                ),
            },
            "/leave_requests/{requestId}/reminder": {
                "parameters": [_REQUEST],
                "post": _operation(
                    "remindApprover",
                    "Have the approver reminded by mail, once a day",
                    {202: "LeaveRequest"},
                    *(404, 409),
                    parameters=[_KEY],
                ),
            },
            "/approvals": {
                "get": _operation(
                    "listApprovals",
                    "List what waits for the caller's decision, the longest first",
                    {200: "Approvals"},
                    parameters=[_APPROVALS_CURSOR],
                )
            },
            "/approvals/{requestId}": {
                "parameters": [_REQUEST],
                "post": _operation(
                    "decideApproval",
                    "Approve or deny; the first answer stands",
                    {200: "LeaveRequest"},
                    *(404, 409, 413, 422),
                    parameters=[_KEY],
                    body="AnswerBody",
                ),
                "delete": _operation(
                    "undoApproval",
                    "Take the answer back while the employee does not know it",
                    {200: "LeaveRequest"},
                    *(404, 409, 422),
                ),
            },
            "/delegation": {
                "parameters": [_DELEGATOR],
                "get": _operation(
                    "readDelegation",
                    "Read who is asked in the place of an approver",
                    {200: "Delegation"},
                    404,
                    empty=True,
                ),
                "put": _operation(
                    "delegateApprovals",
                    "Have a substitute asked in the place of an approver for some days",
                    {200: "Delegation"},
                    *(404, 409, 413, 422),
                    parameters=[_KEY],
                    body="DelegationBody",
                ),
                "delete": _operation("endDelegation", "End the delegation", {}, 404, empty=True),
            },
            "/leave_types": {
                "get": _operation("listLeaveTypes", "List the leave types", {200: "LeaveTypes"})
            },
            "/leave_balance": {
                "get": _operation(
                    "readLeaveBalance",
                    "Read the leave balances of a year",
                    {200: "LeaveBalance"},
                    *(404, 422),
                    parameters=[_WHOSE, _YEAR],
                )
            },
            "/team_calendar": {
                "get": _operation(
                    "readTeamCalendar",
                    "List the absences of the team",
                    {200: "TeamCalendar"},
                    404,
                    parameters=[_CHOSEN, *_SPAN],
                )
            },
            "/employees": _employees(),
            "/employees/{employeeId}/adjustments": {
                "parameters": [_EMPLOYEE],
                "get": _operation(
                    "listAdjustments",
                    "List the adjustments of an employee; for administrators and readers",
                    {200: "Adjustments"},
                    404,
                    parameters=[_YEAR],
                ),
                "post": _operation(
                    "adjustBalance",
                    "Give days to an account, or take some; for administrators",
                    {201: "Adjusted"},
                    *(404, 409, 413, 422),
                    parameters=[_KEY],
                    body="AdjustmentBody",
                ),
            },
            "/reports/absences": _report(
                "reportAbsences",
                "Report the leave of all employees as CSV; for administrators and readers",
                _REPORT_SPAN,
                ABSENCES,
            ),
            "/reports/balances": _report(
                "reportBalances",
                "Report all balances of a year as CSV; for administrators and readers",
                [_REPORT_YEAR],
                BALANCES,
            ),
            "/reports/adjustments": _report(
                "reportAdjustments",
                "Report all adjustments of a year as CSV; for administrators and readers",
                [_REPORT_YEAR],
                ADJUSTMENTS,
            ),
            "/calendar/{feed}": {
                "get": _public(
                    "readCalendarFeed",
                    "Subscribe to the absences of the team",
                    _CALENDAR,
                    {"type": "string", "description": "An iCalendar document (RFC 5545)."},
                    404,
                    parameters=[_FEED],
                )
            },
            "/health": {
                "get": _public(
                    "reportHealth",
                    "Check that the API answers, and read its version",
                    _JSON,
                    ref("Health"),
                )
            },
            "/openapi.json": {
                "get": _public("describeApi", "Read this document", _JSON, ref("Document"))
            },
        },
        "components": {
            "schemas": SCHEMAS,
            "headers": {
                "Challenge": {
                    "description": "`Bearer`; API Gateway adds what is wrong with the token.",
                    "schema": {"type": "string"},
                },
                "Attachment": {
                    "description": "`attachment`, with a name for the file.",
                    "schema": {"type": "string"},
                },
                "ETag": {
                    "description": "The version of the directory, for `If-Match`.",
                    "schema": {"type": "string"},
                },
                "RetryAfter": {
                    "description": "Seconds to wait before the same call; absent in answers of API"
                    " Gateway itself.",
                    "schema": {"type": "integer", "const": RETRY_AFTER_SECONDS},
                },
            },
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
