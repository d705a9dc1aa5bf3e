"""The workflow asks the lead: one mail, whatever is repeated, lost or in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import (
    ConflictError,
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailThrottledError,
    MailUnavailableError,
    NoApproverError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.domain.invitations import RevocationReason
from leave.domain.values import replace
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    NOW,
    R1,
    a_decided_request,
    a_request,
    an_employee,
    employed,
)
from tests.leave.builders import link_text as link_of
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, OTHER_TOKEN, TOKEN, a_wish

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


@pytest.fixture
def recorded(stage: FakeStage) -> FakeStage:
    """Return a stage with Jim's request r1, of which nobody was told."""
    stage.requests.put(a_request(R1))
    return stage


def test_the_lead_gets_one_mail_with_the_link(recorded: FakeStage) -> None:
    recorded.process_leave_request(R1, TOKEN)
    (mail,) = recorded.mailer.sent
    request = recorded.requests[R1]
    assert mail.to == JOHN.email
    assert link_of(request) in mail.text
    assert request.task_token == TOKEN
    assert request.lead_mailed
    assert request.approver is not None
    assert request.approver.employee_id == "E001"


def test_nothing_is_answered_while_the_lead_thinks(recorded: FakeStage) -> None:
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.workflow.answers == recorded.workflow.failures == []


def test_the_same_event_twice_sends_one_mail(recorded: FakeStage) -> None:
    recorded.process_leave_request(R1, TOKEN)
    before = recorded.requests[R1]
    recorded.process_leave_request(R1, TOKEN)
    assert len(recorded.mailer.sent) == 1
    assert recorded.requests[R1] == before


def test_a_new_token_for_a_lead_who_has_the_mail_sends_none(recorded: FakeStage) -> None:
    recorded.process_leave_request(R1, TOKEN)
    link = link_of(recorded.requests[R1])
    recorded.process_leave_request(R1, OTHER_TOKEN)
    assert len(recorded.mailer.sent) == 1
    assert recorded.requests[R1].task_token == OTHER_TOKEN
    assert link_of(recorded.requests[R1]) == link


def test_a_lead_who_changed_meanwhile_gets_a_mail_and_the_old_link_dies(
    recorded: FakeStage,
) -> None:
    recorded.process_leave_request(R1, TOKEN)
    old = link_of(recorded.requests[R1])
    recorded.directory.put(replace(JIM, lead_id=JANE.employee_id))
    recorded.process_leave_request(R1, OTHER_TOKEN)
    assert recorded.mailer.recipients == [JOHN.email, JANE.email, JOHN.email]
    shown = recorded.submit_lead_response.show(old)
    assert shown is not None
    assert shown.revoked is not None
    assert shown.revoked.why is RevocationReason.REROUTED
    assert recorded.submit_lead_response.show(link_of(recorded.requests[R1])) is not None


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_decided_request_answers_the_token_at_once(stage: FakeStage, decision: str) -> None:
    decided = a_decided_request(decision, "So be it")
    stage.requests.put(decided)
    stage.process_leave_request(R1, OTHER_TOKEN)
    assert stage.workflow.answers == [(OTHER_TOKEN.reveal(), R1, decision)]
    assert stage.mailer.sent == []
    assert stage.requests[R1] == decided


@pytest.mark.parametrize(
    "error",
    [
        MailUnavailableError("Gmail answered 503"),
        MailThrottledError("Gmail answered 429"),
        MailCredentialsError("Google rejects the Gmail credentials: invalid_grant"),
        MailOutcomeUnknownError("Gmail did not answer"),
    ],
)
def test_a_mail_that_fails_is_reported_to_the_workflow(
    recorded: FakeStage, error: MailError
) -> None:
    recorded.mailer.fail_with(error)
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.workflow.failures == [(TOKEN.reveal(), type(error).__name__, str(error))]
    assert not recorded.requests[R1].lead_mailed


def test_after_a_failed_mail_the_next_try_sends_it_with_the_same_link(
    recorded: FakeStage,
) -> None:
    recorded.mailer.fail_with(MailUnavailableError("down"))
    recorded.process_leave_request(R1, TOKEN)
    link = link_of(recorded.requests[R1])
    recorded.process_leave_request(R1, OTHER_TOKEN)
    (mail,) = recorded.mailer.sent
    assert link in mail.text
    assert recorded.requests[R1].lead_mailed


