"""An employee has the approver reminded, once a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import (
    IdempotencyMismatchError,
    LeaveError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailUnavailableError,
    NotAllowedError,
    NotPossibleError,
    RemindedTodayError,
    UnavailableError,
    UnknownRequestError,
)
from leave.domain.history import Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from tests.leave.builders import (
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    R1,
    TODAY,
    an_asked_request,
    an_employee,
    employed,
    invited,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    OTHER_TOKEN,
    TOKEN,
    FakeStage,
    a_wish,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from leave.services.authorization import Caller

DAY, WINDOW = timedelta(days=1), timedelta(minutes=5)
ADA = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
NEXT_TOKEN = Secret("a third token")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which John is asked about Jim's leave."""
    stage = FakeStage(policy=ApprovalPolicy(undo=WINDOW))
    stage.asked()
    stage.mailer.sent.clear()
    return stage


def remind(stage: FakeStage, caller: Caller = JIM_CALLS, request_id: str = R1) -> None:
    """Have the approver reminded."""
    stage.change_leave_request.remind(caller, request_id)


def go_on(stage: FakeStage, token: Secret = OTHER_TOKEN, inquiry: int = 1) -> None:
    """Let the workflow ask again, as it does when it is woken."""
    stage.process_leave_request(R1, token, inquiry=inquiry)


def test_the_approver_gets_one_mail_with_the_same_link(stage: FakeStage) -> None:
    link = stage.link(R1)
    stage.clock.go_on(2 * DAY)
    remind(stage)
    assert stage.requests[R1].reminder_due == stage.clock.now()
    assert [token for token, error, _ in stage.workflow.failures if error == "RequestChanged"] == [
        TOKEN.reveal()
    ]
    assert stage.mailer.sent == []
    for _ in range(2):
        go_on(stage)
    assert [(mail.to, mail.text) for mail in stage.mailer.sent] == [(JOHN.email, f"{R1}:2 +0")]
    assert (stage.link(R1), stage.requests[R1].reminder_due) == (link, None)


def test_a_reminder_asks_nothing_anew(stage: FakeStage) -> None:
    """Nobody is escalated later because an employee was impatient."""
    asked_at = stage.requests[R1].asked_at
    stage.clock.go_on(DAY)
    remind(stage)
    go_on(stage)
    request = stage.requests[R1]
    assert (request.asked_at, len(request.history)) == (asked_at, 1)


def test_it_is_once_on_a_day(stage: FakeStage) -> None:
    remind(stage)
    with pytest.raises(RemindedTodayError):
        remind(stage)
    go_on(stage)
    with pytest.raises(RemindedTodayError):
        remind(stage)
    stage.clock.go_on(DAY)
    remind(stage)
    go_on(stage, NEXT_TOKEN)
    assert len(stage.mailer.sent) == 2


def with_key(stage: FakeStage, key: str = "a-key", request_id: str = R1) -> Mapping[str, Decimal]:
    """Have the approver reminded with a key; return the numbers of an earlier answer."""
    return stage.change_leave_request.remind(JIM_CALLS, request_id, idempotency_key=key).numbers


def test_the_same_again_with_the_same_key_sends_no_other_mail(stage: FakeStage) -> None:
    assert with_key(stage) == {}
    for days in (0, 1, 5):
        stage.clock.go_on(days * DAY)
        go_on(stage)
        assert with_key(stage) == {"workingDays": 1, "revision": 1}
    assert len(stage.mailer.sent) == 1
    stage.clock.go_on(DAY)
    assert with_key(stage) == {}
    with pytest.raises(RemindedTodayError):
        with_key(stage, "another key")


def test_a_key_of_another_reminder_is_refused(stage: FakeStage) -> None:
    other = stage.asked(a_wish("2027-05-04")).split(".", maxsplit=1)[0]
    with_key(stage)
    with pytest.raises(IdempotencyMismatchError):
        with_key(stage, request_id=other)
    assert stage.requests[other].reminder_due is None


def test_a_refused_reminder_leaves_its_key_free(stage: FakeStage) -> None:
    remind(stage)
    with pytest.raises(RemindedTodayError):
        with_key(stage)
    go_on(stage)
    stage.clock.go_on(DAY)
    assert with_key(stage) == {}


