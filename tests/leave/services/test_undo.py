"""An approver takes an answer back, while nobody was told of it."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from leave.domain.employee import Employee
from leave.domain.errors import (
    ConflictError,
    InsufficientBalanceError,
    MailOutcomeUnknownError,
    MailUnavailableError,
    NotDecidedError,
    NotPossibleError,
    OverlapError,
    UnavailableError,
    UndoOpenError,
)
from leave.domain.history import Decision, EventType, Question, Status
from leave.domain.request import MAXIMUM_UNDONE, ApprovalPolicy
from leave.domain.values import replace
from leave.services.authorization import Caller
from leave.services.submit_lead_response import Answer
from tests.leave.builders import (
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    R1,
    R3,
    TODAY,
    a_decided_request,
    a_period,
    an_adjustment,
    an_asked_request,
    employed,
    link_text,
)
from tests.leave.fakes import FakeClock
from tests.leave.hooks import raising
from tests.leave.services.stage import ADMIN_CALLS, JIM_CALLS, OTHER_TOKEN, TOKEN, FakeStage, a_wish

WINDOW = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage whose answers can be taken back for five minutes."""
    return FakeStage(policy=ApprovalPolicy(undo=WINDOW))


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in John's mail about Jim's request."""
    return stage.asked()


def undo(stage: FakeStage, link: str) -> Answer:
    answer = stage.submit_lead_response.undo(link)
    assert answer is not None
    return answer


def whats(stage: FakeStage) -> list[str]:
    return stage.events


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_within_the_window_the_same_link_asks_again(
    stage: FakeStage, link: str, decision: str
) -> None:
    given = stage.decide(link, decision, "So be it")
    assert given.view.undo_until == stage.clock.now() + WINDOW
    stage.clock.go_on(WINDOW - SECOND)
    taken_back = undo(stage, link)
    assert taken_back.changed
    assert taken_back.view.decides
    assert taken_back.view.decision_summary is not None
    assert taken_back.view.undo_until is None
    request = stage.request
    assert (request.status, request.question) == (Status.PENDING, Question.LEAVE)
    assert request.outcome is None
    assert whats(stage) == ["requested", decision, "undone"]
    assert stage.booking().status == "pending"


def test_an_answer_is_taken_back_though_the_summary_cannot_be_read(
    stage: FakeStage, link: str
) -> None:
    stage.decide(link)
    fail_to_read_ledgers_after_the_write(stage)
    taken_back = undo(stage, link)
    assert taken_back.changed
    assert taken_back.view.decides
    assert taken_back.view.decision_summary is None
    assert stage.requests[R1].status is Status.PENDING


def fail_to_read_ledgers_after_the_write(stage: FakeStage) -> None:
    hooks, error = stage.requests.hooks, UnavailableError("BatchGetItem")
    hooks.after("replace", lambda: hooks.before("ledgers", raising(error)))


def test_the_workflow_is_told_how_long_to_wait(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    assert stage.workflow.waits == {TOKEN.reveal(): 300}


def test_a_later_click_tells_what_is_left_of_the_window(stage: FakeStage, link: str) -> None:
    stage.workflow.hooks.before("answer", raising(ConflictError("lost")))
    with pytest.raises(ConflictError):
        stage.decide(link)
    stage.clock.go_on(timedelta(seconds=100.5))
    stage.decide(link)
    assert stage.workflow.waits == {TOKEN.reveal(): 200}


@pytest.mark.parametrize("late", [timedelta(0), SECOND])
def test_after_the_window_the_answer_stands(stage: FakeStage, link: str, late: timedelta) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW + late)
    before = stage.request
    answer = undo(stage, link)
    assert not answer.changed
    assert answer.view.undo_until is None
    assert stage.request == before


def test_taking_back_twice_takes_back_once(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    assert undo(stage, link).changed
    before = stage.request
    again = undo(stage, link)
    assert not again.changed
    assert again.view.decides
    assert stage.request == before


def test_the_sixth_answer_is_read_and_told_at_once(stage: FakeStage, link: str) -> None:
    for _ in range(MAXIMUM_UNDONE):
        stage.decide(link)
        assert undo(stage, link).changed
    assert stage.decide(link).view.undo_until is None
    assert stage.read_leave.request(JIM_CALLS, R1).request.status is Status.APPROVED
    assert stage.tell_employee() == "approved"
    assert stage.mailer.recipients == [JOHN.email, JIM.email]
    assert not undo(stage, link).changed


def test_two_who_take_back_at_once_take_back_once(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.requests.hooks.before("replace", lambda: undo(stage, link))
    assert not undo(stage, link).changed
    assert whats(stage) == ["requested", "approved", "undone"]


def test_without_a_window_nothing_is_taken_back(stage: FakeStage, link: str) -> None:
    stage.policy = ApprovalPolicy()
    assert stage.decide(link).view.undo_until is None
    assert not undo(stage, link).changed
    assert stage.workflow.waits == {TOKEN.reveal(): 0}


def test_what_was_told_is_not_taken_back(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.requests.put(stage.request.mark_outcome_mailed())
    assert not undo(stage, link).changed


def test_the_days_of_a_denial_are_booked_until_it_is_final(stage: FakeStage, link: str) -> None:
    stage.decide(link, "denied", "No")
    with pytest.raises(OverlapError, match="pending"):
        stage.asked(a_wish())
    stage.clock.go_on(WINDOW)
    stage.asked(a_wish())
    (booking,) = stage.requests.book("E002", 2027).bookings
    assert booking.request_id == R3


def test_a_denial_is_taken_back_whatever_has_become_of_the_balance(
    stage: FakeStage, link: str
) -> None:
    stage.decide(link, "denied", "No")
    take_all_days(stage)
    assert undo(stage, link).changed


def test_an_approval_is_taken_back_whatever_has_become_of_the_balance(
    stage: FakeStage, link: str
) -> None:
    """It takes no more days than before, and who takes it back may want to deny it for that."""
    stage.decide(link)
    take_all_days(stage)
    assert undo(stage, link).changed
    assert stage.booking().status == "pending"
    with pytest.raises(InsufficientBalanceError):
        stage.decide(link)


def take_all_days(stage: FakeStage) -> None:
    ledger = stage.requests.book("E002", 2027)
    stage.requests.write_ledgers([ledger.with_adjustment(an_adjustment("-25"))])


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_an_answer_about_a_cancellation_is_taken_back_too(
    stage: FakeStage, link: str, decision: str
) -> None:
    approve_and_tell(stage, link)
    wanted = stage.cancelling()
    stage.decide(wanted, decision, "So be it")
    assert stage.booked() == 1
    assert undo(stage, wanted).changed
    request = stage.request
    assert (request.status, request.question) == (Status.APPROVED, Question.CANCELLATION)
    assert stage.booked() == 1
    assert request.outcome is not None
    assert (request.outcome.type, request.outcome_mailed) == (EventType.APPROVED, True)


def test_the_days_of_a_cancellation_are_booked_until_it_is_final(
    stage: FakeStage, link: str
) -> None:
    approve_and_tell(stage, link)
    stage.decide(stage.cancelling())
    with pytest.raises(OverlapError, match="approved"):
        stage.asked(a_wish())
    stage.clock.go_on(WINDOW)
    assert stage.booked() == 0
    stage.asked(a_wish())


@pytest.mark.parametrize(("decision", "approved"), [("approved", 1), ("denied", 0)])
def test_an_open_answer_is_read_from_no_account_and_no_calendar(
    stage: FakeStage, link: str, decision: str, approved: int
) -> None:
    stage.decide(link, decision, "No")
    assert (stage.balance().pending, stage.balance().approved) == (1, 0)
    assert away(stage) == 0
    stage.clock.go_on(WINDOW - SECOND)
    assert away(stage) == 0
    stage.clock.go_on(SECOND)
    assert (stage.balance().pending, stage.balance().approved) == (0, approved)
    assert away(stage) == approved


def test_leave_whose_cancellation_can_be_taken_back_is_in_the_calendar(
    stage: FakeStage, link: str
) -> None:
    approve_and_tell(stage, link)
    stage.decide(stage.cancelling())
    assert (stage.balance().approved, away(stage)) == (1, 1)
    stage.clock.go_on(WINDOW)
    assert (stage.balance().approved, away(stage)) == (0, 0)


def away(stage: FakeStage) -> int:
    """Return how many absences Jane's feed shows."""
    found = stage.read_leave.feed("feed-of-E003", a_period().start, a_period().end)
    assert found is not None
    return len(found)


