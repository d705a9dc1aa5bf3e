"""Who is away: for the team calendar and the feeds, and nothing more."""

from datetime import timedelta

import pytest

from leave.domain.employee import Employee
from leave.domain.errors import NotAllowedError
from leave.domain.values import replace
from leave.services.authorization import Caller
from tests.leave.builders import JANE, JIM, JOHN, TODAY, a_day, an_employee
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

MARY = an_employee("E004", name="Mary Shelley", lead_id="E003")
PAUL = an_employee("E005", name="Paul Klee", lead_id="E004")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which John leads Jim and Jane, Jane leads Mary, and Mary leads Paul."""
    stage = FakeStage(fallback_approver="E003")
    for employee in (MARY, PAUL):
        stage.directory.put(employee)
    return stage


def take_leave(
    stage: FakeStage, who: str, start: str = "2027-05-03", end: str | None = None
) -> str:
    caller = replace(JIM_CALLS, email=f"{who}@foo.com")
    return stage.approved(a_wish(start, end), caller)


def away(
    stage: FakeStage, caller: Caller, start: str = "2027-05-01", end: str = "2027-05-31"
) -> list[str]:
    _, absences = stage.read_leave.team(caller, a_day(start), a_day(end))
    return [absence.employee.name for absence in absences]


def test_a_calendar_shows_oneself_ones_colleagues_and_ones_people(stage: FakeStage) -> None:
    for day, who in enumerate(("jim", "jane", "e004", "e005", "john"), start=3):
        take_leave(stage, who, f"2027-05-{day:02}")
    assert away(stage, JIM_CALLS) == ["Jim O'Dell", "Jane Cook"]
    assert away(stage, JANE_CALLS) == ["Jim O'Dell", "Jane Cook", "Mary Shelley"]
    assert away(stage, JOHN_CALLS) == ["Jim O'Dell", "Jane Cook", "John Carpenter"]


def test_a_stranger_sees_nobody(stage: FakeStage) -> None:
    with pytest.raises(NotAllowedError):
        away(stage, A_STRANGER_CALLS)


def test_only_approved_leave_is_shown(stage: FakeStage) -> None:
    link = stage.asked(caller=JANE_CALLS)
    assert away(stage, JIM_CALLS) == []
    stage.decide(link)
    assert away(stage, JIM_CALLS) == ["Jane Cook"]


def test_leave_that_may_be_cancelled_is_shown_until_it_is(stage: FakeStage) -> None:
    request_id = take_leave(stage, "jim")
    link = stage.cancelling(request_id)
    assert away(stage, JIM_CALLS) == ["Jim O'Dell"]
    stage.decide(link)
    assert away(stage, JIM_CALLS) == []


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2027-04-01", "2027-05-02", False),
        ("2027-04-01", "2027-05-03", True),
        ("2027-05-04", "2027-05-05", True),
        ("2027-05-07", "2027-05-07", True),
        ("2027-05-08", "2027-06-01", False),
    ],
)
def test_leave_is_shown_when_one_of_its_days_is_asked_for(
    stage: FakeStage, start: str, end: str, *, shown: bool
) -> None:
    take_leave(stage, "jim", "2027-05-03", "2027-05-07")
    assert away(stage, JIM_CALLS, start, end) == (["Jim O'Dell"] if shown else [])


def test_leave_over_the_turn_of_the_year_is_shown_once(stage: FakeStage) -> None:
    take_leave(stage, "jim", "2027-12-27", "2028-01-07")
    assert away(stage, JIM_CALLS, "2027-12-01", "2028-01-31") == ["Jim O'Dell"]
    assert away(stage, JIM_CALLS, "2028-01-05", "2028-01-31") == ["Jim O'Dell"]


def test_absences_are_in_the_order_of_their_first_days_and_names(stage: FakeStage) -> None:
    take_leave(stage, "jim", "2027-05-10")
    take_leave(stage, "jane", "2027-05-10")
    take_leave(stage, "jim", "2027-05-04", "2027-05-05")
    assert away(stage, JIM_CALLS) == ["Jim O'Dell", "Jane Cook", "Jim O'Dell"]


def test_the_ledgers_of_all_are_read_in_one_call(stage: FakeStage) -> None:
    stage.requests.read_years.clear()
    away(stage, JANE_CALLS, "2027-12-01", "2028-01-31")
    assert stage.requests.read_years == [(("E003", "E002", "E004"), (2027, 2028))]


def feed_of(employee: Employee) -> str:
    assert employee.feed is not None
    return employee.feed.reveal()


def test_a_feed_shows_what_the_calendar_of_its_owner_shows(stage: FakeStage) -> None:
    take_leave(stage, "jane")
    take_leave(stage, "e004")
    start, end = a_day("2027-01-01"), a_day("2027-12-31")
    absences = stage.read_leave.feed(feed_of(JIM), start, end)
    assert absences is not None
    assert [absence.employee.name for absence in absences] == [JANE.name]


@pytest.mark.parametrize("feed", ["", "E002", "feed-of-E404", "feed-of-e002", "feed-of-E002 "])
def test_what_is_no_feed_opens_nothing(stage: FakeStage, feed: str) -> None:
    assert stage.read_leave.feed(feed, TODAY, TODAY) is None


def test_the_feed_of_one_who_has_left_opens_nothing(stage: FakeStage) -> None:
    stage.employ(JOHN, end=TODAY)
    assert stage.read_leave.feed(feed_of(JOHN), TODAY, TODAY) == []
    stage.employ(JOHN, end=TODAY - timedelta(days=1))
    assert stage.read_leave.feed(feed_of(JOHN), TODAY, TODAY) is None


def test_the_feed_of_one_who_begins_tomorrow_opens_nothing_yet(stage: FakeStage) -> None:
    stage.employ(JOHN, TODAY + timedelta(days=1))
    assert stage.read_leave.feed(feed_of(JOHN), TODAY, TODAY) is None