def test_the_same_key_wakes_a_workflow_that_the_first_call_did_not(stage: FakeStage) -> None:
    stage.workflow.hooks.before("fail", raising(UnavailableError("down")))
    with_key(stage)
    assert stage.workflow.failures == []
    assert with_key(stage)
    assert [token for token, *_ in stage.workflow.failures] == [TOKEN.reveal()]


def test_two_at_once_send_one_mail(stage: FakeStage) -> None:
    stage.requests.hooks.before("replace", lambda: remind(stage))
    with pytest.raises(RemindedTodayError):
        remind(stage)
    go_on(stage)
    assert len(stage.mailer.sent) == 1


def test_another_request_has_a_reminder_of_its_own(stage: FakeStage) -> None:
    remind(stage)
    other = stage.asked(a_wish("2027-05-04")).split(".", maxsplit=1)[0]
    remind(stage, request_id=other)
    assert stage.requests[other].reminder_due is not None


@pytest.mark.parametrize(
    ("caller", "request_id", "error"),
    [
        (JANE_CALLS, R1, NotAllowedError),
        (JOHN_CALLS, R1, NotAllowedError),
        (ADMIN_CALLS, R1, NotAllowedError),
        (A_STRANGER_CALLS, R1, NotAllowedError),
        (JIM_CALLS, NO_SUCH_REQUEST, UnknownRequestError),
    ],
    ids=lambda one: getattr(one, "email", getattr(one, "__name__", one)),
)
def test_nobody_else_has_anybody_reminded(
    stage: FakeStage, caller: Caller, request_id: str, error: type[LeaveError]
) -> None:
    before = stage.requests[R1]
    with pytest.raises(error):
        remind(stage, caller, request_id)
    assert stage.requests[R1] == before


def test_there_must_be_somebody_to_remind(stage: FakeStage) -> None:
    for request, why in (
        (replace(stage.requests[R1], invitations=()), "No approver"),
        (invited(an_asked_request(), mailed=False), "not left"),
    ):
        stage.requests.put(request)
        with pytest.raises(NotPossibleError, match=why):
            remind(stage)
    stage.requests.put(an_asked_request())
    stage.change_leave_request.withdraw(JIM_CALLS, R1)
    with pytest.raises(NotPossibleError, match="No approver"):
        remind(stage)


def test_an_answer_that_the_employee_does_not_know_is_not_told_by_a_refusal(
    stage: FakeStage,
) -> None:
    stage.decide(stage.link(R1))
    remind(stage)
    with pytest.raises(RemindedTodayError):
        remind(stage)
    stage.submit_lead_response.undo(stage.link(R1))
    go_on(stage)
    assert stage.mailer.sent == []
    assert len(stage.workflow.failures) == 0


def test_an_answer_makes_a_reminder_needless(stage: FakeStage) -> None:
    remind(stage)
    stage.decide(stage.link(R1))
    stage.submit_lead_response.undo(stage.link(R1))
    go_on(stage)
    assert stage.mailer.sent == []


def test_a_question_to_cancel_is_reminded_of_as_well(stage: FakeStage) -> None:
    stage.decide(stage.link(R1))
    stage.clock.go_on(WINDOW)
    stage.process_lead_response(R1)
    stage.cancelling(R1)
    stage.mailer.sent.clear()
    remind(stage)
    assert stage.workflow.failures[-1][:2] == (OTHER_TOKEN.reveal(), "RequestChanged")
    go_on(stage, NEXT_TOKEN, inquiry=2)
    assert stage.mailer.recipients == [JOHN.email]
    assert stage.requests[R1].status is Status.APPROVED


def test_another_approver_has_a_mail_of_their_own_and_needs_no_reminder(stage: FakeStage) -> None:
    stage.directory.put(ADA)
    remind(stage)
    stage.directory.put(replace(JOHN, employments=employed(end=TODAY - DAY)))
    stage.directory.put(replace(JIM, lead_id=ADA.employee_id))
    for _ in range(2):
        go_on(stage)
    asked = [mail for mail in stage.mailer.sent if mail.to == ADA.email]
    assert [mail.subject for mail in asked] == ["Leave"]
    assert stage.requests[R1].reminder_due is None