def approve_and_tell(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.tell_employee()


# The workflow


def test_nobody_is_told_within_the_window(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW - SECOND)
    with pytest.raises(UndoOpenError):
        stage.tell_employee()
    stage.clock.go_on(SECOND)
    assert stage.tell_employee() == "approved"
    assert stage.mailer.recipients == [JOHN.email, JIM.email]


def test_what_was_taken_back_is_asked_again_with_no_new_mail(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    undo(stage, link)
    stage.clock.go_on(WINDOW)
    with pytest.raises(NotDecidedError):
        stage.tell_employee()
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email]
    stage.decide(link, "denied", "No")
    assert stage.workflow.answers[-1] == (OTHER_TOKEN.reveal(), R1, "denied")


def test_only_the_last_answer_is_told_and_after_its_own_window(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW - SECOND)
    undo(stage, link)
    stage.decide(link, "denied", "On second thoughts")
    stage.clock.go_on(SECOND)
    with pytest.raises(UndoOpenError):
        stage.tell_employee()
    stage.clock.go_on(WINDOW)
    stage.tell_employee()
    assert [mail.text for mail in stage.mailer.sent[1:]] == ["denied: On second thoughts"]


def test_the_workflow_of_an_earlier_question_waits_for_the_window_too(
    stage: FakeStage, link: str
) -> None:
    """Approved, and cancelled before the word of the approval has left."""
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.decide(stage.cancelling())
    stage.clock.go_on(WINDOW - SECOND)
    with pytest.raises(UndoOpenError):
        stage.tell_employee()
    assert JIM.email not in stage.mailer.recipients


def test_an_answer_taken_back_while_the_mail_is_out_is_asked_again(
    stage: FakeStage, link: str
) -> None:
    """By a clock that is behind; the workflow must not end over an open question."""
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.mailer.hooks.after("send", lambda: a_slow_undo(stage, link))
    with pytest.raises(NotDecidedError):
        stage.tell_employee()
    assert stage.request.question is Question.LEAVE


def test_an_answer_exchanged_while_the_mail_is_out_is_told_as_well(
    stage: FakeStage, link: str
) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW)

    def exchange() -> None:
        a_slow_undo(stage, link)
        stage.decide(link, "denied", "No")

    stage.mailer.hooks.after("send", exchange)
    with pytest.raises(UndoOpenError):
        stage.tell_employee()
    assert stage.request.entry_uncertain, "the approval came with an entry"
    stage.clock.go_on(WINDOW)
    stage.tell_employee()
    told = [mail.text for mail in stage.mailer.sent if mail.to == JIM.email]
    assert told == ["approved: ", "denied: No"]
    assert not stage.request.entry_uncertain


