"""The workflow asks the lead: one mail, whatever is repeated, lost or in the way."""

from datetime import timedelta

import pytest

from leave.domain import errors
from leave.domain.employee import Employee
from leave.domain.errors import ConflictError, MailUnavailableError, UnavailableError
from leave.domain.invitations import RevocationReason
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    NOW,
    R1,
    TODAY,
    a_decided_request,
    a_request,
    an_employee,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import OTHER_TOKEN, TOKEN, FakeStage, a_wish

DOWN = UnavailableError("down")
BUSY = ConflictError("busy")


@pytest.fixture
def stage(stage: FakeStage) -> FakeStage:
    """Return a stage with Jim's request, of which nobody was told."""
    stage.requests.put(a_request())
    return stage


def test_the_lead_gets_one_mail_however_often_it_is_called(stage: FakeStage) -> None:
    stage.ask_lead()
    before = stage.request
    stage.ask_lead()
    (mail,) = stage.mailer.sent
    assert mail.to == JOHN.email
    assert stage.link() in mail.text
    assert (stage.approver, before.task_token, before.lead_mailed) == ("E001", TOKEN, True)
    assert stage.request == before
    assert stage.workflow.answers == stage.workflow.failures == [], "the lead thinks"


def test_a_new_token_for_a_lead_who_has_the_mail_sends_none(stage: FakeStage) -> None:
    stage.ask_lead()
    link = stage.link()
    stage.ask_lead(OTHER_TOKEN)
    assert len(stage.mailer.sent) == 1
    assert (stage.request.task_token, stage.link()) == (OTHER_TOKEN, link)


def test_a_lead_who_changed_meanwhile_gets_a_mail_and_the_old_link_dies(stage: FakeStage) -> None:
    stage.ask_lead()
    old = stage.link()
    stage.update(JIM, lead_id=JANE.employee_id)
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email, JANE.email, JOHN.email]
    assert stage.show(old).revoked.why is RevocationReason.REROUTED
    assert stage.show(stage.link()).decides


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_decided_request_answers_the_token_at_once(stage: FakeStage, decision: str) -> None:
    decided = a_decided_request(decision, "So be it")
    stage.requests.put(decided)
    stage.ask_lead(OTHER_TOKEN)
    assert stage.workflow.answers == [(OTHER_TOKEN.reveal(), R1, decision)]
    assert stage.mailer.sent == []
    assert stage.request == decided


def test_a_mail_that_fails_is_reported_and_sent_later_with_the_same_link(stage: FakeStage) -> None:
    """The lead is asked since the mail left, or the sweep would pass over who had no time."""
    error = MailUnavailableError("Gmail answered 503")
    stage.mailer.fail_with(error)
    stage.ask_lead()
    assert stage.workflow.failures == [(TOKEN.reveal(), "MailUnavailableError", str(error))]
    assert not stage.request.lead_mailed
    link = stage.link()
    stage.clock.go_on(timedelta(days=30))
    stage.ask_lead(OTHER_TOKEN)
    (mail,) = stage.mailer.sent
    assert link in mail.text
    assert stage.request.lead_mailed
    assert stage.request.asked_at == stage.clock.now()


def test_if_the_failure_can_not_be_reported_either_the_task_fails(stage: FakeStage) -> None:
    stage.mailer.fail_with(MailUnavailableError("down"))
    stage.workflow.hooks.before("fail", raising(DOWN))
    with pytest.raises(UnavailableError):
        stage.ask_lead()


def test_a_conflict_before_the_mail_is_tried_again_but_not_without_an_end(stage: FakeStage) -> None:
    stage.requests.hooks.before("replace", raising(BUSY), times=50)
    with pytest.raises(UnavailableError, match="Too many changes"):
        stage.ask_lead()
    assert stage.mailer.sent == []
    stage.requests.hooks.forget()
    stage.requests.hooks.before("replace", raising(BUSY))
    stage.ask_lead()
    assert len(stage.mailer.sent) == 1


# What happens while the mail leaves


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_decision_before_the_mark_answers_the_token(stage: FakeStage, *, is_lost: bool) -> None:
    """A scanner or a quick lead may have the link before we have written down that it is out."""
    if is_lost:
        stage.workflow.hooks.before("answer", raising(DOWN))
    stage.mailer.hooks.after("send", lambda: stage.decide(stage.link(), "denied", "No"))
    stage.ask_lead()
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "denied")]
    assert stage.events == ["requested", "denied"]
    assert len(stage.mailer.sent) == 1


def test_a_decision_between_reading_and_asking_is_not_overwritten(stage: FakeStage) -> None:
    stage.ask_lead()
    link = stage.link()
    stage.requests.hooks.before("replace", lambda: stage.decide(link, "denied", "No"))
    stage.ask_lead(OTHER_TOKEN)
    assert stage.request.status == "denied"
    tokens = [token.reveal() for token in (TOKEN, OTHER_TOKEN)]
    assert stage.workflow.answers == [(token, R1, "denied") for token in tokens]


