"""The JSON shapes of the API, as JSON Schema 2020-12; made of the same limits that are enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leave.domain.concerns import Kind
from leave.domain.history import Via, What
from leave.domain.periods import HalfDay
from leave.domain.rules import ANNUAL_LEAVE, Audience
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

if TYPE_CHECKING:
    from enum import StrEnum

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """Return a reference to a schema of this document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(description: str, properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def _whole(description: str, *, minimum: int = 0) -> Schema:
    return {"type": "integer", "minimum": minimum, "description": description}


def _day(description: str) -> Schema:
    return DAY_SCHEMA | {"description": description}


def _number(description: str, **more: Any) -> Schema:
    return {"type": "number", "multipleOf": 0.5, "description": description, **more}


DAY_SCHEMA = {"type": "string", "format": "date", "pattern": f"^{DAY.pattern}$"}
REQUEST_ID_SCHEMA = {"type": "string", "pattern": f"^{REQUEST_ID.pattern}$"}
YEAR_SCHEMA = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}

_PERIOD: Schema = {"start": DAY_SCHEMA, "end": DAY_SCHEMA, "halfDay": _or_null(ref("HalfDay"))}
_WISH: Schema = {
    "date": DAY_SCHEMA | {"description": "A single day, without `start` and `end`."},
    "start": DAY_SCHEMA | {"description": "The first day, together with `end`."},
    "end": DAY_SCHEMA | {"description": "The last day, included; not before `start`."},
    "type": _text(
        f"The id of a leave type, {ANNUAL_LEAVE} when left out.",
        minLength=1,
        maxLength=TYPE_LENGTH,
    ),
    "halfDay": ref("HalfDay"),
    "reason": _text(
        "Why; the lead reads it. Line ends become LF, other spaces plain ones, letters composed"
        " (NFC); a character that cannot be seen is refused.",
        maxLength=REASON_LENGTH,
    ),
}
# In words, since a schema that told it by `oneOf` gives a body without a type in many generators.
_EITHER = "Either `date`, or `start` and `end`, is needed; `halfDay` is for a single day only."

_PROBLEM: Schema = {
    "type": _text("A URN that names the kind of problem.", format="uri"),
    "title": _text("The kind of problem in words."),
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": _text("What is wrong here, and what to do."),
    "instance": _text("This call, as the log names it.", format="uri"),
}


def _problem(description: str, members: Schema, *, always: tuple[str, ...] = ()) -> Schema:
    optional = ("instance", *(name for name in members if name not in always))
    return _object(f"{description} (RFC 9457).", _PROBLEM | members, optional=optional)


def _enum(description: str, values: type[StrEnum]) -> Schema:
    return _text(description, enum=[one.value for one in values])


