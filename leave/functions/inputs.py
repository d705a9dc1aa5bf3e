"""Bodies of requests."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypedDict, cast

from leave.domain.calendar import HalfDay, Period
from leave.domain.employee import EMPLOYEE_ID
from leave.domain.errors import FieldProblem, MalformedRequestError
from leave.domain.history import Decision
from leave.domain.ledger import AdjustmentInput
from leave.domain.policy import ANNUAL_LEAVE
from leave.domain.typed_text import says_something, tidy, tidy_line
from leave.services.leave_policy import LeaveRequestInput

if TYPE_CHECKING:
    from collections.abc import Collection


BODY_BYTES = 16 * 1024
FILE_BYTES = 1024 * 1024
COMMENT_LENGTH = 2_000
FORM_BYTES = 32 * 1024
"""A browser sends up to twelve bytes for a character: a comment of the full length fits."""
ID_LENGTH = 64
REASON_LENGTH = 1_000
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
TASK_TOKEN_LENGTH = 2_048
TYPE_LENGTH = 64
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
EXECUTION_NAME_LENGTH = 80

UNKNOWN_TOLD = 10
"""Of fields and parameters; an answer is not to become many times as long as the question."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
LAST_REVISION = 1_000_000
SPAN_DAYS, DEFAULT_SPAN_DAYS = 366, 60
ADJUSTED_DAYS = 366

