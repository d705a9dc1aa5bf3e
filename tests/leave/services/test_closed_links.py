"""What a link shows when its approver may not read by it, or all is over for long."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.adapters.presentation import pages
from leave.domain.history import Decision
from leave.domain.request import ApprovalPolicy
from leave.domain.views import DecisionView
from tests.leave.builders import JIM, JOHN, an_employee
from tests.leave.services.stage import FakeStage, a_wish

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
    assert stage.submit_lead_response.show(link) is not None


def was_just_answered(stage: FakeStage, link: str) -> None:
    stage.decide(link, "denied", "Not then")


def was_answered(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(DAY)
    stage.tell_employee()


def was_changed(stage: FakeStage, link: str) -> None:
    assert link
    stage.change(a_wish("2027-03-09", reason=REASON))


def was_passed_on(stage: FakeStage, link: str) -> None:
    assert link
    stage.requests.put(stage.request.reroute(actor="hr", why="", at=stage.clock.now()))


def page_of(opened: DecisionView) -> str:
    return pages.decided(opened, now=False, link="link")


def assert_shows_nothing(text: str) -> None:
    for told in (JIM.name, "O&#39;Dell", "March 8", "8 March", "12 March", "wedding", JOHN.name):
        assert told not in text
    assert "<form" not in text


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
    why(stage)
    before = stage.written()
    shown = stage.submit_lead_response.show(link)
    answers = [stage.submit_lead_response(link, decision, "No") for decision in Decision]
    taken_back = stage.submit_lead_response.undo(link)
    for answer in (*answers, taken_back):
        assert answer is not None
        assert not answer.changed
    for opened in (shown, *(answer.view for answer in (*answers, taken_back) if answer)):
        assert opened is not None
        assert opened.hidden
        assert not opened.decides
        assert opened.undo_until is None
        assert_shows_nothing(page_of(opened))
    assert stage.written() == before


@pytest.mark.parametrize("when", WHEN)
def test_the_approver_reads_what_the_link_was_about(
    stage: FakeStage, link: str, when: Callable[[FakeStage, str], None]
) -> None:
    when(stage, link)
    shown = stage.show(link)
    assert not shown.hidden


@pytest.mark.parametrize("when", [was_just_answered, was_answered])
def test_details_are_shown_for_30_days_after_all_is_over(
    stage: FakeStage, link: str, when: Callable[[FakeStage, str], None]
) -> None:
    when(stage, link)
    stage.clock.moment = stage.clock.moment.replace(day=1) + (LAST + 30) * DAY
    shown = stage.show(link)
    assert not shown.hidden
    stage.clock.go_on(DAY)
    answer = stage.submit_lead_response(link, Decision.DENIED, "No")
    assert answer is not None
    assert answer.view.hidden
    text = page_of(answer.view)
    assert_shows_nothing(text)
    assert "1 March 2027" in text, "when it was closed"


def test_so_it_is_with_links_that_were_replaced(stage: FakeStage, link: str) -> None:
    was_changed(stage, link)
    stage.withdraw()
    stage.clock.go_on(38 * DAY)
    assert [hidden(stage, link, days) for days in (0, 1)] == [False, True]


def test_the_days_count_from_an_outcome_that_comes_after_the_leave(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-03-02"))
    stage.clock.go_on(10 * DAY)
    stage.decide(link)
    stage.clock.go_on(30 * DAY)
    assert [hidden(stage, link, days) for days in (0, 1)] == [False, True]


def hidden(stage: FakeStage, link: str, days: int) -> bool:
    """Tell whether a link shows nothing so many days later."""
    stage.clock.go_on(days * DAY)
    opened = stage.show(link)
    return opened.hidden


def test_what_is_asked_now_is_shown_however_old_it_is(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(300 * DAY)
    stage.tell_employee()
    again = stage.cancelling()
    opened = stage.show(again)
    assert opened.decides
    assert not hidden(stage, link, 0), "the question that it was for is followed by another"
