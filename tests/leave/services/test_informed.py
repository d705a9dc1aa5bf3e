"""Everybody whom a step concerns hears of it, whoever made it."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from leave.adapters.presentation.emails import TemplateEmails
from leave.domain import errors
from leave.domain.history import Decision, Person
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import Secret, replace
from leave.services.authorization import Caller
from tests.leave.builders import JANE, JIM, JOHN, JOHN_HIMSELF, NOW, R1, a_request
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import ADMIN_CALLS, JIM_CALLS, OTHER_TOKEN, TOKEN, FakeStage, a_wish

SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)
SICK_WISH = a_wish(leave_type="sick", reason="Fever")
NOTE, TAKEN_BACK = "note of Jim O'Dell: approved", "note of Jim O'Dell: cancelled"
DONE = "done for Jim O'Dell"


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage with a type of leave that needs no approval."""
    return FakeStage(rules=Rules(leave_types=(*Rules().leave_types, SICK)))


@pytest.fixture
def noted(stage: FakeStage) -> FakeStage:
    """Return a stage where Jim is ill, and he and John were told."""
    stage.request_leave(JIM_CALLS, SICK_WISH)
    run(stage)
    return stage


def run(stage: FakeStage, token: Secret = TOKEN) -> None:
    """Let the execution of what is decided run to its end."""
    stage.ask_lead(token)
    stage.tell_employee()


def mails(stage: FakeStage) -> list[tuple[str, str]]:
    return [(mail.to, mail.text.split(": E")[0]) for mail in stage.mailer.sent]


def test_the_lead_gets_a_note_of_leave_that_needs_no_approval(noted: FakeStage) -> None:
    assert mails(noted) == [(JIM.email, "approved: "), (JOHN.email, NOTE)]
    run(noted)
    assert len(noted.mailer.sent) == 2, "once"
    assert noted.request.approver is None, "nobody is asked"
    assert noted.request.history[-1].type == "approved"


def test_who_has_no_lead_is_noted_to_nobody(stage: FakeStage) -> None:
    stage.update(JIM, lead_id=None)
    stage.request_leave(JIM_CALLS, SICK_WISH)
    run(stage)
    assert stage.mailer.recipients == [JIM.email]


@pytest.mark.parametrize("times", [1, 2])
def test_a_note_that_does_not_leave_is_sent_later(stage: FakeStage, times: int) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    for _ in range(times):
        stage.mailer.fail_with(errors.MailUnavailableError("down"))
        with pytest.raises(errors.MailUnavailableError):
            stage.tell_employee()
    assert stage.request.is_open
    stage.tell_employee()
    assert mails(stage) == [(JIM.email, "approved: "), (JOHN.email, NOTE)]


DROPPED, REFUSED = (
    errors.MailOutcomeUnknownError("no answer"),
    errors.MailRefusedError("550 no such user"),
)
TOLD_HR = ("hr@foo.com", "John Carpenter can not be reached")