REQUEST_ID = re.compile(r"[0-9a-z]{26}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
YEAR = re.compile(r"[0-9]{4}")
APPROVALS_CURSOR = re.compile(r"(?P<microseconds>[0-9]{1,17})-(?P<request_id>[0-9a-z]{26})")


_HALVES: Final[dict[str, tuple[HalfDay, ...]]] = {
    "halfDay": tuple(HalfDay),
    "startHalf": (HalfDay.AFTERNOON,),
    "endHalf": (HalfDay.MORNING,),
}
_BOTH_HALVES: Final = "a single day has no two half ends; leave both out for the whole day"
ANSWER_FIELDS = ("decision", "comment", "revision")
FIELDS = ("employeeId", "date", "start", "end", "type", "halfDay", "startHalf", "endHalf", "reason")
"""The texts in a body; a change has no `employeeId`, and a request may have `record` as well."""

ADJUSTMENT_FIELDS = ("year", "type", "days", "reason", "allowNegative")


def read_leave_body(text: str, *, with_employee: bool) -> tuple[LeaveRequestInput, str | None]:
    """Return what is asked for, and for whom, None meaning the caller.

    Raises `MalformedRequestError` with every field at fault.
    """
    fields = (*FIELDS, "record") if with_employee else FIELDS[1:]
    body = _read_object(text)
    problems = _unknown(body, fields)
    values = {name: value for name in FIELDS if (value := _text(body, name, problems)) is not None}
    recorded = body.get("record", False) if with_employee else False
    if not isinstance(recorded, bool):
        problems.append(FieldProblem("record", "must be true or false"))
    elif recorded and "employeeId" not in body:
        problems.append(FieldProblem("employeeId", "missing: say whose leave is recorded"))
    period = _period(body.keys(), values, problems)
    for name, shortest, longest in (
        ("employeeId", 1, ID_LENGTH),
        ("type", 1, TYPE_LENGTH),
        ("reason", 0, REASON_LENGTH),
    ):
        if name in values and not shortest <= len(values[name]) <= longest:
            message = f"must have {shortest} to {longest} characters"
            problems.append(FieldProblem(name, message))
    if problems or period is None:
        raise MalformedRequestError(*problems)
    reason = values.get("reason", "")
    wanted = LeaveRequestInput(
        period=period,
        leave_type=values.get("type", ANNUAL_LEAVE),
        reason=reason if says_something(reason) else "",
        recorded=recorded is True,
    )
    return wanted, values.get("employeeId")


class AnswerBody(TypedDict):
    """What an approver answers, and to which revision."""

    decision: Decision
    comment: str
    revision: int


def read_answer_body(text: str) -> AnswerBody:
    """Return an approver's answer; raises `MalformedRequestError` with every field at fault."""
    body = _read_object(text)
    problems = _unknown(body, ANSWER_FIELDS)
    texts = ("decision", "comment")
    values = {name: value for name in texts if (value := _text(body, name, problems)) is not None}
    comment, revision = values.get("comment", ""), body.get("revision")
    if len(comment) > COMMENT_LENGTH:
        problems.append(FieldProblem("comment", f"must have at most {COMMENT_LENGTH} characters"))
    decision = next((one for one in Decision if one == values.get("decision")), None)
    if decision is None and ("decision" in values or "decision" not in body):
        problems.append(FieldProblem("decision", f"must be {' or '.join(Decision)}"))
    number = revision if isinstance(revision, float) and revision.is_integer() else 0
    if not 1 <= number <= LAST_REVISION:
        problems.append(FieldProblem("revision", "must be the revision of the request, such as 1"))
    if problems or decision is None:
        raise MalformedRequestError(*problems)
    return {
        "decision": decision,
        "comment": comment if says_something(comment) else "",
        "revision": int(number),
    }


def read_adjustment_body(text: str) -> AdjustmentInput:
    """Return an adjustment; raises `MalformedRequestError` with every field at fault."""
    body = _read_object(text)
    problems = _unknown(body, ADJUSTMENT_FIELDS)
    problems += [
        FieldProblem(name, "is required") for name in ADJUSTMENT_FIELDS[:4] if name not in body
    ]
    values = {name: _text(body, name, problems) for name in ("type", "reason")}
    leave_type, reason = values["type"], values["reason"]
    if leave_type is not None and not 1 <= len(leave_type) <= TYPE_LENGTH:
        problems.append(FieldProblem("type", f"must have 1 to {TYPE_LENGTH} characters"))
    if reason is not None and not (says_something(reason) and len(reason) <= REASON_LENGTH):
        message = f"must have 1 to {REASON_LENGTH} characters, and say something"
        problems.append(FieldProblem("reason", message))
    year, days, negative = (body.get(name) for name in ("year", "days", "allowNegative"))
    if "year" in body and not _is_whole(year, FIRST_YEAR, LAST_YEAR):
        message = f"must be a whole number from {FIRST_YEAR} to {LAST_YEAR}"
        problems.append(FieldProblem("year", message))
    if "days" in body and not (
        isinstance(days, float)
        and days
        and _is_whole(2 * days, -2 * ADJUSTED_DAYS, 2 * ADJUSTED_DAYS)
    ):
        message = f"must be a number of halves from -{ADJUSTED_DAYS} to {ADJUSTED_DAYS}, and not 0"
        problems.append(FieldProblem("days", message))
    if not isinstance(negative, bool | None) or (negative is None and "allowNegative" in body):
        problems.append(FieldProblem("allowNegative", "must be true or false"))
    if problems:
        raise MalformedRequestError(*problems)
    return AdjustmentInput(
        year=int(cast("float", year)),
        leave_type=leave_type or "",
        days=Decimal(cast("float", days)),
        reason=reason or "",
        may_go_negative=bool(negative),
    )


def _unknown(body: dict[str, Any], fields: tuple[str, ...]) -> list[FieldProblem]:
    return [
        FieldProblem(name[:ID_LENGTH], f"unknown; the fields are {', '.join(fields)}")
        for name in [name for name in body if name not in fields][:UNKNOWN_TOLD]
    ]


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, float) and least <= value <= most and value.is_integer()


DELEGATION_FIELDS = ("substituteId", "from", "to")


