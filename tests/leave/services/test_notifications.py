"""Everybody who has a mail that asked them hears that it is not theirs to answer any more."""

from datetime import timedelta
from typing import Any

import pytest

from leave.adapters.presentation.emails import TemplateEmails
from leave.domain.errors import MailOutcomeUnknownError, MailRefusedError, MailUnavailableError
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import Secret
from tests.leave.builders import JIM, JOHN, NOW, R1, a_request, an_employee
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import JIM_CALLS, OTHER_TOKEN, FakeStage, a_wish

ADA = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
EVE = an_employee("E009", name="Eve Head", email="eve@foo.com", lead_id=None)
NOT_NOW = MailUnavailableError("down")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where John and then Ada were asked, and Gmail failed before John heard."""
    stage = FakeStage()
    for boss in (ADA, EVE):
        stage.directory.put(boss)
    stage.asked()
    moved(stage, "E008")
    stage.mailer.hooks.before("send", nothing)
    stage.mailer.hooks.before("send", raising(NOT_NOW))
    stage.ask_lead(OTHER_TOKEN)
    assert mails(stage) == [("john@foo.com", "asks"), ("ada@foo.com", "asks")]
    stage.mailer.sent.clear()
    return stage


def moved(stage: FakeStage, lead_id: str) -> None:
    """Let somebody else be the one to ask."""
    stage.update(JIM, lead_id=lead_id)
    before = stage.request
    stage.requests.put(before.reroute(actor="", why="another lead", at=NOW))


def mails(stage: FakeStage) -> list[tuple[str, str]]:
    """Return who was told what."""
    words = ("asks", "Boss decides", "Head decides", "withdrawn", "approved")
    return [(m.to, next(w for w in words if w in m.text)) for m in stage.mailer.sent]


def test_several_are_told_once_the_next_one_was_asked(stage: FakeStage) -> None:
    moved(stage, "E009")
    for _ in range(2):
        stage.ask_lead()
    assert mails(stage) == [
        ("eve@foo.com", "asks"),
        ("john@foo.com", "Head decides"),
        ("ada@foo.com", "Head decides"),
    ]
    assert stage.request.to_notify == ()


def test_who_is_not_employed_today_is_told_nothing(stage: FakeStage) -> None:
    today, day = stage.clock.today(), timedelta(days=1)
    stage.employ(JOHN, today + day)
    stage.employ(ADA, end=today - day)
    moved(stage, "E009")
    stage.ask_lead()
    assert mails(stage) == [("eve@foo.com", "asks")]


def test_one_who_can_not_be_told_does_not_keep_it_from_the_others(stage: FakeStage) -> None:
    moved(stage, "E009")
    stage.mailer.hooks.before("send", nothing)
    stage.mailer.hooks.before("send", raising(MailRefusedError("no such address")))
    stage.ask_lead()
    assert mails(stage) == [("eve@foo.com", "asks"), ("ada@foo.com", "Head decides")]
    assert stage.request.to_notify == ()


def test_who_was_told_is_not_told_again_when_the_next_one_has_to_wait(stage: FakeStage) -> None:
    moved(stage, "E009")
    for _ in range(2):
        stage.mailer.hooks.before("send", nothing)
    stage.mailer.hooks.before("send", raising(NOT_NOW))
    for _ in range(2):
        stage.ask_lead()
    assert mails(stage)[1:] == [("john@foo.com", "Head decides"), ("ada@foo.com", "Head decides")]


def test_all_of_them_hear_that_it_was_withdrawn(stage: FakeStage) -> None:
    stage.withdraw()
    for _ in range(2):
        stage.tell_employee()
    assert mails(stage) == [("john@foo.com", "withdrawn"), ("ada@foo.com", "withdrawn")]


def test_so_does_who_was_to_be_replaced_when_it_was_withdrawn(stage: FakeStage) -> None:
    """Ada's link is closed, and nobody was asked in her place yet."""
    moved(stage, "E009")
    stage.withdraw()
    stage.tell_employee()
    assert mails(stage) == [("john@foo.com", "withdrawn"), ("ada@foo.com", "withdrawn")]


