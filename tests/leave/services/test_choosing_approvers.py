"""Who is asked about a request as time goes on: absences, stand-ins, second approvals."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.domain.employee import Employee, Employment
from leave.domain.errors import UnavailableError
from leave.domain.history import EventType, Status
from leave.domain.invitations import address_digest
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NOW,
    R1,
    R2,
    TODAY,
    a_period,
    a_request,
    an_asked_request,
    an_employee,
    employed,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import OTHER_TOKEN, TOKEN, FakeStage, a_wish

BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
LEAD = replace(JOHN, substitute_id="E003", lead_id="E008")
DAY = timedelta(days=1)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where Jane stands in for John, Ada leads John, and Jim has asked."""
    stage = FakeStage()
    for employee in (LEAD, BOSS):
        stage.directory.put(employee)
    stage.requests.put(a_request(R1))
    return stage


def on_leave(
    stage: FakeStage, who: Employee, *, days: int = 0, half: str | None = None, **changes: str
) -> None:
    """Let somebody be on leave from today on, for `days` more."""
    stage.take_leave(
        who.employee_id, a_period(str(TODAY), str(TODAY + days * DAY), half), **changes
    )


def asked(stage: FakeStage, token: Secret = TOKEN) -> str | None:
    """Let the workflow ask, and return who is asked."""
    stage.ask_lead(token)
    return stage.approver


def pass_over(stage: FakeStage, why: EventType = EventType.ESCALATED) -> None:
    """Let the approver not answer, or not be reached."""
    stage.requests.put(stage.request.pass_over(why, why="no answer", at=NOW))


