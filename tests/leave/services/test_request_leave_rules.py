"""Which leave is refused, and that nothing is written then."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.errors import (
    AccountsBeginLaterError,
    HalfOfHalfDayError,
    InsufficientBalanceError,
    NotEmployedError,
    NoWorkingDaysError,
    OverlapError,
    PastPeriodError,
    TooFarAheadError,
    UnknownLeaveTypeError,
)
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import replace
from tests.leave.builders import JIM, R1, R2, TODAY, a_day, employed
from tests.leave.services.stage import ADMIN_CALLS, JANE_CALLS, JIM_CALLS, FakeStage, a_wish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leave.services.leave_policy import LeaveRequestInput

HORIZON_DAY = Rules().horizon(TODAY)


@pytest.fixture
def refusing(stage: FakeStage) -> Iterator[FakeStage]:
    """Return the stage, and check in the end that nothing was written or started."""
    before = dict(stage.requests.stored), dict(stage.requests.books)
    yield stage
    assert (stage.requests.stored, stage.requests.books) == before
    assert stage.workflow.starts == 0


@pytest.mark.parametrize("start", ["2027-02-28", "2026-03-01", "0001-01-01"])
def test_leave_can_not_begin_in_the_past(refusing: FakeStage, start: str) -> None:
    with pytest.raises(PastPeriodError, match="before today, 2027-03-01"):
        refusing.request_leave(JIM_CALLS, a_wish(start, "2027-03-05"))


def test_leave_can_begin_today(stage: FakeStage) -> None:
    assert stage.request_leave(JIM_CALLS, a_wish("2027-03-01")).working_days == 1


def test_leave_can_end_on_the_horizon_and_no_later(stage: FakeStage) -> None:
    day = HORIZON_DAY
    while day.weekday() > 4:
        day -= timedelta(days=1)
    stage.request_leave(JIM_CALLS, a_wish(str(day), str(HORIZON_DAY)))
    with pytest.raises(TooFarAheadError, match=f"up to {HORIZON_DAY}"):
        stage.request_leave(JIM_CALLS, a_wish(str(day), str(HORIZON_DAY + timedelta(days=1))))


def test_leave_until_the_end_of_the_calendar_is_refused_at_once(refusing: FakeStage) -> None:
    with pytest.raises(TooFarAheadError):
        refusing.request_leave(JIM_CALLS, a_wish("2027-03-01", "9999-12-31"))


def test_leave_lies_between_the_first_and_the_last_day_of_employment(stage: FakeStage) -> None:
    stage.directory.put(
        replace(JIM, employments=employed(start=a_day("2027-04-05"), end=a_day("2027-12-14")))
    )
    for start, end in (("2027-04-02", "2027-04-05"), ("2027-12-14", "2027-12-15")):
        with pytest.raises(NotEmployedError, match="from 2027-04-05 to 2027-12-14"):
            stage.request_leave(ADMIN_CALLS, a_wish(start, end), employee_id="E002")
    for day in ("2027-04-05", "2027-12-14"):
        asked = stage.request_leave(ADMIN_CALLS, a_wish(day), employee_id="E002")
        assert asked.working_days == 1


@pytest.mark.parametrize(
    "wanted",
    [
        a_wish("2027-05-03"),
        a_wish("2027-12-27", "2028-01-07"),
        a_wish("2027-05-03", leave_type="sick"),
    ],
    ids=["annual", "over New Year", "no balance"],
)
def test_leave_before_the_first_accounts_is_refused(
    stage: FakeStage, wanted: LeaveRequestInput
) -> None:
    annual = LeaveType(id="annual", name="Annual leave")
    sick = LeaveType(id="sick", name="Sick leave", needs_approval=False)
    stage.rules = Rules(leave_types=(annual, sick))
    stage.directory.put(replace(JIM, accounts_since=2028))
    with pytest.raises(AccountsBeginLaterError, match=r"begin in 2028.*2027-.*from 2028-01-01 on"):
        stage.request_leave(JIM_CALLS, wanted)
    assert not stage.requests.stored
    request_id = stage.request_leave(JIM_CALLS, a_wish("2028-01-10")).request_id
    with pytest.raises(AccountsBeginLaterError):
        stage.change_leave_request.change(JIM_CALLS, request_id, wanted)


def test_leave_on_a_weekend_costs_nothing_and_is_refused(refusing: FakeStage) -> None:
    with pytest.raises(
        NoWorkingDaysError, match="2027-05-08 to 2027-05-09 does not contain a working day"
    ):
        refusing.request_leave(JIM_CALLS, a_wish("2027-05-08", "2027-05-09"))


def test_the_employees_own_week_counts(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, working_time=Dated(WorkingWeek.parse("Mon Wed:0.5 Sat"))))
    submitted = stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-09"))
    assert submitted.working_days == Decimal("2.5")
    with pytest.raises(NoWorkingDaysError, match="2027-05-11 is not a working day"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-11"))


def test_the_week_in_force_on_each_day_counts(stage: FakeStage) -> None:
    weeks = Dated.parse("Mon-Fri; 2027-05-05: Mon-Thu", WorkingWeek.parse)
    stage.directory.put(replace(JIM, working_time=weeks))
    submitted = stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-14"))
    assert submitted.working_days == 8


def test_a_public_holiday_of_the_employees_region_costs_nothing(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, holidays="XX"))
    over_christmas = a_wish("2027-12-20", "2027-12-26")
    assert stage.request_leave(JANE_CALLS, over_christmas).working_days == 5
    with pytest.raises(NoWorkingDaysError):
        stage.request_leave(JIM_CALLS, a_wish("2028-05-01"))
    assert stage.request_leave(JIM_CALLS, a_wish("2028-05-01", "2028-05-05")).working_days == 4


def test_half_of_half_a_day_is_refused(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, working_time=Dated(WorkingWeek.parse("Mon:0.5"))))
    with pytest.raises(HalfOfHalfDayError):
        stage.request_leave(JIM_CALLS, a_wish(half="morning"))
    assert stage.request_leave(JIM_CALLS, a_wish()).working_days == Decimal("0.5")


def test_a_leave_type_that_there_is_not_is_refused_with_those_there_are(
    refusing: FakeStage,
) -> None:
    with pytest.raises(UnknownLeaveTypeError, match=r"'sabbatical'\. Choose one of these: annual"):
        refusing.request_leave(JIM_CALLS, a_wish(leave_type="sabbatical"))


def test_more_than_the_years_days_are_refused_with_the_numbers(refusing: FakeStage) -> None:
    with pytest.raises(InsufficientBalanceError, match=r"30 working days of 2027.*25 are left"):
        refusing.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-06-11"))


def test_undecided_requests_count_as_taken(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-28"))
    with pytest.raises(InsufficientBalanceError, match=r"6 .*and 5 are left"):
        stage.request_leave(JIM_CALLS, a_wish("2027-06-07", "2027-06-14"))
    assert stage.request_leave(JIM_CALLS, a_wish("2027-06-07", "2027-06-11")).working_days == 5


def test_denied_days_can_be_asked_for_again(stage: FakeStage) -> None:
    link = stage.asked()
    stage.decide(link, "denied", "Release week")
    assert stage.request_leave(JIM_CALLS, a_wish()).request_id == R2
    assert stage.requests.booked("E002", 2027) == 1


def test_each_year_is_checked_by_itself(refusing: FakeStage) -> None:
    refusing.directory.put(replace(JIM, annual_leave_days=Dated(Decimal(4))))
    with pytest.raises(InsufficientBalanceError, match="of 2028"):
        refusing.request_leave(JIM_CALLS, a_wish("2027-12-29", "2028-01-07"))


def test_the_same_days_can_not_be_asked_for_twice(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-07"))
    with pytest.raises(OverlapError, match=r"leave on 2027-05-03 to 2027-05-07: .* is pending"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-07", "2027-05-10"))
    assert list(stage.requests.stored) == [R1]


def test_an_overlap_is_found_in_the_later_year_too(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-12-30", "2028-01-05"))
    with pytest.raises(OverlapError, match=R1):
        stage.request_leave(JIM_CALLS, a_wish("2028-01-05", "2028-01-06"))


def test_approved_days_can_not_be_asked_for_again(stage: FakeStage) -> None:
    stage.decide(stage.asked(), "approved")
    with pytest.raises(OverlapError, match=f"{R1} is approved"):
        stage.request_leave(JIM_CALLS, a_wish())


def test_both_halves_of_a_day_can_be_asked_for_one_by_one(stage: FakeStage) -> None:
    for half in ("morning", "afternoon"):
        submitted = stage.request_leave(JIM_CALLS, a_wish(half=half))
        assert submitted.working_days == Decimal("0.5")
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish(half="morning"))
    assert stage.requests.booked("E002", 2027) == 1


def test_two_employees_may_be_away_on_the_same_day(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish())
    assert stage.request_leave(JANE_CALLS, a_wish()).request_id == R2
