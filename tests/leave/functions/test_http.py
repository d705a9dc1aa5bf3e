"""HTTP events, queries, cookies, problem documents and the error boundary."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.employee import Employment
from leave.domain.errors import (
    AdjustedTooOftenError,
    AskedTooMuchError,
    AskedTooOftenError,
    BeforeFirstLedgerError,
    ChangedTooOftenError,
    CommentMissingError,
    ConcurrentImportError,
    DelegationBeforeTodayError,
    DelegationTooLongError,
    DirectoryChangedError,
    DirectoryMistakesError,
    FieldProblem,
    FileTooLongError,
    HalfOfHalfDayError,
    IdempotencyMismatchError,
    InsufficientBalanceError,
    MalformedRequestError,
    Mistake,
    NegativeBalanceError,
    NoAccountsError,
    NotAllowedError,
    NotEmployedError,
    NoticeTooShortError,
    NotPossibleError,
    NoWorkingDaysError,
    OtherRevisionError,
    OverlapError,
    OwnSubstituteError,
    PastPeriodError,
    RemindedTodayError,
    ReportTooLongError,
    RuleError,
    SpanTooLongError,
    SubstituteNotEmployedError,
    TooFarAheadError,
    TooFarBackError,
    TooLongError,
    UnauthenticatedError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownFeedError,
    UnknownHolidaysError,
    UnknownLeaveTypeError,
    UnknownRequestError,
    UnknownSubstituteError,
    UnlimitedLeaveTypeError,
)
from leave.domain.history import Status
from leave.domain.policy import PolicyWarning, TeamRuleError, WarningKind
from leave.functions import http
from leave.functions.http import (
    BODY_BYTES,
    STATUSES,
    BodyTooLargeError,
    Cookies,
    Query,
    UnsupportedMediaTypeError,
    error_boundary,
    problem,
)
from leave.functions.openapi import document
from tests.leave.builders import NO_APPROVER, R1, TODAY, a_day, a_period
from tests.leave.functions.events import CALL_ID, CONTEXT
from tests.leave.functions.replies import validator

# Events


def test_what_is_not_there_is_empty() -> None:
    assert http.read_body({}) == http.read_body({"body": None}) == ""
    assert http.read_form({}) == http.claims({}) == {}
    assert http.header({}, "x") is None
    assert http.route({}) == http.path_parameter({}, "link") == ""


@pytest.mark.parametrize("body", ["%%%", "YQ", "Y Q = =", "é", "/////w=="])
def test_what_is_no_base64_of_utf8_is_malformed(body: str) -> None:
    with pytest.raises(MalformedRequestError, match="UTF-8"):
        http.read_body({"body": body, "isBase64Encoded": True})


def test_half_a_character_is_malformed() -> None:
    with pytest.raises(MalformedRequestError, match="UTF-8"):
        http.read_body({"body": "\ud800"})


@pytest.mark.parametrize("letter", ["x", "é"])
def test_the_limit_holds_for_the_decoded_bytes(letter: str) -> None:
    fits = letter * (BODY_BYTES // len(letter.encode()))
    for text in (fits, fits + letter):
        encoded = base64.b64encode(text.encode()).decode()
        for event in ({"body": text}, {"body": encoded, "isBase64Encoded": True}):
            if text == fits:
                assert http.read_body(event) == text
                continue
            with pytest.raises(BodyTooLargeError):
                http.read_body(event)


def test_a_form_keeps_the_first_value_of_each_field() -> None:
    form = http.read_form({"body": "comment=a+b%26c&comment=d&empty=&%C3%BC=%F0%9F%8C%B4"})
    assert form == {"comment": "a b&c", "empty": "", "ü": "🌴"}


def test_bytes_in_a_form_that_are_no_text_become_question_marks() -> None:
    assert http.read_form({"body": "comment=%FF%ED%A0%80"})["comment"] == "\ufffd" * 4


# Queries

ALL = ("employeeId", "status", "year", "cursor", "start", "end")
NO_ID, NO_CURSOR = "must be an employee id such as E002", "must be the cursor of an earlier answer"
NO_STATUS = "must be one of pending, approved, denied"
NO_YEAR, OTHER_YEARS = "must be a year such as 2027", "must be from 2000 to 2100"
NO_DAY, TOO_FAR = "must be a day such as 2027-01-31", "must be from the start to 366 days later"


def query(values: dict[str, str] | None = None, *allowed: str) -> Query:
    event: dict[str, Any] = {} if values is None else {"queryStringParameters": values}
    return Query(event, *(allowed or ALL))


def read(asked: Query) -> dict[str, Any]:
    """Read all parameters."""
    return {
        "employeeId": asked.employee_id(),
        "status": asked.status(),
        "year": asked.year(),
        "cursor": asked.cursor(),
        "span": asked.span(TODAY),
    }


def problems(asked: Query) -> dict[str, str]:
    with pytest.raises(MalformedRequestError) as caught:
        asked.check()
    return {one.field: one.message for one in caught.value.problems}


@pytest.mark.parametrize("values", [None, {}])
def test_what_is_not_given_is_none(values: dict[str, str] | None) -> None:
    asked = query(values)
    in_60_days = TODAY, TODAY + timedelta(days=60)
    nothing = dict.fromkeys(("employeeId", "status", "year", "cursor"))
    assert read(asked) == nothing | {"span": in_60_days}
    asked.check()


@pytest.mark.parametrize("status", Status)
def test_what_is_given_is_read(status: Status) -> None:
    asked = query({"employeeId": "E002", "status": status.value, "year": "2027", "cursor": R1})
    found = read(asked)
    assert found.items() >= {"employeeId": "E002", "year": 2027, "cursor": R1}.items()
    assert found["status"] is status
    asked.check()


@pytest.mark.parametrize(
    ("values", "start", "end"),
    [
        ({"start": "2027-12-01"}, "2027-12-01", "2028-01-30"),
        ({"end": "2027-03-01"}, "2027-03-01", "2027-03-01"),
        ({"start": "2027-01-01", "end": "2028-01-02"}, "2027-01-01", "2028-01-02"),
        ({"start": "2000-01-01"}, "2000-01-01", "2000-03-01"),
        ({"start": "2100-12-31"}, "2100-12-31", "2100-12-31"),
    ],
)
def test_a_span_is_60_days_or_what_was_asked_for(
    values: dict[str, str], start: str, end: str
) -> None:
    asked = query(values)
    assert asked.span(TODAY) == (date.fromisoformat(start), date.fromisoformat(end))
    asked.check()


@pytest.mark.parametrize(
    ("said", "name", "values"),
    [
        (NO_ID, "employeeId", ["", "E 2", "x" * 65, "E002#PROFILE", "É002", "E002\n"]),
        (NO_STATUS, "status", ["", "Pending", "pending,approved"]),
        (NO_CURSOR, "cursor", ["", f"{R1}0", "x" * 9_000]),
        (NO_YEAR, "year", ["", "27", "+2027", "٢٠٢٧"]),
        (OTHER_YEARS, "year", ["1999", "2101"]),
        (TOO_FAR, "end", ["2027-02-28", "2028-03-02"]),
        (NO_DAY, "start", ["2027-1-1", "20270101"]),
        ("is not a day of the calendar", "start", ["2027-02-30"]),
        (OTHER_YEARS, "start", ["1999-12-31"]),
        (OTHER_YEARS, "end", ["2101-01-01", "9999-12-31"]),
    ],
)
def test_a_bad_value_is_told_with_its_name(said: str, name: str, values: list[str]) -> None:
    for value in values:
        asked = query({name: value})
        assert read(asked).get(name) is None
        found = problems(asked)
        assert list(found) == [name]
        assert found[name].startswith(said)


def test_an_unknown_parameter_is_told_with_the_known_ones() -> None:
    assert problems(query({"Year": "2027"}, "year", "status")) == {
        "Year": "unknown; the parameters are year, status"
    }
    nothing = Query({"queryStringParameters": {"x": ""}})
    assert problems(nothing) == {"x": "unknown; there are no parameters"}


def test_every_mistake_is_told_at_once() -> None:
    asked = query(dict.fromkeys(["employeeId", "status", "year", "cursor", "start", "x"], "?"))
    read(asked)
    assert set(problems(asked)) == {"employeeId", "status", "year", "cursor", "start", "x"}


def test_an_answer_does_not_grow_with_what_is_unknown() -> None:
    found = problems(query({f"{number}{'x' * 100}": "1" for number in range(100)}))
    assert len(found) == 10
    assert max(map(len, found)) == 64


VALUES = st.text(max_size=12) | st.sampled_from(["2027-05-03", "2027", "pending", "E002", R1])


@given(st.dictionaries(st.sampled_from([*ALL, "x"]), VALUES))
def test_any_parameters_are_read_or_told(values: dict[str, str]) -> None:
    asked = query(values)
    found = read(asked)
    start, end = found.pop("span")
    told: tuple[FieldProblem, ...] = ()
    try:
        asked.check()
    except MalformedRequestError as error:
        told = error.problems
    if told:
        assert {one.field for one in told} <= {*values, "end"}
    else:
        assert "x" not in values
        assert all((found[name] is None) == (name not in values) for name in found)
        assert 0 <= (end - start).days <= 366


# Cookies

HTTPS = Cookies(api_url="https://abc.execute-api.eu-central-1.amazonaws.com/test")
HTTP = Cookies(api_url="http://api.example.com/test")
SESSION = "__Host-leave-session"


def test_a_cookie_is_kept_and_dropped_and_over_https_no_other_host_can_set_it() -> None:
    kept = "session=abc; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax"
    time = timedelta(hours=8)
    assert HTTPS.keep("session", "abc", time=time) == f"__Host-leave-{kept}; Secure"
    assert HTTP.keep("session", "abc", time=time) == f"leave-{kept}"
    assert HTTPS.drop("sign-in").startswith("__Host-leave-sign-in=; Path=/; Max-Age=0;")


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ({"cookies": ["a=b", f"{SESSION}=abc"]}, "abc"),
        ({"cookies": [f"{SESSION}=abc", "__Host-leave-sign-in=d"]}, "abc"),
        ({"headers": {"cookie": f"a=b; {SESSION}=abc;c=d"}}, "abc"),
        ({"cookies": [f"{SESSION}=a=b="]}, "a=b="),
        ({}, None),
        ({"cookies": []}, None),
        ({"cookies": [SESSION]}, ""),
        # Over https, above all not the name that a neighbour could have set.
        ({"cookies": ["leave-session=abc"]}, None),
        ({"cookies": ["__host-leave-session=abc"]}, None),
        ({"cookies": [f"x{SESSION}=abc"]}, None),
        ({"headers": {"cookie": "leave-session=abc"}}, None),
    ],
    ids=str,
)
def test_a_value_is_read_by_its_whole_name(event: dict[str, Any], value: str | None) -> None:
    assert HTTPS.read(event, "session") == value


# Problems, as RFC 9457 has them

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
    (RecursionError(), 500, "Internal error", "runtime"),
]


def failing(error: BaseException) -> Callable[[], dict[str, Any]]:
    def call() -> dict[str, Any]:
        raise error

    return call


@pytest.mark.parametrize(("error", "status", "title", "slug"), PROBLEMS)
def test_an_error_is_one_problem_document_and_one_line_of_log(
    caplog: pytest.LogCaptureFixture, error: Exception, status: int, title: str, slug: str
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = error_boundary(CONTEXT, failing(error))
    headers, body = reply["headers"], json.loads(reply["body"])
    assert reply["statusCode"] == body["status"] == status
    assert (body["title"], body["type"]) == (title, f"urn:leave:problem:{slug}")
    assert body["instance"] == f"urn:leave:call:{CALL_ID}"
    assert ("errors" in body) == (status == 400)
    assert headers["content-type"] == "application/problem+json"
    assert headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert headers.get("retry-after") == ("5" if status == 503 else None)
    (record,) = caplog.records
    level, message = {503: ("ERROR", "unavailable"), 500: ("ERROR", "failed")}.get(
        status, ("INFO", "refused")
    )
    assert (record.levelname, record.getMessage()) == (level, message)
    assert bool(record.exc_info) is (level == "ERROR")
    if message == "refused":
        assert record.__dict__["error"] == type(error).__name__
        assert "E001" not in caplog.text


def test_what_is_answered_is_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reply = {"statusCode": 200, "body": "{}"}
    assert error_boundary(CONTEXT, lambda: reply) is reply
    assert caplog.records == []


@pytest.mark.parametrize("context", [None, SimpleNamespace()])
def test_without_a_call_id_there_is_just_no_instance(context: object) -> None:
    body = json.loads(error_boundary(context, failing(KeyError("x")))["body"])
    assert "instance" not in body


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_what_ends_the_process_ends_it(error: BaseException) -> None:
    with pytest.raises(type(error)):
        error_boundary(CONTEXT, failing(error))


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
    (OtherRevisionError(1, 2), {"revision": 2}),
    (RemindedTodayError(), {}),
    (
        OverlapError(R1, a_period("2027-05-03", half="morning"), "pending"),
        {
            "requestId": R1,
            "requestStatus": "pending",
            "start": "2027-05-03",
            "end": "2027-05-03",
            "halfDay": "morning",
            "startHalf": None,
            "endHalf": None,
        },
    ),
    (IdempotencyMismatchError(), {}),
    (BodyTooLargeError(), {"maximumBytes": 16_384}),
    (ConcurrentImportError(written=1, of=2), {"writtenEmployees": 1}),
    (DirectoryChangedError(), {"writtenEmployees": 0}),
    (FileTooLongError(10_000), {"maximumLines": 10_000}),
    (UnsupportedMediaTypeError("text/csv"), {"accepted": "text/csv"}),
    (
        DirectoryMistakesError([Mistake(line=2, column="email", message="x")]),
        {"errors": [{"line": 2, "column": "email", "message": "x"}]},
    ),
    (CommentMissingError("Please."), {}),
    (NO_APPROVER, {"employeeId": "E001"}),
    (
        PastPeriodError(MONDAY, FRIDAY),
        {"start": "2027-05-03", "today": "2027-05-07", "earliest": "2027-05-07"},
    ),
    (TooFarBackError(MONDAY, FRIDAY), {"start": "2027-05-03", "earliest": "2027-05-07"}),
    (TooFarAheadError(FRIDAY, MONDAY), {"end": "2027-05-07", "horizon": "2027-05-03"}),
    (UnknownHolidaysError("DE-XX"), {"calendar": "DE-XX"}),
    (NoAccountsError(2030, 2026, 2028), {"year": 2030, "firstYear": 2026, "lastYear": 2028}),
    (BeforeFirstLedgerError(MONDAY, 2028), {"start": "2027-05-03", "firstYear": 2028}),
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
    (SpanTooLongError(367, 366), {"days": 367, "maximumDays": 366}),
    (ReportTooLongError(1_000, (MONDAY, FRIDAY)), DAYS | {"maximumBytes": 1_000}),
    (UnlimitedLeaveTypeError("Sick leave"), {}),
    (NegativeBalanceError(2027, Decimal("-0.5")), {"year": 2027, "left": -0.5}),
    (AdjustedTooOftenError(2027, 50), {"year": 2027, "maximumTimes": 50}),
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
    (OwnSubstituteError("E001"), {"field": "substituteId", "substituteId": "E001"}),
    (UnknownSubstituteError("E404"), {"field": "substituteId", "substituteId": "E404"}),
    (
        SubstituteNotEmployedError(
            "E003", a_period("2027-05-03", "2027-05-07"), [Employment(end=MONDAY)]
        ),
        DAYS
        | {
            "field": "substituteId",
            "substituteId": "E003",
            "employments": [{"start": None, "end": "2027-05-03"}],
        },
    ),
    (
        DelegationBeforeTodayError(MONDAY, FRIDAY),
        {"field": "from", "start": "2027-05-03", "today": "2027-05-07"},
    ),
    (DelegationTooLongError(367, 366), {"field": "to", "days": 367, "maximumDays": 366}),
    (ChangedTooOftenError(20), {"maximumTimes": 20}),
    (AskedTooOftenError(10), {"maximumTimes": 10}),
    (AskedTooMuchError(50), {"maximumTimes": 50}),
    (UnavailableError("DynamoDB"), {}),
]


OF_A_FILE = (
    *(DirectoryChangedError, DirectoryMistakesError, FileTooLongError),
    UnsupportedMediaTypeError,
)


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
    paths, of_a_file = document()["paths"], isinstance(error, OF_A_FILE)
    operation = paths["/employees"]["put"] if of_a_file else paths["/request_leave"]["post"]
    described = operation["responses"][str(body["status"])]
    schema = described["content"]["application/problem+json"]["schema"]["$ref"]
    validator(schema.rpartition("/")[2]).validate(body)


def test_no_refusal_is_left_out_above() -> None:
    """A new one has to say what it tells programs."""
    told = {type(error) for error, _ in MEMBERS}
    refusals = {one for kind, status, _ in STATUSES if status != 503 for one in kinds_of(kind)}
    assert RuleError in {kind for kind, _, _ in STATUSES}
    assert refusals - told == set()