def read_delegation_body(text: str) -> tuple[str, Period]:
    """Return the id of a substitute, and the days.

    Raises `MalformedRequestError` with every field at fault.
    """
    body = _read_object(text)
    problems = _unknown(body, DELEGATION_FIELDS)
    values = {
        name: value
        for name in DELEGATION_FIELDS
        if (value := _text(body, name, problems)) is not None
    }
    examples = {"substituteId": "an employee id", "from": "the first day", "to": "the last day"}
    problems += [
        FieldProblem(name, f"missing: give {examples[name]}")
        for name in DELEGATION_FIELDS
        if name not in body
    ]
    substitute_id = values.get("substituteId", "")
    if "substituteId" in values and not EMPLOYEE_ID.fullmatch(substitute_id):
        problems.append(FieldProblem("substituteId", "must be an employee id such as E002"))
    first, last = (_day(values, name, problems) for name in ("from", "to"))
    if first and last and last < first:
        message = f"is before the first day, {first}; give that day or a later one"
        problems.append(FieldProblem("to", message))
    if problems or first is None or last is None:
        raise MalformedRequestError(*problems)
    return substitute_id, Period(start=first, end=last)


def _read_object(text: str) -> dict[str, Any]:
    try:
        # As integers, long numbers would take long, or an error of Python's.
        body: Any = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_number, parse_int=float
        )
    except (ValueError, RecursionError) as error:
        problem = FieldProblem("body", f"is not JSON: {_where(error)}")
        raise MalformedRequestError(problem) from error
    if not isinstance(body, dict):
        raise MalformedRequestError(FieldProblem("body", "must be a JSON object"))
    return cast("dict[str, Any]", body)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"it contains the field {twice[:ID_LENGTH]!r} twice")
    return body


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        if error.doc.startswith("\ufeff"):
            return "it begins with a byte order mark; leave that out"
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _text(body: dict[str, Any], name: str, problems: list[FieldProblem]) -> str | None:
    value = body.get(name)
    if value is None:
        if name in body:
            problems.append(FieldProblem(name, "must not be null; leave the field out instead"))
    elif not isinstance(value, str):
        problems.append(FieldProblem(name, "must be a text"))
    else:
        try:
            # An id, a day or a word is taken as it is, or not at all.
            return tidy(value) if name in {"reason", "comment"} else tidy_line(value) and value
        except ValueError as error:
            problems.append(FieldProblem(name, str(error)))
    return None


def _period(
    given: Collection[str], values: dict[str, str], problems: list[FieldProblem]
) -> Period | None:
    before = len(problems)
    single, start, end = (_day(values, name, problems) for name in ("date", "start", "end"))
    halves = {name: _half(values, name, problems) for name in ("halfDay", "startHalf", "endHalf")}
    problems += [
        FieldProblem(name, "is for start and end; give neither date nor halfDay with it")
        for name in ("startHalf", "endHalf")
        if halves[name] and ("date" in given or "halfDay" in given)
    ]
    if "date" in given and ("start" in given or "end" in given):
        problems.append(FieldProblem("date", "give either date, or start and end, not both"))
    elif "date" not in given and not ("start" in given and "end" in given):
        missing = next((n for n in ("start", "end") if n not in given), "date")
        field = "date" if "start" not in given and "end" not in given else missing
        problems.append(FieldProblem(field, "missing: give date, or start and end"))
    first, last = single or start, single or end
    if len(problems) > before or first is None or last is None:
        return None
    try:
        half_day, start_half, end_half = halves.values()
        if first != last:
            return Period(
                start=first, end=last, half_day=half_day, start_half=start_half, end_half=end_half
            )
        if start_half and end_half:
            problems.append(FieldProblem("endHalf", _BOTH_HALVES))
            return None
        return Period(start=first, end=last, half_day=half_day or start_half or end_half)
    except ValueError as error:
        field = "end" if last < first else "halfDay"
        problems.append(FieldProblem(field, str(error)))
        return None


def _day(values: dict[str, str], name: str, problems: list[FieldProblem]) -> date | None:
    if (text := values.get(name)) is None:
        return None
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
        reason = "must be a day such as 2027-01-31"
    except ValueError:
        reason = "is not a day of the calendar"
    problems.append(FieldProblem(name, reason))
    return None


def _half(values: dict[str, str], name: str, problems: list[FieldProblem]) -> HalfDay | None:
    if (text := values.get(name)) is None:
        return None
    if text in _HALVES[name]:
        return HalfDay(text)
    problems.append(FieldProblem(name, f"must be {' or '.join(_HALVES[name])}"))
    return None
