"""GET /reports, from the event to the file."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest

from leave.domain.calendar import HalfDay
from leave.domain.employee import AdministrativeRole, Employee
from leave.domain.values import replace
from leave.functions import reports
from leave.functions.administer import handler
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import JIM, TODAY, a_period, employed
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    CONTEXT,
    JANES_CLAIMS,
    JIMS_CLAIMS,
    JOHNS_CLAIMS,
    STRANGERS_CLAIMS,
    api_event,
)
from tests.leave.functions.replies import answer
from tests.leave.services.stage import JIM_CALLS, FakeStage, a_wish

ABSENCES, BALANCES, ADJUSTMENTS = (
    f"GET /reports/{name}" for name in ("absences", "balances", "adjustments")
)
SPAN, YEAR = {"from": "2027-01-01", "to": "2027-12-31"}, {"year": "2027"}
QUERIES = {ABSENCES: SPAN, BALANCES: YEAR, ADJUSTMENTS: YEAR}
HEADERS = {
    ABSENCES: "employeeId,name,type,typeName,start,end,startHalf,endHalf,workingDays,"
    "workingDaysInSpan,status,decidedBy,decidedAt,requestId\r\n",
    BALANCES: "employeeId,name,type,year,entitlement,adjustments,carriedIn,carriedUntil,"
    "carriedLeft,expired,taken,planned,pending,available\r\n",
    ADJUSTMENTS: "employeeId,name,type,year,days,reason,by,at\r\n",
}


def called(
    route: str, query: dict[str, str], claims: dict[str, Any] = ADMINS_CLAIMS
) -> dict[str, Any]:
    """Call a report with what it needs, and more."""
    return handler(api_event(route, claims=claims, query=QUERIES[route] | query), CONTEXT)


def text(route: str, **query: str) -> str:
    """Return the file without its byte order mark."""
    reply = called(route, query)
    assert reply["statusCode"] == 200, reply["body"]
    assert reply["body"].startswith("\ufeff")
    return reply["body"][1:]


def rows(route: str, **query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(route, **query), newline="")))


def refused(route: str, **query: str) -> tuple[int, str, dict[str, Any]]:
    event = api_event(route, claims=ADMINS_CLAIMS, query=QUERIES[route] | query)
    status, problem = answer(handler, event)
    return status, problem["type"].rpartition(":")[2], problem


def ending_at_noon(start: str, end: str) -> LeaveRequestInput:
    wish = a_wish(start, end)
    return replace(wish, period=replace(wish.period, end_half=HalfDay.MORNING))


def test_absences_are_a_file_for_spreadsheets(stage: FakeStage) -> None:
    request_id = stage.approved(ending_at_noon("2027-05-03", "2027-05-05"))
    reply = called(ABSENCES, {})
    assert reply["headers"]["content-type"] == "text/csv; charset=utf-8"
    assert reply["headers"]["content-disposition"] == (
        'attachment; filename="absences-2027-01-01-2027-12-31.csv"'
    )
    assert reply["headers"]["cache-control"] == "no-store"
    assert text(ABSENCES) == (
        HEADERS[ABSENCES]
        + "E002,Jim O'Dell,annual,Annual leave,2027-05-03,2027-05-05,,morning,2.5,2.5,approved,"
        f"E001,2027-03-01T09:30:00Z,{request_id}\r\n"
    )


@pytest.mark.usefixtures("stage")
def test_balances_have_the_columns_of_a_balance(stage: FakeStage) -> None:
    stage.adjust("-0.5")
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03"))
    lines = text(BALANCES).splitlines(keepends=True)
    assert lines[0] == HEADERS[BALANCES]
    assert lines[2] == "E002,Jim O'Dell,annual,2027,25,-0.5,0,2027-03-31,0,0,0,0,1,23.5\r\n"
    assert len(lines) == 4


def test_adjustments_say_who_and_why(stage: FakeStage) -> None:
    stage.adjust("-2.5", reason='Two lines,\nand "quotes"')
    assert text(ADJUSTMENTS) == (
        HEADERS[ADJUSTMENTS] + "E002,Jim O'Dell,annual,2027,-2.5,"
        '"Two lines,\nand ""quotes""",hr@foo.com,2027-03-01T09:30:00Z\r\n'
    )


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("route", [ABSENCES, ADJUSTMENTS])
def test_nobody_in_it_is_the_header_alone(route: str) -> None:
    assert text(route) == HEADERS[route]