def test_who_had_not_heard_when_it_was_decided_hears_it_then(stage: FakeStage) -> None:
    stage.decide(stage.link())
    stage.tell_employee()
    assert mails(stage) == [("john@foo.com", "Boss decides"), (JIM.email, "approved")]


def test_who_is_not_asked_about_the_change_any_more_hears_of_it(stage: FakeStage) -> None:
    stage.update(JIM, lead_id="E009")
    stage.change(a_wish("2027-05-10"))
    stage.ask_lead()
    assert mails(stage) == [
        ("eve@foo.com", "asks"),
        ("john@foo.com", "Head decides"),
        ("ada@foo.com", "Head decides"),
    ]


def test_who_is_asked_about_the_change_is_not_told_to_be_released(stage: FakeStage) -> None:
    stage.change(a_wish("2027-05-10"))
    stage.ask_lead()
    assert mails(stage) == [("ada@foo.com", "asks"), ("john@foo.com", "Boss decides")]


def test_whom_the_directory_does_not_know_any_more_is_let_be(stage: FakeStage) -> None:
    moved(stage, "E009")
    stage.directory.remove(JOHN.employee_id)
    stage.ask_lead()
    assert mails(stage) == [("eve@foo.com", "asks"), ("ada@foo.com", "Head decides")]
    assert stage.request.to_notify == ()


# While the brief is on its way


@pytest.fixture
def recorded() -> FakeStage:
    """Return a stage where Jim has asked, and nobody was told."""
    stage = FakeStage()
    stage.directory.put(EVE)
    stage.requests.put(a_request(R1))
    return stage


def test_a_withdrawal_while_the_brief_is_on_its_way_is_told(recorded: FakeStage) -> None:
    withdraw = recorded.change_leave_request.withdraw
    recorded.mailer.hooks.after("send", lambda: withdraw(JIM_CALLS, R1))
    recorded.ask_lead()
    assert not recorded.request.lead_mailed
    for _ in range(2):
        recorded.tell_employee()
    assert mails(recorded) == [("john@foo.com", "asks"), ("john@foo.com", "withdrawn")]


def test_a_withdrawal_while_the_brief_is_in_doubt_is_told(recorded: FakeStage) -> None:
    recorded.mailer.hooks.after("send", raising(MailOutcomeUnknownError("no answer")))
    recorded.ask_lead()
    recorded.withdraw()
    recorded.tell_employee()
    assert mails(recorded) == [("john@foo.com", "asks"), ("john@foo.com", "withdrawn")]


def test_a_change_for_another_while_the_brief_is_on_its_way_releases(recorded: FakeStage) -> None:
    def change() -> None:
        recorded.update(JIM, lead_id="E009")
        recorded.change(a_wish("2027-05-10"))

    recorded.mailer.hooks.after("send", change)
    recorded.ask_lead()
    recorded.ask_lead(OTHER_TOKEN)
    assert mails(recorded) == [
        ("john@foo.com", "asks"),
        ("eve@foo.com", "asks"),
        ("john@foo.com", "Head decides"),
    ]


def test_who_is_asked_again_after_a_change_on_the_way_is_not_released(recorded: FakeStage) -> None:
    change = recorded.change_leave_request.change
    recorded.mailer.hooks.after("send", lambda: change(JIM_CALLS, R1, a_wish("2027-05-10")))
    recorded.ask_lead()
    recorded.ask_lead(OTHER_TOKEN)
    assert mails(recorded) == [("john@foo.com", "asks")] * 2


# A brief that is known not to have left


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("then", ["moved", "withdrawn"])
def test_a_plan_whose_brief_did_not_leave_is_not_known(then: str, times: int) -> None:
    emails: Any = TemplateEmails(rules=Rules(), company_domain="foo.com")
    stage = FakeStage(emails=emails)
    stage.directory.put(EVE)
    stage.asked(a_wish(reason="Old reason"))
    stage.change(a_wish("2027-06-07", reason="Secret"))
    for number in range(times):
        stage.mailer.hooks.before("send", raising(NOT_NOW))
        stage.ask_lead(Secret(f"try {number}"))
    if then == "moved":
        moved(stage, "E009")
        stage.ask_lead()
    else:
        stage.withdraw()
        stage.tell_employee()
    first, *_, told = stage.mailer.sent
    assert (first.to, told.to) == (JOHN.email, JOHN.email)
    assert "Old reason" in first.text
    assert "Secret" not in told.text
    assert "June" not in told.text