def test_a_lead_is_asked_since_the_mail_left_however_long_it_was_due(recorded: FakeStage) -> None:
    """Or the sweep would pass somebody over who has had no time to answer."""
    recorded.mailer.fail_with(MailUnavailableError("down"))
    recorded.process_leave_request(R1, TOKEN)
    recorded.clock.go_on(timedelta(days=30))
    recorded.process_leave_request(R1, OTHER_TOKEN)
    assert recorded.requests[R1].asked_at == recorded.clock.now()


def test_if_the_failure_can_not_be_reported_either_the_task_fails(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(MailUnavailableError("down"))
    recorded.workflow.hooks.before("fail", raising(UnavailableError("SendTaskFailure")))
    with pytest.raises(UnavailableError):
        recorded.process_leave_request(R1, TOKEN)


def test_a_conflict_before_the_mail_is_read_and_tried_again(recorded: FakeStage) -> None:
    recorded.requests.hooks.before("replace", raising(ConflictError("busy")))
    recorded.process_leave_request(R1, TOKEN)
    assert len(recorded.mailer.sent) == 1


def test_a_record_that_never_keeps_still_fails_the_task_and_mails_nobody(
    recorded: FakeStage,
) -> None:
    recorded.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="Too many changes"):
        recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.sent == []


def test_a_decision_that_overtakes_the_mail_answers_the_token(recorded: FakeStage) -> None:
    """A scanner or a quick lead may have the link before we have written down that it is out."""
    recorded.mailer.hooks.after(
        "send", lambda: recorded.decide(link_of(recorded.requests[R1]), "approved")
    )
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.workflow.answers == [(TOKEN.reveal(), R1, "approved")]
    assert recorded.requests[R1].status == "approved"
    assert len(recorded.mailer.sent) == 1


def test_a_decision_that_overtook_the_mail_and_reached_nobody_is_passed_on(
    recorded: FakeStage,
) -> None:
    recorded.workflow.hooks.before("answer", raising(UnavailableError("SendTaskSuccess")))
    recorded.mailer.hooks.after(
        "send", lambda: recorded.decide(link_of(recorded.requests[R1]), "denied", "No")
    )
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.workflow.answers == [(TOKEN.reveal(), R1, "denied")]
    assert recorded.requests[R1].history[-1].type == "denied"


def test_a_decision_between_reading_and_asking_is_not_overwritten(recorded: FakeStage) -> None:
    recorded.process_leave_request(R1, TOKEN)
    link = link_of(recorded.requests[R1])
    recorded.requests.hooks.before("replace", lambda: recorded.decide(link, "denied", "No"))
    recorded.process_leave_request(R1, OTHER_TOKEN)
    assert recorded.requests[R1].status == "denied"
    assert recorded.workflow.answers == [
        (TOKEN.reveal(), R1, "denied"),
        (OTHER_TOKEN.reveal(), R1, "denied"),
    ]


def test_another_write_while_the_mail_is_out_keeps_both(recorded: FakeStage) -> None:
    def another_token_came() -> None:
        request = recorded.requests[R1]
        assert request.approver is not None
        again = request.ask(request.approver, task_token=OTHER_TOKEN, at=NOW, email=JOHN.email)
        recorded.requests.replace(request, again)

    recorded.mailer.hooks.after("send", another_token_came)
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.requests[R1].lead_mailed
    assert recorded.requests[R1].task_token == OTHER_TOKEN
    assert len(recorded.mailer.sent) == 1


def test_a_mark_that_is_not_written_at_first_is_written_in_the_end(recorded: FakeStage) -> None:
    recorded.mailer.hooks.after(
        "send",
        lambda: recorded.requests.hooks.before("replace", raising(ConflictError("busy")), times=8),
    )
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.requests[R1].lead_mailed
    assert recorded.mailer.recipients == [JOHN.email]


def test_a_crash_between_mail_and_mark_costs_a_second_mail_with_the_same_link(
    recorded: FakeStage,
) -> None:
    recorded.mailer.hooks.after(
        "send", lambda: recorded.requests.hooks.before("replace", raising(UnavailableError("down")))
    )
    with pytest.raises(UnavailableError):
        recorded.process_leave_request(R1, TOKEN)
    link = recorded.link(R1)
    for _ in range(2):
        recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.recipients == [JOHN.email] * 2
    assert recorded.link(R1) == link


