"""Who may see and answer a link on a stage that asks leads to sign in."""

from datetime import timedelta

import pytest

from leave.domain.request import ApprovalPolicy, Person
from leave.domain.values import replace
from leave.services.authorization import Admission, ApproverOnly
from tests.leave.builders import JANE, JOHN, NOW, R1
from tests.leave.services.stage import OTHER_TOKEN, FakeStage, a_wish

GRANTED, SIGN_IN, ANOTHER = Admission.GRANTED, Admission.SIGN_IN, Admission.ANOTHER_PERSON
OWN_LINK = Admission.OWN_LINK
JANE_HERSELF = Person(employee_id="E003", name="Jane Cook")


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def second_approver_asked(stage: FakeStage) -> tuple[str, str]:
    """Let John give the first of two approvals and Jane be asked; return both links."""
    stage.fallback_approver = "E003"
    first = stage.asked(a_wish("2027-05-03", "2027-05-07"))
    stage.decide(first)
    stage.requests.put(stage.request.ask(JANE_HERSELF, task_token=OTHER_TOKEN, at=NOW))
    return first, stage.link()


def admitted(stage: FakeStage, link: str, email: str | None) -> Admission:
    return ApproverOnly(clock=stage.clock).admit(stage.begin(), link, email)


def test_only_the_approver_goes_on(stage: FakeStage) -> None:
    link = stage.asked()
    assert admitted(stage, link, None) is SIGN_IN
    assert admitted(stage, link, "john@foo.com") is GRANTED
    assert admitted(stage, link, "JOHN@foo.com") is GRANTED
    for other in ("jane@foo.com", "jim@foo.com", "nobody@foo.com", ""):
        assert admitted(stage, link, other) is ANOTHER


def test_an_approver_who_has_left_is_no_approver(stage: FakeStage) -> None:
    link = stage.asked()
    stage.employ(JOHN, end=stage.clock.today())
    assert admitted(stage, link, "john@foo.com") is GRANTED
    stage.clock.go_on(timedelta(days=1))
    assert admitted(stage, link, "john@foo.com") is ANOTHER


def test_an_approver_who_begins_tomorrow_is_none_yet(stage: FakeStage) -> None:
    link, day = stage.asked(), timedelta(days=1)
    stage.employ(JOHN, stage.clock.today() + day)
    assert admitted(stage, link, "john@foo.com") is ANOTHER
    stage.clock.go_on(day)
    assert admitted(stage, link, "john@foo.com") is GRANTED


def test_a_link_that_opens_nothing_needs_no_sign_in_to_say_so(stage: FakeStage) -> None:
    link = stage.asked()
    for broken in ("", "x", link[:-1], f"{link[:-2]}..", link.replace(R1, "nobody")):
        assert admitted(stage, broken, None) is GRANTED
        assert stage.submit_lead_response.show(broken) is None


def test_a_decided_link_is_explained_to_its_approver_only(stage: FakeStage) -> None:
    link = stage.asked()
    stage.decide(link)
    assert admitted(stage, link, None) is SIGN_IN
    assert admitted(stage, link, "jane@foo.com") is ANOTHER
    assert admitted(stage, link, "john@foo.com") is GRANTED


def test_a_retired_link_needs_a_sign_in_too(stage: FakeStage) -> None:
    link = stage.asked()
    request = stage.request
    stage.requests.put(
        request.reroute(actor="", why="John is away", at=NOW).ask(
            JANE_HERSELF, task_token=request.task_token, at=NOW
        )
    )
    new = stage.link()
    assert admitted(stage, link, None) is SIGN_IN
    assert admitted(stage, link, "john@foo.com") is GRANTED, "his own"
    assert admitted(stage, link, "jim@foo.com") is ANOTHER
    assert admitted(stage, link, "jane@foo.com") is OWN_LINK, "hers is another one"
    assert admitted(stage, new, "jane@foo.com") is GRANTED
    assert admitted(stage, new, "john@foo.com") is ANOTHER


def test_a_retired_link_is_not_explained_to_who_has_left(stage: FakeStage) -> None:
    link = stage.asked()
    stage.requests.put(stage.request.reroute(actor="", why="John has left", at=NOW))
    stage.employ(JOHN, end=stage.clock.today())
    stage.clock.go_on(timedelta(days=1))
    assert admitted(stage, link, "john@foo.com") is ANOTHER


def test_an_answer_is_shown_to_who_gave_it_and_to_no_earlier_approver(stage: FakeStage) -> None:
    """Not while it can be taken back, and not later, since it comes with words of its giver."""
    stage.policy = ApprovalPolicy(undo=timedelta(minutes=5), second_approval_over_days=2)
    first, second = second_approver_asked(stage)
    stage.decide(second, comment="Enjoy")
    for _ in range(2):
        assert admitted(stage, second, "jane@foo.com") is GRANTED
        assert admitted(stage, second, "john@foo.com") is ANOTHER
        assert admitted(stage, first, "john@foo.com") is GRANTED
        stage.clock.go_on(timedelta(minutes=6))
        stage.tell_employee()


def test_an_earlier_approver_reads_no_link_of_another_one(stage: FakeStage) -> None:
    """Jane's link was for what John was never asked about."""
    stage.policy = ApprovalPolicy(second_approval_over_days=2)
    first, second = second_approver_asked(stage)
    stage.change(a_wish("2027-05-10", "2027-05-14"))
    third = replace(JANE_HERSELF, employee_id="E004", name="Mary Major")
    stage.requests.put(stage.request.ask(third, task_token=OTHER_TOKEN, at=NOW))
    assert admitted(stage, second, "john@foo.com") is ANOTHER
    assert admitted(stage, first, "john@foo.com") is GRANTED


def test_who_answered_before_still_sees_what_became_of_it(stage: FakeStage) -> None:
    """Jane is asked to cancel what John approved; his old link explains itself to him."""
    link = stage.asked()
    stage.decide(link)
    request = replace(stage.request, outcome_mailed=True)
    asked = request.ask_to_cancel(actor="E002", at=NOW)
    stage.requests.put(asked.ask(JANE_HERSELF, task_token=request.task_token, at=NOW))
    assert admitted(stage, link, "john@foo.com") is GRANTED
    present = stage.link()
    assert admitted(stage, present, "john@foo.com") is ANOTHER
    assert admitted(stage, present, "jane@foo.com") is GRANTED


def test_an_approver_whom_the_directory_does_not_know_is_nobody(stage: FakeStage) -> None:
    link = stage.asked()
    del stage.directory.employees[JOHN.employee_id]
    assert admitted(stage, link, "john@foo.com") is ANOTHER


def test_the_address_of_the_directory_counts_as_it_is_now(stage: FakeStage) -> None:
    link = stage.asked()
    stage.directory.employees["E001"] = replace(JOHN, email="john.carpenter@foo.com")
    stage.directory.employees["E003"] = replace(JANE, email="john@foo.com")
    assert admitted(stage, link, "john@foo.com") is ANOTHER
    assert admitted(stage, link, "john.carpenter@foo.com") is GRANTED
