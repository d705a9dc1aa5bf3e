"""Leave that an employment does not reach once the directory has changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.adapters.system import SystemClock
from leave.domain.employee import Employment
from leave.domain.history import Decision, EventType
from leave.domain.values import replace
from tests.cli.leave_requests import LeaveRequests, a_monday
from tests.leave.directories import ANN, JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from pathlib import Path

    from leave.domain.request import LeaveRequest
    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Result, Terminal

LATER = ("--cancel-later",)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Record what the waiting workflows are told."""
    told: list[tuple[str, str]] = []

    def answer(_: StepFunctionsWorkflow, token: Any, *, status: str, **__: Any) -> bool:
        told.append((token.reveal(), status))
        return True

    monkeypatch.setattr(StepFunctionsWorkflow, "answer", answer)
    return told


@pytest.fixture
def load(leave: Terminal, tmp_path: Path) -> Any:
    def load(*lines: str, options: tuple[str, ...] = ()) -> Result:
        file = write(tmp_path, JOHN, *lines, JANE, ANN)
        return leave.done("directory", "import", file, "--stage", "test", *options)

    return load


@pytest.fixture
def refused(leave: Terminal, tmp_path: Path) -> Any:
    def refused(*lines: str, options: tuple[str, ...] = ()) -> list[str]:
        file = write(tmp_path, JOHN, *lines, JANE, ANN)
        result = leave("directory", "import", file, "--stage", "test", "--json", *options)
        assert result.code != 0
        errors = json.loads(result.out)["errors"]
        return [f"{e['line']} {e['column']}: {e['message']}" for e in errors]

    return refused


@pytest.fixture
def requests(stage: AwsStage, load: Any) -> LeaveRequests:
    """Return what makes requests, with the sample's people, and Ann besides, in the directory."""
    load(JIM)
    arn = stage.make_workflow()
    stage.configure(LEAVE_STATE_MACHINE_ARN=arn)
    return LeaveRequests(stage, arn)


def leaving(days_after_monday: int) -> str:
    """Return Jim's line with the last day so many days after the Monday that he asks for."""
    return a_line(endDate=(a_monday() + timedelta(days=days_after_monday)).isoformat())


def approved(requests: LeaveRequests, *, days: int = 1) -> LeaveRequest:
    """Let Jim ask, John approve and Jim be told."""
    request = requests.decided(requests.mailed(requests.ask(days=days), "E001"), Decision.APPROVED)
    told = request.mark_outcome_mailed()
    requests.stage.requests.replace(request, told)
    return told


@pytest.fixture
def taken(requests: LeaveRequests) -> LeaveRequest:
    """Return leave of two days."""
    return approved(requests, days=2)


