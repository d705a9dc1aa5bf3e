"""JSON schemas of the API, from the limits that are enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leave.domain.calendar import HalfDay
from leave.domain.employee import EMPLOYEE_ID
from leave.domain.history import Channel, Decision, EventType, LeaveHandling, Question, Status
from leave.domain.policy import ANNUAL_LEAVE, Audience, WarningKind
from leave.domain.views import SEPARATORS
from leave.functions.inputs import (
    ADJUSTED_DAYS,
    COMMENT_LENGTH,
    DAY,
    FIRST_YEAR,
    ID_LENGTH,
    LAST_REVISION,
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

_PERIOD: Schema = {
    "start": DAY_SCHEMA,
    "end": DAY_SCHEMA,
    "halfDay": _or_null(ref("HalfDay")),
    "startHalf": _or_null(ref("StartHalf")),
    "endHalf": _or_null(ref("EndHalf")),
}
_LEAVE: Schema = {
    "date": DAY_SCHEMA | {"description": "A single day, without `start` and `end`."},
    "start": DAY_SCHEMA | {"description": "The first day, together with `end`."},
    "end": DAY_SCHEMA | {"description": "The last day, included; not before `start`."},
    "type": _text(
        f"The id of a leave type, {ANNUAL_LEAVE} when left out.",
        minLength=1,
        maxLength=TYPE_LENGTH,
    ),
    "halfDay": ref("HalfDay"),
    "startHalf": ref("StartHalf"),
    "endHalf": ref("EndHalf"),
    "reason": _text(
        "The reason, for the lead to read. Line ends become LF, other spaces become plain spaces,"
        " letters are composed (NFC). A character that cannot be seen is refused.",
        maxLength=REASON_LENGTH,
    ),
}
# In words, since a schema that told it by `oneOf` gives a body without a type in many generators.
_EITHER = (
    "Give either `date`, or `start` and `end`. `halfDay` is for a single day only, `startHalf` and"
    " `endHalf` for `start` and `end`."
)

_REVISION = _whole(
    "A number that grows with each change, and when it is asked whether the leave may be"
    " cancelled.",
    minimum=1,
)

_IMPORT: Schema = {
    "added": _list(ref("EmployeeChange"), "New employees."),
    "changed": _list(ref("EmployeeChange"), "Employees with other data."),
    "leaving": _list(ref("EmployeeChange"), "Employees with another last day."),
    "rerouted": _list(ref("Rerouted"), "Requests that wait for another approver."),
    "leave": _list(ref("LeaveOutside"), "Leave that the employments do not reach."),
    # What is in them comes with recounting.
    "recounts": _list(ref("Document"), "Always empty in this version."),
    "short": _list(ref("Document"), "Always empty in this version."),
    "written": _flag("False for a dry run."),
}
_PROBLEM: Schema = {
    "type": _text("A URN that names the kind of problem.", format="uri"),
    "title": _text("The kind of problem in words."),
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": _text("What is wrong here, and what to do."),
    "instance": _text("The id of this call in the log.", format="uri"),
}


def _problem(description: str, members: Schema, *, always: tuple[str, ...] = ()) -> Schema:
    optional = ("instance", *(name for name in members if name not in always))
    return _object(f"{description} (RFC 9457).", _PROBLEM | members, optional=optional)


def _enum(description: str, values: type[StrEnum]) -> Schema:
    return _text(description, enum=[one.value for one in values])


SCHEMAS: dict[str, Schema] = {
    "Status": _enum("The status of a request; an answer counts once it is final.", Status),
    "HalfDay": _enum("Half of a single day.", HalfDay),
    "StartHalf": _text("Leave begins at noon of its first day.", enum=[HalfDay.AFTERNOON.value]),
    "EndHalf": _text("Leave ends at noon of its last day.", enum=[HalfDay.MORNING.value]),
    "EventType": _enum("What happened to a request.", EventType),
    "Channel": _enum("The channel through which an event happened.", Channel),
    "Audience": _enum(
        "The readers of a leave type, besides the employee and administrators.", Audience
    ),
    "TeamRule": _enum("A rule about the team.", WarningKind),
    "LeaveBody": _object(
        f"The leave that is requested. {_EITHER}",
        {
            "employeeId": _text(
                "The employee whose leave is requested; the caller when left out.",
                minLength=1,
                maxLength=ID_LENGTH,
            ),
            **_LEAVE,
            "record": {
                "type": "boolean",
                "description": "Administrators: record the leave as approved, without asking.",
            },
        },
        optional=("employeeId", *_LEAVE, "record"),
    ),
    "ChangeBody": _object(
        f"The leave that is requested instead; a field that is left out is not kept. {_EITHER}",
        _LEAVE,
        optional=tuple(_LEAVE),
    ),
    "Submitted": _object(
        "The request was recorded; an approver is asked where the leave needs one.",
        {
            "status": _text("Always the same.", const="Leave request submitted"),
            "ref": _text("The ARN of the workflow execution."),
            "requestId": REQUEST_ID_SCHEMA,
            "workingDays": _number("The working days that the leave costs.", minimum=0.5),
        },
    ),
    "Event": _object(
        "One entry of a request's history.",
        {
            "at": _text("The time, in UTC.", format="date-time"),
            "what": ref("EventType"),
            "who": _text(
                "The employee id of the actor, or the mail address of an administrator who is not"
                " an employee; empty for the system."
            ),
            "channel": ref("Channel"),
            "comment": _text(
                "The comment, if any; of `requested` and `changed` the days, such as"
                " `2027-03-08 to 2027-03-12`."
            ),
        },
    ),
    "Approver": _object(
        "The approver who was asked.",
        {"employeeId": _text("The employee id."), "name": _text("The name.")},
    ),
    "WaitingFor": _object(
        "An approver whose answer is waited for.",
        {
            "name": _text("The name."),
            "since": _text("Since when, in UTC.", format="date-time"),
            "mailed": _flag("True once the mail with the question has left."),
        },
    ),
    "Period": _object("The days of leave.", _PERIOD),
    "ChangeAsked": _object(
        "Shorter leave that the approver is asked to agree to.",
        {
            "period": ref("Period"),
            "workingDays": _number("The working days that it would cost.", minimum=0.5),
        },
    ),
    "Proposal": _object(
        "Other days that the approver offers.",
        {
            "period": ref("Period"),
            "workingDays": _number("The working days that they would cost.", minimum=0.5),
            "comment": _text("What the approver writes to the employee."),
            "by": _text("The employee id of the approver."),
            "at": _text("The time, in UTC.", format="date-time"),
        },
    ),
    "Interruption": _object(
        "Days that other leave of the employee gives back.",
        {"requestId": REQUEST_ID_SCHEMA, "period": ref("Period")},
    ),
    "LeaveRequest": _object(
        "A request for leave, with its history.",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "employeeId": _text("The employee whose leave it is."),
            "employeeName": _text("The employee's name at the time of the request."),
            "status": ref("Status"),
            "cancellationAsked": _flag("True while the approver is asked to agree to cancel."),
            "changeAsked": _or_null(ref("ChangeAsked"))
            | {"description": "Always null in this version."},
            "proposal": _or_null(ref("Proposal")) | {"description": "Always null in this version."},
            "interruptions": _list(ref("Interruption"), "Always empty in this version."),
            "type": _or_null(_text("The leave type; null where it is hidden from the caller.")),
            **_PERIOD,
            "workingDays": _number("The working days that the leave costs.", minimum=0.5),
            "reason": _or_null(_text("The reason; null where it is hidden from the caller.")),
            "warnings": _list({"type": "string"}, "The warnings that the approver was shown."),
            "revision": _REVISION,
            "approver": _or_null(ref("Approver")),
            "approvers": _list(ref("Approver"), "Each approver who was asked last."),
            "waitingFor": _list(
                ref("WaitingFor"), "Whose answer is waited for; empty when nothing waits."
            ),
            "history": _list(
                ref("Event"),
                "Oldest first; only administrators see answers that were taken back.",
            ),
        },
    ),
    "Decision": _enum("An approver's answer.", Decision),
    "AnswerBody": _object(
        "An approver's answer.",
        {
            "decision": ref("Decision"),
            "comment": _text(
                "The comment, for the employee to read; a denial needs one. Characters are treated"
                " as in `reason`.",
                maxLength=COMMENT_LENGTH,
            ),
            "revision": _REVISION | {"maximum": LAST_REVISION},
        },
        optional=("comment",),
    ),
    "DelegationBody": _object(
        "The employee who is asked in the place of an approver, and on which days: at most 366,"
        " from today on.",
        {
            "substituteId": _text("The employee id.", pattern=f"^{EMPLOYEE_ID.pattern}$"),
            "from": _day("The first day."),
            "to": _day("The last day."),
        },
    ),
    "Delegation": _object(
        "The employee who is asked in the place of an approver, and on which days.",
        {
            "substituteId": _text("The employee id."),
            "name": _text("The name."),
            "from": _day("The first day."),
            "to": _day("The last day."),
        },
    ),
    "Question": _enum("What an approver is asked.", Question),
    "Person": _object(
        "An employee.", {"employeeId": _text("The employee id."), "name": _text("The name.")}
    ),
    "Approval": _object(
        "A request that waits for the caller's decision.",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "revision": _REVISION,
            "question": ref("Question"),
            "employee": ref("Person"),
            "period": ref("Period"),
            "workingDays": _number("The working days that the leave costs.", minimum=0.5),
            "type": _or_null(_text("The leave type; null where it is hidden from the caller.")),
            "reason": _or_null(_text("The reason; null where it is hidden from the caller.")),
            "balances": _list(
                ref("Balance"),
                "The account of this type in each year of the leave, with this leave in it; empty"
                " for a type that is hidden or has no limit.",
            ),
            "alsoAway": _list(ref("Absence"), "Colleagues who are away on some of these days."),
            "warnings": _list({"type": "string"}, "What these days are at odds with."),
            "askedAt": _text("Since when the caller is asked, in UTC.", format="date-time"),
        },
    ),
    "Approvals": _object(
        "A page of what waits for the caller.",
        {
            "approvals": _list(ref("Approval"), "The longest waiting first."),
            "cursor": _or_null(_text("The start of the next page; null on the last page.")),
        },
    ),
    "LeaveRequests": _object(
        "A page of requests.",
        {
            "leaveRequests": _list(ref("LeaveRequest"), "Newest first."),
            "cursor": _or_null(_text("The start of the next page; null on the last page.")),
        },
    ),
    "Balance": _object(
        "The account of one leave type in one year, in working days.",
        {
            "type": _text("The leave type."),
            "entitlement": _or_null(_number("Days granted this year; null without a limit.")),
            "carriedIn": _number("Days carried over from the year before; a debt is below 0."),
            "carriedLeft": _number(
                "Carried days that can still be taken until `carriedUntil`; 0 after that day.",
                minimum=0,
            ),
            "carriedUntil": _or_null(DAY_SCHEMA),
            "expired": _number("Carried days not taken until `carriedUntil`.", minimum=0),
            "adjustments": _number("Days added or deducted by an administrator."),
            "approved": _number("Approved leave: `taken` and `planned`.", minimum=0),
            "taken": _number("Approved days before today.", minimum=0),
            "planned": _number("Approved days from today on.", minimum=0),
            "pending": _number(
                "Days of pending leave, which count as taken. Leave whose answer can still be"
                " taken back is pending.",
                minimum=0,
            ),
            "available": _or_null(
                _number("Days left for any day of the year, without `carriedLeft`.")
            ),
            "bookedLater": _number(
                "Of `available`: days that are carried over and booked in a later year, so this"
                " year cannot spend them; only where there are any.",
                minimum=0,
            ),
            "bookedIn": _whole("The later year of these bookings."),
            "year": _whole(
                "The year; only among `approvals`, where the leave is in more than one."
            ),
        },
        optional=("bookedLater", "bookedIn", "year"),
    ),
    "LeaveBalance": _object(
        "The accounts of an employee in one year.",
        {
            "employeeId": _text("The employee whose accounts these are."),
            "year": YEAR_SCHEMA,
            "balances": _list(ref("Balance"), "One for each leave type that has a limit."),
        },
    ),
    "AdjustmentBody": _object(
        "Days to give to an account, or to take from it, and why.",
        {
            "year": YEAR_SCHEMA,
            "type": _text(
                "The id of a leave type with a balance.", minLength=1, maxLength=TYPE_LENGTH
            ),
            "days": _number(
                "Working days, not 0; below 0 they are taken.",
                minimum=-ADJUSTED_DAYS,
                maximum=ADJUSTED_DAYS,
            ),
            "reason": _text(
                "The reason, for the employee to read.", minLength=1, maxLength=REASON_LENGTH
            ),
            "allowNegative": _flag("True to go below zero."),
        },
        optional=("allowNegative",),
    ),
    "Adjusted": _object(
        "The adjustment is written; the employee gets a mail with the reason.",
        {"adjustmentId": _text("The id of the adjustment."), "balance": ref("Balance")},
    ),
    "Adjustment": _object(
        "Days that an administrator gave or took.",
        {
            "adjustmentId": _text("The id of the adjustment."),
            "type": _text("The leave type."),
            "days": _number("Working days; below 0 they were taken."),
            "reason": _text("The reason."),
            "by": _text(
                "The employee id of the administrator, or the mail address of one who is not an"
                " employee."
            ),
            "at": _text("The time, in UTC.", format="date-time"),
        },
    ),
    "Adjustments": _object(
        "The adjustments of an employee in one year.",
        {
            "employeeId": _text("The employee whose accounts these are."),
            "year": YEAR_SCHEMA,
            "adjustments": _list(ref("Adjustment"), "Oldest first."),
        },
    ),
    "Absence": _object(
        "An absence of an employee, without type and reason.",
        {"employeeId": _text("The employee id."), "name": _text("The name."), **_PERIOD},
    ),
    "TeamCalendar": _object(
        "The absences of the team.",
        {
            "start": DAY_SCHEMA,
            "end": DAY_SCHEMA,
            "absences": _list(ref("Absence"), "By first day."),
            "feed": _or_null(
                _text(
                    "The path of the caller's calendar feed, a secret that opens it without a"
                    " sign-in; null for a caller without a feed, and with `employeeId`."
                )
            ),
        },
    ),
    "LeaveType": _object(
        "A kind of leave, as the stage has it.",
        {
            "id": _text("The id in requests and balances."),
            "name": _text("The name for people."),
            "needsApproval": _flag("True if an approver decides."),
            "hasBalance": _flag("True if there is a balance of this type."),
            "daysPerYear": _or_null(
                _number(
                    f"Working days a year; null for {ANNUAL_LEAVE}, where they depend on the"
                    " employee's contract, and for a type without a limit."
                )
            ),
            "mayGoNegative": _flag("True if the balance may go below zero."),
            "minimumNoticeDays": _whole("Calendar days between the request and its first day."),
            "reportableDaysBack": _whole("Calendar days that the first day may lie back."),
            "maximumDays": _or_null(_number("The most working days of one request.", minimum=0)),
            "visibleTo": ref("Audience"),
        },
    ),
    "LeaveTypes": _object(
        "The leave types that can be requested.",
        {"leaveTypes": _list(ref("LeaveType"), "In the order of the stage's configuration.")},
    ),
    "FieldChange": _object(
        "A cell that differs.",
        {
            "field": _text("The name of the column."),
            "before": _text("What is stored."),
            "after": _text("What the file says."),
        },
    ),
    "EmployeeChange": _object(
        "An employee who is added, changed or leaving.",
        {
            "employeeId": _text("The employee id."),
            "name": _text("The name."),
            "changes": _list(ref("FieldChange"), "What differs; empty for a new employee."),
        },
    ),
    "Rerouted": _object(
        "A request that another approver is asked about.",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "employeeId": _text("The employee whose leave it is."),
            "from": _or_null(_text("The id of the approver who was asked.")),
            "to": _or_null(
                _text("The id of the approver to ask; null where no employee can decide.")
            ),
            "newAddress": _flag("True if only the approver's mail address is another one."),
        },
    ),
    "Dialect": _text("How a file separates cells, and writes numbers.", enum=[*SEPARATORS]),
    "LeaveHandling": _enum("What becomes of leave outside an employment.", LeaveHandling),
    "LeaveOutside": _object(
        "Leave with days outside of every employment.",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "employeeId": _text("The employee whose leave it is."),
            "status": ref("Status"),
            "start": DAY_SCHEMA,
            "end": DAY_SCHEMA,
            "what": ref("LeaveHandling"),
        },
    ),
    "Import": _object("What a file changes, or would change.", _IMPORT),
    "ImportPart": _object(
        "What this call changed; the same file again, for the new `ETag`, goes on.",
        _IMPORT | {"remaining": _whole("Steps that are left.", minimum=1)},
    ),
    "Health": _object(
        "The API answers.",
        {
            "status": _text("Always the same.", const="ok"),
            "version": _text("The release that the stage runs, such as `1.2.0`."),
        },
    ),
    "Document": {
        "type": "object",
        "description": "An OpenAPI 3.1 document.",
        "additionalProperties": True,
    },
    "FieldProblem": _object(
        "A problem with one field or parameter.",
        {"field": _text("The name."), "message": _text("What is wrong, and what is expected.")},
    ),
    "Problem": _problem("An error", {}),
    "MalformedProblem": _problem(
        "A malformed request",
        {"errors": _list(ref("FieldProblem"), "Every invalid field.")},
        always=("errors",),
    ),
    "UnknownProblem": _problem(
        "An unknown employee, request or calendar",
        {"employeeId": _text("The unknown employee."), "requestId": _text("The unknown request.")},
    ),
    "ConflictProblem": _problem(
        "A conflict with what is stored; `overlap` has id, status and days of the other request",
        {
            "requestId": REQUEST_ID_SCHEMA,
            "requestStatus": ref("Status"),
            **_PERIOD,
            "revision": _whole("`other-revision`: the present revision."),
            "writtenEmployees": _whole("`concurrent-import`: the employees written before that."),
        },
    ),
    "TooLargeProblem": _problem(
        "A body that is too large",
        {
            "maximumBytes": _whole("The largest allowed size of a body."),
            "maximumLines": _whole("The most lines that a file can have."),
        },
    ),
    "ChangedProblem": _problem(
        "A directory that was changed since it was read",
        {"writtenEmployees": _whole("The employees that were written before that.")},
        always=("writtenEmployees",),
    ),
    "MediaTypeProblem": _problem(
        "A body of a kind that is not read",
        {"accepted": _text("The kind that is read.")},
        always=("accepted",),
    ),
    "Mistake": _object(
        "A mistake in a file.",
        {
            "line": _whole("As an editor counts, 1 for the header; 0 for an employee left out."),
            "column": _text("The name of the column; empty for the whole line."),
            "message": _text("What is wrong, and what is expected."),
        },
    ),
    "MistakesProblem": _problem(
        "A file with mistakes",
        {"errors": _list(ref("Mistake"), "The first 200; `detail` says how many there are.")},
        always=("errors",),
    ),
    "RuleViolation": _object(
        "A violation of a rule about the team.",
        {
            "rule": ref("TeamRule"),
            **{name: _PERIOD[name] for name in ("start", "end")},
            "reason": _or_null(_text("`blocked`: the reason why these days are blocked.")),
            "found": _or_null(_whole("`presence`: colleagues who would be there.")),
            "needed": _or_null(_whole("`presence`: colleagues who must be there.")),
        },
    ),
    "Employment": _object(
        "A period of employment.",
        {"start": _or_null(DAY_SCHEMA), "end": _or_null(DAY_SCHEMA)},
    ),
    "RuleProblem": _problem(
        "A refusal by a rule; `type` names the rule, on which the members depend",
        {
            "field": _text(
                "What a refused delegation names wrongly: `substituteId`, `from`, `to`."
            ),
            "substituteId": _text("The substitute who cannot be asked."),
            "start": _day("The first day: `past-period`, and where days are named."),
            "end": _day("The last day: `too-far-ahead`, and where days are named."),
            "date": _day("`half-of-half-day`: a day of which only half is worked."),
            "today": _day(
                "`past-period`, `delegation-before-today`: today in the company's time zone."
            ),
            "earliest": _day("`past-period`, `too-far-back`: the first possible day."),
            "horizon": _day("`too-far-ahead`: the last day that can be requested."),
            "year": _whole(
                "`insufficient-balance`, `no-accounts`, `negative-balance`,"
                " `adjusted-too-often`: the year."
            ),
            "left": _number("`negative-balance`: the days that would be left."),
            "firstYear": _whole(
                "`before-first-ledger`, `no-accounts`: the first year with accounts."
            ),
            "lastYear": _whole("`no-accounts`: the last year with accounts."),
            "asked": _number("`insufficient-balance`, `too-long`: the requested working days."),
            "available": _number("`insufficient-balance`: working days left of the year."),
            "bookedLater": _number(
                "`insufficient-balance`: further days of the year, carried over and booked."
            ),
            "bookedIn": _whole("`insufficient-balance`: the later year of these bookings."),
            "maximumDays": _number(
                "`too-long`: the most working days of one request; `delegation-too-long`,"
                " `span-too-long`: the most calendar days."
            ),
            "maximumBytes": _whole("`report-too-long`: the most bytes of a report."),
            "days": _whole("`delegation-too-long`, `span-too-long`: the calendar days asked for."),
            "neededDays": _whole("`notice-too-short`: the required calendar days of notice."),
            "givenDays": _whole("`notice-too-short`: the calendar days of notice given."),
            "maximumTimes": _whole(
                "`changed-too-often`, `asked-too-often`, `asked-too-much`,"
                " `adjusted-too-often`: the most times."
            ),
            "employeeId": _text("`no-approver`: the employee without an approver."),
            "calendar": _text("`unknown-holidays`: the unknown holiday calendar."),
            "leaveType": _text("`unknown-leave-type`: the requested leave type."),
            "leaveTypes": _list(
                {"type": "string"}, "`unknown-leave-type`: the leave types of the stage."
            ),
            "employments": _list(
                ref("Employment"), "`not-employed`, `substitute-not-employed`: all employments."
            ),
            "violations": _list(ref("RuleViolation"), "`team-rule`: all violations."),
        },
    ),
    "Failure": {
        "type": "object",
        "description": "API Gateway itself answers with `message` alone. A function answers the"
        " same status with the other members, so that one schema fits both.",
        "properties": {"message": _text("The text of API Gateway."), **_PROBLEM},
    },
}
