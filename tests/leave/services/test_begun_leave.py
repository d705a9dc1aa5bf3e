"""Leave that has begun is not cancelled by the employee alone, whatever its type."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.errors import LeaveError, NoApproverError
from leave.domain.history import Question, Status
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import replace
from tests.leave.builders import JIM, JOHN, R1, TODAY
from tests.leave.services.stage import (
    ADMIN_CALLS,
    JIM_CALLS,
    OTHER_TOKEN,
    TOKEN,
    FakeStage,
    a_wish,
)

DAY = timedelta(days=1)
ALLOWANCE = 5
CARE = LeaveType(
    id="care", name="Care leave", needs_approval=False, days_per_year=Decimal(ALLOWANCE)
)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage with five days a year that need no approval."""
    return FakeStage(rules=Rules(leave_types=(*Rules().leave_types, CARE)))


def care(stage: FakeStage, first: int = 0, last: int | None = None) -> str:
    """Let Jim ask for care leave so many days from today on; return the request's id."""
    today = stage.clock.today()
    days = (str(today + n * DAY) for n in (first, first if last is None else last))
    return stage.request_leave(JIM_CALLS, a_wish(*days, leave_type="care")).request_id


def taken_over(stage: FakeStage) -> Decimal:
    return stage.balance(TODAY.year, "care").taken


@pytest.mark.parametrize("days_later", [0, 1, 30])
def test_the_lead_is_asked_once_it_has_begun(stage: FakeStage, days_later: int) -> None:
    care(stage)
    stage.clock.go_on(days_later * DAY)
    link = stage.cancelling(R1)
    request = stage.requests[R1]
    assert (request.status, request.question) == (Status.APPROVED, Question.CANCELLATION)
    assert request.approver is not None
    assert request.approver.employee_id == JOHN.employee_id
    assert stage.balance(TODAY.year, "care").available == ALLOWANCE - 1
    stage.decide(link)
    assert stage.requests[R1].status is Status.CANCELLED
    assert stage.balance(TODAY.year, "care").available == ALLOWANCE


def test_before_its_first_day_it_is_cancelled_at_once(stage: FakeStage) -> None:
    care(stage, 1)
    stage.change_leave_request.withdraw(JIM_CALLS, R1)
    assert stage.requests[R1].status is Status.CANCELLED


def test_an_administrator_cancels_what_has_begun_for_another(stage: FakeStage) -> None:
    care(stage)
    stage.change_leave_request.withdraw(ADMIN_CALLS, R1)
    assert stage.requests[R1].status is Status.CANCELLED


def test_an_administrator_s_own_leave_is_the_lead_s_to_cancel(stage: FakeStage) -> None:
    care(stage)
    stage.change_leave_request.withdraw(replace(JIM_CALLS, in_admins=True), R1)
    assert stage.requests[R1].question is Question.CANCELLATION


def test_where_nobody_could_agree_nothing_is_written(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, lead_id=None))
    care(stage)
    before = stage.requests[R1]
    with pytest.raises(NoApproverError, match="Ask an administrator"):
        stage.change_leave_request.withdraw(JIM_CALLS, R1)
    assert stage.requests[R1] == before


def test_the_lead_who_answers_gets_no_note_besides(stage: FakeStage) -> None:
    care(stage)
    stage.process_leave_request(R1, TOKEN)
    stage.process_lead_response(R1)
    assert stage.mailer.recipients == [JIM.email, JOHN.email]
    stage.decide(stage.cancelling(R1, OTHER_TOKEN))
    stage.process_lead_response(R1, inquiry=2)
    assert stage.mailer.recipients[2:] == [JOHN.email, JIM.email], "the question, the outcome"
    assert not stage.requests[R1].is_open


ACTS = st.lists(
    st.tuples(st.just("ask"), st.integers(0, 9), st.integers(0, 6))
    | st.tuples(st.just("cancel"), st.integers(0, 9), st.just(0))
    | st.tuples(st.just("wait"), st.integers(1, 6), st.just(0)),
    max_size=30,
)


@given(ACTS)
def test_days_taken_never_exceed_the_allowance(acts: list[tuple[str, int, int]]) -> None:
    """Whatever an employee asks for and cancels alone, while days go by."""
    stage: Any = FakeStage(rules=Rules(leave_types=(*Rules().leave_types, CARE)))
    taken: Counter[int] = Counter()
    asked: list[str] = []
    for what, number, length in (*acts, ("wait", 20, 0)):
        try:
            if what == "ask":
                asked.append(care(stage, number, number + length))
            elif what == "cancel" and asked:
                stage.change_leave_request.withdraw(JIM_CALLS, asked[number % len(asked)])
        except LeaveError:
            continue
        for _ in range(number if what == "wait" else 0):
            day = stage.clock.today()
            away = stage.requests.book("E002", day.year).away_on(day)
            taken[day.year] += away is not None and day.weekday() in range(5)
            stage.clock.go_on(DAY)
    assert all(days <= ALLOWANCE for days in taken.values())
    assert taken[TODAY.year] == taken_over(stage), "the balance has counted them all"
