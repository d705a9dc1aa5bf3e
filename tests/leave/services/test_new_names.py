"""An employee is called by the name that the directory has now, in all that is read afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from leave.adapters.presentation.emails import TemplateEmails
from leave.domain.policy import LeaveType, Rules
from tests.leave.builders import JIM, JOHN, an_employee
from tests.leave.services.stage import JIM_CALLS, FakeStage, a_wish

OLD, NEW = JIM.name, "Jim Newname"
RULES = Rules(
    leave_types=(*Rules().leave_types, LeaveType(id="sick", name="Illness", needs_approval=False))
)
MARY = an_employee("E004", name="Mary Head", email="mary@foo.com", lead_id=None)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage that writes real mails, with a lead above John."""
    emails: Any = TemplateEmails(rules=RULES, company_domain="foo.com", api_url="https://leave")
    stage = FakeStage(rules=RULES, emails=emails)
    stage.directory.put(MARY)
    stage.update(JOHN, lead_id=MARY.employee_id)
    return stage


def asked(stage: FakeStage, leave_type: str = "annual") -> None:
    """Let Jim ask, everybody read of it, and the directory have another name for him."""
    stage.request_leave(JIM_CALLS, a_wish(leave_type=leave_type))
    stage.ask_lead()
    if stage.request.question is None:
        stage.tell_employee()
    stage.mailer.sent.clear()
    stage.update(JIM, name=NEW)


def assert_the_new_name_is_used(stage: FakeStage, *readers: str) -> None:
    assert sorted(mail.to for mail in stage.mailer.sent) == sorted(readers)
    for mail in stage.mailer.sent:
        assert OLD not in mail.subject + mail.text + mail.html
        assert NEW in mail.text


def test_the_page_of_the_approver(stage: FakeStage) -> None:
    asked(stage)
    link = stage.request.link()
    assert link
    opened = stage.submit_lead_response.show(link.reveal())
    assert opened
    assert opened.request.employee.name == NEW
    assert stage.request.employee.name == OLD, "looking changes nothing"


def test_a_withdrawal(stage: FakeStage) -> None:
    asked(stage)
    stage.withdraw()
    stage.tell_employee()
    assert_the_new_name_is_used(stage, JOHN.email)


def test_a_note_that_is_taken_back(stage: FakeStage) -> None:
    asked(stage, "sick")
    stage.withdraw()
    stage.tell_employee()
    assert_the_new_name_is_used(stage, JOHN.email, JIM.email)


def test_a_reminder(stage: FakeStage) -> None:
    asked(stage)
    stage.clock.go_on(timedelta(days=3))
    stage.make_sweep()
    assert_the_new_name_is_used(stage, JOHN.email)


def test_whoever_is_asked_instead_and_whoever_was_asked_before(stage: FakeStage) -> None:
    asked(stage)
    stage.update(JIM, name=NEW, lead_id=MARY.employee_id)
    stage.make_sweep()
    stage.ask_lead()
    assert_the_new_name_is_used(stage, JOHN.email, MARY.email)
