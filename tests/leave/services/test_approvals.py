"""Approvers read what waits and decide by ID token, as they do by the links."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import (
    CommentMissingError,
    IdempotencyMismatchError,
    InsufficientBalanceError,
    LeaveError,
    NotAllowedError,
    NotEmployedError,
    NotPossibleError,
    OtherRevisionError,
    OverlapError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.domain.history import Channel, Decision, EventType, Person, Question, Status
from leave.domain.policy import Audience, LeaveType, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from leave.domain.views import SHOWN_FOR
from leave.services.approvals import PAGE_SIZE
from leave.services.ports import IDEMPOTENCY_LIFE
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    R1,
    R2,
    TODAY,
    a_plan,
    an_adjustment,
    an_asked_request,
    an_employee,
    an_id,
    employed,
    invited,
)
from tests.leave.fake_records import FakeRecords
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    OTHER_TOKEN,
    TOKEN,
    FakeStage,
    a_wish,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from leave.domain.views import VisibleRequest
    from leave.services.approvals import Approval
    from leave.services.authorization import Caller
    from leave.services.ports import RecordKey

WINDOW, DAY = timedelta(minutes=5), timedelta(days=1)
ADA = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
ADA_CALLS = replace(JOHN_CALLS, email=ADA.email)
SECRET = LeaveType(id="secret", name="Quarantine", visible_to=Audience.NOBODY)
RULES = Rules(leave_types=(*Rules().leave_types, SECRET))


def waiting(stage: FakeStage, caller: Caller = JOHN_CALLS) -> list[Approval]:
    """Return the first page of what waits for somebody."""
    return list(stage.approvals.waiting(caller, None).approvals)


def ids(stage: FakeStage, caller: Caller = JOHN_CALLS) -> list[str]:
    """Return the ids of what waits for somebody."""
    return [approval.request.request_id for approval in waiting(stage, caller)]


def decide(
    stage: FakeStage,
    decision: str = "approved",
    comment: str = "",
    *,
    caller: Caller = JOHN_CALLS,
    revision: int | None = None,
) -> VisibleRequest:
    """Decide R1, by default at the revision that is there."""
    return stage.approvals.decide(
        caller,
        R1,
        Decision(decision),
        comment,
        revision=stage.requests[R1].asked_revision if revision is None else revision,
    ).visible


@pytest.fixture
def undoing() -> FakeStage:
    """Return a stage whose answers can be taken back, where Jim has asked and John is asked."""
    stage = FakeStage(policy=ApprovalPolicy(undo=WINDOW))
    stage.asked()
    return stage


@pytest.fixture
def twofold() -> FakeStage:
    """Return a stage on which Jim's leave needs two approvals, and Ada leads John."""
    stage = FakeStage(policy=ApprovalPolicy(second_approval_over_days=1, undo=WINDOW))
    for employee in (replace(JOHN, lead_id=ADA.employee_id), ADA):
        stage.directory.put(employee)
    stage.asked(a_wish("2027-05-03", "2027-05-07"))
    return stage


# What waits