def test_another_write_while_the_mail_is_out_keeps_both(stage: FakeStage) -> None:
    def another_token_came() -> None:
        request = stage.request
        again = request.ask(request.approver, task_token=OTHER_TOKEN, at=NOW, email=JOHN.email)
        stage.requests.replace(request, again)

    stage.mailer.hooks.after("send", another_token_came)
    stage.ask_lead()
    assert (stage.request.lead_mailed, stage.request.task_token) == (True, OTHER_TOKEN)
    assert len(stage.mailer.sent) == 1


def test_a_mark_that_is_not_written_at_first_is_written_in_the_end(stage: FakeStage) -> None:
    before = stage.requests.hooks.before
    stage.mailer.hooks.after("send", lambda: before("replace", raising(BUSY), times=8))
    stage.ask_lead()
    assert stage.request.lead_mailed
    assert stage.mailer.recipients == [JOHN.email]


def test_a_crash_before_the_mark_costs_a_second_mail_of_the_link(stage: FakeStage) -> None:
    before = stage.requests.hooks.before
    stage.mailer.hooks.after("send", lambda: before("replace", raising(DOWN)))
    with pytest.raises(UnavailableError):
        stage.ask_lead()
    link = stage.link()
    for _ in range(2):
        stage.ask_lead()
    assert stage.mailer.recipients == [JOHN.email] * 2
    assert stage.link() == link


def test_a_change_while_the_mail_is_out_is_asked_about_anew(stage: FakeStage) -> None:
    """The change tells the workflow, so nobody writes that the mail about it is out."""
    stage.mailer.hooks.after("send", lambda: stage.change(a_wish("2027-06-01")))
    stage.ask_lead()
    assert not stage.request.lead_mailed
    assert [error for _, error, _ in stage.workflow.failures] == ["RequestChanged"]
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email] * 2
    assert stage.link() in stage.mailer.sent[-1].text


def test_a_withdrawal_while_the_mail_is_out_ends_the_workflow(stage: FakeStage) -> None:
    stage.mailer.hooks.after("send", stage.withdraw)
    stage.ask_lead()
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]


@pytest.mark.parametrize("lead", [JOHN, JANE])
def test_a_crash_before_the_mail_is_made_up_for(stage: FakeStage, lead: Employee) -> None:
    """Another lead by then has a link of their own, and who may have a mail is released."""
    stage.requests.hooks.after("replace", raising(DOWN))
    with pytest.raises(UnavailableError):
        stage.ask_lead()
    assert stage.mailer.sent == []
    johns = stage.link()
    stage.update(JIM, lead_id=lead.employee_id)
    stage.ask_lead()
    assert stage.approver == lead.employee_id
    assert stage.mailer.recipients == ([JOHN.email] if lead is JOHN else [JANE.email, JOHN.email])
    assert (stage.link() == johns) is (lead is JOHN)


def test_the_workflow_of_a_later_question_is_not_this_one(stage: FakeStage) -> None:
    stage.ask_lead(inquiry=2)
    assert stage.mailer.sent == []
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "pending")]


# Nobody to ask, or somebody else


def test_in_the_place_of_a_lead_who_has_left_the_leads_lead_is_asked(stage: FakeStage) -> None:
    stage.directory.put(an_employee("E008", email="ceo@foo.com", lead_id=None))
    stage.directory.put(an_employee("E001", lead_id="E008", end_date=TODAY - timedelta(days=1)))
    stage.ask_lead()
    assert stage.mailer.recipients == ["ceo@foo.com"]


def test_the_fallback_is_asked_where_there_is_no_lead(stage: FakeStage) -> None:
    stage.update(JIM, lead_id=None)
    with pytest.raises(errors.NoApproverError):
        stage.ask_lead()
    stage.directory.put(an_employee("E009", email="boss@foo.com", lead_id=None))
    stage.fallback_approver = "E009"
    stage.ask_lead()
    assert stage.mailer.recipients == ["boss@foo.com"]


@pytest.mark.parametrize(
    ("missing", "error"), [("E002", errors.UnknownEmployeeError), ("E001", errors.NoApproverError)]
)
def test_an_employee_missing_in_the_directory_fails_the_task(
    stage: FakeStage, missing: str, error: type[Exception]
) -> None:
    stage.directory.remove(missing)
    with pytest.raises(error, match=missing):
        stage.ask_lead()
    assert stage.mailer.sent == []


def test_an_unknown_request_fails_the_task(stage: FakeStage) -> None:
    with pytest.raises(errors.UnknownRequestError, match=NO_SUCH_REQUEST):
        stage.process_leave_request(NO_SUCH_REQUEST, TOKEN)
    with pytest.raises(errors.UnknownRequestError, match=NO_SUCH_REQUEST):
        stage.process_lead_response(NO_SUCH_REQUEST)