def test_a_change_while_the_mail_is_out_is_asked_about_anew(recorded: FakeStage) -> None:
    """The change tells the workflow, so nobody writes that the mail about it is out."""
    wanted = a_wish("2027-06-01")
    recorded.mailer.hooks.after(
        "send", lambda: recorded.change_leave_request.change(JIM_CALLS, R1, wanted)
    )
    recorded.process_leave_request(R1, TOKEN)
    assert not recorded.requests[R1].lead_mailed
    assert [error for _, error, _ in recorded.workflow.failures] == ["RequestChanged"]
    recorded.process_leave_request(R1, OTHER_TOKEN)
    assert recorded.mailer.recipients == [JOHN.email] * 2
    assert recorded.link(R1) in recorded.mailer.sent[-1].text


def test_a_withdrawal_while_the_mail_is_out_ends_the_workflow(recorded: FakeStage) -> None:
    recorded.mailer.hooks.after(
        "send", lambda: recorded.change_leave_request.withdraw(JIM_CALLS, R1)
    )
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]


def test_a_lead_who_changes_between_token_and_mail_gets_a_link_of_their_own(
    recorded: FakeStage,
) -> None:
    """The same event again, as Step Functions and Lambda repeat it."""
    recorded.requests.hooks.after("replace", raising(UnavailableError("DynamoDB")))
    with pytest.raises(UnavailableError):
        recorded.process_leave_request(R1, TOKEN)
    johns = recorded.link(R1)
    recorded.directory.put(replace(JIM, lead_id=JANE.employee_id))
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.recipients == [JANE.email, JOHN.email], "who may have a mail is released"
    approver = recorded.requests[R1].approver
    assert approver is not None
    assert approver.employee_id == JANE.employee_id
    assert recorded.link(R1) != johns


def test_the_workflow_of_a_later_question_is_not_this_one(recorded: FakeStage) -> None:
    recorded.process_leave_request(R1, TOKEN, inquiry=2)
    assert recorded.mailer.sent == []
    assert recorded.workflow.answers == [(TOKEN.reveal(), R1, "pending")]


def test_in_the_place_of_a_lead_who_has_left_the_leads_lead_is_asked(recorded: FakeStage) -> None:
    recorded.directory.put(an_employee("E008", email="ceo@foo.com", lead_id=None))
    yesterday = recorded.clock.today() - timedelta(days=1)
    recorded.directory.put(replace(JOHN, lead_id="E008", employments=employed(end=yesterday)))
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.recipients == ["ceo@foo.com"]


def test_a_crash_between_token_and_mail_is_made_up_for_by_the_same_event(
    recorded: FakeStage,
) -> None:
    recorded.requests.hooks.after("replace", raising(UnavailableError("DynamoDB")))
    with pytest.raises(UnavailableError):
        recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.sent == []
    recorded.process_leave_request(R1, TOKEN)
    assert len(recorded.mailer.sent) == 1


def test_the_fallback_is_asked_where_there_is_no_lead(recorded: FakeStage) -> None:
    recorded.directory.put(replace(JIM, lead_id=None))
    recorded.directory.put(an_employee("E009", email="boss@foo.com", lead_id=None))
    recorded.fallback_approver = "E009"
    recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.recipients == ["boss@foo.com"]


def test_nobody_left_to_ask_fails_the_task(recorded: FakeStage) -> None:
    recorded.directory.put(replace(JIM, lead_id=None))
    with pytest.raises(NoApproverError):
        recorded.process_leave_request(R1, TOKEN)


def test_an_employee_missing_in_the_directory_fails_the_task(recorded: FakeStage) -> None:
    recorded.directory.remove("E002")
    with pytest.raises(UnknownEmployeeError, match="E002"):
        recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.sent == []


def test_a_lead_missing_in_the_directory_leaves_nobody_to_ask(recorded: FakeStage) -> None:
    recorded.directory.remove("E001")
    with pytest.raises(NoApproverError):
        recorded.process_leave_request(R1, TOKEN)
    assert recorded.mailer.sent == []


def test_an_unknown_request_fails_the_task(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError):
        stage.process_leave_request(NO_SUCH_REQUEST, TOKEN)
