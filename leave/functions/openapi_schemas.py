"""The JSON shapes of the API, as JSON Schema 2020-12; made of the same limits that are enforced."""

from __future__ import annotations

from typing import Any

from leave.domain.history import Via, What
from leave.domain.periods import HalfDay
from leave.domain.rules import ANNUAL_LEAVE
from leave.domain.statuses import Status
from leave.functions.limits import (
    DAY,
    FIRST_YEAR,
    ID_LENGTH,
    LAST_YEAR,
    REASON_LENGTH,
    REQUEST_ID,
    TYPE_LENGTH,
)

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """Return a reference to a schema of this document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(description: str, properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _number(description: str, **more: Any) -> Schema:
    return {"type": "number", "multipleOf": 0.5, "description": description, **more}


DAY_SCHEMA = {"type": "string", "format": "date", "pattern": f"^{DAY.pattern}$"}
REQUEST_ID_SCHEMA = {"type": "string", "pattern": f"^{REQUEST_ID.pattern}$"}
YEAR_SCHEMA = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}

_WISH: Schema = {
    "date": DAY_SCHEMA | {"description": "A single day; or give start and end."},
    "start": DAY_SCHEMA | {"description": "The first day."},
    "end": DAY_SCHEMA | {"description": "The last day, included."},
    "type": _text(
        f"The leave type, {ANNUAL_LEAVE} when left out.", minLength=1, maxLength=TYPE_LENGTH
    ),
    "halfDay": _text("Half of a single day.", enum=[half.value for half in HalfDay]),
    "reason": _text(
        "Why; the lead reads it. Line ends become LF, other spaces plain ones, letters composed"
        " (NFC); a character that cannot be seen is refused.",
        maxLength=REASON_LENGTH,
    ),
}
_ONE_PERIOD = [
    {"required": ["date"], "not": {"anyOf": [{"required": ["start"]}, {"required": ["end"]}]}},
    {"required": ["start", "end"], "not": {"required": ["date"]}},
]
_PERIOD: Schema = {
    "start": DAY_SCHEMA,
    "end": DAY_SCHEMA,
    "halfDay": _or_null({"type": "string", "enum": [half.value for half in HalfDay]}),
}


def _wish(description: str, properties: Schema) -> Schema:
    schema = _object(description, properties, optional=tuple(properties))
    del schema["required"]
    return schema | {"oneOf": _ONE_PERIOD}


SCHEMAS: dict[str, Schema] = {
    "LeaveBody": _wish(
        "What is asked for.",
        {
            "employeeId": _text(
                "Whose leave; yours when left out.", minLength=1, maxLength=ID_LENGTH
            ),
            **_WISH,
        },
    ),
    "ChangeBody": _wish("What is asked for instead.", _WISH),
    "Submitted": _object(
        "The request was recorded; whoever decides is being asked.",
        {
            "status": _text("Always the same.", const="Leave request submitted"),
            "ref": _text("The ARN of the workflow execution."),
            "requestId": REQUEST_ID_SCHEMA,
            "workingDays": _number("Working days it costs.", minimum=0.5),
        },
    ),
    "Event": _object(
        "One entry of a request's history.",
        {
            "at": _text("When, in UTC.", format="date-time"),
            "what": _text("What happened.", enum=[what.value for what in What]),
            "who": _text(
                "The employee id of the actor, or the mail address of an administrator who is not"
                " an employee; empty for the system."
            ),
            "via": _text("The way in.", enum=[via.value for via in Via]),
            "comment": _text("What was said."),
        },
    ),
    "LeaveRequest": _object(
        "A request for leave, with its history.",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "employeeId": _text("Whose leave."),
            "employeeName": _text("Their name when they asked."),
            "status": _text(
                "Where it stands, as far as answers are final.",
                enum=[status.value for status in Status],
            ),
            "cancellationAsked": {
                "type": "boolean",
                "description": "Whether the lead is being asked to agree to cancel.",
            },
            "type": _or_null(_text("The leave type; null where it is not yours to know.")),
            **_PERIOD,
            "workingDays": _number("Working days it costs.", minimum=0.5),
            "reason": _or_null(_text("Why; null where it is not yours to know.")),
            "warnings": _list({"type": "string"}, "What the lead was warned of."),
            "revision": {"type": "integer", "minimum": 1, "description": "Grows by each change."},
            "approver": _or_null(
                _object(
                    "Who was asked.",
                    {"employeeId": _text("Employee id."), "name": _text("Name.")},
                )
            ),
            "history": _list(
                ref("Event"),
                "Oldest first; answers that were taken back are there for administrators only.",
            ),
        },
    ),
    "LeaveRequests": _object(
        "A page of requests.",
        {
            "leaveRequests": _list(ref("LeaveRequest"), "Newest first."),
            "cursor": _or_null(_text("Continues after the last one; null at the end.")),
        },
    ),
    "Balance": _object(
        "The account of one leave type in one year, in working days.",
        {
            "type": _text("The leave type."),
            "entitlement": _or_null(_number("Granted this year; null without a limit.")),
            "carriedIn": _number("Came over from the year before; a debt is less than 0."),
            "carriedLeft": _number(
                "Of these, still to be taken until `carriedUntil`; 0 after that day.", minimum=0
            ),
            "carriedUntil": _or_null(DAY_SCHEMA),
            "expired": _number("Of these, not taken until `carriedUntil`.", minimum=0),
            "adjustments": _number("Given or taken by an administrator."),
            "approved": _number("Approved leave: `taken` and `planned`.", minimum=0),
            "taken": _number("Approved days before today.", minimum=0),
            "planned": _number("Approved days from today on.", minimum=0),
            "pending": _number(
                "Undecided leave; it counts as taken. Leave whose answer can still be taken back is"
                " undecided.",
                minimum=0,
            ),
            "available": _or_null(_number("Left for any day of the year, `carriedLeft` apart.")),
        },
    ),
    "LeaveBalance": _object(
        "The accounts of an employee in one year.",
        {
            "employeeId": _text("Whose accounts."),
            "year": YEAR_SCHEMA,
            "balances": _list(ref("Balance"), "One for each leave type that has a limit."),
        },
    ),
    "Absence": _object(
        "Somebody is away, and nothing more.",
        {"employeeId": _text("Who."), "name": _text("Their name."), **_PERIOD},
    ),
    "TeamCalendar": _object(
        "Who of the team is away.",
        {
            "start": DAY_SCHEMA,
            "end": DAY_SCHEMA,
            "absences": _list(ref("Absence"), "By first day."),
            "feed": _or_null(
                _text(
                    "The path of your calendar feed: a secret that opens it without a sign-in;"
                    " null where you have none, or name an employee."
                )
            ),
        },
    ),
    "Problem": _object(
        "An error, after RFC 9457.",
        {
            "type": _text("A URN that names the kind of error.", format="uri"),
            "title": _text("The kind of error in words."),
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _text("What is wrong here, and what to do."),
            "instance": _text("This call, as the log names it.", format="uri"),
            "errors": _list(
                _object("A field.", {"field": _text("Its name."), "message": _text("Why.")}),
                "Every field at fault.",
            ),
        },
        optional=("instance", "errors"),
    ),
    "Message": {
        "type": "object",
        "description": "An error that API Gateway answers before any function is called.",
        "properties": {"message": _text("What is wrong.")},
        "required": ["message"],
    },
}