def test_a_year_of_nobody_is_the_header_alone(stage: FakeStage) -> None:
    assert stage
    for year in ("2010", "2100"):
        assert text(BALANCES, year=year) == HEADERS[BALANCES]
        assert text(ADJUSTMENTS, year=year) == HEADERS[ADJUSTMENTS]


@pytest.mark.parametrize(
    ("half", "start_half", "end_half"),
    [("morning", "", "morning"), ("afternoon", "afternoon", "")],
)
def test_half_a_day_is_the_half_end_that_it_is(
    stage: FakeStage, half: str, start_half: str, end_half: str
) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", half=half))
    (row,) = rows(ABSENCES)
    assert (row["startHalf"], row["endHalf"], row["workingDays"]) == (start_half, end_half, "0.5")


def test_leave_that_begins_at_noon_says_so(stage: FakeStage) -> None:
    wish = a_wish("2027-05-03", "2027-05-04")
    period = replace(wish.period, start_half=HalfDay.AFTERNOON)
    stage.request_leave(JIM_CALLS, replace(wish, period=period))
    (row,) = rows(ABSENCES)
    assert (row["startHalf"], row["endHalf"], row["workingDays"]) == ("afternoon", "", "1.5")


def test_a_german_spreadsheet_reads_the_other_dialect(stage: FakeStage) -> None:
    stage.adjust("2.5", reason="Umzug; 1.5 km, weit")
    assert text(ADJUSTMENTS, dialect="semicolon").splitlines()[1] == (
        'E002;Jim O\'Dell;annual;2027;2,5;"Umzug; 1.5 km, weit";hr@foo.com;2027-03-01T09:30:00Z'
    )
    assert text(ADJUSTMENTS, dialect="comma") == text(ADJUSTMENTS)
    assert ";27,5\r\n" in text(BALANCES, dialect="semicolon")
    assert text(ABSENCES, dialect="semicolon").startswith("employeeId;name;type;")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_shown_instead(stage: FakeStage, sign: str) -> None:
    stage.adjust("-1", reason=f"{sign}HYPERLINK(1)")
    stage.update(JIM, name=f"{sign}Jim")
    (row,) = rows(ADJUSTMENTS)
    assert (row["reason"], row["name"]) == (f"'{sign}HYPERLINK(1)", f"'{sign}Jim")
    # A number stays a number.
    assert row["days"] == "-1"


def test_statuses_are_named_with_commas(stage: FakeStage) -> None:
    stage.decide(stage.asked(a_wish("2027-05-03")), "denied", "No")
    stage.request_leave(JIM_CALLS, a_wish("2027-05-04"))
    stage.policy = replace(stage.policy, undo=timedelta(0))
    for status, found in (
        ("denied", ["denied"]),
        ("denied,pending", ["denied", "pending"]),
        ("approved", []),
    ):
        assert [row["status"] for row in rows(ABSENCES, status=status)] == found


# What is refused

MALFORMED: list[tuple[str, dict[str, str], list[str]]] = [
    (ABSENCES, {"from": "2027-02-30"}, ["from"]),
    (ABSENCES, {"from": "soon", "to": "1999-01-01"}, ["from", "to"]),
    (ABSENCES, {"to": "2026-12-31"}, ["to"]),
    (ABSENCES, {"status": "gone"}, ["status"]),
    (ABSENCES, {"status": ""}, ["status"]),
    (ABSENCES, {"status": "approved,"}, ["status"]),
    (ABSENCES, {"changedSince": "2027-01-01"}, ["changedSince"]),
    (ABSENCES, {"year": "2027"}, ["year"]),
    *((route, {"dialect": "tab"}, ["dialect"]) for route in QUERIES),
    *((route, {"x": "y", "dialect": ""}, ["x", "dialect"]) for route in QUERIES),
    *((route, {"year": year}, ["year"])
      for route in (BALANCES, ADJUSTMENTS) for year in ("27", "1999", "\uff12\uff10\uff12\uff17")),
    *((route, {"from": "2027-01-01"}, ["from"]) for route in (BALANCES, ADJUSTMENTS)),
]  # fmt: skip


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("route", "query", "fields"), MALFORMED)
def test_what_is_malformed_is_named(route: str, query: dict[str, str], fields: list[str]) -> None:
    status, _, problem = refused(route, **query)
    assert (status, [error["field"] for error in problem["errors"]]) == (400, fields)


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("route", "needed"), QUERIES.items())
def test_what_is_missing_is_named(route: str, needed: dict[str, str]) -> None:
    status, problem = answer(handler, api_event(route, claims=ADMINS_CLAIMS))
    found = [(error["field"], error["message"]) for error in problem["errors"]]
    assert (status, found) == (400, [(name, "is required") for name in needed])