@pytest.mark.parametrize("certain", [True, False])
def test_only_a_mail_that_may_have_left_lets_the_entry_be_doubted(
    stage: FakeStage,
    link: str,
    certain: bool,  # noqa: FBT001 - a table
) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    error = MailUnavailableError("down") if certain else MailOutcomeUnknownError("?")

    def fail() -> None:
        a_slow_undo(stage, link)
        raise error

    stage.mailer.hooks.before("send", fail)
    with pytest.raises(type(error)):
        stage.tell_employee()
    assert stage.request.entry_uncertain is not certain


def a_slow_undo(stage: FakeStage, link: str) -> None:
    stage.clock.go_on(-SECOND)
    assert undo(stage, link).changed
    stage.clock.go_on(SECOND)


MOVES = ("decide", "undo", "tell", "wait")


@pytest.mark.parametrize("order", sorted(set(permutations(MOVES * 2, 4))))
def test_in_every_order_the_employee_hears_one_outcome_that_stands(
    order: tuple[str, ...], stage: FakeStage, link: str
) -> None:
    def tell() -> None:
        try:
            stage.tell_employee()
        except (NotDecidedError, UndoOpenError):
            assert JIM.email not in stage.mailer.recipients

    moves: dict[str, Any] = {
        "decide": lambda: stage.decide(link),
        "undo": lambda: undo(stage, link),
        "tell": tell,
        "wait": lambda: stage.clock.go_on(WINDOW),
    }
    for move in order:
        moves[move]()
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    tell()
    assert stage.mailer.recipients.count(JIM.email) == 1
    request = stage.request
    assert (request.status, request.outcome_mailed) == (Status.APPROVED, True)
    assert not undo(stage, link).changed


# The employee, and other links


@pytest.mark.parametrize("decision", ["approved", "denied"])
@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
def test_within_the_window_the_request_is_withdrawn_like_a_pending_one(
    stage: FakeStage, link: str, caller: Caller, decision: str
) -> None:
    stage.decide(link, decision, "A secret")
    visible = stage.withdraw(caller)
    assert visible.request.status is Status.WITHDRAWN
    assert ("A secret" in repr(visible)) is caller.in_admins
    assert whats(stage) == ["requested", decision, "undone", "withdrawn"]
    undone = stage.request.history[-2]
    assert undone.actor == ("hr@foo.com" if caller.in_admins else "E002")
    assert stage.booked() == 0
    assert not undo(stage, link).changed
    assert stage.tell_employee() == "withdrawn"
    told = [JIM.email] if caller.in_admins else []
    assert stage.mailer.recipients == [JOHN.email, *told, JOHN.email]


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_within_the_window_the_request_is_changed_like_a_pending_one(
    stage: FakeStage, link: str, decision: str
) -> None:
    stage.decide(link, decision, "A secret")
    visible = stage.change(a_wish("2027-06-01"))
    assert visible.request.status is Status.PENDING
    assert "A secret" not in repr(visible)
    assert whats(stage) == ["requested", decision, "undone", "changed"]
    (booking,) = stage.requests.book("E002", 2027).bookings
    assert (booking.status, booking.period) == ("pending", a_period("2027-06-01"))
    stage.clock.go_on(WINDOW)
    with pytest.raises(NotDecidedError):
        stage.tell_employee()
    stage.ask_lead(OTHER_TOKEN)
    stage.decide(stage.link())
    assert stage.request.status is Status.APPROVED


