"""Leave that administrators record, and leave that has begun when it is asked for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.domain import errors
from leave.domain.history import EventType, Status
from leave.domain.policy import BlockedPeriod, CarryOver, LeaveType, Rules, Severity
from leave.domain.values import replace
from leave.services.authorization import Caller
from tests.leave.builders import JANE, JIM, JOHN, TODAY, a_day
from tests.leave.services.stage import ADMIN_CALLS, JIM_CALLS, JOHN_CALLS, FakeStage, a_wish

if TYPE_CHECKING:
    from leave.services.leave_policy import LeaveRequestInput

JANE_OF_HR = Caller(email=JANE.email, in_admins=True)
STRICT = Rules(
    leave_types=(
        LeaveType(
            id="annual", name="Annual leave", minimum_notice_days=30, maximum_days=Decimal(3)
        ),
        LeaveType(id="sick", name="Sick leave", needs_approval=False, reportable_days_back=3),
    ),
    blocked_periods=(
        BlockedPeriod(
            start=a_day("2027-03-01"),
            end=a_day("2027-03-31"),
            reason="Release",
            lead_id=None,
            severity=Severity.REFUSE,
        ),
    ),
    requests_per_day=1,
)


def recorded(start: str, end: str = "", leave_type: str = "annual") -> LeaveRequestInput:
    return replace(a_wish(start, end or start, leave_type=leave_type), recorded=True)


def test_recorded_leave_is_approved_at_once_and_mailed_to_the_employee(stage: FakeStage) -> None:
    submitted = stage.request_leave(ADMIN_CALLS, recorded("2027-03-01"), employee_id="E002")
    request = stage.requests.stored[submitted.request_id]
    assert request.status is Status.APPROVED
    first, approved = request.history
    assert (first.type, first.actor) == (EventType.RECORDED, "hr@foo.com")
    assert (approved.type, request.question) == (EventType.APPROVED, None)
    assert stage.workflow.executions == {submitted.request_id: (submitted.request_id, 1)}
    stage.process_lead_response(submitted.request_id)
    assert stage.mailer.recipients == [JIM.email, JOHN.email]


def test_recording_skips_what_is_about_asking_and_keeps_the_rest(stage: FakeStage) -> None:
    stage.rules = STRICT
    for day in ("2027-03-01", "2027-03-08"):
        stage.request_leave(
            ADMIN_CALLS, recorded(day, f"{day[:-2]}{int(day[-2:]) + 4:02}"), employee_id="E002"
        )
    with pytest.raises(errors.OverlapError):
        stage.request_leave(ADMIN_CALLS, recorded("2027-03-02"), employee_id="E002")
    with pytest.raises(errors.NoWorkingDaysError):
        stage.request_leave(ADMIN_CALLS, recorded("2027-03-06"), employee_id="E002")
    with pytest.raises(errors.InsufficientBalanceError):
        stage.request_leave(ADMIN_CALLS, recorded("2027-05-03", "2027-06-04"), employee_id="E002")
    with pytest.raises(errors.TooFarAheadError):
        stage.request_leave(ADMIN_CALLS, recorded("2037-05-03"), employee_id="E002")


@pytest.mark.parametrize(
    ("caller", "employee_id", "message"),
    [
        (JIM_CALLS, "E002", "Only administrators"),
        (JOHN_CALLS, "E002", "only act on your own"),
        (JANE_OF_HR, "E003", "your own leave"),
    ],
)
def test_only_administrators_record_and_never_for_themselves(
    stage: FakeStage, caller: Caller, employee_id: str, message: str
) -> None:
    with pytest.raises(errors.NotAllowedError, match=message):
        stage.request_leave(caller, recorded("2027-03-01"), employee_id=employee_id)
    assert not stage.requests.stored


def test_administrators_name_past_days_from_last_year_on(stage: FakeStage) -> None:
    employed = replace(JIM, accounts_since=2026)
    stage.directory.put(employed)
    stage.request_leave(ADMIN_CALLS, recorded("2026-01-02"), employee_id="E002")
    with pytest.raises(errors.TooFarBackError, match="back to 2026-01-01"):
        stage.request_leave(ADMIN_CALLS, recorded("2025-12-31"), employee_id="E002")
    stage.directory.put(replace(JIM, accounts_since=2027))
    with pytest.raises(errors.BeforeFirstLedgerError, match="from 2027-01-01 on"):
        stage.request_leave(ADMIN_CALLS, recorded("2026-12-31"), employee_id="E002")


def test_leave_of_last_year_changes_what_was_carried_over(stage: FakeStage) -> None:
    stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(10)))
    stage.directory.put(replace(JIM, accounts_since=2026))
    assert stage.balance(2027).carried_in == 10
    stage.request_leave(ADMIN_CALLS, recorded("2026-11-02", "2026-11-27"), employee_id="E002")
    assert stage.balance(2027).carried_in == 5


def test_an_employee_reports_leave_that_began_as_long_ago_as_the_type_says(
    stage: FakeStage,
) -> None:
    stage.rules = STRICT
    first = TODAY - timedelta(days=3)
    too_early = a_wish(str(first - timedelta(days=1)), str(TODAY), leave_type="sick")
    with pytest.raises(errors.PastPeriodError, match=f"from {first} on"):
        stage.request_leave(JIM_CALLS, too_early)
    submitted = stage.request_leave(JIM_CALLS, a_wish(str(first), str(TODAY), leave_type="sick"))
    assert stage.requests.stored[submitted.request_id].status is Status.APPROVED
