"""Mails that do not leave: each class of failure, for the brief and for the outcome."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.domain.errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
    MailUnavailableError,
    UnavailableError,
)
from leave.domain.history import EventType, Status
from leave.domain.invitations import RevocationReason
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NOW,
    R1,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    an_employee,
)
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import FakeStage

HR = "hr@foo.com"
BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
REFUSED = MailRefusedError("Gmail answered 400 invalidArgument")
UNKNOWN = MailOutcomeUnknownError("Gmail did not answer")
NOTHING_SENT = [
    MailUnavailableError("Gmail answered 503"),
    MailThrottledError("Gmail answered 429"),
    MailCredentialsError("Google rejects the Gmail credentials: invalid_grant"),
]


@pytest.fixture
def recorded() -> FakeStage:
    """Return a stage where Jim has asked, nobody was told, and Ada leads John."""
    stage = FakeStage()
    stage.update(JOHN, lead_id="E008")
    stage.directory.put(BOSS)
    stage.requests.put(a_request(R1))
    return stage


@pytest.fixture
def decided() -> FakeStage:
    """Return a stage where John has approved, and Jim does not know."""
    stage = FakeStage()
    stage.requests.put(a_decided_request())
    return stage


def ask(stage: FakeStage, times: int = 1) -> None:
    """Let the workflow ask, each time with a new token, as after a wait."""
    for _ in range(times):
        number = len(stage.workflow.failures)
        stage.ask_lead(Secret(f"token {number}"))


def errors(stage: FakeStage) -> list[str]:
    return [error for _, error, _ in stage.workflow.failures]


# The brief


@pytest.mark.parametrize("error", NOTHING_SENT)
def test_a_brief_that_was_not_sent_is_tried_until_it_is(
    recorded: FakeStage, error: MailError
) -> None:
    recorded.mailer.fail_with(*[error] * 3)
    ask(recorded, 4)
    assert errors(recorded) == [type(error).__name__] * 3
    assert recorded.mailer.recipients == [JOHN.email]
    request = recorded.request
    assert request.lead_mailed
    assert len(request.revoked_links) == 0, "the same link all the time"


def test_a_brief_that_may_be_out_is_sent_once_more(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    assert recorded.request.delivery_uncertain
    assert not recorded.request.lead_mailed
    ask(recorded, 2)
    assert recorded.mailer.recipients == [JOHN.email]
    assert not recorded.request.delivery_uncertain


def test_after_two_briefs_that_may_be_out_no_third_one_leaves(recorded: FakeStage) -> None:
    recorded.mailer.hooks.after("send", raising(UNKNOWN), times=9)
    ask(recorded, 4)
    assert recorded.mailer.recipients == [JOHN.email] * 2
    assert recorded.request.lead_mailed
    assert errors(recorded) == ["MailOutcomeUnknownError"]


def test_a_brief_that_may_be_out_waits_until_gmail_is_well(recorded: FakeStage) -> None:
    """Or an hour without answers would use up both mails that may leave, and none might have."""
    recorded.mailer.fail_with(UNKNOWN)
    recorded.mailer.hooks.before("check", raising(MailUnavailableError("Gmail")), times=3)
    ask(recorded, 4)
    assert errors(recorded)[1:] == ["MailUnavailableError"] * 3
    assert recorded.mailer.recipients == []
    ask(recorded)
    assert recorded.mailer.recipients == [JOHN.email]
    assert recorded.mailer.checks == 1, "only what is in doubt is asked about"


def test_the_doubt_is_about_one_link(recorded: FakeStage) -> None:
    """Whoever is asked next has had no mail, doubtful or not."""
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    recorded.update(JIM, lead_id="E008")
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    assert not recorded.request.lead_mailed
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email, JOHN.email], "who may have one is released"


def test_an_approver_whose_address_is_refused_is_passed_over(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    request = recorded.request
    assert recorded.mailer.recipients == [HR, BOSS.email]
    assert "John Carpenter can not be reached" in recorded.mailer.sent[0].text
    assert request.approver.employee_id == "E008"
    assert request.passed_over == ("E001",)
    assert [link.why for link in request.revoked_links] == [RevocationReason.UNREACHABLE]
    assert request.history[-1].type is EventType.UNREACHABLE
    assert recorded.metrics.names == ["MailsUndeliverable", "MailsSent", "MailsSent"]
    assert errors(recorded) == []
    assert request.to_notify == (), "who got no mail has none to be released from"
    ask(recorded, 3)
    assert recorded.mailer.recipients == [HR, BOSS.email]


CORRECTED = replace(JOHN, lead_id="E008", email="john.carpenter@foo.com")


def test_whose_refused_address_was_corrected_is_asked_there(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    recorded.directory.put(CORRECTED)
    recorded.make_sweep()
    ask(recorded, 2)
    assert recorded.mailer.recipients == [HR, BOSS.email, CORRECTED.email, BOSS.email]
    recorded.decide(recorded.link())
    assert recorded.request.status is Status.APPROVED


def test_who_is_refused_at_the_corrected_address_too_is_passed_over_again(
    recorded: FakeStage,
) -> None:
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    recorded.directory.put(CORRECTED)
    recorded.mailer.fail_with(REFUSED)
    ask(recorded, 3)
    assert recorded.mailer.recipients == [HR, BOSS.email, HR, BOSS.email]
    assert errors(recorded) == []


def test_whose_refused_address_was_corrected_can_give_the_second_approval(
    recorded: FakeStage,
) -> None:
    recorded.policy = ApprovalPolicy(second_approval_over_days=1)
    recorded.requests.put(a_request(R1, plan=a_plan(a_period("2027-05-03", "2027-05-07"))))
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    recorded.directory.put(CORRECTED)
    recorded.decide(recorded.link())
    assert recorded.request.history[-1].type is EventType.FIRST_APPROVAL
    ask(recorded)
    assert recorded.mailer.recipients == [HR, BOSS.email, CORRECTED.email]


def test_who_does_not_answer_at_the_corrected_address_is_passed_over_for_that(
    recorded: FakeStage,
) -> None:
    recorded.policy = ApprovalPolicy(remind_after_days=2, escalate_after_days=5)
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    recorded.directory.put(CORRECTED)
    ask(recorded)
    recorded.clock.go_on(timedelta(days=7))
    recorded.make_sweep()
    ask(recorded)
    request = recorded.request
    assert request.history[-1].type is EventType.ESCALATED
    assert (request.passed_over, dict(request.refused)) == (("E001",), {})


def test_where_nobody_else_is_left_the_administrators_hear_once_and_it_is_tried_again(
    recorded: FakeStage,
) -> None:
    recorded.directory.put(JOHN)
    recorded.mailer.hooks.before("send", raising(REFUSED))
    recorded.mailer.hooks.before("send", nothing)  # the administrators
    recorded.mailer.hooks.before("send", raising(REFUSED), times=3)
    ask(recorded, 3)
    assert recorded.mailer.recipients == [HR]
    assert errors(recorded) == ["MailRefusedError"] * 3
    ask(recorded)
    assert recorded.mailer.recipients == [HR, JOHN.email], "the address was put right"
    recorded.decide(recorded.link())
    assert recorded.request.status is Status.APPROVED


def test_administrators_who_can_not_be_told_now_are_told_later(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(REFUSED, MailUnavailableError("down"), REFUSED)
    ask(recorded, 2)
    assert recorded.mailer.recipients == [HR, BOSS.email]
    assert errors(recorded) == ["MailUnavailableError"]


@pytest.mark.parametrize("error", [REFUSED, UNKNOWN])
def test_an_administrator_who_can_not_be_reached_is_in_nobodys_way(
    recorded: FakeStage, error: MailError
) -> None:
    recorded.administrators = ("a@foo.com", "b@foo.com")
    recorded.mailer.fail_with(REFUSED, error)
    ask(recorded)
    assert recorded.mailer.recipients == ["b@foo.com", BOSS.email]


def test_who_was_told_is_not_told_again_for_one_who_can_not_be_told_now(
    recorded: FakeStage,
) -> None:
    recorded.administrators = ("a@foo.com", "b@foo.com")
    recorded.mailer.fail_with(REFUSED)
    recorded.mailer.hooks.before("send", nothing)  # a@foo.com
    recorded.mailer.fail_with(MailThrottledError("wait"))
    ask(recorded)
    assert recorded.mailer.recipients == ["a@foo.com", BOSS.email]
    assert errors(recorded) == []


def test_an_administrator_who_is_not_employed_today_is_not_mailed(recorded: FakeStage) -> None:
    """An address that the directory does not have, such as a shared mailbox's, still is."""
    gone = an_employee("E901", email="gone@foo.com", end_date=NOW.date() - timedelta(days=1))
    new = an_employee("E902", email="new@foo.com", start_date=NOW.date() + timedelta(days=1))
    here = an_employee("E903", email="here@foo.com")
    for administrator in (gone, new, here):
        recorded.directory.put(administrator)
    recorded.administrators = ("gone@foo.com", "here@foo.com", HR, "new@foo.com")
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    assert recorded.mailer.recipients == [here.email, HR, BOSS.email]


