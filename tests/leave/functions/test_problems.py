"""Every error has one status and one title, as RFC 9457 asks."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.employee import Employment
from leave.domain.errors import (
    AccountsBeginLaterError,
    AskedTooMuchError,
    AskedTooOftenError,
    ChangedTooOftenError,
    FieldProblem,
    HalfOfHalfDayError,
    IdempotencyMismatchError,
    InsufficientBalanceError,
    MalformedRequestError,
    NegativeBalanceError,
    NoAccountsError,
    NotAllowedError,
    NotEmployedError,
    NoticeTooShortError,
    NotPossibleError,
    NoWorkingDaysError,
    OverlapError,
    PastPeriodError,
    RuleError,
    TooFarAheadError,
    TooLongError,
    UnauthenticatedError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownFeedError,
    UnknownHolidaysError,
    UnknownLeaveTypeError,
    UnknownRequestError,
    UnlimitedLeaveTypeError,
)
from leave.domain.policy import PolicyWarning, TeamRuleError, WarningKind
from leave.functions.http import STATUSES, BodyTooLargeError, problem
from leave.functions.openapi import document
from tests.leave.builders import NO_APPROVER, R1, TODAY, a_day, a_period
from tests.leave.functions.contract import validator

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEMS: list[tuple[Exception, int, str, str]] = [
    (MalformedRequestError(), 400, "The request is malformed", "malformed-request"),
    (UnauthenticatedError("No."), 401, "No valid token", "unauthenticated"),
    (NotAllowedError("No."), 403, "Not allowed", "not-allowed"),
    (UnknownEmployeeError("E404"), 404, "Unknown employee", "unknown-employee"),
    (UnknownRequestError("r404"), 404, "Unknown leave request", "unknown-request"),
    (OverlapError(R1, a_period(), "pending"), 409, "Overlaps other leave", "overlap"),
    (IdempotencyMismatchError(), 409, "Idempotency-Key used twice", "idempotency-mismatch"),
    (BodyTooLargeError(), 413, "The body is too large", "body-too-large"),
    (NO_APPROVER, 422, "Refused by a rule", "no-approver"),
    (PastPeriodError(TODAY, TODAY), 422, "Refused by a rule", "past-period"),
    (UnavailableError("DynamoDB"), 503, "Please try again", "unavailable"),
    (ValueError("inside"), 500, "Internal error", "runtime"),
]


@pytest.mark.parametrize(("error", "status", "title", "slug"), PROBLEMS)
def test_an_error_is_told_by_its_status_title_and_type(
    error: Exception, status: int, title: str, slug: str
) -> None:
    reply = problem(error, instance="call-1")
    body = json.loads(reply["body"])
    assert reply["statusCode"] == body["status"] == status
    assert (body["title"], body["type"]) == (title, f"urn:leave:problem:{slug}")
    assert body["instance"] == "urn:leave:call:call-1"
    assert ("errors" in body) == (status == 400)


@pytest.mark.parametrize(("error", "status", "title", "slug"), PROBLEMS)
def test_headers_that_mean_something_stand_only_where_they_do(
    error: Exception, status: int, title: str, slug: str
) -> None:
    headers = problem(error)["headers"]
    assert headers["content-type"] == "application/problem+json", (title, slug)
    assert headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert headers.get("retry-after") == ("5" if status == 503 else None)


MONDAY, FRIDAY = a_day("2027-05-03"), a_day("2027-05-07")
DAYS = {"start": "2027-05-03", "end": "2027-05-07"}
BLOCKED = PolicyWarning(kind=WarningKind.BLOCKED, start=MONDAY, end=FRIDAY, reason="Stocktaking")
ALONE = PolicyWarning(kind=WarningKind.PRESENCE, start=MONDAY, end=MONDAY, found=0, needed=2)
MEMBERS: list[tuple[Exception, dict[str, Any]]] = [
    (MalformedRequestError(FieldProblem("x", "y")), {"errors": [{"field": "x", "message": "y"}]}),
    (UnauthenticatedError("No."), {}),
    (NotAllowedError("No."), {}),
    (UnknownEmployeeError("E404"), {"employeeId": "E404"}),
    (UnknownRequestError(R1), {"requestId": R1}),
    (UnknownFeedError(), {}),
    (NotPossibleError("No."), {}),
    (
        OverlapError(R1, a_period("2027-05-03", half="morning"), "pending"),
        {
            "requestId": R1,
            "requestStatus": "pending",
            "start": "2027-05-03",
            "end": "2027-05-03",
            "halfDay": "morning",
        },
    ),
    (IdempotencyMismatchError(), {}),
    (BodyTooLargeError(), {"maximumBytes": 16_384}),
    (NO_APPROVER, {"employeeId": "E001"}),
    (PastPeriodError(MONDAY, FRIDAY), {"start": "2027-05-03", "today": "2027-05-07"}),
    (TooFarAheadError(FRIDAY, MONDAY), {"end": "2027-05-07", "horizon": "2027-05-03"}),
    (UnknownHolidaysError("DE-XX"), {"calendar": "DE-XX"}),
    (NoAccountsError(2030, 2026, 2028), {"year": 2030, "firstYear": 2026, "lastYear": 2028}),
    (AccountsBeginLaterError(MONDAY, 2028), {"start": "2027-05-03", "firstYear": 2028}),
    (NoWorkingDaysError(MONDAY, FRIDAY), DAYS),
    (
        NotEmployedError(a_period("2027-05-03", "2027-05-07"), [Employment(end=MONDAY)]),
        DAYS | {"employments": [{"start": None, "end": "2027-05-03"}]},
    ),
    (HalfOfHalfDayError(MONDAY), {"date": "2027-05-03"}),
    (
        UnknownLeaveTypeError("x", ["annual", "sick"]),
        {"leaveType": "x", "leaveTypes": ["annual", "sick"]},
    ),
    (NoticeTooShortError("Leave", needed=14, given=3), {"neededDays": 14, "givenDays": 3}),
    (
        TooLongError("Leave", asked=Decimal("20.5"), maximum=Decimal(20)),
        {"asked": 20.5, "maximumDays": 20},
    ),
    (
        TeamRuleError([BLOCKED, ALONE]),
        {
            "violations": [
                {"rule": "blocked", **DAYS, "reason": "Stocktaking", "found": None, "needed": None},
                {
                    "rule": "presence",
                    "start": "2027-05-03",
                    "end": "2027-05-03",
                    "reason": None,
                    "found": 0,
                    "needed": 2,
                },
            ]
        },
    ),
    (
        InsufficientBalanceError(
            2027,
            asked=Decimal("13.5"),
            available=Decimal("1E+1"),
            booked_later=Decimal(3),
            booked_in=2028,
        ),
        {"year": 2027, "asked": 13.5, "available": 10, "bookedLater": 3, "bookedIn": 2028},
    ),
    (ChangedTooOftenError(20), {"maximumTimes": 20}),
    (AskedTooOftenError(10), {"maximumTimes": 10}),
    (AskedTooMuchError(50), {"maximumTimes": 50}),
    (UnavailableError("DynamoDB"), {}),
]


def kinds_of(kind: type[Exception]) -> Iterator[type[Exception]]:
    """Yield what is below a kind of error, or the kind itself where nothing is."""
    below = kind.__subclasses__()
    for one in below:
        yield from kinds_of(one)
    if not below:
        yield kind


@pytest.mark.parametrize(("error", "members"), MEMBERS)
def test_the_numbers_of_a_refusal_are_members_of_it(
    error: Exception, members: dict[str, Any]
) -> None:
    reply = problem(error, instance="call-1")
    body = json.loads(reply["body"])
    usual = {"type", "title", "status", "detail", "instance"}
    assert {name: value for name, value in body.items() if name not in usual} == members
    described = document()["paths"]["/request_leave"]["post"]["responses"][str(body["status"])]
    schema = described["content"]["application/problem+json"]["schema"]["$ref"]
    validator(schema.rpartition("/")[2]).validate(body)


def test_no_refusal_is_left_out_above() -> None:
    """A new one has to say what it tells programs."""
    told = {type(error) for error, _ in MEMBERS}
    refusals = {one for kind, status, _ in STATUSES if status != 503 for one in kinds_of(kind)}
    assert RuleError in {kind for kind, _, _ in STATUSES}
    assert refusals - told == {UnlimitedLeaveTypeError, NegativeBalanceError}, (
        "only these are of the command line alone"
    )