SCHEMAS: dict[str, Schema] = {
    "Status": _enum("Where a request stands, as far as answers are final.", Status),
    "HalfDay": _enum("Half of a single day.", HalfDay),
    "EventType": _enum("What happened to a request.", What),
    "Channel": _enum("The way in which it happened.", Via),
    "Audience": _enum("Who sees a type besides employee and administrators.", Audience),
    "TeamRule": _enum("A rule about the team.", Kind),
    "LeaveBody": _object(
        f"What is asked for. {_EITHER}",
        {
            "employeeId": _text(
                "Whose leave; yours when left out.", minLength=1, maxLength=ID_LENGTH
            ),
            **_WISH,
        },
        optional=("employeeId", *_WISH),
    ),
    "ChangeBody": _object(
        f"What is asked for instead; what is left out is not kept. {_EITHER}",
        _WISH,
        optional=tuple(_WISH),
    ),
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
            "what": ref("EventType"),
            "who": _text(
                "The employee id of the actor, or the mail address of an administrator who is not"
                " an employee; empty for the system."
            ),
            "via": ref("Channel"),
            "comment": _text("What was said."),
        },
    ),
    "Approver": _object(
        "Who was asked.", {"employeeId": _text("Employee id."), "name": _text("Name.")}
    ),
    "LeaveRequest": _object(
        "A request for leave, with its history.",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "employeeId": _text("Whose leave."),
            "employeeName": _text("Their name when they asked."),
            "status": ref("Status"),
            "cancellationAsked": _flag("Whether the lead is being asked to agree to cancel."),
            "type": _or_null(_text("The leave type; null where it is not yours to know.")),
            **_PERIOD,
            "workingDays": _number("Working days it costs.", minimum=0.5),
            "reason": _or_null(_text("Why; null where it is not yours to know.")),
            "warnings": _list({"type": "string"}, "What the lead was warned of."),
            "revision": _whole("Grows by each change.", minimum=1),
            "approver": _or_null(ref("Approver")),
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
    "LeaveType": _object(
        "A kind of leave, as the stage has it.",
        {
            "id": _text("What requests and balances name it by."),
            "name": _text("What people call it."),
            "needsApproval": _flag("Whether an approver decides."),
            "hasBalance": _flag("Whether a balance of it is kept."),
            "daysPerYear": _or_null(
                _number(
                    f"Working days a year; null for {ANNUAL_LEAVE}, whose days each employee has"
                    " by contract, and for a type without a limit."
                )
            ),
            "mayGoNegative": _flag("Whether more can be taken than there is."),
            "minimumNoticeDays": _whole("Calendar days that a request comes ahead of its start."),
            "maximumDays": _or_null(_number("Working days of one request at most.", minimum=0)),
            "visibleTo": ref("Audience"),
        },
    ),
    "LeaveTypes": _object(
        "What can be asked for.",
        {"leaveTypes": _list(ref("LeaveType"), "In the order of the stage's configuration.")},
    ),
    "Health": _object("The API is there.", {"status": _text("Always the same.", const="ok")}),
    "Document": {
        "type": "object",
        "description": "An OpenAPI 3.1 document.",
        "additionalProperties": True,
    },
    "FieldProblem": _object(
        "What is wrong with one field or parameter.",
        {"field": _text("Its name."), "message": _text("What is wrong, and what is expected.")},
    ),
    "Problem": _problem("An error", {}),
    "MalformedProblem": _problem(
        "A mistake in what was sent",
        {"errors": _list(ref("FieldProblem"), "Every field at fault.")},
        always=("errors",),
    ),
    "UnknownProblem": _problem(
        "An employee, request or calendar that there is not",
        {"employeeId": _text("The unknown employee."), "requestId": _text("The unknown request.")},
    ),
    "ConflictProblem": _problem(
        "A clash with what there is; of another request for the same days (`overlap`) there are"
        " id, status and days",
        {"requestId": REQUEST_ID_SCHEMA, "requestStatus": ref("Status"), **_PERIOD},
    ),
    "TooLargeProblem": _problem(
        "A body that is too large",
        {"maximumBytes": _whole("The greatest size of a body.")},
        always=("maximumBytes",),
    ),
    "RuleViolation": _object(
        "What of a request stands against a rule about the team.",
        {
            "rule": ref("TeamRule"),
            **{name: _PERIOD[name] for name in ("start", "end")},
            "reason": _or_null(_text("`blocked`: why these days are blocked.")),
            "found": _or_null(_whole("`presence`: colleagues who would be there.")),
            "needed": _or_null(_whole("`presence`: colleagues who have to be there.")),
        },
    ),
    "Employment": _object(
        "A span in which somebody is employed.",
        {"start": _or_null(DAY_SCHEMA), "end": _or_null(DAY_SCHEMA)},
    ),
    "RuleProblem": _problem(
        "A refusal by a rule; `type` says which rule, and so which members there are",
        {
            "start": _day("The first day: `past-period`, and where days are named."),
            "end": _day("The last day: `too-far-ahead`, and where days are named."),
            "date": _day("`half-of-half-day`: a day of which only half is worked."),
            "today": _day("`past-period`: today, where the company is."),
            "horizon": _day("`too-far-ahead`: the last day that can be asked for."),
            "year": _whole("`insufficient-balance`, `no-accounts`: the year."),
            "firstYear": _whole("`accounts-begin-later`, `no-accounts`: the first with accounts."),
            "lastYear": _whole("`no-accounts`: the last year with accounts."),
            "asked": _number("`insufficient-balance`, `too-long`: working days asked for."),
            "available": _number("`insufficient-balance`: working days left of the year."),
            "bookedLater": _number(
                "`insufficient-balance`: further days of the year, carried over and booked."
            ),
            "bookedIn": _whole("`insufficient-balance`: the later year in which they are booked."),
            "maximumDays": _number("`too-long`: working days of one request at most."),
            "neededDays": _whole("`notice-too-short`: calendar days of notice."),
            "givenDays": _whole("`notice-too-short`: calendar days there are."),
            "maximumTimes": _whole(
                "`changed-too-often`, `asked-too-often`, `asked-too-much`: how often it is allowed."
            ),
            "employeeId": _text("`no-approver`: for whom nobody can decide."),
            "calendar": _text("`unknown-holidays`: the public holidays that are not known."),
            "leaveType": _text("`unknown-leave-type`: what was asked for."),
            "leaveTypes": _list({"type": "string"}, "`unknown-leave-type`: what there is."),
            "employments": _list(ref("Employment"), "`not-employed`: when there is employment."),
            "violations": _list(ref("RuleViolation"), "`team-rule`: all that stands against it."),
        },
    ),
    "Failure": {
        "type": "object",
        "description": "What API Gateway answers by itself: `message` alone. A function answers the"
        " same status with the other members, so that one shape reads both.",
        "properties": {"message": _text("What is wrong, in API Gateway's words."), **_PROBLEM},
    },
}