def test_that_no_administrator_is_employed_is_logged_and_stops_nothing(
    recorded: FakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    gone = an_employee("E901", email=HR, end_date=NOW.date() - timedelta(days=1))
    recorded.directory.put(gone)
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email]
    logged = [(r.levelname, r.message) for r in caplog.records]
    assert ("ERROR", "administrator not mailed: none is employed today") in logged


def test_without_administrators_the_alarm_is_all(recorded: FakeStage) -> None:
    recorded.administrators = ()
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email]
    assert recorded.metrics.names == ["MailsUndeliverable", "MailsSent"]


# The outcome


@pytest.mark.parametrize("error", NOTHING_SENT)
def test_an_outcome_that_was_not_sent_is_tried_until_it_is(
    decided: FakeStage, error: MailError
) -> None:
    decided.mailer.fail_with(*[error] * 3)
    for _ in range(3):
        with pytest.raises(type(error)):
            decided.tell_employee()
    decided.tell_employee()
    decided.tell_employee()
    assert decided.mailer.recipients == [JIM.email]


def test_after_two_outcomes_that_may_be_out_no_third_one_leaves(decided: FakeStage) -> None:
    decided.mailer.hooks.after("send", raising(UNKNOWN), times=9)
    with pytest.raises(MailOutcomeUnknownError):
        decided.tell_employee()
    for _ in range(3):
        decided.tell_employee()
    assert decided.mailer.recipients == [JIM.email] * 2
    assert decided.request.outcome_mailed
    assert not decided.request.delivery_uncertain