@pytest.mark.usefixtures("stage")
def test_a_span_of_more_than_a_year_is_refused() -> None:
    assert text(ABSENCES, **{"from": "2028-01-01", "to": "2028-12-31"}) == HEADERS[ABSENCES]
    status, kind, problem = refused(ABSENCES, **{"from": "2028-01-01", "to": "2029-01-01"})
    assert (status, kind, problem["days"], problem["maximumDays"]) == (
        *(422, "span-too-long"),
        *(367, 366),
    )


def full(stage: FakeStage) -> None:
    """Let Jim be away on every Monday of the year."""
    day = date(2027, 1, 4)
    while day.year == 2027:
        stage.take_leave("E002", a_period(day.isoformat()))
        day += timedelta(days=7)


def test_a_file_that_is_too_large_names_a_span_that_fits(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(stage)
    monkeypatch.setattr(reports, "REPORT_BYTES", 1_000)
    status, kind, problem = refused(ABSENCES)
    assert (status, kind, problem["maximumBytes"]) == (422, "report-too-long", 1_000)
    assert problem["start"] == "2027-01-01"
    fitting = {"from": problem["start"], "to": problem["end"]}
    assert len(text(ABSENCES, **fitting).encode()) <= 1_000
    assert len(rows(ABSENCES, **fitting)) > 5
    later = date.fromisoformat(problem["end"]) + timedelta(days=8)
    assert refused(ABSENCES, **(fitting | {"to": later.isoformat()}))[0] == 422


def test_a_day_that_is_too_large_has_no_shorter_span(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(stage)
    monkeypatch.setattr(reports, "REPORT_BYTES", 100)
    one = {"from": "2027-01-04", "to": "2027-01-04"}
    status, _, problem = refused(ABSENCES, **one)
    assert (status, "start" in problem, "end" in problem) == (422, False, False)
    for route in (BALANCES, ADJUSTMENTS):
        stage.adjust("1", reason='"' * 100)
        status, kind, _ = refused(route)
        assert (status, kind) == (422, "report-too-long")


def test_quotes_and_line_ends_count_as_the_answer_has_them(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda sends the file as a text in JSON, and at most 6 MB of that."""
    stage.adjust("1", reason='"\\\n' * 300)
    body = called(ADJUSTMENTS, {})["body"]
    answered = len(json.dumps(body, ensure_ascii=False).encode())
    monkeypatch.setattr(reports, "REPORT_BYTES", answered - 10)
    assert called(ADJUSTMENTS, {})["statusCode"] == 422
    monkeypatch.setattr(reports, "REPORT_BYTES", answered)
    assert called(ADJUSTMENTS, {})["statusCode"] == 200


# Who may

ADMINISTERS = replace(JIM, role=AdministrativeRole.ADMIN)


@pytest.mark.parametrize(
    ("claims", "jim", "status"),
    [
        pytest.param({}, JIM, 401, id="no token"),
        pytest.param(STRANGERS_CLAIMS, JIM, 403, id="no employee"),
        pytest.param(JIMS_CLAIMS, JIM, 403, id="employee"),
        pytest.param(JANES_CLAIMS, JIM, 403, id="another employee"),
        pytest.param(JOHNS_CLAIMS, JIM, 403, id="lead"),
        pytest.param(JIMS_CLAIMS, replace(JIM, role=AdministrativeRole.READER), 200, id="reader"),
        pytest.param(JIMS_CLAIMS, ADMINISTERS, 200, id="administrator by role"),
        pytest.param(
            JIMS_CLAIMS,
            replace(ADMINISTERS, employments=employed(end=TODAY - timedelta(days=1))),
            403,
            id="administrator who left",
        ),
        pytest.param(ADMINS_CLAIMS, JIM, 200, id="administrator who is no employee"),
    ],
)
@pytest.mark.parametrize("route", QUERIES)
def test_who_may_read_reports(
    stage: FakeStage, route: str, claims: dict[str, Any], jim: Employee, status: int
) -> None:
    stage.directory.put(jim)
    assert called(route, {}, claims)["statusCode"] == status
    if status != 200:
        # Whoever may not is not told what is wrong with the call.
        assert called(route, {"x": "y"}, claims)["statusCode"] == status