def test_in_the_place_of_a_lead_on_leave_the_substitute_is_asked(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    assert asked(stage) == "E003"
    absent = stage.request.stands_in_for
    assert absent is not None
    assert absent.employee_id == "E001"
    assert stage.mailer.recipients == [JANE.email]


@pytest.mark.parametrize(("half", "status"), [("morning", "approved"), (None, "pending")])
def test_half_days_and_undecided_leave_do_not_count(
    stage: FakeStage, half: str | None, status: str
) -> None:
    on_leave(stage, JOHN, half=half, status=status)
    assert asked(stage) == "E001"


def test_two_halves_are_a_whole_day(stage: FakeStage) -> None:
    on_leave(stage, JOHN, half="morning")
    on_leave(stage, JOHN, half="afternoon")
    assert asked(stage) == "E003"


def test_leave_of_yesterday_does_not_count(stage: FakeStage) -> None:
    on_leave(stage, JOHN, days=3)
    stage.clock.go_on(4 * DAY)
    assert asked(stage) == "E001"
    assert stage.request.stands_in_for is None


def test_when_the_substitute_is_away_as_well_the_leads_lead_is_asked(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    on_leave(stage, JANE)
    assert asked(stage) == "E008"


def test_a_stand_in_keeps_the_request_when_the_lead_is_back(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    asked(stage)
    link = stage.link()
    stage.clock.go_on(DAY)
    assert asked(stage, OTHER_TOKEN) == "E003"
    assert stage.link() == link
    assert stage.mailer.recipients == [JANE.email]


def test_a_stand_in_who_goes_on_leave_loses_it_to_the_lead_who_is_back(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    asked(stage)
    stage.clock.go_on(DAY)
    on_leave(stage, JANE, days=9)
    assert asked(stage, OTHER_TOKEN) == "E001"
    assert stage.mailer.recipients == [JANE.email, JOHN.email, JANE.email]


def test_a_stand_in_loses_it_when_the_directory_names_another_lead(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    asked(stage)
    stage.update(JIM, lead_id="E008")
    assert asked(stage, OTHER_TOKEN) == "E008"


@pytest.mark.parametrize("employments", [employed(end=TODAY), employed(TODAY + 2 * DAY)])
def test_a_stand_in_who_is_not_employed_today_loses_it(
    stage: FakeStage, employments: tuple[Employment, ...]
) -> None:
    on_leave(stage, JOHN)
    asked(stage)
    stage.clock.go_on(DAY)
    stage.update(JANE, employments=employments)
    assert asked(stage, OTHER_TOKEN) == "E001"


def test_a_stand_in_who_did_not_answer_loses_it(stage: FakeStage) -> None:
    on_leave(stage, JOHN, days=9)
    asked(stage)
    pass_over(stage)
    assert asked(stage, OTHER_TOKEN) == "E008"


def test_the_lead_who_is_back_is_asked_about_the_cancellation(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    asked(stage)
    stage.decide(stage.link())
    stage.tell_employee()
    stage.clock.go_on(DAY)
    stage.cancelling()
    assert stage.approver == "E001"


def test_an_approver_who_is_asked_again_is_not_told_of_another(stage: FakeStage) -> None:
    """Closed for another, who was never asked: the lead's leave was cancelled at once."""
    asked(stage)
    request = stage.request
    stage.requests.put(request.reroute(actor="", why="on leave", at=NOW))
    assert asked(stage, OTHER_TOKEN) == "E001"
    assert stage.mailer.recipients == [JOHN.email, JOHN.email]
    assert all(" asks: " in mail.text for mail in stage.mailer.sent)
    assert stage.request.to_notify == ()


def test_who_would_be_asked_next_is_nobody_where_all_were_asked(stage: FakeStage) -> None:
    asked(stage)
    after = stage.approvers.after(stage.begin(), JIM, stage.request)
    assert after is not None
    assert after.approver.employee_id == "E008"
    stage.update(JOHN, lead_id=None)
    assert stage.approvers.after(stage.begin(), JIM, stage.request) is None
    stage.update(JIM, lead_id="E404")
    assert stage.approvers.after(stage.begin(), JIM, stage.request) is None


# Second approvals


@pytest.fixture
def strict(stage: FakeStage) -> FakeStage:
    """Return a stage where more than two days need two approvals, and Jim asks for three."""
    stage.policy = ApprovalPolicy(second_approval_over_days=2)
    stage.requests.put(a_request(R1, a_period("2027-05-03", "2027-05-05")))
    asked(stage)
    return stage


def second(stage: FakeStage) -> str:
    """Let the present approver approve and the workflow ask again; return who is asked."""
    answer = stage.decide(stage.link())
    assert answer.changed
    assert answer.view.revoked is not None
    return asked(stage, OTHER_TOKEN)


def test_the_first_of_two_approvals_tells_nobody_but_the_second_approver(strict: FakeStage) -> None:
    first_link = strict.link()
    assert second(strict) == "E008"
    request = strict.request
    assert request.status is Status.PENDING
    assert request.first_approval.employee_id == "E001"
    assert strict.mailer.recipients == [JOHN.email, BOSS.email]
    assert [error for _, error, _ in strict.workflow.failures] == ["RequestChanged"]
    assert strict.workflow.answers == []
    late = strict.decide(first_link, "denied", "No!")
    assert not late.changed


def test_a_second_click_wakes_the_workflow_that_the_first_did_not(strict: FakeStage) -> None:
    first_link = strict.link()
    strict.workflow.hooks.before("fail", raising(UnavailableError("SendTaskFailure")))
    assert strict.decide(first_link).changed
    assert strict.workflow.failures == []
    assert not strict.decide(first_link).changed
    assert [error for _, error, _ in strict.workflow.failures] == ["RequestChanged"]
    assert asked(strict, OTHER_TOKEN) == "E008"
    assert not strict.decide(first_link).changed
    assert len(strict.workflow.failures) == 1, "the second approver is not asked anew"


def test_the_second_approval_decides(strict: FakeStage) -> None:
    second(strict)
    strict.decide(strict.link())
    assert strict.request.status is Status.APPROVED
    assert [status for *_, status in strict.workflow.answers] == ["approved"]


@pytest.mark.parametrize("is_second_asked", [False, True])
def test_the_first_approver_hears_of_a_withdrawal(
    strict: FakeStage, *, is_second_asked: bool
) -> None:
    strict.decide(strict.link())
    if is_second_asked:
        strict.ask_lead(OTHER_TOKEN)
    strict.mailer.sent.clear()
    strict.withdraw()
    for _ in range(2):
        strict.tell_employee()
    assert set(strict.mailer.recipients) == {JOHN.email, *[BOSS.email] * is_second_asked}
    assert len(strict.mailer.sent) == 1 + is_second_asked
    assert all("withdrawn" in mail.text for mail in strict.mailer.sent)


def test_who_approved_first_and_is_not_asked_again_hears_of_a_change(strict: FakeStage) -> None:
    strict.decide(strict.link())
    strict.ask_lead(OTHER_TOKEN)
    strict.mailer.sent.clear()
    strict.update(JIM, lead_id=BOSS.employee_id)
    strict.change(a_wish("2027-06-07"))
    for _ in range(2):
        strict.ask_lead(OTHER_TOKEN)
    assert strict.mailer.recipients == [BOSS.email, JOHN.email]


@pytest.mark.parametrize("is_second", [False, True])
def test_a_denial_decides_at_once_first_or_second(strict: FakeStage, *, is_second: bool) -> None:
    if is_second:
        second(strict)
    strict.decide(strict.link(), "denied", "No")
    assert (strict.request.status, strict.booked()) == (Status.DENIED, 0)


def test_as_many_days_as_the_limit_need_one_approval(strict: FakeStage) -> None:
    strict.requests.put(an_asked_request(R2, period=a_period("2027-06-01", "2027-06-02")))
    strict.decide(strict.link(R2))
    assert strict.requests[R2].status is Status.APPROVED


@pytest.mark.parametrize(("days", "expected"), [(9, "E008"), (0, "E001")])
def test_a_stand_in_who_approved_first_is_followed_by_the_lead_who_is_back_or_theirs(
    stage: FakeStage, days: int, expected: str
) -> None:
    stage.policy = ApprovalPolicy(second_approval_over_days=2)
    on_leave(stage, JOHN, days=days)
    stage.requests.put(a_request(R1, a_period("2027-05-03", "2027-05-05")))
    assert asked(stage) == "E003"
    stage.clock.go_on(DAY)
    assert second(stage) == expected


def test_where_nobody_else_could_approve_one_is_enough(strict: FakeStage) -> None:
    strict.directory.put(JOHN)
    strict.decide(strict.link())
    assert strict.request.status is Status.APPROVED


def test_the_fallback_can_be_second(strict: FakeStage) -> None:
    strict.directory.put(JOHN)
    strict.directory.put(an_employee("E009", email="hr@foo.com", lead_id=None))
    strict.fallback_approver = "E009"
    assert second(strict) == "E009"


def test_the_first_and_only_other_one_is_asked_even_if_away(strict: FakeStage) -> None:
    on_leave(strict, BOSS)
    assert second(strict) == "E008"


def test_a_change_forgets_the_first_approval(strict: FakeStage) -> None:
    second(strict)
    strict.change(a_wish("2027-06-01", "2027-06-04"))
    assert strict.request.first_approval is None
    assert asked(strict, TOKEN) == "E001"


def test_a_cancellation_needs_one_approval_and_forgets_the_first(strict: FakeStage) -> None:
    second(strict)
    strict.decide(strict.link())
    strict.tell_employee()
    link = strict.cancelling()
    request = strict.request
    assert request.first_approval is None
    assert request.approver.employee_id == "E001"
    strict.decide(link)
    assert strict.request.status is Status.CANCELLED


def test_a_second_approver_who_does_not_answer_is_passed_over(strict: FakeStage) -> None:
    strict.directory.put(an_employee("E009", email="hr@foo.com", lead_id=None))
    strict.fallback_approver = "E009"
    second(strict)
    pass_over(strict)
    assert asked(strict, TOKEN) == "E009"


# Nobody better is there


@pytest.fixture
def silent(stage: FakeStage) -> FakeStage:
    """Return a stage where John has not answered for days, and Ada, the fallback, is on leave."""
    stage.policy = ApprovalPolicy(remind_after_days=2, escalate_after_days=5)
    stage.update(JOHN, lead_id=None)
    stage.fallback_approver = "E008"
    asked(stage)
    stage.clock.go_on(7 * DAY)
    return stage


def test_who_does_not_answer_is_preferred_to_who_is_on_leave(silent: FakeStage) -> None:
    on_leave(silent, BOSS, days=30)
    assert silent.approvers.after(silent.begin(), JIM, silent.request) is None
    silent.make_sweep()
    request = silent.request
    assert request.approver.employee_id == "E001"
    assert EventType.ESCALATED not in [event.type for event in request.history]


def test_who_goes_on_leave_after_all_gives_it_back_to_who_is_at_work(silent: FakeStage) -> None:
    silent.make_sweep()
    assert asked(silent, OTHER_TOKEN) == "E008"
    silent.clock.go_on(DAY)
    on_leave(silent, BOSS, days=30)
    silent.make_sweep()
    assert asked(silent, TOKEN) == "E001"


def test_who_can_not_be_mailed_is_not_preferred_to_who_is_on_leave(silent: FakeStage) -> None:
    on_leave(silent, BOSS, days=30)
    pass_over(silent, EventType.UNREACHABLE)
    assert silent.request.refused == {"E001": address_digest(JOHN.email)}
    assert asked(silent, OTHER_TOKEN) == "E008"


# A second approval that nobody can give


def leaves(stage: FakeStage) -> None:
    stage.employ(BOSS, None, TODAY - DAY)


def is_away_for_good(stage: FakeStage) -> None:
    on_leave(stage, BOSS, days=90)


def is_unreachable(stage: FakeStage) -> None:
    pass_over(stage, EventType.UNREACHABLE)


def works_on_no_day_but_a_holiday(stage: FakeStage) -> None:
    first = stage.request.plan.period.start
    stage.update(BOSS, holidays="XX")
    stage.holidays.tables["XX"] = {first: "Constitution Day"}
    on_leave(stage, BOSS, days=(first - DAY - TODAY).days)


NOBODY_LEFT = [leaves, is_away_for_good, is_unreachable, works_on_no_day_but_a_holiday]


@pytest.mark.parametrize("happens", NOBODY_LEFT)
@pytest.mark.parametrize("noticed_by", ["workflow", "sweep", "time-out"])
def test_one_approval_is_enough_once_nobody_can_give_the_second(
    strict: FakeStage, happens: Callable[[FakeStage], None], noticed_by: str
) -> None:
    second(strict)
    happens(strict)
    if noticed_by == "workflow":
        strict.ask_lead()
    elif noticed_by == "sweep":
        strict.make_sweep()
    else:
        strict.expire()
    request = strict.request
    assert (request.status, request.question) == (Status.APPROVED, None)
    assert (request.history[-1].type, request.history[-1].actor) == (EventType.APPROVED, "")
    assert strict.booked() == 3


@pytest.mark.parametrize("happens", [leaves, is_away_for_good, works_on_no_day_but_a_holiday])
def test_the_first_approval_is_the_only_one_where_nobody_could_give_a_second(
    strict: FakeStage, happens: Callable[[FakeStage], None]
) -> None:
    happens(strict)
    strict.decide(strict.link())
    assert strict.request.status is Status.APPROVED


def test_who_is_back_on_the_first_day_of_the_leave_can_still_approve_second(
    strict: FakeStage,
) -> None:
    on_leave(strict, BOSS, days=(strict.request.plan.period.start - DAY - TODAY).days)
    assert second(strict) == "E008"


def test_an_execution_is_woken_by_the_sweep_that_lets_one_approval_be_enough(
    strict: FakeStage,
) -> None:
    second(strict)
    leaves(strict)
    strict.make_sweep()
    assert strict.workflow.answers == [(OTHER_TOKEN.reveal(), R1, "approved")]


def test_a_second_approver_who_only_does_not_answer_lets_it_expire(strict: FakeStage) -> None:
    second(strict)
    strict.expire()
    assert strict.request.status is Status.EXPIRED


def test_an_approval_beyond_the_balance_waits_and_expires(strict: FakeStage) -> None:
    second(strict)
    leaves(strict)
    strict.adjust("-24", may_go_negative=True)
    strict.make_sweep()
    assert strict.request.status is Status.PENDING
    strict.clock.go_on(90 * DAY)
    strict.make_sweep()
    assert strict.request.status is Status.EXPIRED


def test_one_approval_is_not_enough_for_leave_outside_the_employment(strict: FakeStage) -> None:
    second(strict)
    leaves(strict)
    strict.employ(JIM, end=TODAY)
    strict.make_sweep()
    assert strict.request.status is Status.EXPIRED