# When something breaks


def test_a_workflow_that_was_not_woken_is_by_the_sweep(stage: FakeStage) -> None:
    stage.workflow.hooks.before("fail", raising(UnavailableError("no answer")))
    remind(stage)
    assert stage.workflow.failures == []
    stage.clock.go_on(timedelta(minutes=15))
    stage.make_sweep()
    assert stage.workflow.failures == []
    stage.clock.go_on(timedelta(seconds=1))
    stage.make_sweep()
    assert [error for _, error, _ in stage.workflow.failures] == ["RequestChanged"]
    go_on(stage)
    assert [mail.text for mail in stage.mailer.sent] == [f"{R1}:0 +0"]


def test_an_execution_that_is_gone_gets_a_successor_which_reminds(stage: FakeStage) -> None:
    stage.workflow.used.add(TOKEN.reveal())
    stage.workflow.ended.add(stage.requests[R1].execution_name)
    remind(stage)
    stage.clock.go_on(2 * DAY)
    stage.make_sweep()
    assert stage.requests[R1].restarts == 1
    go_on(stage)
    assert len(stage.mailer.sent) == 1


def test_a_mail_that_cannot_be_sent_is_tried_again(stage: FakeStage) -> None:
    remind(stage)
    stage.mailer.fail_with(MailUnavailableError("down"))
    go_on(stage)
    assert stage.workflow.failures[-1][:2] == (OTHER_TOKEN.reveal(), "MailUnavailableError")
    assert stage.requests[R1].lead_mailed
    assert not stage.requests[R1].mail_unsent
    stage.clock.go_on(timedelta(minutes=20))
    go_on(stage, NEXT_TOKEN)
    go_on(stage, Secret("a fourth token"))
    assert len(stage.mailer.sent) == 1


def test_while_it_is_tried_no_execution_is_started_beside_it(stage: FakeStage) -> None:
    stage.clock.go_on(3 * DAY)
    remind(stage)
    stage.mailer.fail_with(MailUnavailableError("down"))
    go_on(stage)
    stage.workflow.used.add(OTHER_TOKEN.reveal())
    stage.clock.go_on(timedelta(hours=1))
    stage.make_sweep()
    assert stage.requests[R1].restarts == 0


def test_a_mail_that_may_be_out_is_sent_once_more_at_most(stage: FakeStage) -> None:
    remind(stage)
    stage.mailer.fail_with(*[MailOutcomeUnknownError("broken")] * 2)
    go_on(stage)
    assert stage.requests[R1].delivery_uncertain
    go_on(stage, NEXT_TOKEN)
    request = stage.requests[R1]
    assert (request.reminder_due, request.delivery_uncertain) == (None, False)
    assert stage.mailer.checks == 1


def test_an_address_that_is_refused_has_somebody_else_asked(stage: FakeStage) -> None:
    for employee in (replace(JOHN, lead_id=ADA.employee_id), ADA):
        stage.directory.put(employee)
    remind(stage)
    stage.mailer.fail_with(MailRefusedError("no such address"))
    go_on(stage)
    assert stage.mailer.recipients == ["hr@foo.com", ADA.email]


def test_an_answer_while_the_mail_is_on_its_way_is_told(stage: FakeStage) -> None:
    link = stage.link(R1)
    remind(stage)
    stage.mailer.hooks.before("send", lambda: stage.decide(link))
    go_on(stage)
    assert stage.requests[R1].status is Status.APPROVED
    assert OTHER_TOKEN.reveal() in {token for token, *_ in stage.workflow.answers}


def test_another_write_while_the_mail_is_on_its_way_sends_no_second_mail(stage: FakeStage) -> None:
    remind(stage)

    def another_token() -> None:
        request = stage.requests[R1]
        stage.requests.put(replace(request, task_token=NEXT_TOKEN, version=request.version + 1))

    stage.mailer.hooks.before("send", another_token)
    go_on(stage)
    go_on(stage, NEXT_TOKEN)
    assert len(stage.mailer.sent) == 1
