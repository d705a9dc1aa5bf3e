"""Whose leave a caller may act on, and whose they may see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from leave.domain.errors import (
    LeaveError,
    MalformedRequestError,
    NotAllowedError,
    UnknownEmployeeError,
)
from leave.domain.values import replace
from leave.services.authorization import Caller
from tests.leave.builders import JIM, JOHN, TODAY, an_employee, employed
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
)

if TYPE_CHECKING:
    from leave.domain.employee import Employment
    from tests.leave.services.stage import FakeStage

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
Way = Literal["require_manage", "require_view"]
both = pytest.mark.parametrize("way", ["require_manage", "require_view"])
JIM_THE_ADMIN = Caller(email=JIM.email, in_admins=True)


def chosen(stage: FakeStage, way: Way, caller: Caller, employee_id: str | None) -> str:
    return getattr(stage.people, way)(stage.begin(), caller, employee_id).employee_id


def refusal(stage: FakeStage, way: Way, caller: Caller, employee_id: str | None) -> LeaveError:
    with pytest.raises(LeaveError) as caught:
        chosen(stage, way, caller, employee_id)
    return caught.value


@both
@pytest.mark.parametrize("employee_id", [None, "E002"])
def test_everybody_handles_their_own(stage: FakeStage, way: Way, employee_id: str | None) -> None:
    assert chosen(stage, way, JIM_CALLS, employee_id) == "E002"
    assert chosen(stage, way, JIM_THE_ADMIN, employee_id) == "E002"


@both
def test_an_address_is_known_whatever_its_case(stage: FakeStage, way: Way) -> None:
    stage.directory.put(replace(JIM, email="Jim@Foo.com"))
    assert chosen(stage, way, JIM_CALLS, None) == "E002"


@both
@pytest.mark.parametrize("other", ["E001", "E003", "E404", "e002", ""])
def test_another_employee_is_out_of_reach_and_none_learns_who_exists(
    stage: FakeStage, way: Way, other: str
) -> None:
    error = refusal(stage, way, JIM_CALLS, other)
    assert isinstance(error, NotAllowedError)
    assert (
        str(error)
        == {
            "require_manage": "You can only act on your own leave (E002).",
            "require_view": "You can only see your own leave (E002)"
            " and that of the employees you lead.",
        }[way]
    )


def test_a_lead_sees_their_people_and_does_not_act_for_them(stage: FakeStage) -> None:
    assert chosen(stage, "require_view", JOHN_CALLS, "E002") == "E002"
    assert isinstance(refusal(stage, "require_manage", JOHN_CALLS, "E002"), NotAllowedError)


def test_a_lead_sees_nobody_elses_people(stage: FakeStage) -> None:
    stage.directory.put(an_employee("E004", lead_id="E003"))
    assert isinstance(refusal(stage, "require_view", JOHN_CALLS, "E004"), NotAllowedError)
    assert isinstance(refusal(stage, "require_view", JIM_CALLS, "E001"), NotAllowedError)


def test_a_lead_sees_a_leaver_who_was_led(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, employments=employed(end=TODAY - timedelta(days=1))))
    assert chosen(stage, "require_view", JOHN_CALLS, "E002") == "E002"


@both
@pytest.mark.parametrize("caller", [ADMIN_CALLS, JIM_THE_ADMIN])
def test_an_admin_handles_everybody(stage: FakeStage, way: Way, caller: Caller) -> None:
    assert chosen(stage, way, caller, "E003") == "E003"


@both
@pytest.mark.parametrize("caller", [ADMIN_CALLS, JIM_THE_ADMIN])
def test_an_admin_is_told_of_an_unknown_employee(
    stage: FakeStage, way: Way, caller: Caller
) -> None:
    assert isinstance(refusal(stage, way, caller, "E404"), UnknownEmployeeError)


@both
def test_an_admin_who_is_no_employee_has_to_say_whose_leave(stage: FakeStage, way: Way) -> None:
    error = refusal(stage, way, ADMIN_CALLS, None)
    assert isinstance(error, MalformedRequestError)
    assert [problem.field for problem in error.problems] == ["employeeId"]


@both
@pytest.mark.parametrize("employee_id", [None, "E002", "E404"])
def test_who_is_no_employee_handles_nothing(
    stage: FakeStage, way: Way, employee_id: str | None
) -> None:
    error = refusal(stage, way, A_STRANGER_CALLS, employee_id)
    assert isinstance(error, NotAllowedError)
    assert "E002" not in str(error)


@both
@pytest.mark.parametrize("employee_id", [None, "E001", "E002"])
def test_who_has_left_handles_nothing_any_more(
    stage: FakeStage, way: Way, employee_id: str | None
) -> None:
    stage.directory.put(replace(JOHN, employments=employed(end=TODAY - timedelta(days=1))))
    error = refusal(stage, way, JOHN_CALLS, employee_id)
    assert isinstance(error, NotAllowedError)
    assert "E001 left on 2027-02-28" in str(error)


@both
@pytest.mark.parametrize("employee_id", [None, "E001", "E002"])
def test_who_begins_tomorrow_handles_nothing_yet(
    stage: FakeStage, way: Way, employee_id: str | None
) -> None:
    stage.directory.put(replace(JOHN, employments=employed(TODAY + timedelta(days=1))))
    error = refusal(stage, way, JOHN_CALLS, employee_id)
    assert isinstance(error, NotAllowedError)
    assert "E001 begins to work on 2027-03-02" in str(error)


@pytest.mark.parametrize("days", [employed(end=YESTERDAY), employed(TOMORROW)])
def test_an_administrator_who_is_not_employed_today_reads_no_leave_types(
    stage: FakeStage, days: tuple[Employment, ...]
) -> None:
    stage.directory.put(replace(JIM, employments=days))
    with pytest.raises(NotAllowedError, match="E002"):
        stage.read_leave.leave_types(JIM_THE_ADMIN)


@pytest.mark.parametrize("caller", [JIM_CALLS, JIM_THE_ADMIN, ADMIN_CALLS])
def test_who_may_call_reads_the_leave_types(stage: FakeStage, caller: Caller) -> None:
    assert stage.read_leave.leave_types(caller)


@both
def test_the_last_day_of_employment_is_like_any_other(stage: FakeStage, way: Way) -> None:
    stage.directory.put(replace(JIM, employments=employed(end=TODAY)))
    assert chosen(stage, way, JIM_CALLS, None) == "E002"