def test_a_note_in_doubt_is_sent_once_more_and_not_twice(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.mailer.hooks.after("send", nothing)
    stage.mailer.hooks.after("send", raising(DROPPED), times=2)
    with pytest.raises(errors.MailOutcomeUnknownError):
        stage.tell_employee()
    for _ in range(2):
        stage.tell_employee()
    assert mails(stage) == [(JIM.email, "approved: "), (JOHN.email, NOTE), (JOHN.email, NOTE)]


def test_the_doubt_about_the_outcome_is_none_about_the_note(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.mailer.hooks.after("send", raising(DROPPED))
    with pytest.raises(errors.MailOutcomeUnknownError):
        stage.tell_employee()
    stage.mailer.hooks.after("send", nothing)
    stage.mailer.hooks.after("send", raising(DROPPED), times=2)
    with pytest.raises(errors.MailOutcomeUnknownError):
        stage.tell_employee()
    stage.tell_employee()
    assert stage.mailer.recipients == [JIM.email] * 2 + [JOHN.email] * 2
    assert not stage.request.is_open


def test_administrators_hear_of_a_note_that_is_refused(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.mailer.hooks.before("send", nothing)
    stage.mailer.hooks.before("send", raising(REFUSED))
    for _ in range(2):
        stage.tell_employee()
    assert mails(stage) == [(JIM.email, "approved: "), TOLD_HR]
    assert stage.events == ["requested", "approved", "undelivered"]


def test_what_an_administrator_did_is_told_once_more_when_in_doubt(stage: FakeStage) -> None:
    stage.request_leave(ADMIN_CALLS, a_wish(), employee_id=JIM.employee_id)
    stage.mailer.hooks.after("send", nothing)
    stage.mailer.hooks.after("send", raising(DROPPED), times=2)
    for token in (TOKEN, OTHER_TOKEN, TOKEN):
        stage.ask_lead(token)
    assert stage.mailer.recipients == [JOHN.email, JIM.email, JIM.email]
    assert [error for _, error, _ in stage.workflow.failures] == ["MailOutcomeUnknownError"]


def test_administrators_hear_of_a_withdrawal_its_owner_cannot_be_told(stage: FakeStage) -> None:
    stage.asked()
    stage.mailer.sent.clear()
    stage.withdraw(ADMIN_CALLS)
    stage.mailer.hooks.before("send", raising(REFUSED))
    for _ in range(2):
        stage.tell_employee()
    assert stage.mailer.recipients == ["hr@foo.com", JOHN.email]
    assert stage.events[1:] == ["withdrawn", "undelivered"]


def test_a_death_after_the_note_repeats_it_and_loses_nothing(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.mailer.hooks.after("send", nothing)
    stage.mailer.hooks.after("send", raising(RuntimeError("dead")))
    with pytest.raises(RuntimeError):
        stage.tell_employee()
    stage.tell_employee()
    assert mails(stage) == [(JIM.email, "approved: "), (JOHN.email, NOTE), (JOHN.email, NOTE)]


@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
def test_an_entry_is_taken_back_whoever_cancels(noted: FakeStage, caller: Caller) -> None:
    noted.mailer.sent.clear()
    noted.withdraw(caller)
    assert noted.request.is_open, "the daily sweep sees it"
    assert noted.workflow.executions[f"{R1}.1"] == (R1, 1)
    run(noted, OTHER_TOKEN)
    assert mails(noted) == [(JIM.email, "cancelled: "), (JOHN.email, TAKEN_BACK)]
    assert not noted.request.is_open
    with pytest.raises(errors.NotPossibleError):
        noted.withdraw()


def test_who_approved_hears_of_a_cancellation_without_approval(stage: FakeStage) -> None:
    stage.approved()
    stage.mailer.sent.clear()
    (annual,) = Rules().leave_types
    stage.rules = Rules(leave_types=(replace(annual, needs_approval=False),))
    stage.withdraw()
    run(stage, OTHER_TOKEN)
    assert mails(stage) == [(JIM.email, "cancelled: "), (JOHN.email, TAKEN_BACK)]


def test_a_cancellation_that_does_not_start_is_told_by_the_sweep(noted: FakeStage) -> None:
    noted.mailer.sent.clear()
    noted.workflow.hooks.before("start", raising(errors.UnavailableError("down")))
    noted.withdraw()
    assert noted.request.status == "cancelled"
    assert f"{R1}.1" not in noted.workflow.executions
    noted.clock.go_on(timedelta(hours=1))
    noted.make_sweep()
    assert f"{R1}.1" in noted.workflow.executions
    run(noted, OTHER_TOKEN)
    assert mails(noted) == [(JIM.email, "cancelled: "), (JOHN.email, TAKEN_BACK)]


def test_a_lead_who_never_heard_of_leave_hears_of_no_cancellation(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.withdraw()
    assert list(stage.workflow.executions) == [R1], "the first execution is under way"
    run(stage)
    assert mails(stage) == [(JIM.email, "cancelled: ")]
    assert not stage.request.is_open


@pytest.mark.parametrize("call", ["send", "replace"])
def test_a_lead_whose_note_may_be_out_hears_of_the_end(stage: FakeStage, call: str) -> None:
    """The function dies between the outcome and the note, or between the note and its mark."""
    stage.request_leave(JIM_CALLS, SICK_WISH)
    hooks = stage.mailer.hooks if call == "send" else stage.requests.hooks
    if call == "send":
        hooks.after(call, nothing)
    hooks.after(call, raising(RuntimeError("dead")))
    with pytest.raises(RuntimeError):
        stage.tell_employee()
    assert stage.request.is_open, "the note is due"
    stage.withdraw()
    assert list(stage.workflow.executions) == [R1], "the first execution is under way"
    run(stage)
    assert mails(stage)[-2:] == [(JIM.email, "cancelled: "), (JOHN.email, TAKEN_BACK)]
    assert not stage.request.is_open


def test_a_note_that_was_never_tried_is_sent_after_the_sweep(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.requests.hooks.after("replace", raising(RuntimeError("dead")))
    with pytest.raises(RuntimeError):
        stage.tell_employee()
    stage.workflow.end(R1)
    stage.clock.go_on(timedelta(hours=1))
    stage.make_sweep()
    assert f"{R1}.1" in stage.workflow.executions
    run(stage, OTHER_TOKEN)
    assert mails(stage) == [(JIM.email, "approved: "), (JOHN.email, NOTE)]
    assert not stage.request.is_open


def test_the_note_is_sent_by_the_execution_of_the_last_outcome(stage: FakeStage) -> None:
    approved = a_request().approve_without_asking(at=NOW, lead=JOHN_HIMSELF).mark_outcome_mailed()
    wanted = approved.ask_to_cancel(actor=JIM.employee_id, at=NOW)
    # Another execution asks, and sends the note besides.
    stage.requests.put(wanted.restart(at=NOW))
    stage.expire(inquiry=2, execution=wanted.execution_name)
    asked = wanted.ask(Person.of(JANE), task_token=TOKEN, at=NOW)
    cancelled = asked.decide(Decision.APPROVED, comment="", at=NOW).mark_outcome_mailed()
    stage.requests.put(cancelled)
    stage.tell_employee(inquiry=1)
    assert mails(stage) == []
    stage.tell_employee(inquiry=2)
    assert mails(stage) == [(JOHN.email, TAKEN_BACK)]


def test_who_was_asked_before_a_change_hears_of_the_cancellation(stage: FakeStage) -> None:
    stage.asked()
    stage.change(SICK_WISH)
    stage.withdraw()
    run(stage)
    assert mails(stage)[1:] == [(JIM.email, "cancelled: "), (JOHN.email, TAKEN_BACK)]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("when", ["before", "after"])
def test_whenever_it_is_cancelled_the_lead_hears_of_both_or_of_neither(
    stage: FakeStage, place: int, when: str
) -> None:
    """The employee cancels at any call of the execution that tells of the leave."""
    stage.request_leave(JIM_CALLS, SICK_WISH)
    calls = [("requests", "get", 0), *(("requests", "replace", n) for n in range(2))]
    calls += [("mailer", "send", n) for n in range(2)]
    part, call, number = calls[place % len(calls)]
    queue = getattr(getattr(stage, part).hooks, when)
    queue(call, nothing, times=number)
    queue(call, stage.withdraw)
    for _ in range(4):
        with suppress(errors.LeaveError):
            for name in list(stage.workflow.executions):
                stage.tell_employee(execution=name)
    told = [text for to, text in mails(stage) if to == JOHN.email]
    assert told in ([], [NOTE, TAKEN_BACK], [TAKEN_BACK])
    assert (NOTE in told) <= (told[-1:] == [TAKEN_BACK])
    assert not stage.request.is_open


def test_who_was_asked_reads_the_note_once_no_approval_is_needed(stage: FakeStage) -> None:
    stage.asked()
    stage.mailer.sent.clear()
    stage.change(SICK_WISH)
    run(stage)
    assert mails(stage) == [(JIM.email, "approved: "), (JOHN.email, NOTE)]


def test_an_employee_hears_of_each_step_of_an_administrator(stage: FakeStage) -> None:
    stage.request_leave(ADMIN_CALLS, a_wish(), employee_id=JIM.employee_id)
    for _ in range(2):
        stage.ask_lead()
    assert stage.mailer.recipients == [JOHN.email, JIM.email]
    stage.change_leave_request.change(ADMIN_CALLS, R1, a_wish("2027-05-10"))
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients[2:] == [JOHN.email, JIM.email]
    stage.withdraw(ADMIN_CALLS)
    for _ in range(2):
        stage.tell_employee()
    assert stage.mailer.recipients[4:] == [JIM.email, JOHN.email]
    assert [m.text for m in stage.mailer.sent if m.to == JIM.email] == [DONE] * 3


def test_an_employee_hears_that_an_administrator_wants_to_cancel(stage: FakeStage) -> None:
    stage.approved()
    stage.mailer.sent.clear()
    stage.withdraw(ADMIN_CALLS)
    stage.ask_lead(OTHER_TOKEN, inquiry=2)
    assert stage.mailer.recipients == [JOHN.email, JIM.email]


def test_who_begins_later_hears_of_each_step_that_is_made_for_them(stage: FakeStage) -> None:
    tomorrow = stage.clock.today() + timedelta(days=1)
    stage.employ(JIM, tomorrow)
    stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E002")
    stage.ask_lead()
    stage.withdraw(ADMIN_CALLS)
    stage.tell_employee()
    assert [m.text for m in stage.mailer.sent if m.to == JIM.email] == [DONE, DONE]


def test_an_employee_hears_of_a_withdrawal_even_where_nobody_was_asked(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish())
    stage.withdraw(ADMIN_CALLS)
    stage.tell_employee()
    assert mails(stage) == [(JIM.email, DONE)]
    assert not stage.request.is_open


def test_who_acts_for_themselves_gets_no_mail_about_it(stage: FakeStage) -> None:
    stage.asked()
    stage.change(a_wish("2027-05-10"))
    stage.ask_lead(OTHER_TOKEN)
    stage.withdraw()
    stage.tell_employee()
    assert JIM.email not in stage.mailer.recipients
    assert JANE.email not in stage.mailer.recipients


def test_an_outcome_tells_the_employee_all_there_is(stage: FakeStage) -> None:
    """The decision comes before the news of what was asked for."""
    stage.request_leave(ADMIN_CALLS, a_wish(), employee_id=JIM.employee_id)
    stage.mailer.hooks.after("send", lambda: stage.decide(stage.link()))
    stage.ask_lead()
    stage.tell_employee()
    assert stage.mailer.recipients == [JOHN.email, JIM.email]


def test_no_days_are_said_to_be_back_of_a_type_that_counts_none() -> None:
    rules = Rules(leave_types=(*Rules().leave_types, SICK))
    emails: Any = TemplateEmails(rules=rules, company_domain="foo.com")
    stage = FakeStage(rules=rules, emails=emails)
    stage.request_leave(JIM_CALLS, SICK_WISH)
    run(stage)
    stage.withdraw()
    run(stage, OTHER_TOKEN)
    told = [mail.text for mail in stage.mailer.sent if mail.to == JIM.email][-1]
    assert "removes the entry from" in told
    assert "days back" not in told
