"""Reading requests: one's own, one's people's, everybody's; and what is hidden from whom."""

from datetime import timedelta

import pytest

from leave.domain.errors import MalformedRequestError, NotAllowedError, UnknownRequestError
from leave.domain.history import Status
from leave.domain.policy import Audience, LeaveType, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services.authorization import Caller
from leave.services.read_leave import EVENTS_A_PAGE, PAGE_SIZE
from tests.leave.builders import (
    NO_SUCH_REQUEST,
    R1,
    R2,
    R3,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_id,
)
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
)

WINDOW = timedelta(minutes=5)
SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which Jim has been on holiday and was ill."""
    stage = FakeStage(rules=Rules(leave_types=(*Rules().leave_types, SICK)))
    stage.requests.put(a_decided_request(request_id=R1))
    ill = a_plan(a_period("2027-06-01"), leave_type="sick", reason="My operation")
    stage.requests.put(a_request(R2, plan=ill))
    stage.requests.put(a_request(R3, a_period("2027-12-31", "2028-01-04")))
    return stage


def listed(  # noqa: PLR0913 - all filters there are
    stage: FakeStage,
    caller: Caller = JIM_CALLS,
    *,
    of: str | None = None,
    status: Status | None = None,
    year: int | None = None,
    cursor: str | None = None,
) -> tuple[list[str], str | None]:
    page = stage.read_leave.list(caller, employee_id=of, status=status, year=year, cursor=cursor)
    return [seen.request.request_id for seen in page.requests], page.cursor


@pytest.mark.parametrize(
    ("caller", "of"),
    [(JIM_CALLS, None), (JIM_CALLS, "E002"), (JOHN_CALLS, "E002"), (ADMIN_CALLS, "E002")],
)
def test_requests_are_listed_newest_first(stage: FakeStage, caller: Caller, of: str | None) -> None:
    assert listed(stage, caller, of=of) == ([R3, R2, R1], None)


@pytest.mark.parametrize(
    ("caller", "of"),
    [
        (JANE_CALLS, "E002"),
        (A_STRANGER_CALLS, "E002"),
        (A_STRANGER_CALLS, None),
        (JIM_CALLS, "E001"),
    ],
)
def test_nobody_else_lists_them(stage: FakeStage, caller: Caller, of: str | None) -> None:
    with pytest.raises(NotAllowedError):
        listed(stage, caller, of=of)


def test_an_admin_who_is_no_employee_says_whose(stage: FakeStage) -> None:
    with pytest.raises(MalformedRequestError, match="employeeId"):
        listed(stage, ADMIN_CALLS)


def test_others_requests_are_not_among_ones_own(stage: FakeStage) -> None:
    assert listed(stage, JANE_CALLS) == ([], None)


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
    stage = many(2 * PAGE_SIZE + 7)
    seen: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        some, cursor = listed(stage, cursor=cursor)
        seen += some
        pages += 1
    assert pages == 3
    assert seen == [an_id(number) for number in range(2 * PAGE_SIZE + 7, 0, -1)]


def test_a_new_request_does_not_shift_the_pages() -> None:
    stage = many(PAGE_SIZE + 5)
    _, cursor = listed(stage)
    stage.requests.put(a_request(an_id(999)))
    rest, end = listed(stage, cursor=cursor)
    assert rest == [an_id(number) for number in range(5, 0, -1)]
    assert end is None


def test_a_filter_reads_on_for_a_full_page_and_not_for_ever() -> None:
    stage = many(1_000)
    some, cursor = listed(stage, status=Status.APPROVED)
    assert len(some) < PAGE_SIZE
    assert cursor is not None
    everything = list(some)
    while cursor:
        some, cursor = listed(stage, status=Status.APPROVED, cursor=cursor)
        everything += some
    assert everything == [an_id(number) for number in range(1_000, 0, -10)]


def test_long_histories_make_short_pages() -> None:
    stage = FakeStage()
    for number in range(1, 11):
        request = a_decided_request(request_id=an_id(number))
        stage.requests.stored[an_id(number)] = replace(request, history=request.history * 45)
    pages: list[list[str]] = []
    cursor = None
    while not pages or cursor:
        some, cursor = listed(stage, cursor=cursor)
        pages.append(some)
    assert [one for page in pages for one in page] == [an_id(n) for n in range(10, 0, -1)]
    assert max(map(len, pages)) * 90 < EVENTS_A_PAGE + 90


def test_a_page_is_never_over_its_size() -> None:
    stage = many(400)
    some, cursor = listed(stage, status=Status.PENDING)
    assert len(some) == PAGE_SIZE
    following, _ = listed(stage, status=Status.PENDING, cursor=cursor)
    assert len(set(some) | set(following)) == 2 * PAGE_SIZE


@pytest.mark.parametrize("caller", [JIM_CALLS, JOHN_CALLS, ADMIN_CALLS])
def test_one_request_is_read_by_who_may(stage: FakeStage, caller: Caller) -> None:
    assert stage.read_leave.request(caller, R1).request == stage.request


@pytest.mark.parametrize("caller", [JANE_CALLS, A_STRANGER_CALLS])
def test_one_request_is_not_read_by_anybody_else(stage: FakeStage, caller: Caller) -> None:
    with pytest.raises(NotAllowedError):
        stage.read_leave.request(caller, R1)


def test_a_request_that_there_is_not_is_not_read(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError):
        stage.read_leave.request(JIM_CALLS, NO_SUCH_REQUEST)


@pytest.mark.parametrize(
    ("caller", "discreet"), [(JIM_CALLS, False), (ADMIN_CALLS, False), (JOHN_CALLS, True)]
)
def test_what_the_lead_may_not_know_is_marked_discreet(
    stage: FakeStage, caller: Caller, *, discreet: bool
) -> None:
    assert stage.read_leave.request(caller, R2).discreet is discreet
    assert stage.read_leave.request(caller, R1).discreet is False
    page = stage.read_leave.list(caller, employee_id="E002", status=None, year=None, cursor=None)
    assert [seen.discreet for seen in page.requests] == [False, discreet, False]


def test_a_type_that_is_no_more_is_discreet(stage: FakeStage) -> None:
    stage.rules = Rules()
    assert stage.read_leave.request(JOHN_CALLS, R2).discreet
    assert not stage.read_leave.request(JIM_CALLS, R2).discreet


# While an answer can be taken back


@pytest.fixture
def undoing() -> FakeStage:
    """Return a stage with one request, whose answer can be taken back for five minutes."""
    stage = FakeStage(policy=ApprovalPolicy(undo=WINDOW))
    stage.asked()
    return stage


def statuses(stage: FakeStage, caller: Caller, status: Status | None = None) -> list[Status]:
    page = stage.read_leave.list(caller, employee_id="E002", status=status, year=None, cursor=None)
    return [visible.request.status for visible in page.requests]


@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_an_open_answer_is_read_by_nobody_but_the_approver(
    undoing: FakeStage, caller: Caller, decision: str
) -> None:
    undoing.decide(undoing.link(), decision, "A secret")
    assert undoing.read_leave.request(caller, R1).request.status is Status.PENDING
    assert statuses(undoing, caller) == [Status.PENDING]
    assert statuses(undoing, caller, Status.PENDING) == [Status.PENDING]
    assert statuses(undoing, caller, Status(decision)) == []
    assert statuses(undoing, JOHN_CALLS, Status(decision)) == [Status(decision)]
    undoing.clock.go_on(WINDOW)
    assert statuses(undoing, caller, Status(decision)) == [Status(decision)]


def test_an_employee_never_reads_what_an_approver_took_back(undoing: FakeStage) -> None:
    undoing.decide(undoing.link(), "denied", "A secret")
    undoing.submit_lead_response.undo(undoing.link())
    undoing.clock.go_on(WINDOW)
    assert "A secret" not in repr(undoing.read_leave.request(JIM_CALLS, R1))
    assert "A secret" in repr(undoing.read_leave.request(ADMIN_CALLS, R1))
