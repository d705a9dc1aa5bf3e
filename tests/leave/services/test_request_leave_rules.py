"""Which leave is refused, with nothing written: by days, by leave type and by team."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from leave.domain import errors
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.errors import InsufficientBalanceError, NoWorkingDaysError, OverlapError
from leave.domain.history import Status
from leave.domain.policy import BlockedPeriod, LeaveType, Presence, Rules, Severity, TeamRuleError
from leave.domain.values import replace
from leave.services.authorization import Caller
from leave.services.leave_policy import LeaveRequestInput
from leave.services.request_leave import START_GRACE
from tests.leave.builders import (
    JANE,
    JIM,
    R1,
    R2,
    TODAY,
    a_day,
    a_period,
    an_employee,
    an_id,
    employed,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

HORIZON_DAY = Rules().horizon(TODAY)
MAY = ("2027-05-03", "2027-05-07")


def a_week(text: str) -> Dated[WorkingWeek]:
    return Dated.parse(text, WorkingWeek.parse)


@pytest.fixture
def refusing(stage: FakeStage) -> Iterator[FakeStage]:
    """Return the stage, and check in the end that nothing was written or started."""
    before = stage.written()
    yield stage
    assert stage.written() == before
    assert stage.workflow.starts == 0


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        (a_wish("2027-02-28", "2027-03-05"), errors.PastPeriodError, "before today, 2027-03-01"),
        (a_wish("0001-01-01", "2027-03-05"), errors.PastPeriodError, "before today, 2027-03-01"),
        (a_wish("2027-03-01", "9999-12-31"), errors.TooFarAheadError, f"up to {HORIZON_DAY}"),
        (
            a_wish("2027-05-08", "2027-05-09"),
            NoWorkingDaysError,
            "2027-05-08 to 2027-05-09 does not contain a working day",
        ),
        (
            a_wish(leave_type="sabbatical"),
            errors.UnknownLeaveTypeError,
            r"'sabbatical'\. Choose one of these: annual",
        ),
        (
            a_wish("2027-05-03", "2027-06-11"),
            InsufficientBalanceError,
            "30 working days of 2027.*25 are left",
        ),
        (a_wish("2027-12-29", "2028-02-11"), InsufficientBalanceError, "of 2028"),
    ],
)
def test_leave_that_cannot_be_is_refused_with_the_reason(
    refusing: FakeStage, wanted: LeaveRequestInput, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        refusing.request_leave(JIM_CALLS, wanted)


def test_leave_lies_between_today_and_the_horizon(stage: FakeStage) -> None:
    assert stage.request_leave(JIM_CALLS, a_wish("2027-03-01")).working_days == 1
    day = HORIZON_DAY
    while day.weekday() > 4:
        day -= timedelta(days=1)
    stage.request_leave(JIM_CALLS, a_wish(str(day), str(HORIZON_DAY)))
    with pytest.raises(errors.TooFarAheadError, match=f"up to {HORIZON_DAY}"):
        stage.request_leave(JIM_CALLS, a_wish(str(day), str(HORIZON_DAY + timedelta(days=1))))


def test_leave_lies_between_the_first_and_the_last_day_of_employment(stage: FakeStage) -> None:
    stage.employ(JIM, a_day("2027-04-05"), a_day("2027-12-14"))
    for start, end in (("2027-04-02", "2027-04-05"), ("2027-12-14", "2027-12-15")):
        with pytest.raises(errors.NotEmployedError, match="from 2027-04-05 to 2027-12-14"):
            stage.request_leave(ADMIN_CALLS, a_wish(start, end), employee_id="E002")
    for day in ("2027-04-05", "2027-12-14"):
        asked = stage.request_leave(ADMIN_CALLS, a_wish(day), employee_id="E002")
        assert asked.working_days == 1


@pytest.mark.parametrize(
    "wanted",
    [a_wish(), a_wish("2027-12-27", "2028-01-07"), a_wish(leave_type="sick")],
    ids=["annual", "over New Year", "no balance"],
)
def test_leave_before_the_accounts_is_refused(stage: FakeStage, wanted: LeaveRequestInput) -> None:
    annual = LeaveType(id="annual", name="Annual leave")
    stage.rules = Rules(leave_types=(annual, SICK))
    stage.update(JIM, accounts_since=2028)
    begin_later = pytest.raises(
        errors.BeforeFirstLedgerError, match=r"begin in 2028.*2027-.*from 2028-01-01 on"
    )
    with begin_later:
        stage.request_leave(JIM_CALLS, wanted)
    assert not stage.requests.stored
    stage.request_leave(JIM_CALLS, a_wish("2028-01-10"))
    with begin_later:
        stage.change(wanted)


def test_the_employees_own_week_on_each_day_counts(stage: FakeStage) -> None:
    stage.update(JIM, working_time=a_week("Mon Wed:0.5 Sat; 2027-05-10: Mon-Thu"))
    submitted = stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-14"))
    assert submitted.working_days == Decimal("6.5")
    with pytest.raises(NoWorkingDaysError, match="2027-05-21 is not a working day"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-21"))


def test_a_public_holiday_of_the_employees_region_costs_nothing(stage: FakeStage) -> None:
    stage.update(JIM, holidays="XX")
    over_christmas = a_wish("2027-12-20", "2027-12-26")
    assert stage.request_leave(JANE_CALLS, over_christmas).working_days == 5
    with pytest.raises(NoWorkingDaysError):
        stage.request_leave(JIM_CALLS, a_wish("2028-05-01"))
    assert stage.request_leave(JIM_CALLS, a_wish("2028-05-01", "2028-05-05")).working_days == 4


def test_half_of_half_a_day_is_refused(stage: FakeStage) -> None:
    stage.update(JIM, working_time=a_week("Mon:0.5"))
    with pytest.raises(errors.HalfOfHalfDayError):
        stage.request_leave(JIM_CALLS, a_wish(half="morning"))
    assert stage.request_leave(JIM_CALLS, a_wish()).working_days == Decimal("0.5")


def test_undecided_requests_count_as_taken(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-28"))
    with pytest.raises(InsufficientBalanceError, match=r"6 .*and 5 are left"):
        stage.request_leave(JIM_CALLS, a_wish("2027-06-07", "2027-06-14"))
    assert stage.request_leave(JIM_CALLS, a_wish("2027-06-07", "2027-06-11")).working_days == 5


def test_denied_days_can_be_asked_for_again_and_approved_ones_cannot(stage: FakeStage) -> None:
    stage.decide(stage.asked(), "denied", "Release week")
    stage.asked()
    assert stage.booked() == 1
    stage.decide(stage.link(R2))
    with pytest.raises(OverlapError, match=f"{R2} is approved"):
        stage.request_leave(JIM_CALLS, a_wish())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2027-05-03", "2027-05-07"), ("2027-05-07", "2027-05-10")),
        (("2027-12-30", "2028-01-05"), ("2028-01-05", "2028-01-06")),
    ],
)
def test_the_same_days_cannot_be_asked_for_twice_in_any_year(
    stage: FakeStage, first: tuple[str, str], second: tuple[str, str]
) -> None:
    stage.request_leave(JIM_CALLS, a_wish(*first))
    with pytest.raises(OverlapError, match=f"leave on {' to '.join(first)}: .*{R1} is pending"):
        stage.request_leave(JIM_CALLS, a_wish(*second))
    assert list(stage.requests.stored) == [R1]
    assert stage.request_leave(JANE_CALLS, a_wish(*second)).request_id != R1


def test_both_halves_of_a_day_can_be_asked_for_one_by_one(stage: FakeStage) -> None:
    for half in ("morning", "afternoon"):
        submitted = stage.request_leave(JIM_CALLS, a_wish(half=half))
        assert submitted.working_days == Decimal("0.5")
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish(half="morning"))
    assert stage.booked() == 1


# Leave types

ANNUAL = LeaveType(
    id="annual", name="Annual leave", minimum_notice_days=14, maximum_days=Decimal(10)
)
SPECIAL = LeaveType(id="special", name="Special leave", days_per_year=Decimal(2))
FLEXIBLE = replace(SPECIAL, id="flexible", may_go_negative=True)
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)
SICK_WISH = a_wish(leave_type="sick", reason="Flu")


@pytest.fixture
def typed(stage: FakeStage) -> FakeStage:
    """Return a stage with four leave types."""
    stage.rules = Rules(leave_types=(ANNUAL, SPECIAL, FLEXIBLE, SICK))
    return stage


@pytest.mark.parametrize("day", ["2027-03-14", "2027-03-01"])
def test_what_has_to_be_asked_for_early_is_refused_late(typed: FakeStage, day: str) -> None:
    early = pytest.raises(
        errors.NoticeTooShortError, match=r"Annual leave .* 14 days before its first day"
    )
    with early:
        typed.request_leave(JIM_CALLS, a_wish(day, "2027-03-17"))
    assert not typed.requests.stored
    typed.request_leave(JIM_CALLS, a_wish("2027-03-15"))
    typed.request_leave(JIM_CALLS, a_wish("2027-03-01", leave_type="sick"))


def test_a_request_has_a_longest_length_in_working_days(typed: FakeStage) -> None:
    with pytest.raises(
        errors.TooLongError, match="limited to 10 working days a request; this request has 11"
    ):
        typed.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-17"))
    assert typed.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-16")).working_days == 10


def test_each_limited_type_has_days_of_its_own(typed: FakeStage) -> None:
    typed.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-04", leave_type="special"))
    with pytest.raises(InsufficientBalanceError, match="and 0 are left"):
        typed.request_leave(JIM_CALLS, a_wish("2027-05-05", leave_type="special"))
    typed.request_leave(JIM_CALLS, a_wish("2027-05-05"))
    assert (typed.balance(2027, "special").available, typed.balance().available) == (0, 24)


def test_a_type_may_go_negative_or_be_unlimited(typed: FakeStage) -> None:
    typed.request_leave(JIM_CALLS, a_wish(*MAY, leave_type="flexible"))
    assert typed.balance(2027, "flexible").available == -3
    assert typed.balance(2028, "flexible").available == 2, "only annual leave is carried over"
    ill = a_wish("2027-05-10", "2027-10-29", leave_type="sick")
    assert typed.request_leave(JIM_CALLS, ill).working_days == 125
    assert typed.balance().available == 25


def test_what_needs_no_approval_is_approved_at_once_and_told(typed: FakeStage) -> None:
    typed.request_leave(JIM_CALLS, SICK_WISH)
    assert (typed.request.status, typed.request.question) == (Status.APPROVED, None)
    assert typed.events == ["requested", "approved"]
    assert typed.booking().status == "approved"
    assert typed.workflow.executions == {R1: (R1, 1)}
    typed.ask_lead()
    assert [answer[1:] for answer in typed.workflow.answers] == [(R1, "approved")]
    assert typed.tell_employee() == "approved"
    assert typed.mailer.recipients == ["jim@foo.com", "john@foo.com"]
    assert typed.mailer.sent[1].text == "note of Jim O'Dell: approved"


def test_what_needs_no_approval_needs_no_lead_either(typed: FakeStage) -> None:
    with pytest.raises(errors.NoApproverError):
        typed.request_leave(JOHN_CALLS, a_wish())
    assert typed.request_leave(JOHN_CALLS, SICK_WISH).working_days == 1


def test_a_lost_start_of_what_needs_no_approval_is_made_up_for_too(typed: FakeStage) -> None:
    typed.workflow.hooks.before("start", raising(errors.UnavailableError("down")))
    with pytest.raises(errors.UnavailableError):
        typed.request_leave(JIM_CALLS, SICK_WISH)
    typed.clock.go_on(START_GRACE * 2)
    assert typed.request_leave(JIM_CALLS, SICK_WISH).request_id == R1
    assert list(typed.workflow.executions) == [R1]


# Blocked periods

FLAG, REFUSE = Severity.FLAG, Severity.REFUSE


def blocked(severity: Severity = REFUSE, lead_id: str | None = None) -> FakeStage:
    start, end = map(a_day, MAY)
    period = BlockedPeriod(
        start=start, end=end, reason="Stocktaking", severity=severity, lead_id=lead_id
    )
    return FakeStage(rules=Rules(blocked_periods=(period,)), fallback_approver="E003")


def warnings(stage: FakeStage, request_id: str = R1) -> tuple[str, ...]:
    return tuple(map(str, stage.requests[request_id].plan.warnings))


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
    stage = blocked()
    (refused,) = stage.rules.blocked_periods
    flagged = replace(refused, reason="Painting", severity=FLAG)
    stage.rules = Rules(blocked_periods=(refused, replace(refused, reason="Audit"), flagged))
    with pytest.raises(TeamRuleError, match=r"Stocktaking.*Audit") as caught:
        stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert "Painting" not in str(caught.value)


def test_a_change_is_checked_like_a_new_request() -> None:
    stage = blocked()
    stage.asked(a_wish("2027-06-01"))
    with pytest.raises(TeamRuleError):
        stage.change(a_wish(*MAY))
    assert stage.request.revision == 1


@pytest.mark.parametrize(
    ("needs_approval", "team_rules", "obeys"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
def test_team_rules_are_for_types_that_need_approval_or_say_so(
    caller: Caller, *, needs_approval: bool, team_rules: bool | None, obeys: bool
) -> None:
    sick = LeaveType(id="sick", name="S", needs_approval=needs_approval, team_rules=team_rules)
    presence = Presence(minimum=9, severity=REFUSE)
    stage = blocked()
    stage.rules = replace(stage.rules, leave_types=(sick,), presence=presence)
    try:
        stage.request_leave(caller, a_wish(leave_type="sick"), employee_id="E002")
    except TeamRuleError:
        assert obeys
    else:
        assert not obeys
        assert warnings(stage) == ()


# Presence


def team_of(*colleagues: Any, minimum: int = 1, severity: Severity = FLAG) -> FakeStage:
    """Return a stage on which John leads Jim and these colleagues."""
    stage = FakeStage(rules=Rules(presence=Presence(minimum=minimum, severity=severity)))
    stage.directory.remove("E003")
    for colleague in colleagues:
        stage.directory.put(colleague)
    return stage


ENOUGH, TOO_FEW = [], ["On 2027-05-03 none of the team would be there; 1 is needed."]


@pytest.mark.parametrize(
    ("colleagues", "expected"),
    [
        ([JANE], ENOUGH),
        ([], TOO_FEW),
        ([replace(JANE, employments=employed(end=a_day("2027-05-02")))], TOO_FEW),
        ([replace(JANE, employments=employed(start=a_day("2027-05-04")))], TOO_FEW),
        ([replace(JANE, working_time=a_week("Tue-Fri"))], TOO_FEW),
        ([replace(JANE, lead_id="E009")], TOO_FEW),
    ],
)
def test_colleagues_who_work_that_day_count_and_neither_who_asks_nor_the_lead(
    colleagues: list[Any], expected: list[str]
) -> None:
    stage = team_of(*colleagues)
    stage.request_leave(JIM_CALLS, a_wish())
    assert list(warnings(stage)) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (a_period("2027-05-03", half="morning"), TOO_FEW),
        (a_period("2027-05-08", "2027-05-09"), ENOUGH),
    ],
    ids=["half a day", "days off anyway"],
)
def test_who_is_away_on_part_of_a_working_day_is_away(period: Any, expected: list[str]) -> None:
    stage = team_of(JANE)
    stage.take_leave("E003", period)
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-10"))
    assert list(warnings(stage)) == expected


def test_each_day_with_too_few_is_told_with_the_numbers() -> None:
    stage = team_of(JANE, an_employee("E004"), minimum=2)
    stage.take_leave("E003", a_period("2027-05-04", "2027-05-05"))
    stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert warnings(stage) == (
        "On 2027-05-04 only 1 of the team would be there; 2 are needed.",
        "On 2027-05-05 only 1 of the team would be there; 2 are needed.",
    )


def test_too_few_may_be_refused() -> None:
    stage = team_of(JANE, severity=REFUSE)
    stage.take_leave("E003", a_period(*MAY))
    with pytest.raises(TeamRuleError, match="none of the team would be there; 1 is needed"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-05", "2027-05-12"))
    assert not stage.requests.stored


def test_what_is_undecided_does_not_count_as_away() -> None:
    stage = team_of(JANE)
    stage.request_leave(JANE_CALLS, a_wish(*MAY))
    stage.request_leave(JIM_CALLS, a_wish(*MAY))
    assert warnings(stage, an_id(2)) == ()


def test_both_years_of_colleagues_are_read_in_one_call() -> None:
    stage = team_of(JANE, an_employee("E004"), minimum=3)
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
