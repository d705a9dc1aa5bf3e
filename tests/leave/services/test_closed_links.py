"""Who may see and answer a link, and what it shows to others or when all is over for long."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.adapters.presentation import pages
from leave.domain.history import Decision, Person
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.domain.views import DecisionView
from leave.services.authorization import Admission, ApproverOnly
from tests.leave.builders import JANE, JIM, JOHN, NOW, R1, TODAY, an_employee
from tests.leave.services.stage import OTHER_TOKEN, FakeStage, a_wish

DAY = timedelta(days=1)
REASON = "My daughter's wedding"
WISH = a_wish("2027-03-08", "2027-03-12", reason=REASON)
LAST = 11
"""Days from today to the last day of the leave."""
BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage whose answers can be taken back for five minutes."""
    stage = FakeStage(policy=ApprovalPolicy(undo=timedelta(minutes=5)))
    stage.directory.put(BOSS)
    return stage


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in John's mail about Jim's request."""
    return stage.asked(WISH)


def has_left(stage: FakeStage) -> None:
    stage.employ(JOHN, end=stage.clock.today() - DAY)


def has_not_begun(stage: FakeStage) -> None:
    stage.employ(JOHN, stage.clock.today() + DAY)


def is_removed(stage: FakeStage) -> None:
    stage.directory.remove(JOHN.employee_id)


def has_another_address(stage: FakeStage) -> None:
    stage.update(JOHN, email="john.carpenter@foo.com")


def is_open(stage: FakeStage, link: str) -> None:
    stage.show(link)


def was_just_answered(stage: FakeStage, link: str) -> None:
    stage.decide(link, "denied", "Not then")


def was_answered(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(DAY)
    stage.tell_employee()


def was_changed(stage: FakeStage, _: str) -> None:
    stage.change(a_wish("2027-03-09", reason=REASON))


def was_passed_on(stage: FakeStage, _: str) -> None:
    stage.requests.put(stage.request.reroute(actor="hr", why="", at=stage.clock.now()))


def assert_shows_nothing(opened: DecisionView) -> str:
    assert opened.hidden
    assert not opened.decides
    assert opened.undo_until is None
    text = pages.decided(opened, now=False, link="link")
    for told in (JIM.name, "O&#39;Dell", "March 8", "8 March", "12 March", "wedding", JOHN.name):
        assert told not in text
    assert "<form" not in text
    return text


WHY = [has_left, has_not_begun, is_removed, has_another_address]
WHEN = [is_open, was_just_answered, was_answered, was_changed, was_passed_on]


@pytest.mark.parametrize("why", WHY)
@pytest.mark.parametrize("when", WHEN)
def test_whoever_may_not_decide_reads_nothing_and_does_nothing_by_any_link(
    stage: FakeStage,
    link: str,
    when: Callable[[FakeStage, str], None],
    why: Callable[[FakeStage], None],
) -> None:
    when(stage, link)
    assert not stage.show(link).hidden, "the approver reads what it was about"
    why(stage)
    before = stage.written()
    answers = [stage.decide(link, decision, "No") for decision in Decision]
    for answer in (*answers, stage.undo(link)):
        assert not answer.changed
        assert_shows_nothing(answer.view)
    assert_shows_nothing(stage.show(link))
    assert stage.written() == before


@pytest.mark.parametrize("when", [was_just_answered, was_answered])
def test_details_are_shown_for_30_days_after_all_is_over(
    stage: FakeStage, link: str, when: Callable[[FakeStage, str], None]
) -> None:
    when(stage, link)
    stage.clock.moment = stage.clock.moment.replace(day=1) + (LAST + 30) * DAY
    assert not stage.show(link).hidden
    stage.clock.go_on(DAY)
    text = assert_shows_nothing(stage.decide(link, "denied", "No").view)
    assert "1 March 2027" in text, "when it was closed"


def hidden_from_now_on(stage: FakeStage, link: str) -> bool:
    """Tell whether a link shows something today, and nothing tomorrow."""
    today = stage.show(link).hidden
    stage.clock.go_on(DAY)
    return not today and stage.show(link).hidden


def test_so_it_is_with_links_that_were_replaced(stage: FakeStage, link: str) -> None:
    was_changed(stage, link)
    stage.withdraw()
    stage.clock.go_on(38 * DAY)
    assert hidden_from_now_on(stage, link)


def test_the_days_count_from_an_outcome_that_comes_after_the_leave(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-03-02"))
    stage.clock.go_on(10 * DAY)
    stage.decide(link)
    stage.clock.go_on(30 * DAY)
    assert hidden_from_now_on(stage, link)


def test_what_is_asked_now_is_shown_however_old_it_is(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(300 * DAY)
    stage.tell_employee()
    assert stage.show(stage.cancelling()).decides
    assert not stage.show(link).hidden, "the question that it was for is followed by another"


# On a stage that asks leads to sign in

GRANTED, SIGN_IN, ANOTHER = Admission.GRANTED, Admission.SIGN_IN, Admission.ANOTHER_PERSON
JANE_HERSELF = Person(employee_id="E003", name="Jane Cook")
JOHNS, JANES, JIMS = "john@foo.com", "jane@foo.com", "jim@foo.com"


def admitted(stage: FakeStage, link: str, *emails: str | None) -> list[Admission]:
    admission = ApproverOnly(clock=stage.clock)
    return [admission.check(stage.begin(), link, email) for email in emails]


def ask_jane(stage: FakeStage, person: Person = JANE_HERSELF) -> str:
    """Let Jane be asked about what is open; return her link."""
    stage.requests.put(stage.request.ask(person, task_token=OTHER_TOKEN, at=NOW))
    return stage.link()


def second_approver_asked(stage: FakeStage) -> tuple[str, str]:
    """Let John give the first of two approvals and Jane be asked; return both links."""
    stage.policy = replace(stage.policy, second_approval_over_days=2)
    stage.fallback_approver = "E003"
    first = stage.asked(a_wish("2027-05-03", "2027-05-07"))
    stage.decide(first)
    return first, ask_jane(stage)


def test_only_the_approver_goes_on(stage: FakeStage, link: str) -> None:
    assert admitted(stage, link, None, JOHNS, "JOHN@foo.com") == [SIGN_IN, GRANTED, GRANTED]
    assert set(admitted(stage, link, JANES, JIMS, "nobody@foo.com", "")) == {ANOTHER}
    stage.decide(link)
    assert admitted(stage, link, None, JANES, JOHNS) == [SIGN_IN, ANOTHER, GRANTED]


def test_an_approver_is_admitted_while_employed(stage: FakeStage, link: str) -> None:
    stage.employ(JOHN, TODAY + DAY, TODAY + DAY)
    found: list[Admission] = []
    for _ in range(3):
        found += admitted(stage, link, JOHNS)
        stage.clock.go_on(DAY)
    assert found == [ANOTHER, GRANTED, ANOTHER]
    stage.directory.remove(JOHN.employee_id)
    assert admitted(stage, link, JOHNS) == [ANOTHER]


def test_a_link_that_opens_nothing_needs_no_sign_in_to_say_so(stage: FakeStage, link: str) -> None:
    for broken in ("", "x", link[:-1], f"{link[:-2]}..", link.replace(R1, "nobody")):
        assert admitted(stage, broken, None) == [GRANTED]
        assert stage.submit_lead_response.show(broken) is None


def test_a_retired_link_needs_a_sign_in_too(stage: FakeStage, link: str) -> None:
    was_passed_on(stage, link)
    new = ask_jane(stage)
    found = admitted(stage, link, None, JOHNS, JIMS, JANES)
    assert found == [SIGN_IN, GRANTED, ANOTHER, Admission.OWN_LINK], "hers is another one"
    assert admitted(stage, new, JANES, JOHNS) == [GRANTED, ANOTHER]
    has_left(stage)
    assert admitted(stage, link, JOHNS) == [ANOTHER]


def test_an_answer_is_shown_to_who_gave_it_and_to_no_earlier_approver(stage: FakeStage) -> None:
    """Not while it can be taken back, and not later, since it comes with words of its giver."""
    first, second = second_approver_asked(stage)
    stage.decide(second, comment="Enjoy")
    for _ in range(2):
        assert admitted(stage, second, JANES, JOHNS) == [GRANTED, ANOTHER]
        assert admitted(stage, first, JOHNS) == [GRANTED]
        stage.clock.go_on(timedelta(minutes=6))
        stage.tell_employee()


def test_an_earlier_approver_reads_no_link_of_another_one(stage: FakeStage) -> None:
    """Jane's link was for what John was never asked about."""
    first, second = second_approver_asked(stage)
    stage.change(a_wish("2027-05-10", "2027-05-14"))
    ask_jane(stage, Person(employee_id="E004", name="Mary Major"))
    assert admitted(stage, second, JOHNS) == [ANOTHER]
    assert admitted(stage, first, JOHNS) == [GRANTED]


def test_who_answered_before_still_sees_what_became_of_it(stage: FakeStage, link: str) -> None:
    """Jane is asked to cancel what John approved; his old link explains itself to him."""
    stage.decide(link)
    told = replace(stage.request, outcome_mailed=True)
    stage.requests.put(told.ask_to_cancel(actor="E002", at=NOW))
    present = ask_jane(stage)
    assert admitted(stage, link, JOHNS) == [GRANTED]
    assert admitted(stage, present, JOHNS, JANES) == [ANOTHER, GRANTED]


def test_the_address_of_the_directory_counts_as_it_is_now(stage: FakeStage, link: str) -> None:
    has_another_address(stage)
    stage.update(JANE, email=JOHNS)
    assert admitted(stage, link, JOHNS, "john.carpenter@foo.com") == [ANOTHER, GRANTED]