def test_an_outcome_that_may_be_out_waits_until_gmail_is_well(decided: FakeStage) -> None:
    decided.mailer.fail_with(UNKNOWN)
    decided.mailer.hooks.before("check", raising(MailUnavailableError("Gmail")), times=3)
    for error in (MailOutcomeUnknownError, *[MailUnavailableError] * 3):
        with pytest.raises(error):
            decided.tell_employee()
    assert decided.mailer.recipients == []
    decided.tell_employee()
    assert decided.mailer.recipients == [JIM.email]


def test_the_doubt_about_a_brief_is_none_about_the_outcome(decided: FakeStage) -> None:
    uncertain = an_asked_request().mark_delivery_uncertain()
    decided.requests.put(uncertain)
    decided.decide(decided.link())
    decided.mailer.fail_with(UNKNOWN)
    with pytest.raises(MailOutcomeUnknownError):
        decided.tell_employee()
    decided.tell_employee()
    assert decided.mailer.recipients == [JIM.email]


def test_an_outcome_that_is_refused_is_told_to_the_administrators_once(decided: FakeStage) -> None:
    decided.mailer.fail_with(REFUSED)
    for _ in range(2):
        assert decided.tell_employee() == "approved"
    request = decided.request
    assert decided.mailer.recipients == [HR]
    assert "Jim O'Dell can not be reached" in decided.mailer.sent[0].text
    assert request.history[-1].type is EventType.UNDELIVERED
    assert request.history[-1].comment == str(REFUSED)
    assert (request.outcome_mailed, request.is_open) == (True, False)
    assert request.outcome is not None
    assert request.outcome.type is EventType.APPROVED
    assert decided.metrics.names == ["MailsUndeliverable", "MailsSent"]


def test_a_withdrawal_that_the_approver_can_not_be_told_names_the_approver(
    recorded: FakeStage,
) -> None:
    ask(recorded)
    recorded.withdraw()
    recorded.mailer.fail_with(REFUSED)
    recorded.tell_employee()
    assert recorded.mailer.recipients == [JOHN.email, HR]
    assert "John Carpenter can not be reached" in recorded.mailer.sent[-1].text


