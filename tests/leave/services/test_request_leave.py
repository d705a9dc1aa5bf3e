"""Who may ask for whose leave, and what is written when they do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import (
    MalformedRequestError,
    NoApproverError,
    NotAllowedError,
    NotEmployedError,
    UnknownEmployeeError,
)
from leave.domain.history import Status
from leave.domain.values import replace
from leave.services.authorization import Caller
from tests.leave.builders import JANE, JIM, JOHN, NOW, R1, TODAY, an_employee, employed
from tests.leave.services.stage import ADMIN_CALLS, JIM_CALLS, JOHN_CALLS, a_wish

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


def test_an_employee_asks_for_own_leave(stage: FakeStage) -> None:
    submitted = stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-09", reason="Wedding"))
    assert submitted.request_id == R1
    assert submitted.working_days == 5
    assert submitted.ref.endswith(f":{R1}")
    assert stage.workflow.executions == {R1: (R1, 1)}


def test_the_record_says_who_asked_for_what_and_when(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish(reason="Wedding"))
    request = stage.requests[R1]
    assert (request.employee.employee_id, request.employee.name) == ("E002", "Jim O'Dell")
    assert (request.status, request.plan.reason) == (Status.PENDING, "Wedding")
    (event,) = request.history
    assert (event.type, event.actor, event.channel, event.at) == ("requested", "E002", "api", NOW)
    assert event.name == JIM.name
    assert event.comment == "2027-05-03"


def test_the_days_are_booked_in_each_year(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-12-27", "2028-01-07"))
    assert stage.requests.booked("E002", 2027) == 5
    assert stage.requests.booked("E002", 2028) == 5


def test_a_year_in_which_nothing_is_worked_is_not_booked(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-12-31", "2028-01-02"))  # Friday to Sunday
    assert list(stage.requests[R1].plan.counts) == [2027]
    assert ("E002", 2028) not in stage.requests.books


def test_the_own_id_may_be_given(stage: FakeStage) -> None:
    submitted = stage.request_leave(JIM_CALLS, a_wish(), employee_id="E002")
    assert stage.requests[submitted.request_id].employee.employee_id == "E002"


@pytest.mark.parametrize("other", ["E001", "E003", "E404", "e002"])
def test_nobody_asks_for_anothers_leave_and_none_learns_who_exists(
    stage: FakeStage, other: str
) -> None:
    with pytest.raises(NotAllowedError, match="only act on your own leave"):
        stage.request_leave(JIM_CALLS, a_wish(), employee_id=other)
    assert not stage.requests.stored
    assert not stage.workflow.executions


def test_a_lead_does_not_ask_for_a_reports_leave(stage: FakeStage) -> None:
    with pytest.raises(NotAllowedError):
        stage.request_leave(JOHN_CALLS, a_wish(), employee_id="E002")


@pytest.mark.parametrize("employee_id", [None, "E002"])
def test_who_is_no_employee_asks_for_nothing(stage: FakeStage, employee_id: str | None) -> None:
    guest = Caller(email="guest@foo.com", in_admins=False)
    with pytest.raises(NotAllowedError):
        stage.request_leave(guest, a_wish(), employee_id=employee_id)


def test_an_admin_asks_for_an_employee_and_the_record_names_the_admin(stage: FakeStage) -> None:
    stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E002")
    request = stage.requests[R1]
    assert request.employee.employee_id == "E002"
    assert (request.history[0].actor, request.history[0].name) == ("hr@foo.com", "hr@foo.com")


def test_an_admin_who_is_an_employee_is_named_by_id_and_name(stage: FakeStage) -> None:
    jane_of_hr = Caller(email=JANE.email, in_admins=True)
    stage.request_leave(jane_of_hr, a_wish(), employee_id="E002")
    event = stage.requests[R1].history[0]
    assert (event.actor, event.name) == ("E003", JANE.name)


def test_an_admin_who_is_an_employee_asks_for_either(stage: FakeStage) -> None:
    jane = Caller(email="jane@foo.com", in_admins=True)
    own = stage.request_leave(jane, a_wish())
    others = stage.request_leave(jane, a_wish(), employee_id="E002")
    assert stage.requests[own.request_id].employee.employee_id == "E003"
    assert stage.requests[others.request_id].employee.employee_id == "E002"


def test_an_admin_is_told_of_an_unknown_employee(stage: FakeStage) -> None:
    with pytest.raises(UnknownEmployeeError, match="E404"):
        stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E404")


def test_an_admin_who_is_no_employee_has_to_say_whose_leave(stage: FakeStage) -> None:
    with pytest.raises(MalformedRequestError) as caught:
        stage.request_leave(ADMIN_CALLS, a_wish())
    assert [problem.field for problem in caught.value.problems] == ["employeeId"]


def test_who_has_left_asks_for_nothing_and_nobody_asks_for_them(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, employments=employed(end=TODAY - timedelta(days=1))))
    with pytest.raises(NotAllowedError, match="E002 left on 2027-02-28"):
        stage.request_leave(JIM_CALLS, a_wish(), employee_id="E002")
    with pytest.raises(NotEmployedError, match="from the beginning to 2027-02-28"):
        stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E002")


def test_without_a_lead_nobody_could_decide(stage: FakeStage) -> None:
    with pytest.raises(NoApproverError, match="E001 has no approver: no lead is imported"):
        stage.request_leave(JOHN_CALLS, a_wish())
    assert not stage.requests.stored


def test_without_a_lead_the_fallback_approver_will_do(stage: FakeStage) -> None:
    stage.directory.put(an_employee("E009", email="boss@foo.com", lead_id=None))
    stage.fallback_approver = "E009"
    assert stage.request_leave(JOHN_CALLS, a_wish()).request_id == R1


def test_the_fallback_approver_without_a_lead_can_ask_nobody(stage: FakeStage) -> None:
    stage.fallback_approver = JOHN.employee_id
    with pytest.raises(NoApproverError):
        stage.request_leave(JOHN_CALLS, a_wish())