def test_who_was_mailed_nothing_of_it_hears_nothing_of_it(recorded: FakeStage) -> None:
    recorded.mailer.hooks.before("send", raising(NOT_NOW))
    recorded.ask_lead()
    moved(recorded, "E009")
    recorded.ask_lead(OTHER_TOKEN)
    assert mails(recorded) == [("eve@foo.com", "asks")]


def test_a_try_that_died_before_the_one_that_failed_may_have_left(recorded: FakeStage) -> None:
    recorded.mailer.hooks.after("send", raising(RuntimeError("dead")))
    with pytest.raises(RuntimeError):
        recorded.ask_lead()
    recorded.mailer.hooks.before("send", raising(NOT_NOW))
    recorded.ask_lead(OTHER_TOKEN)
    recorded.withdraw()
    recorded.tell_employee()
    assert mails(recorded) == [("john@foo.com", "asks"), ("john@foo.com", "withdrawn")]


# The name that the directory has now

OLD, NEW = JIM.name, "Jim Newname"
RULES = Rules(
    leave_types=(*Rules().leave_types, LeaveType(id="sick", name="Illness", needs_approval=False))
)
MARY = an_employee("E004", name="Mary Head", email="mary@foo.com", lead_id=None)


@pytest.fixture
def real() -> FakeStage:
    """Return a stage that writes real mails, with a lead above John."""
    emails: Any = TemplateEmails(rules=RULES, company_domain="foo.com", api_url="https://leave")
    stage = FakeStage(rules=RULES, emails=emails)
    stage.directory.put(MARY)
    stage.update(JOHN, lead_id=MARY.employee_id)
    return stage


def asked(real: FakeStage, leave_type: str = "annual") -> None:
    """Let Jim ask, everybody read of it, and the directory have another name for him."""
    real.request_leave(JIM_CALLS, a_wish(leave_type=leave_type))
    real.ask_lead()
    if real.request.question is None:
        real.tell_employee()
    real.mailer.sent.clear()
    real.update(JIM, name=NEW)


def assert_the_new_name_is_used(real: FakeStage, *readers: str) -> None:
    assert sorted(mail.to for mail in real.mailer.sent) == sorted(readers)
    for mail in real.mailer.sent:
        assert OLD not in mail.subject + mail.text + mail.html
        assert NEW in mail.text


def test_the_page_of_the_approver(real: FakeStage) -> None:
    asked(real)
    link = real.request.link()
    assert link
    opened = real.submit_lead_response.show(link.reveal())
    assert opened
    assert opened.request.employee.name == NEW
    assert real.request.employee.name == OLD, "looking changes nothing"


def test_a_withdrawal(real: FakeStage) -> None:
    asked(real)
    real.withdraw()
    real.tell_employee()
    assert_the_new_name_is_used(real, JOHN.email)


def test_a_note_that_is_taken_back(real: FakeStage) -> None:
    asked(real, "sick")
    real.withdraw()
    real.tell_employee()
    assert_the_new_name_is_used(real, JOHN.email, JIM.email)


def test_a_reminder(real: FakeStage) -> None:
    asked(real)
    real.clock.go_on(timedelta(days=3))
    real.make_sweep()
    assert_the_new_name_is_used(real, JOHN.email)


def test_whoever_is_asked_instead_and_whoever_was_asked_before(real: FakeStage) -> None:
    asked(real)
    real.update(JIM, name=NEW, lead_id=MARY.employee_id)
    real.make_sweep()
    real.ask_lead()
    assert_the_new_name_is_used(real, JOHN.email, MARY.email)
