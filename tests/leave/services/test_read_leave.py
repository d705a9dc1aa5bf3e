"""Reading requests, balances and absences; and what is hidden from whom."""

from datetime import timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from leave.domain.accounts import Balance
from leave.domain.errors import (
    NoAccountsError,
    NotAllowedError,
    NotEmployedError,
    UnknownRequestError,
)
from leave.domain.history import Status
from leave.domain.policy import Audience, CarryOver, LeaveType, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services.authorization import Caller
from leave.services.read_leave import EVENTS_A_PAGE, PAGE_SIZE
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    R1,
    R2,
    R3,
    TODAY,
    a_day,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_employee,
    an_id,
)
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

WINDOW = timedelta(minutes=5)
DAY = timedelta(days=1)
SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)


# Requests


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which Jim has been on holiday and was ill."""
    stage = FakeStage(rules=Rules(leave_types=(*Rules().leave_types, SICK)))
    stage.requests.put(a_decided_request(request_id=R1))
    ill = a_plan(a_period("2027-06-01"), leave_type="sick", reason="My operation")
    stage.requests.put(a_request(R2, plan=ill))
    stage.requests.put(a_request(R3, a_period("2027-12-31", "2028-01-04")))
    return stage


def listed(
    stage: FakeStage, caller: Caller = JIM_CALLS, of: str | None = None, **filters: Any
) -> tuple[list[str], str | None]:
    wanted: Any = {"status": None, "year": None, "cursor": None} | filters
    page = stage.read_leave.list(caller, employee_id=of, **wanted)
    return [seen.request.request_id for seen in page.requests], page.cursor


def pages(stage: FakeStage, **filters: Any) -> list[list[str]]:
    """Return all pages there are."""
    found, cursor = listed(stage, **filters)
    all_pages = [found]
    while cursor:
        found, cursor = listed(stage, cursor=cursor, **filters)
        all_pages.append(found)
    return all_pages


def from_to(first: int, last: int, step: int = -1) -> list[str]:
    return [an_id(number) for number in range(first, last - 1, step)]


@pytest.mark.parametrize(
    ("caller", "of", "expected"),
    [
        (JIM_CALLS, None, [R3, R2, R1]),
        (JIM_CALLS, "E002", [R3, R2, R1]),
        (JOHN_CALLS, "E002", [R3, R2, R1]),
        (ADMIN_CALLS, "E002", [R3, R2, R1]),
        (JANE_CALLS, None, []),
    ],
)
def test_requests_are_listed_newest_first(
    stage: FakeStage, caller: Caller, of: str | None, expected: list[str]
) -> None:
    assert listed(stage, caller, of) == (expected, None)


@pytest.mark.parametrize("caller", [JANE_CALLS, A_STRANGER_CALLS])
def test_nobody_else_reads_them(stage: FakeStage, caller: Caller) -> None:
    with pytest.raises(NotAllowedError):
        listed(stage, caller, "E002")
    with pytest.raises(NotAllowedError):
        stage.read_leave.request(caller, R1)


@pytest.mark.parametrize(
    ("status", "year", "expected"),
    [
        (Status.PENDING, None, [R3, R2]),
        (Status.APPROVED, None, [R1]),
        (Status.DENIED, None, []),
        (None, 2027, [R3, R2, R1]),
        (None, 2028, [R3]),
        (None, 2026, []),
        (Status.APPROVED, 2028, []),
    ],
)
def test_a_list_can_be_filtered(
    stage: FakeStage, status: Status | None, year: int | None, expected: list[str]
) -> None:
    assert listed(stage, status=status, year=year) == (expected, None)


def many(count: int) -> FakeStage:
    """Return a stage on which Jim has made so many requests, every tenth of them approved."""
    stage = FakeStage()
    for number in range(1, count + 1):
        decided = a_decided_request(request_id=an_id(number)) if number % 10 == 0 else None
        stage.requests.stored[an_id(number)] = decided or a_request(an_id(number))
    return stage


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    found = pages(many(2 * PAGE_SIZE + 7))
    assert len(found) == 3
    assert [*chain(*found)] == from_to(2 * PAGE_SIZE + 7, 1)


def test_a_new_request_does_not_shift_the_pages() -> None:
    stage = many(PAGE_SIZE + 5)
    _, cursor = listed(stage)
    stage.requests.put(a_request(an_id(999)))
    assert listed(stage, cursor=cursor) == (from_to(5, 1), None)


def test_a_filter_reads_on_for_a_full_page_and_not_for_ever() -> None:
    stage = many(1_000)
    found = pages(stage, status=Status.APPROVED)
    assert len(found[0]) < PAGE_SIZE
    assert [*chain(*found)] == from_to(1_000, 10, -10)
    first, following, *_ = pages(stage, status=Status.PENDING)
    assert len(first) == PAGE_SIZE
    assert len({*first, *following}) == 2 * PAGE_SIZE


def test_long_histories_make_short_pages() -> None:
    stage = FakeStage()
    for number in range(1, 11):
        request = a_decided_request(request_id=an_id(number))
        stage.requests.stored[an_id(number)] = replace(request, history=request.history * 45)
    found = pages(stage)
    assert [*chain(*found)] == from_to(10, 1)
    assert max(map(len, found)) * 90 < EVENTS_A_PAGE + 90


@pytest.mark.parametrize(
    ("caller", "discreet"), [(JIM_CALLS, False), (ADMIN_CALLS, False), (JOHN_CALLS, True)]
)
def test_one_request_is_read_by_who_may_and_what_the_lead_may_not_know_is_discreet(
    stage: FakeStage, caller: Caller, *, discreet: bool
) -> None:
    assert stage.read_leave.request(caller, R1).request == stage.requests[R1]
    assert stage.read_leave.request(caller, R2).discreet is discreet
    assert stage.read_leave.request(caller, R1).discreet is False
    page = stage.read_leave.list(caller, employee_id="E002", status=None, year=None, cursor=None)
    assert [seen.discreet for seen in page.requests] == [False, discreet, False]


def test_a_type_that_is_no_more_is_discreet(stage: FakeStage) -> None:
    stage.rules = Rules()
    assert stage.read_leave.request(JOHN_CALLS, R2).discreet
    assert not stage.read_leave.request(JIM_CALLS, R2).discreet


def test_a_request_that_there_is_not_is_not_read(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError):
        stage.read_leave.request(JIM_CALLS, NO_SUCH_REQUEST)


@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_an_open_answer_is_read_by_its_approver_only(caller: Caller, decision: str) -> None:
    stage = FakeStage(policy=ApprovalPolicy(undo=WINDOW))
    stage.decide(stage.asked(), decision, "A secret")
    assert stage.read_leave.request(caller, R1).request.status is Status.PENDING
    for status, found in ((None, [R1]), (Status.PENDING, [R1]), (Status(decision), [])):
        assert listed(stage, caller, "E002", status=status) == (found, None)
    assert listed(stage, JOHN_CALLS, "E002", status=Status(decision)) == ([R1], None)
    stage.clock.go_on(WINDOW)
    assert listed(stage, caller, "E002", status=Status(decision)) == ([R1], None)


def test_an_employee_never_reads_what_an_approver_took_back() -> None:
    stage = FakeStage(policy=ApprovalPolicy(undo=WINDOW))
    stage.decide(stage.asked(), "denied", "A secret")
    stage.undo(stage.link())
    stage.clock.go_on(WINDOW)
    assert "A secret" not in repr(stage.read_leave.request(JIM_CALLS, R1))
    assert "A secret" in repr(stage.read_leave.request(ADMIN_CALLS, R1))


# Balances

TYPES = (
    LeaveType(id="annual", name="Annual leave"),
    LeaveType(id="special", name="Special leave", days_per_year=Decimal(3)),
    LeaveType(id="care", name="Care leave", days_per_year=Decimal(10), visible_to=Audience.NOBODY),
    LeaveType(id="sick", name="Sick leave", needs_approval=False),
)


@pytest.fixture
def limited() -> FakeStage:
    """Return a stage with four leave types, three of them limited, and accounts since 2025."""
    stage = FakeStage(rules=Rules(leave_types=TYPES, carry_over=CarryOver(maximum_days=Decimal(5))))
    stage.update(JIM, accounts_since=2025)
    return stage


def types_told(stage: FakeStage, caller: Caller, year: int = 2027) -> list[str]:
    of = None if caller is JIM_CALLS else "E002"
    employee, _, balances = stage.read_leave.balances(caller, employee_id=of, year=year)
    assert employee.employee_id == "E002"
    assert {balance.year for balance in balances} == {year}
    return [balance.leave_type for balance in balances]


def test_every_limited_type_is_told_to_those_who_may_know_it(limited: FakeStage) -> None:
    assert types_told(limited, JIM_CALLS) == ["annual", "special", "care"]
    assert types_told(limited, ADMIN_CALLS) == ["annual", "special", "care"]
    assert types_told(limited, JOHN_CALLS) == ["annual", "special"]
    for caller in (JANE_CALLS, A_STRANGER_CALLS):
        with pytest.raises(NotAllowedError):
            types_told(limited, caller)


@pytest.mark.parametrize("year", [2000, 2024, 2030, 2100])
def test_years_from_the_first_accounts_on_are_told(limited: FakeStage, year: int) -> None:
    assert all(types_told(limited, JIM_CALLS, known) for known in range(2025, 2030))
    with pytest.raises(
        NoAccountsError, match=f"accounts for {year}. Choose a year from 2025 to 2029"
    ):
        types_told(limited, JIM_CALLS, year)


def test_a_nearer_horizon_hides_no_balance(limited: FakeStage) -> None:
    limited.approved(a_wish("2028-02-01"))
    limited.rules = replace(limited.rules, horizon_days=60)
    assert limited.balance(2028).approved == 1
    adjusted = adjust(limited, 2028)
    assert (adjusted.approved, adjusted.adjustments) == (1, 2)


def adjust(stage: FakeStage, year: int) -> Balance:
    """Give Jim two days of a year."""
    return stage.adjust("2", year=year).balance


def test_years_with_accounts_and_an_employment_can_be_adjusted(limited: FakeStage) -> None:
    for year in (2024, 2030):
        with pytest.raises(NoAccountsError, match="Choose a year from 2025 to 2029"):
            adjust(limited, year)
    assert [adjust(limited, year).adjustments for year in (2025, 2029)] == [2, 2]
    limited.employ(JIM, end=a_day("2028-01-01"))
    assert adjust(limited, 2028).adjustments == 2
    with pytest.raises(NotEmployedError, match="2029-01-01 to 2029-12-31 is outside"):
        adjust(limited, 2029)


def test_the_balance_is_right_at_once_after_each_call(limited: FakeStage) -> None:
    link = limited.asked(a_wish("2027-05-03", "2027-05-05"))
    told = [limited.balance()]
    limited.decide(link)
    told.append(limited.balance())
    cancel = limited.cancelling()
    told.append(limited.balance())
    limited.decide(cancel)
    told.append(limited.balance())
    figures = [(b.pending, b.approved, b.available) for b in told]
    assert figures == [(3, 0, 22), (0, 3, 22), (0, 3, 22), (0, 0, 25)]


def test_what_came_over_is_told_and_adjustments_are_carried_on(limited: FakeStage) -> None:
    limited.request_leave(JIM_CALLS, a_wish("2027-03-29", "2027-04-02"))
    balance = limited.balance()
    assert (balance.carried_in, balance.carried_left, balance.available) == (5, 2, 23)
    assert balance.carried_until == a_day("2027-03-31")
    limited.adjust("-20")
    assert (limited.balance().adjustments, limited.balance().available) == (-20, 3)
    assert limited.balance(2028).carried_in == 3


def test_a_year_that_was_left_before_it_began_grants_nothing(limited: FakeStage) -> None:
    limited.employ(JIM, end=a_day("2027-12-31"))
    assert [limited.balance(year).entitlement for year in (2027, 2028)] == [25, 0]


# Absences


@pytest.fixture
def team() -> FakeStage:
    """Return a stage on which John leads Jim and Jane, Jane leads Mary, and Mary leads Paul."""
    stage = FakeStage(fallback_approver="E003")
    for employee in (
        an_employee("E004", name="Mary Shelley", lead_id="E003"),
        an_employee("E005", name="Paul Klee", lead_id="E004"),
    ):
        stage.directory.put(employee)
    return stage


def take_leave(stage: FakeStage, who: str, *days: str) -> None:
    stage.approved(a_wish(*days), replace(JIM_CALLS, email=f"{who}@foo.com"))


def away(
    stage: FakeStage, caller: Caller = JIM_CALLS, start: str = "2027-05-01", end: str = "2027-05-31"
) -> list[str]:
    _, absences = stage.read_leave.team(caller, a_day(start), a_day(end))
    return [absence.employee.name for absence in absences]


def test_a_calendar_shows_oneself_ones_colleagues_and_ones_people(team: FakeStage) -> None:
    for day, who in enumerate(("jim", "jane", "e004", "e005", "john"), start=3):
        take_leave(team, who, f"2027-05-{day:02}")
    assert away(team, JIM_CALLS) == ["Jim O'Dell", "Jane Cook"]
    assert away(team, JANE_CALLS) == ["Jim O'Dell", "Jane Cook", "Mary Shelley"]
    assert away(team, JOHN_CALLS) == ["Jim O'Dell", "Jane Cook", "John Carpenter"]
    with pytest.raises(NotAllowedError):
        away(team, A_STRANGER_CALLS)


def test_only_approved_leave_is_shown_until_it_is_cancelled(team: FakeStage) -> None:
    link = team.asked()
    assert away(team) == []
    team.decide(link)
    assert away(team) == ["Jim O'Dell"]
    link = team.cancelling()
    assert away(team) == ["Jim O'Dell"]
    team.decide(link)
    assert away(team) == []


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2027-12-01", "2027-12-26", False),
        ("2027-12-01", "2027-12-27", True),
        ("2027-12-28", "2027-12-29", True),
        ("2027-12-01", "2028-01-31", True),
        ("2028-01-05", "2028-01-31", True),
        ("2028-01-07", "2028-01-07", True),
        ("2028-01-08", "2028-02-01", False),
    ],
)
def test_leave_is_shown_once_when_one_of_its_days_is_asked_for(
    team: FakeStage, start: str, end: str, *, shown: bool
) -> None:
    take_leave(team, "jim", "2027-12-27", "2028-01-07")
    assert away(team, JIM_CALLS, start, end) == (["Jim O'Dell"] if shown else [])


def test_absences_are_in_the_order_of_their_first_days_and_names(team: FakeStage) -> None:
    take_leave(team, "jim", "2027-05-10")
    take_leave(team, "jane", "2027-05-10")
    take_leave(team, "jim", "2027-05-04", "2027-05-05")
    assert away(team) == ["Jim O'Dell", "Jane Cook", "Jim O'Dell"]


def test_the_ledgers_of_all_are_read_in_one_call(team: FakeStage) -> None:
    away(team, JANE_CALLS, "2027-12-01", "2028-01-31")
    assert team.requests.read_years == [(("E003", "E002", "E004"), (2027, 2028))]


def fed(stage: FakeStage, feed: str, start: str = str(TODAY), end: str = str(TODAY)) -> Any:
    absences = stage.read_leave.feed(feed, a_day(start), a_day(end))
    return absences if absences is None else [absence.employee.name for absence in absences]


def test_a_feed_shows_what_the_calendar_of_its_owner_shows(team: FakeStage) -> None:
    take_leave(team, "jane")
    take_leave(team, "e004")
    assert fed(team, "feed-of-E002", "2027-01-01", "2027-12-31") == [JANE.name]


@pytest.mark.parametrize("feed", ["", "E002", "feed-of-E404", "feed-of-e002", "feed-of-E002 "])
def test_what_is_no_feed_opens_nothing(team: FakeStage, feed: str) -> None:
    assert fed(team, feed) is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [({"end": TODAY}, []), ({"end": TODAY - DAY}, None), ({"start": TODAY + DAY}, None)],
)
def test_a_feed_opens_while_its_owner_is_employed(
    team: FakeStage, days: dict[str, Any], expected: list[str] | None
) -> None:
    team.employ(JOHN, **days)
    assert fed(team, "feed-of-E001") == expected