@pytest.fixture
def months_later(taken: LeaveRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the leave be over."""
    now = datetime.now(UTC) + timedelta(weeks=8)
    assert taken.plan.period.end < now.date()

    def later(_: SystemClock) -> datetime:
        return now

    monkeypatch.setattr(SystemClock, "now", later)


def test_leave_after_the_last_day_is_listed_and_the_import_goes_on(
    requests: LeaveRequests, load: Any
) -> None:
    request = approved(requests)
    out = load(leaving(-3)).out
    day = a_monday()
    assert (
        f"Leave {request.request_id} of E002, {day} (approved), lies outside the employment:"
        " cancel it by importing with --cancel-later." in out
    )
    assert out.endswith("Written.\n")
    assert requests.get(request.request_id) == request


@pytest.mark.parametrize("dry", [("--dry-run",), ()])
def test_leave_after_the_last_day_is_cancelled_on_demand(
    dry: tuple[str, ...], requests: LeaveRequests, load: Any
) -> None:
    request = approved(requests)
    result = load(leaving(-3), options=(*LATER, "--json", *dry))
    day = a_monday().isoformat()
    assert result.json["leave"] == [
        {
            "requestId": request.request_id,
            "employeeId": "E002",
            "status": "approved",
            "start": day,
            "end": day,
            "what": "cancelled",
        }
    ]
    after = requests.get(request.request_id)
    if dry:
        assert after == request
        return
    assert (after.status, after.history[-1].actor) == ("cancelled", "admin@foo.com")
    assert after.execution_name != request.execution_name
    year = a_monday().year
    assert requests.stage.requests.ledgers(["E002"], [year])["E002", year].bookings == ()
    assert load(leaving(-3), options=("--json",)).json["leave"] == []


def test_an_undecided_request_ends_on_demand(
    requests: LeaveRequests, load: Any, answers: list[Any]
) -> None:
    request = requests.mailed(requests.ask(), "E001")
    listed = load(leaving(-3)).out
    assert "Leave request " in listed
    assert "(pending), lies outside the employment: the next daily sweep ends it." in listed
    assert "(pending), is ended." in load(leaving(-3), options=LATER).out
    after = requests.get(request.request_id)
    assert (after.status, after.history[-1].type) == ("expired", EventType.EXPIRED)
    assert answers == [("token", "expired")]


def test_leave_partly_beyond_the_last_day_needs_a_person(
    requests: LeaveRequests, load: Any
) -> None:
    request = approved(requests, days=3)
    out = load(leaving(1), options=LATER).out
    assert "(approved), lies partly outside the employment: withdraw it with `leave" in out
    assert load(leaving(1), options=(*LATER, "--json")).json["leave"][0]["what"] == "partly-outside"
    assert requests.get(request.request_id) == request


def test_whose_leave_is_cancelled_waits_for_nobody_else(
    requests: LeaveRequests, load: Any, answers: list[Any]
) -> None:
    request = approved(requests)
    requests.mailed(requests.to_cancel(request), "E001", token="second")
    line = leaving(-3).replace("E001,25", "E003,25")
    for options in ((*LATER, "--dry-run"), LATER):
        result = load(line, options=(*options, "--json"))
        assert [leave["what"] for leave in result.json["leave"]] == ["cancelled"]
        assert result.json["rerouted"] == []
    assert answers == [("second", "cancelled")]


def test_doctor_names_leave_and_questions_that_do_not_fit(
    requests: LeaveRequests, leave: Terminal
) -> None:
    def told() -> dict[str, str]:
        result = leave("doctor", "--stage", "test", "--json")
        findings = {found["subject"]: found for found in result.json}
        return {
            subject: findings[subject]["detail"]
            for subject in ("leave", "questions")
            if subject in findings
        }

    first = approved(requests)
    second = requests.mailed(requests.ask("ann@foo.com"), "E003", token="other")
    third = requests.mailed(requests.ask(weeks=4), "E001", token="third")
    assert set(told()) == {"questions"}
    directory = requests.stage.directory
    jim = directory.by_id("E002")
    assert jim is not None
    ended = Employment(start=jim.start_date, end=a_monday() - timedelta(days=1))
    directory.write(replace(jim, employments=(ended,)), before=jim)
    found = told()
    assert f"outside the employment: {first.request_id} (E002)." in found["leave"]
    assert f"has changed: {second.request_id} (E004, to E001)." in found["questions"]
    assert third.request_id not in str(found)


# What has been


@pytest.mark.parametrize(
    ("column", "after", "first"), [("endDate", 0, 1), ("startDate", 1, 0), ("startDate", 30, 0)]
)
@pytest.mark.usefixtures("months_later")
def test_days_taken_cannot_be_orphaned(
    column: str, after: int, first: int, taken: LeaveRequest, refused: Any
) -> None:
    monday = a_monday()
    line = a_line(**{column: (monday + timedelta(days=after)).isoformat()})
    (problem,) = refused(line)
    assert problem.startswith(f"3 {column}: E002 has taken ")
    assert f"first on {monday + timedelta(days=first)}, request {taken.request_id}" in problem
    assert "cancel that leave before" in problem
    assert "import the last day of the first employment as endDate" in problem


@pytest.mark.usefixtures("taken", "months_later")
def test_an_employment_can_end_with_the_last_day_taken(load: Any) -> None:
    load(a_line(endDate=(a_monday() + timedelta(days=1)).isoformat()))


@pytest.mark.usefixtures("taken", "months_later")
def test_the_missing_do_not_end_before_days_they_have_taken(
    leave: Terminal, tmp_path: Path
) -> None:
    end = (a_monday() - timedelta(days=3)).isoformat()
    file = write(tmp_path, JOHN, JANE, ANN)
    told = leave.told("directory", "import", file, "--stage", "test", "--end-missing", end)
    assert "endDate: E002 has taken 2 days of leave that would lie outside the employment" in told


def test_an_employment_that_is_over_does_not_go_on(
    requests: LeaveRequests, load: Any, refused: Any
) -> None:
    assert requests
    load(a_line(endDate="2024-06-30"))
    # The day of the stage, which is another one than in UTC around midnight.
    today, ever = datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat(), "2099-12-31"
    for line in (
        JIM,
        a_line(startDate="2021-01-01"),
        a_line(endDate=today),
        a_line(endDate=ever),
    ):
        (problem,) = refused(line)
        assert problem == (
            "3 endDate: the employment ended on 2024-06-30 and cannot go on; if the employee was"
            " hired again, give the new startDate (2024-07-01 continues the employment)"
        )
    load(a_line(endDate="2024-07-31"))
    load(a_line(startDate="2024-08-01"))


def test_an_end_that_is_still_to_come_can_be_taken_back(requests: LeaveRequests, load: Any) -> None:
    load(leaving(30))
    load(JIM)
    assert requests.stage.directory.by_id("E002").end_date is None  # type: ignore[union-attr]