@pytest.mark.parametrize("step", ["change", "withdraw"])
def test_what_takes_an_answer_back_happens_in_the_same_moment(
    stage: FakeStage, link: str, step: str
) -> None:
    stage.decide(link)
    ticking = TickingClock(moment=stage.clock.moment)
    requests = dataclasses.replace(stage.change_leave_request, clock=ticking)
    if step == "change":
        requests.change(JIM_CALLS, R1, a_wish("2027-06-01"))
    else:
        requests.withdraw(JIM_CALLS, R1)
    *_, undone, event = stage.request.history
    assert (undone.type, event.type[:6]) == (EventType.UNDONE, step.ljust(6)[:6])
    assert undone.at == event.at


@dataclass
class TickingClock(FakeClock):
    def now(self) -> datetime:
        self.go_on(timedelta(milliseconds=1))
        return super().now()


def test_after_the_window_the_employee_asks_to_cancel(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.withdraw()
    assert stage.request.question is Question.CANCELLATION
    assert not undo(stage, link).changed


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_an_open_answer_to_a_cancellation_stands_whatever_the_employee_does(
    stage: FakeStage, decision: str
) -> None:
    link = stage.asked()
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.tell_employee()
    stage.decide(stage.cancelling(), decision, "A secret")
    answered = stage.request
    visible = stage.withdraw()
    assert visible.request.status is Status.APPROVED
    assert visible.request.question is Question.CANCELLATION
    assert "A secret" not in repr(visible)
    with pytest.raises(
        NotPossibleError, match=r"is approved and cannot be changed.*DELETE.*a new request"
    ):
        stage.change(a_wish("2027-06-01"))
    assert stage.request == answered


def test_what_was_taken_back_can_be_withdrawn_and_the_approver_hears_of_it(
    stage: FakeStage, link: str
) -> None:
    stage.decide(link)
    undo(stage, link)
    stage.withdraw()
    assert not undo(stage, link).changed
    assert stage.tell_employee() == "withdrawn"
    assert stage.mailer.recipients == [JOHN.email, JOHN.email]


@pytest.mark.parametrize("text", ["", "nonsense", f"{NO_SUCH_REQUEST}.{'A' * 43}"])
def test_a_link_that_is_none_takes_nothing_back(stage: FakeStage, text: str) -> None:
    assert stage.submit_lead_response.undo(text) is None


def test_a_closed_link_takes_nothing_back(stage: FakeStage, link: str) -> None:
    stage.change(a_wish("2027-06-01"))
    stage.ask_lead(OTHER_TOKEN)
    stage.decide(stage.link())
    answer = undo(stage, link)
    assert not answer.changed
    assert answer.view.revoked is not None
    assert stage.request.status is Status.APPROVED


@pytest.mark.parametrize(
    "approver",
    [replace(JOHN, employments=employed(end=TODAY - DAY)), replace(JOHN, email="j2@foo.com"), None],
)
def test_whoever_could_not_answer_now_takes_nothing_back(
    stage: FakeStage, link: str, approver: Employee | None
) -> None:
    stage.decide(link, "denied", "No")
    stage.directory.remove(JOHN.employee_id)
    if approver is not None:
        stage.directory.put(approver)
    before = stage.request
    shown = stage.submit_lead_response.show(link)
    again = stage.decide(link)
    for opened in (undo(stage, link).view, again.view, shown):
        assert opened is not None
        assert not opened.decides
        assert opened.undo_until is None
    assert not again.changed
    assert stage.request == before


def test_what_nobody_answered_is_no_answer_to_take_back(stage: FakeStage) -> None:
    request = an_asked_request()
    stage.requests.put(request)
    assert not undo(stage, link_text(request)).changed
    stage.requests.put(request.expire(at=stage.clock.now()))
    assert not undo(stage, link_text(request)).changed
    with pytest.raises(NotPossibleError):
        request.undo(at=stage.clock.now())


def test_a_first_approval_is_not_taken_back(stage: FakeStage) -> None:
    first = an_asked_request().approve_first(comment="", at=stage.clock.now())
    stage.requests.put(first)
    link = f"{R1}.{first.revoked_links[-1].secret.reveal()}"
    assert not undo(stage, link).changed
    assert stage.request == first


def test_taken_back_and_answered_anew_counts_the_new_answer(stage: FakeStage) -> None:
    now = stage.clock.now()
    request = a_decided_request().undo(at=now)
    assert request.outcome is None
    assert request.undo_until(WINDOW) is None
    again = request.decide(Decision.APPROVED, comment="", at=now)
    assert again.outcome == again.history[-1]