def test_a_refusal_that_the_administrators_can_not_be_told_now_is_told_later(
    decided: FakeStage,
) -> None:
    decided.mailer.fail_with(REFUSED, MailThrottledError("quota"), REFUSED)
    with pytest.raises(MailThrottledError):
        decided.tell_employee()
    assert not decided.request.outcome_mailed
    decided.tell_employee()
    assert decided.mailer.recipients == [HR]


# Credentials


def brief_fails(stage: FakeStage) -> None:
    stage.requests.put(a_request(R1))
    stage.mailer.fail_with(NOTHING_SENT[2])
    ask(stage)


def outcome_fails(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.mailer.fail_with(NOTHING_SENT[2])
    with pytest.raises(MailCredentialsError):
        stage.tell_employee()


def administrators_fail(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.mailer.fail_with(REFUSED, NOTHING_SENT[2])
    with pytest.raises(MailCredentialsError):
        stage.tell_employee()


@pytest.mark.parametrize("failure", [brief_fails, outcome_fails, administrators_fail])
def test_rejected_credentials_are_counted(failure: Callable[[FakeStage], None]) -> None:
    stage = FakeStage()
    failure(stage)
    assert stage.metrics.names.count("CredentialsRejected") == 1


@pytest.mark.parametrize("error", [*NOTHING_SENT[:2], UNKNOWN])
def test_other_failures_are_not_counted_as_credentials(
    decided: FakeStage, error: MailError
) -> None:
    decided.mailer.fail_with(error)
    with pytest.raises(type(error)):
        decided.tell_employee()
    assert "CredentialsRejected" not in decided.metrics.names


# The release


def rerouted(stage: FakeStage) -> None:
    """Let John have a mail, and Ada be the one to ask."""
    ask(stage)
    request = stage.request
    stage.update(JIM, lead_id="E008")
    stage.requests.put(request.reroute(actor="", why="another lead", at=NOW))


def test_who_was_asked_before_is_told_after_the_new_one_was(recorded: FakeStage) -> None:
    rerouted(recorded)
    ask(recorded, 2)
    assert recorded.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email]
    assert recorded.mailer.sent[-1].text == "Ada Boss decides for Jim O'Dell"
    assert recorded.request.to_notify == ()


@pytest.mark.parametrize("error", NOTHING_SENT)
def test_a_release_that_was_not_sent_is_sent_later_and_the_brief_not_again(
    recorded: FakeStage, error: MailError
) -> None:
    rerouted(recorded)
    recorded.mailer.hooks.before("send", nothing)
    recorded.mailer.hooks.before("send", raising(error))
    ask(recorded, 3)
    assert recorded.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email]
    assert errors(recorded) == [type(error).__name__]


@pytest.mark.parametrize("error", [REFUSED, UNKNOWN])
def test_a_release_that_can_not_be_sent_is_let_be(recorded: FakeStage, error: MailError) -> None:
    rerouted(recorded)
    recorded.mailer.hooks.before("send", nothing)
    recorded.mailer.hooks.before("send", raising(error))
    ask(recorded, 2)
    assert recorded.mailer.recipients == [JOHN.email, BOSS.email]
    assert errors(recorded) == []
    assert recorded.request.to_notify == ()


def test_who_has_left_is_not_told(recorded: FakeStage) -> None:
    rerouted(recorded)
    yesterday = recorded.clock.today() - timedelta(days=1)
    recorded.employ(JOHN, end=yesterday)
    ask(recorded)
    assert recorded.mailer.recipients == [JOHN.email, BOSS.email]
    assert recorded.request.to_notify == ()


def test_who_was_to_be_asked_is_told_since_the_mail_may_be_out(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(UNKNOWN)
    rerouted(recorded)
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email, JOHN.email]


def test_a_crash_after_the_release_costs_a_second_one_at_most(recorded: FakeStage) -> None:
    rerouted(recorded)
    recorded.requests.hooks.before("replace", nothing, times=2)
    recorded.requests.hooks.before("replace", raising(UnavailableError("DynamoDB")))
    with pytest.raises(UnavailableError):
        ask(recorded)
    ask(recorded, 2)
    assert recorded.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email, JOHN.email]


def test_of_two_who_were_asked_before_the_last_one_is_told(recorded: FakeStage) -> None:
    rerouted(recorded)
    ask(recorded)
    recorded.update(JIM, lead_id="E003")
    ask(recorded)
    recipients = recorded.mailer.recipients
    assert recipients == [JOHN.email, BOSS.email, JOHN.email, JANE.email, BOSS.email]