def test_what_waits_is_listed_with_what_is_needed_to_decide(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-05-04"), JANE_CALLS)
    stage.asked(a_wish("2027-05-03", "2027-05-05", reason="The sea"))
    (approval,) = waiting(stage)
    assert approval.request.request_id == R2
    assert (approval.employee_name, approval.asked_at) == (JIM.name, stage.clock.now())
    assert (approval.plan.leave_type, approval.plan.reason) == ("annual", "The sea")
    ((year, balance),) = approval.balances
    assert (year, balance.pending, balance.available) == (2027, 3, 22)
    assert [absence.employee.name for absence in approval.also_away] == [JANE.name]


def test_leave_in_two_years_has_two_balances(stage: FakeStage) -> None:
    stage.asked(a_wish("2027-12-30", "2028-01-04"))
    (approval,) = waiting(stage)
    assert [(year, balance.pending) for year, balance in approval.balances] == [
        (2027, 2),
        (2028, 2),
    ]


@pytest.mark.parametrize(
    "caller", [JIM_CALLS, JANE_CALLS, ADMIN_CALLS, A_STRANGER_CALLS], ids=lambda who: who.email
)
def test_nothing_waits_for_those_who_are_asked_nothing(stage: FakeStage, caller: Caller) -> None:
    stage.asked()
    assert ids(stage, caller) == []
    assert stage.approvals.waiting(caller, None).cursor is None


def test_who_is_not_employed_today_reads_nothing(stage: FakeStage) -> None:
    stage.asked()
    stage.directory.put(replace(JOHN, employments=employed(end=TODAY - DAY)))
    with pytest.raises(NotAllowedError, match="E001"):
        waiting(stage)


def test_what_waits_for_an_approver_is_also_what_is_not_mailed_yet(stage: FakeStage) -> None:
    stage.requests.put(invited(an_asked_request(), mailed=False))
    assert ids(stage) == [R1]


def test_a_hidden_type_is_told_to_nobody_but_an_administrator() -> None:
    stage = FakeStage(rules=RULES)
    stage.asked(a_wish(leave_type="secret", reason="A virus"))
    (approval,) = waiting(stage)
    assert approval.discreet
    assert "secret" not in str(approval.plan)
    assert "virus" not in str(approval.plan)
    (approval,) = waiting(stage, replace(JOHN_CALLS, in_admins=True))
    assert (approval.discreet, approval.plan.reason) == (False, "A virus")


def test_what_was_answered_or_withdrawn_or_changed_waits_no_more(stage: FakeStage) -> None:
    stage.decide(stage.asked(a_wish("2027-05-03")))
    stage.asked(a_wish("2027-05-04"))
    stage.change_leave_request.withdraw(JIM_CALLS, an_id(2))
    stage.asked(a_wish("2027-05-05"))
    stage.change_leave_request.change(JIM_CALLS, an_id(3), a_wish("2027-05-06"))
    assert ids(stage) == []
    stage.process_leave_request(an_id(3), OTHER_TOKEN)
    assert ids(stage) == [an_id(3)]


def test_an_approval_that_waits_elsewhere_by_now_is_left_out(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is a moment behind the table."""
    stage.asked()
    approvals = stage.approvals
    monkeypatch.setattr(approvals.open_requests, "of_approver", lambda _: [R1, R2])
    stage.requests.put(replace(stage.requests[R1], invitations=()))
    assert not approvals.waiting(JOHN_CALLS, None).approvals


def test_a_question_to_cancel_is_asked_as_such(stage: FakeStage) -> None:
    stage.cancelling(stage.approved())
    (approval,) = waiting(stage)
    assert approval.request.question is Question.CANCELLATION


def test_leave_of_somebody_unknown_is_listed_without_accounts(stage: FakeStage) -> None:
    stage.asked()
    stage.directory.remove("E002")
    (approval,) = waiting(stage)
    assert (approval.employee_name, approval.balances, approval.also_away) == (JIM.name, (), ())


def test_pages_follow_each_other_the_longest_waiting_first(stage: FakeStage) -> None:
    """Also when what was on the first page is decided in between."""
    count = PAGE_SIZE + 20
    for number in range(count):
        # Who asked last has been asked about for the longest time.
        at = stage.clock.now() + timedelta(minutes=count - number)
        request = invited(an_asked_request(an_id(number + 1)), asked_at=at)
        stage.requests.stored[request.request_id] = request
    first = stage.approvals.waiting(JOHN_CALLS, None)
    assert [a.request.request_id for a in first.approvals] == [
        an_id(number) for number in range(count, count - PAGE_SIZE, -1)
    ]
    del stage.requests.stored[first.approvals[-1].request.request_id]
    second = stage.approvals.waiting(JOHN_CALLS, first.cursor)
    assert [a.request.request_id for a in second.approvals] == [
        an_id(number) for number in range(count - PAGE_SIZE, 0, -1)
    ]
    assert second.cursor is None


def test_a_full_page_is_read_in_few_calls(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one for each request or employee."""
    for number in range(1, PAGE_SIZE + 1):
        person = an_employee(f"P{number:02}")
        stage.directory.put(person)
        request = replace(an_asked_request(an_id(number)), employee=Person.of(person))
        stage.requests.stored[request.request_id] = request
    calls: list[int] = []

    def counted(records: FakeRecords, keys: Collection[RecordKey]) -> object:
        calls.append(len(keys))
        return read(records, keys)

    read = FakeRecords.read
    monkeypatch.setattr(FakeRecords, "read", counted)
    assert len(waiting(stage)) == PAGE_SIZE
    # Who calls; the requests; employees and accounts; what colleagues have booked.
    assert (len(calls), calls[:2]) == (4, [1, PAGE_SIZE])


# Deciding


@pytest.mark.parametrize(("decision", "comment"), [("approved", ""), ("denied", "Too busy")])
def test_an_answer_by_token_is_what_it_is_by_the_link(decision: str, comment: str) -> None:
    by_token, by_link = FakeStage(), FakeStage()
    by_token.asked()
    visible = decide(by_token, decision, comment)
    by_link.decide(by_link.asked(), decision, comment)
    assert by_token.workflow.answers == by_link.workflow.answers
    assert by_token.requests.books == by_link.requests.books
    assert by_token.metrics.told == by_link.metrics.told
    last = by_token.requests[R1].history[-1]
    assert last == replace(by_link.requests[R1].history[-1], channel=Channel.API)
    assert visible.request == by_token.requests[R1]


@pytest.mark.parametrize("first", ["token", "link"])
@pytest.mark.parametrize(("decision", "opposite"), [("approved", "denied"), ("denied", "approved")])
def test_the_first_answer_stands_by_whatever_way_the_next_one_comes(
    stage: FakeStage, first: str, decision: str, opposite: str
) -> None:
    link = stage.asked()
    if first == "link":
        stage.decide(link, decision, "So be it")
    else:
        decide(stage, decision, "So be it")
    before = stage.requests[R1]
    assert decide(stage, decision, "Again").request.status is Status(decision)
    with pytest.raises(NotPossibleError, match=f"{decision} already"):
        decide(stage, opposite, "No")
    assert not stage.decide(link, opposite, "No").changed
    assert stage.requests[R1] == before


def test_of_two_answers_at_once_one_wins_and_the_other_learns_it(stage: FakeStage) -> None:
    link = stage.asked()
    stage.requests.hooks.before("replace", lambda: stage.decide(link, "denied", "No"))
    with pytest.raises(NotPossibleError, match="denied already"):
        decide(stage)
    assert stage.requests[R1].status is Status.DENIED


def test_an_approval_that_reads_otherwise_by_now_is_refused(stage: FakeStage) -> None:
    stage.asked()
    stage.change_leave_request.change(JIM_CALLS, R1, a_wish("2027-05-06"))
    stage.process_leave_request(R1, OTHER_TOKEN)
    with pytest.raises(OtherRevisionError, match="revision 2") as refused:
        decide(stage, revision=1)
    assert refused.value.revision == 2
    assert decide(stage, revision=2).request.status is Status.APPROVED


def test_nobody_agrees_to_cancel_what_they_meant_to_approve(stage: FakeStage) -> None:
    """A form of yesterday, or a second click, is about another question."""
    stage.cancelling(stage.approved())
    assert waiting(stage)[0].request.asked_revision == 2
    with pytest.raises(OtherRevisionError):
        decide(stage, revision=1)
    assert decide(stage, revision=2).request.status is Status.CANCELLED


@pytest.mark.parametrize("revision", [-1, 0, 2, 10**30])
def test_a_revision_that_never_was_is_refused(stage: FakeStage, revision: int) -> None:
    stage.asked()
    with pytest.raises(OtherRevisionError):
        decide(stage, revision=revision)


def test_what_is_changed_and_not_asked_again_yet_waits(stage: FakeStage) -> None:
    stage.asked()
    stage.change_leave_request.change(JIM_CALLS, R1, a_wish("2027-05-06"))
    with pytest.raises(NotPossibleError, match="changed"):
        decide(stage)


def test_each_end_is_told_in_words_of_its_own(stage: FakeStage) -> None:
    told: set[str] = set()

    def refused(decision: str = "approved") -> None:
        with pytest.raises(NotPossibleError) as error:
            decide(stage, decision, "No")
        told.add(str(error.value))

    def ends(*ways: Callable[[], object]) -> None:
        stage.requests.stored.clear()
        stage.requests.books.clear()
        stage.new_id.last = 0
        stage.asked()
        for way in ways:
            way()

    def cancelling() -> None:
        stage.process_lead_response(R1)
        stage.cancelling(R1)

    ends(lambda: stage.change_leave_request.withdraw(JIM_CALLS, R1))
    refused()
    ends(lambda: stage.process_lead_response(R1, expire=True))
    refused()
    ends(lambda: decide(stage))
    refused("denied")
    ends(lambda: decide(stage, "denied", "No"))
    refused()
    ends(lambda: decide(stage), cancelling, lambda: decide(stage))
    refused("denied")
    ends(lambda: decide(stage), cancelling, lambda: decide(stage, "denied", "No"))
    refused()
    ends(
        lambda: decide(stage),
        cancelling,
        lambda: stage.process_lead_response(R1, inquiry=2, expire=True),
    )
    refused()
    assert len(told) == 7


# Who


@pytest.mark.parametrize(
    ("caller", "error"),
    [
        (JIM_CALLS, NotAllowedError),
        (ADMIN_CALLS, NotAllowedError),
        (JANE_CALLS, UnknownRequestError),
        (A_STRANGER_CALLS, UnknownRequestError),
        (ADA_CALLS, UnknownRequestError),
    ],
    ids=lambda one: one.email if hasattr(one, "email") else one.__name__,
)
def test_nobody_else_decides_or_undoes(
    undoing: FakeStage, caller: Caller, error: type[LeaveError]
) -> None:
    undoing.directory.put(ADA)
    with pytest.raises(error):
        decide(undoing, caller=caller)
    with pytest.raises(error):
        # Whether they may is told before what is wrong with their answer.
        decide(undoing, caller=caller, revision=7)
    decide(undoing)
    before = undoing.requests[R1]
    with pytest.raises(error):
        undoing.approvals.undo(caller, R1)
    with pytest.raises(error):
        decide(undoing, caller=caller)
    assert undoing.requests[R1] == before


def test_an_administrator_who_is_asked_decides(stage: FakeStage) -> None:
    stage.asked()
    assert decide(stage, caller=replace(JOHN_CALLS, in_admins=True)).request.status == "approved"


@pytest.fixture
def passed_on(stage: FakeStage) -> FakeStage:
    """Return a stage where John did not answer, so that Ada is asked."""
    for employee in (replace(JOHN, lead_id=ADA.employee_id), ADA):
        stage.directory.put(employee)
    stage.asked()
    stage.clock.go_on(9 * DAY)
    stage.make_sweep()
    stage.process_leave_request(R1, OTHER_TOKEN)
    return stage


def test_who_is_asked_now_decides_and_the_lead_who_was_passed_over_does_not(
    passed_on: FakeStage,
) -> None:
    assert (ids(passed_on), ids(passed_on, ADA_CALLS)) == ([], [R1])
    with pytest.raises(NotAllowedError):
        decide(passed_on)
    assert decide(passed_on, caller=ADA_CALLS).request.status is Status.APPROVED


def test_who_was_asked_before_reads_what_they_were_asked_and_decides_nothing(
    passed_on: FakeStage,
) -> None:
    """Also when another person leads by now."""
    passed_on.directory.put(replace(JIM, lead_id=ADA.employee_id))
    assert passed_on.read_leave.request(JOHN_CALLS, R1).plan is not None
    with pytest.raises(NotAllowedError):
        decide(passed_on)
    passed_on.change_leave_request.change(JIM_CALLS, R1, a_wish("2027-05-06"))
    with pytest.raises(UnknownRequestError):
        decide(passed_on)
    with pytest.raises(NotAllowedError):
        passed_on.read_leave.request(JOHN_CALLS, R1)


def test_who_is_no_lead_reads_what_they_decided_as_long_as_a_link_shows_it(
    passed_on: FakeStage,
) -> None:
    passed_on.directory.put(replace(JIM, lead_id="E003"))
    decide(passed_on, caller=ADA_CALLS)
    end = passed_on.requests[R1].plan.period.end
    passed_on.clock.go_on(end - passed_on.clock.today() + SHOWN_FOR)
    for caller in (ADA_CALLS, JOHN_CALLS):
        assert passed_on.read_leave.request(caller, R1).request.status == "approved"
    passed_on.clock.go_on(DAY)
    for caller in (ADA_CALLS, JOHN_CALLS):
        with pytest.raises(NotAllowedError):
            passed_on.read_leave.request(caller, R1)
        with pytest.raises(UnknownRequestError):
            decide(passed_on, caller=caller)


# Rules


def test_a_denial_needs_a_comment(stage: FakeStage) -> None:
    stage.asked()
    with pytest.raises(CommentMissingError):
        decide(stage, "denied")


def test_rules_are_checked_again(stage: FakeStage) -> None:
    stage.asked(a_wish("2027-05-03", "2027-05-07"))
    ledger = stage.requests.book("E002", 2027)
    stage.requests.write_ledgers([ledger.with_adjustment(an_adjustment("-22"))])
    with pytest.raises(InsufficientBalanceError):
        decide(stage)
    stage.directory.put(replace(JIM, employments=employed(end=TODAY)))
    with pytest.raises(NotEmployedError):
        decide(stage)
    assert decide(stage, "denied", "No days left").request.status is Status.DENIED


def test_leave_of_somebody_unknown_can_only_be_denied(undoing: FakeStage) -> None:
    undoing.directory.remove("E002")
    with pytest.raises(NotPossibleError, match="only be denied"):
        decide(undoing)
    for caller, error in ((ADMIN_CALLS, UnknownEmployeeError), (JANE_CALLS, UnknownRequestError)):
        with pytest.raises(error):
            decide(undoing, caller=caller)
    assert decide(undoing, "denied", "Gone").request.status is Status.DENIED
    with pytest.raises(NotPossibleError, match="the answer stands"):
        undoing.approvals.undo(JOHN_CALLS, R1)


# Taking back


@pytest.mark.parametrize("decided", ["token", "link"])
@pytest.mark.parametrize("undone", ["token", "link"])
def test_an_answer_is_taken_back_by_either_way(
    undoing: FakeStage, decided: str, undone: str
) -> None:
    link = undoing.link(R1)
    if decided == "token":
        visible = decide(undoing)
        assert visible.request.status is Status.APPROVED
    else:
        undoing.decide(link)
    assert undoing.read_leave.request(JIM_CALLS, R1).request.status is Status.PENDING
    if undone == "token":
        assert undoing.approvals.undo(JOHN_CALLS, R1).request.status is Status.PENDING
    else:
        answer = undoing.submit_lead_response.undo(link)
        assert answer is not None
        assert answer.changed
    last = undoing.requests[R1].history[-1]
    assert (last.type, last.actor) == (EventType.UNDONE, "E001")
    assert last.channel is (Channel.API if undone == "token" else Channel.LINK)
    assert ids(undoing) == [R1]
    assert decide(undoing, "denied", "After all").request.status is Status.DENIED


def test_what_is_late_or_not_there_is_not_taken_back(undoing: FakeStage) -> None:
    with pytest.raises(NotPossibleError, match="no answer to take back"):
        undoing.approvals.undo(JOHN_CALLS, R1)
    decide(undoing)
    with pytest.raises(NotPossibleError, match="DELETE"):
        decide(undoing, "denied", "No")
    undoing.clock.go_on(WINDOW)
    with pytest.raises(NotPossibleError, match="too late"):
        undoing.approvals.undo(JOHN_CALLS, R1)


def test_a_stage_without_undo_takes_nothing_back(stage: FakeStage) -> None:
    stage.asked()
    decide(stage)
    with pytest.raises(NotPossibleError, match="on this stage"):
        stage.approvals.undo(JOHN_CALLS, R1)


def test_days_that_are_taken_by_now_are_not_asked_for_again(undoing: FakeStage) -> None:
    decide(undoing, "denied", "No")
    undoing.clock.go_on(WINDOW - timedelta(seconds=1))
    late = undoing.clock.moment
    undoing.clock.go_on(timedelta(seconds=1))
    undoing.request_leave(JIM_CALLS, a_wish())
    undoing.clock.moment = late
    with pytest.raises(OverlapError):
        undoing.approvals.undo(JOHN_CALLS, R1)


def test_employees_act_on_what_they_read_while_an_answer_is_open(undoing: FakeStage) -> None:
    decide(undoing)
    withdrawn = undoing.change_leave_request.withdraw(JIM_CALLS, R1)
    assert withdrawn.request.status is Status.WITHDRAWN
    with pytest.raises(NotPossibleError, match="withdrawn"):
        decide(undoing)


def test_cancelling_what_needed_no_approval_is_no_answer() -> None:
    """It comes by the API as well, from an administrator who was asked once."""
    free = replace(Rules().leave_types[0], needs_approval=False)
    stage = FakeStage(policy=ApprovalPolicy(undo=WINDOW))
    stage.asked()
    decide(stage)
    stage.clock.go_on(WINDOW)
    stage.process_lead_response(R1)
    stage.rules = Rules(leave_types=(free,))
    stage.change_leave_request.withdraw(replace(JOHN_CALLS, in_admins=True), R1)
    assert stage.requests[R1].status is Status.CANCELLED
    assert stage.requests[R1].undo_until(WINDOW) is None


def test_an_agreement_to_cancel_is_an_answer(undoing: FakeStage) -> None:
    decide(undoing)
    undoing.clock.go_on(WINDOW)
    undoing.process_lead_response(R1)
    undoing.cancelling(R1)
    decide(undoing)
    assert undoing.requests[R1].undo_until(WINDOW) is not None
    assert undoing.approvals.undo(JOHN_CALLS, R1).request.question is Question.CANCELLATION


# The second approval


def test_the_first_approval_has_another_person_asked(twofold: FakeStage) -> None:
    visible = decide(twofold)
    assert visible.request.status is Status.PENDING
    assert [error for _, error, _ in twofold.workflow.failures] == ["RequestChanged"]
    assert decide(twofold).request.status is Status.PENDING
    with pytest.raises(NotPossibleError, match="second approval"):
        decide(twofold, "denied", "After all")
    with pytest.raises(NotPossibleError, match="too late"):
        twofold.approvals.undo(JOHN_CALLS, R1)
    twofold.process_leave_request(R1, OTHER_TOKEN)
    assert (ids(twofold), ids(twofold, ADA_CALLS)) == ([], [R1])
    assert decide(twofold, caller=ADA_CALLS).request.status is Status.APPROVED
    assert decide(twofold).request.status is Status.PENDING
    assert twofold.approvals.undo(ADA_CALLS, R1).request.status is Status.PENDING


def test_who_gave_the_first_approval_without_a_mail_may_read_it_on(twofold: FakeStage) -> None:
    """Gmail took no mail, so the approver only knows of it by the API."""
    twofold.directory.put(replace(JIM, lead_id="E003"))
    request = an_asked_request(plan=a_plan(twofold.requests[R1].plan.period))
    twofold.requests.put(replace(invited(request, mailed=False, unsent=True), task_token=TOKEN))
    assert decide(twofold).plan is not None


def test_a_token_that_is_not_there_yet_is_answered_when_it_comes(stage: FakeStage) -> None:
    stage.requests.put(replace(an_asked_request(), task_token=None))
    decide(stage)
    assert stage.workflow.answers == []
    stage.process_leave_request(R1, Secret("late"))
    assert len(stage.workflow.answers) == 1


def test_days_in_halves_are_counted(stage: FakeStage) -> None:
    stage.asked(a_wish(half="morning"))
    ((_, balance),) = waiting(stage)[0].balances
    assert balance.pending == Decimal("0.5")


# Again, by key


def with_key(stage: FakeStage, decision: str = "approved", comment: str = "", **more: Any) -> Any:
    """Decide R1 with a key; return the request's status, and the numbers that are answered."""
    given = {"caller": JOHN_CALLS, "revision": 1, "idempotency_key": "a-key"} | more
    caller, request_id = given.pop("caller"), given.pop("request_id", R1)
    answered = stage.approvals.decide(caller, request_id, Decision(decision), comment, **given)
    return answered.visible.request.status.value, answered.numbers


FIRST = {"workingDays": Decimal(1), "revision": Decimal(1)}


def test_the_same_answer_with_the_same_key_is_given_once(undoing: FakeStage) -> None:
    assert with_key(undoing) == ("approved", {})
    assert with_key(undoing) == ("approved", FIRST)
    assert undoing.events == ["requested", "approved"]


def test_an_answer_that_was_taken_back_is_not_given_again_by_its_key(undoing: FakeStage) -> None:
    with_key(undoing)
    undoing.approvals.undo(JOHN_CALLS, R1)
    assert with_key(undoing) == ("pending", FIRST)
    assert undoing.requests[R1].question is Question.LEAVE
    assert with_key(undoing, idempotency_key="another") == ("approved", {})


def test_a_key_answers_with_its_numbers_when_something_else_is_asked(stage: FakeStage) -> None:
    stage.asked()
    with_key(stage)
    stage.process_lead_response(R1)
    stage.cancelling(R1)
    assert with_key(stage) == ("approved", FIRST)
    assert stage.requests[R1].question is Question.CANCELLATION
    with pytest.raises(OtherRevisionError):
        with_key(stage, idempotency_key="another")


@pytest.mark.parametrize(
    "other",
    [
        {"decision": "denied", "comment": "No"},
        {"comment": "Enjoy"},
        {"revision": 2},
        {"request_id": R2},
    ],
)
def test_a_key_with_another_answer_is_refused(undoing: FakeStage, other: dict[str, Any]) -> None:
    undoing.asked(a_wish("2027-06-01"))
    with_key(undoing)
    with pytest.raises(IdempotencyMismatchError):
        with_key(undoing, **other)
    assert undoing.events == ["requested", "approved"]
    assert undoing.requests[R2].question is Question.LEAVE


def test_a_refused_answer_leaves_its_key_free(undoing: FakeStage) -> None:
    with pytest.raises(CommentMissingError):
        with_key(undoing, "denied")
    with pytest.raises(OtherRevisionError):
        with_key(undoing, revision=2)
    assert with_key(undoing, "denied", "No") == ("denied", {})
    with pytest.raises(NotPossibleError):
        with_key(undoing, idempotency_key="another")
    assert with_key(undoing, "denied", "No", idempotency_key="another") == ("denied", {})


def test_a_key_is_used_also_where_the_answer_was_given_before(undoing: FakeStage) -> None:
    decide(undoing)
    assert with_key(undoing) == ("approved", {})
    with pytest.raises(IdempotencyMismatchError):
        with_key(undoing, "denied", "No")


def test_a_key_is_free_after_seven_days(undoing: FakeStage) -> None:
    with_key(undoing)
    undoing.clock.go_on(IDEMPOTENCY_LIFE - timedelta(seconds=1))
    assert with_key(undoing) == ("approved", FIRST)
    undoing.clock.go_on(timedelta(seconds=1))
    assert with_key(undoing) == ("approved", {})


def test_a_key_belongs_to_one_caller(twofold: FakeStage) -> None:
    numbers = {"workingDays": Decimal(5), "revision": Decimal(1)}
    assert with_key(twofold) == ("pending", {})
    twofold.process_leave_request(R1, OTHER_TOKEN)
    assert with_key(twofold) == ("pending", numbers)
    assert with_key(twofold, caller=ADA_CALLS) == ("approved", {})


def test_a_key_tells_nothing_to_who_may_not_read_the_request_any_more(undoing: FakeStage) -> None:
    with_key(undoing)
    undoing.directory.put(replace(JOHN, employments=employed(end=TODAY - DAY)))
    with pytest.raises((NotAllowedError, UnknownRequestError)):
        with_key(undoing)


@pytest.mark.parametrize("needed", ["one approval", "two approvals"])
def test_the_same_key_resumes_a_workflow_that_the_first_answer_did_not(
    undoing: FakeStage, twofold: FakeStage, needed: str
) -> None:
    stage = undoing if needed == "one approval" else twofold
    for call in ("answer", "fail"):
        stage.workflow.hooks.before(call, raising(UnavailableError("down")))
    with_key(stage)
    assert (stage.workflow.answers, stage.workflow.failures) == ([], [])
    for _ in range(2):
        with_key(stage)
    resumed = {token for token, *_ in [*stage.workflow.answers, *stage.workflow.failures]}
    assert resumed == {TOKEN.reveal()}


def test_two_answers_at_once_with_the_same_key_are_one(undoing: FakeStage) -> None:
    undoing.requests.hooks.before("replace", lambda: with_key(undoing))
    assert with_key(undoing) == ("approved", FIRST)
    assert undoing.events == ["requested", "approved"]
