"""What is about one employee goes by the day where that employee works."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from leave.domain.employee import Employee, Employment
from leave.domain.errors import NotAllowedError, NoticeTooShortError, PastPeriodError
from leave.domain.history import Question, Status
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import replace
from leave.services.authorization import Admission, ApproverOnly
from leave.services.directory_changes import orphaned_leave
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    JOHN_HIMSELF,
    NOW,
    R1,
    R2,
    TODAY,
    a_booking,
    a_ledger,
    a_period,
    an_asked_request,
)
from tests.leave.fakes import FakeClock
from tests.leave.services.stage import JIM_CALLS, FakeStage, a_wish

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
RULES = Rules(
    leave_types=(
        *Rules().leave_types,
        LeaveType(id="care", name="Care leave", needs_approval=False),
        LeaveType(id="study", name="Study leave", minimum_notice_days=9),
    )
)


@dataclass(kw_only=True)
class ClockOfTwoPlaces(FakeClock):
    """It is tomorrow already where one employee works."""

    ahead: str

    def day_of(self, employee: Employee, moment: datetime) -> date:
        return self.day(moment) + DAY * (employee.employee_id == self.ahead)


def leaves_today(stage: FakeStage, employee: Employee) -> None:
    stage.employ(employee, end=TODAY)


def first_day_asked_for(stage: FakeStage) -> Any:
    try:
        stage.request_leave(JIM_CALLS, a_wish(str(TODAY)))
    except PastPeriodError as error:
        return error.today
    return stage.request.plan.period.start


def first_day_changed_to(stage: FakeStage) -> Any:
    stage.asked()
    try:
        stage.change(a_wish(str(TODAY)))
    except PastPeriodError as error:
        return error.today
    return stage.request.plan.period.start


def last_day_of_all(stage: FakeStage) -> Any:
    stage.rules = replace(RULES, horizon_days=0)
    stage.request_leave(JIM_CALLS, a_wish(str(stage.clock.today_of(JIM))))
    return stage.request.plan.period.end


def notice_given(stage: FakeStage) -> Any:
    with pytest.raises(NoticeTooShortError) as refused:
        stage.request_leave(JIM_CALLS, a_wish(str(TODAY + 7 * DAY), leave_type="study"))
    return refused.value.given_days


def day_of_the_steps_counted(stage: FakeStage) -> Any:
    stage.asked()
    return stage.requests.books["E002", TODAY.year].asked_on


def status_after_giving_up(stage: FakeStage) -> Any:
    """Leave of tomorrow that needs no approval is cancelled at once, unless it has begun."""
    stage.clock.go_on(-7 * DAY)
    stage.request_leave(JIM_CALLS, a_wish(str(TOMORROW), leave_type="care"))
    stage.clock.go_on(7 * DAY)
    stage.withdraw()
    return stage.request.status, stage.request.question


def days_taken(stage: FakeStage) -> Any:
    stage.clock.go_on(-7 * DAY)
    stage.approved(a_wish(str(TODAY)))
    stage.clock.go_on(7 * DAY)
    return stage.balance(TODAY.year).taken


def may_call(stage: FakeStage) -> Any:
    leaves_today(stage, JIM)
    try:
        stage.read_leave.leave_types(JIM_CALLS)
    except NotAllowedError:
        return False
    return True


def admission(stage: FakeStage) -> Any:
    link = stage.asked()
    leaves_today(stage, JOHN)
    return ApproverOnly(clock=stage.clock).check(stage.begin(), link, JOHN.email)


def link_decides(stage: FakeStage) -> Any:
    link = stage.asked()
    leaves_today(stage, JOHN)
    view = stage.submit_lead_response.show(link)
    return view is not None and view.decides


def approver_of_today(stage: FakeStage) -> Any:
    stage.fallback_approver = "E003"
    leaves_today(stage, JOHN)
    stage.asked()
    return stage.request.approver.employee_id


def feed_opens(stage: FakeStage) -> Any:
    leaves_today(stage, JIM)
    return stage.read_leave.feed(JIM.feed.reveal(), TODAY, TOMORROW) is not None


def outcome_mailed_to(stage: FakeStage) -> Any:
    stage.decide(stage.asked())
    leaves_today(stage, JIM)
    stage.mailer.sent.clear()
    stage.tell_employee()
    return stage.mailer.recipients


def approver_while_john_is_on_leave_today(stage: FakeStage) -> Any:
    stage.fallback_approver = "E003"
    leave = a_booking(R2, a_period(str(TODAY)), status="approved")
    stage.requests.books["E001", TODAY.year] = a_ledger(TODAY.year, leave, employee_id="E001")
    stage.asked()
    return stage.request.approver.employee_id


def previous_approver_mailed(stage: FakeStage) -> Any:
    moved = an_asked_request().reroute(actor="hr", why="", at=NOW)
    stage.requests.put(moved)
    leaves_today(stage, JOHN)
    stage.notifications.notify(stage.begin(), moved)
    return stage.mailer.recipients


def administrators_mailed(stage: FakeStage) -> Any:
    stage.administrators = (JANE.email,)
    leaves_today(stage, JANE)
    stage.administrators_told.alert(stage.begin(), an_asked_request(), JOHN_HIMSELF)
    return stage.mailer.recipients


def status_after_the_sweep(stage: FakeStage) -> Any:
    """What begins tomorrow expires on its first day."""
    stage.clock.go_on(-7 * DAY)
    stage.asked(a_wish(str(TOMORROW)))
    stage.clock.go_on(7 * DAY)
    stage.make_sweep()
    return stage.request.status


def reminders_sent(stage: FakeStage) -> Any:
    """An approver is reminded after two working days of theirs, asked on Wednesday or Thursday."""
    stage.clock.go_on(2 * DAY)
    stage.asked()
    return [sweep_of_the_next_day(stage) for _ in range(5)]


def sweep_of_the_next_day(stage: FakeStage) -> int:
    stage.clock.go_on(DAY)
    return stage.make_sweep().done["reminders"]


def year_of_the_balance(stage: FakeStage) -> Any:
    stage.clock.moment = datetime(2027, 12, 31, 9, tzinfo=UTC)
    return stage.read_leave.balances(JIM_CALLS, employee_id=None, year=None)[1]


def leave_that_a_new_last_day_orphans(stage: FakeStage) -> Any:
    """Leave of today is taken where it is tomorrow already."""
    stage.clock.go_on(-7 * DAY)
    stage.approved(a_wish(str(TODAY)))
    stage.clock.go_on(7 * DAY)
    ended = replace(JIM, employments=(Employment(end=TODAY - DAY),))
    orphaned = orphaned_leave(stage.begin(), [(JIM, ended)], stage.clock.today_of)
    return [one.request_id for one in orphaned]


ASKED_TO_CANCEL = (Status.APPROVED, Question.CANCELLATION)


@pytest.mark.parametrize(
    ("employee_id", "found", "here", "ahead"),
    [
        ("E002", first_day_asked_for, TODAY, TOMORROW),
        ("E002", first_day_changed_to, TODAY, TOMORROW),
        ("E002", last_day_of_all, TODAY, TOMORROW),
        ("E002", notice_given, 7, 6),
        ("E002", day_of_the_steps_counted, TODAY, TOMORROW),
        ("E002", status_after_giving_up, (Status.CANCELLED, None), ASKED_TO_CANCEL),
        ("E002", days_taken, 0, 1),
        ("E002", may_call, True, False),
        ("E002", feed_opens, True, False),
        ("E002", outcome_mailed_to, [JIM.email], []),
        ("E002", status_after_the_sweep, Status.PENDING, Status.EXPIRED),
        ("E001", admission, Admission.GRANTED, Admission.ANOTHER_PERSON),
        ("E001", link_decides, True, False),
        ("E001", approver_of_today, "E001", "E003"),
        ("E001", approver_while_john_is_on_leave_today, "E003", "E001"),
        ("E001", previous_approver_mailed, [JOHN.email], []),
        ("E003", administrators_mailed, [JANE.email], []),
        ("E001", reminders_sent, [0, 1, 0, 0, 1], [0, 0, 0, 1, 1]),
        ("E002", year_of_the_balance, 2027, 2028),
        ("E002", leave_that_a_new_last_day_orphans, [], [R1]),
    ],
)
def test_the_day_is_that_of_the_employee(
    employee_id: str, found: Callable[[FakeStage], Any], here: object, ahead: object
) -> None:
    for who, expected in (("nobody", here), (employee_id, ahead)):
        assert found(FakeStage(clock=ClockOfTwoPlaces(ahead=who), rules=RULES)) == expected


def test_the_sweep_and_its_reminders_are_of_the_stages_day() -> None:
    stage = FakeStage(clock=ClockOfTwoPlaces(ahead="E001"), rules=RULES)
    stage.asked()
    stage.clock.go_on(2 * DAY)
    assert stage.make_sweep().done["reminders"] == 1
    assert stage.sweeps.reminders == {"E001": TODAY + 2 * DAY}
    assert stage.make_sweep().done["reminders"] == 0
