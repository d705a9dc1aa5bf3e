"""Blocked periods and the presence of a team: refused, or flagged to the lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.policy import BlockedPeriod, LeaveType, Presence, Rules, Severity, TeamRuleError
from leave.domain.values import replace
from tests.leave.builders import JANE, R1, a_booking, a_day, a_period, an_employee, an_id, employed
from tests.leave.services.stage import (
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

if TYPE_CHECKING:
    from leave.domain.employee import Employee
    from leave.services.authorization import Caller

FLAG, REFUSE = Severity.FLAG, Severity.REFUSE
MAY = ("2027-05-03", "2027-05-07")


def blocked(severity: Severity = REFUSE, lead_id: str | None = None) -> FakeStage:
    period = BlockedPeriod(
        start=a_day("2027-05-03"),
        end=a_day("2027-05-07"),
        reason="Stocktaking",
        severity=severity,
        lead_id=lead_id,
    )
    return FakeStage(rules=Rules(blocked_periods=(period,)), fallback_approver="E003")


def warnings(stage: FakeStage, request_id: str = R1) -> tuple[str, ...]:
    return tuple(str(concern) for concern in stage.requests[request_id].plan.warnings)


@pytest.mark.parametrize(
    ("start", "end"),
    [MAY, ("2027-05-07", "2027-05-10"), ("2027-04-30", "2027-05-03"), ("2027-04-01", "2027-05-20")],
)
def test_leave_in_a_blocked_period_is_refused_with_its_reason(start: str, end: str) -> None:
    stage = blocked()
    with pytest.raises(TeamRuleError, match="2027-05-03 to 2027-05-07 are blocked: Stocktaking"):
        stage.request_leave(JIM_CALLS, a_wish(start, end))
    assert not stage.requests.stored


@pytest.mark.parametrize("day", ["2027-04-30", "2027-05-10"])
def test_leave_beside_a_blocked_period_is_fine(day: str) -> None:
    stage = blocked()
    stage.request_leave(JIM_CALLS, a_wish(day))
    assert warnings(stage) == ()


def test_leave_in_a_period_that_is_only_flagged_warns_the_lead() -> None:
    stage = blocked(FLAG)
    stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert warnings(stage) == ("2027-05-03 to 2027-05-07 are blocked: Stocktaking.",)


def test_a_period_may_be_blocked_for_one_team() -> None:
    stage = blocked(lead_id="E001")
    with pytest.raises(TeamRuleError):
        stage.request_leave(JIM_CALLS, a_wish(*MAY))
    stage.request_leave(JOHN_CALLS, a_wish(*MAY))
    assert warnings(stage) == ()


def test_all_that_is_refused_is_told_at_once_and_what_is_flagged_is_not() -> None:
    refused = blocked().rules.blocked_periods[0]
    rules = Rules(
        blocked_periods=(
            refused,
            replace(refused, reason="Audit"),
            replace(refused, reason="Painting", severity=FLAG),
        )
    )
    with pytest.raises(TeamRuleError) as caught:
        FakeStage(rules=rules).request_leave(JIM_CALLS, a_wish(*MAY))
    assert "Stocktaking" in str(caught.value)
    assert "Audit" in str(caught.value)
    assert "Painting" not in str(caught.value)


def team_of(*colleagues: Employee, minimum: int = 1, severity: Severity = FLAG) -> FakeStage:
    """Return a stage on which John leads Jim and these colleagues."""
    stage = FakeStage(rules=Rules(presence=Presence(minimum=minimum, severity=severity)))
    stage.directory.remove("E003")
    for colleague in colleagues:
        stage.directory.put(colleague)
    return stage


def take_leave(stage: FakeStage, employee_id: str, start: str, end: str, **changes: str) -> None:
    ledger = stage.requests.book(employee_id, int(start[:4]))
    period = a_period(start, end, changes.pop("half", None))
    booking = a_booking(an_id(900), period, **{"status": "approved", **changes})
    stage.requests.write_ledgers([ledger.with_booking(booking)])


def test_enough_colleagues_are_no_reason_to_warn() -> None:
    stage = team_of(JANE)
    stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert warnings(stage) == ()


def test_each_day_with_too_few_is_told_with_the_numbers() -> None:
    stage = team_of(JANE, an_employee("E004"), minimum=2)
    take_leave(stage, "E003", "2027-05-04", "2027-05-05")
    stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert warnings(stage) == (
        "On 2027-05-04 only 1 of the team would be there; 2 are needed.",
        "On 2027-05-05 only 1 of the team would be there; 2 are needed.",
    )


def test_too_few_may_be_refused() -> None:
    stage = team_of(JANE, severity=REFUSE)
    take_leave(stage, "E003", *MAY)
    with pytest.raises(TeamRuleError, match="none of the team would be there; 1 is needed"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-05", "2027-05-12"))
    assert not stage.requests.stored


def test_the_one_who_asks_does_not_count_and_neither_does_the_lead() -> None:
    stage = team_of(minimum=1)
    stage.request_leave(JIM_CALLS, a_wish())
    assert len(warnings(stage)) == 1


@pytest.mark.parametrize(
    "colleague",
    [
        replace(JANE, employments=employed(end=a_day("2027-05-02"))),
        replace(JANE, employments=employed(start=a_day("2027-05-04"))),
        replace(JANE, working_time=Dated(WorkingWeek.parse("Tue-Fri"))),
        replace(JANE, lead_id="E009"),
    ],
)
def test_who_is_not_at_work_that_day_anyway_is_not_there(colleague: Employee) -> None:
    stage = team_of(colleague)
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03"))
    assert len(warnings(stage)) == 1


def test_a_colleague_who_is_away_for_half_the_day_is_away() -> None:
    stage = team_of(JANE)
    take_leave(stage, "E003", "2027-05-03", "2027-05-03", half="morning")
    stage.request_leave(JIM_CALLS, a_wish())
    assert len(warnings(stage)) == 1


def test_what_is_undecided_does_not_count_as_away() -> None:
    stage = team_of(JANE)
    stage.request_leave(JANE_CALLS, a_wish(*MAY))
    stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert warnings(stage, an_id(2)) == ()


def test_days_off_anyway_are_not_looked_at() -> None:
    stage = team_of(JANE)
    take_leave(stage, "E003", "2027-05-08", "2027-05-09")
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-10"))
    assert warnings(stage) == ()


def test_both_years_of_colleagues_are_read_in_one_call() -> None:
    stage = team_of(JANE, an_employee("E004"), minimum=3)
    take_leave(stage, "E003", "2028-01-03", "2028-01-03")
    stage.requests.read_years.clear()
    stage.request_leave(JIM_CALLS, a_wish("2027-12-31", "2028-01-03"))
    assert len(warnings(stage)) == 2
    team = [read for read in stage.requests.read_years if read[0] != ("E002",)]
    assert team == [(("E003", "E004"), (2027, 2028))]


def test_without_a_lead_there_is_no_team() -> None:
    stage = team_of(JANE, minimum=9, severity=REFUSE)
    stage.directory.put(an_employee("E009", lead_id=None))
    stage.fallback_approver = "E009"
    assert stage.request_leave(JOHN_CALLS, a_wish()).working_days == 1


def test_a_change_is_checked_like_a_new_request() -> None:
    stage = blocked()
    link = stage.asked(a_wish("2027-06-01"))
    with pytest.raises(TeamRuleError):
        stage.change_leave_request.change(JIM_CALLS, link.split(".")[0], a_wish(*MAY))
    assert stage.requests[R1].revision == 1


@pytest.mark.parametrize(
    ("needs_approval", "team_rules", "obeys"),
    [
        (True, None, True),
        (False, None, False),
        (True, False, False),
        (False, True, True),
    ],
)
@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
def test_team_rules_are_for_types_that_need_approval_or_say_so(
    caller: Caller, *, needs_approval: bool, team_rules: bool | None, obeys: bool
) -> None:
    sick = LeaveType(id="sick", name="S", needs_approval=needs_approval, team_rules=team_rules)
    stage = blocked()
    stage.rules = replace(
        stage.rules,
        leave_types=(*stage.rules.leave_types, sick),
        presence=Presence(minimum=9, severity=REFUSE),
    )

    def ask() -> None:
        wanted = a_wish("2027-05-03", leave_type="sick")
        stage.request_leave(caller, wanted, employee_id="E002")

    if obeys:
        with pytest.raises(TeamRuleError):
            ask()
    else:
        ask()
        assert warnings(stage) == ()
