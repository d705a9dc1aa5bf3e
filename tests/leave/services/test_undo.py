"""An approver takes an answer back, while nobody was told of it."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from leave.domain import errors
from leave.domain.history import Decision, EventType, Question, Status
from leave.domain.request import MAXIMUM_UNDONE, ApprovalPolicy
from leave.domain.values import replace
from leave.services.authorization import Caller
from tests.leave.builders import (
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    R1,
    R3,
    TODAY,
    a_decided_request,
    a_period,
    an_asked_request,
    employed,
)
from tests.leave.fakes import FakeClock
from tests.leave.hooks import raising
from tests.leave.services.stage import ADMIN_CALLS, JIM_CALLS, OTHER_TOKEN, TOKEN, FakeStage, a_wish

WINDOW = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
either = pytest.mark.parametrize("decision", ["approved", "denied"])


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage whose answers can be taken back for five minutes."""
    return FakeStage(policy=ApprovalPolicy(undo=WINDOW))


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in John's mail about Jim's request."""
    return stage.asked()


@pytest.fixture
def approved(stage: FakeStage, link: str) -> FakeStage:
    """Return the stage where John has approved, which is final and was told."""
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.tell_employee()
    return stage


@either
def test_within_the_window_the_link_asks_again(stage: FakeStage, link: str, decision: str) -> None:
    given = stage.decide(link, decision, "So be it")
    assert given.view.undo_until == stage.clock.now() + WINDOW
    assert stage.workflow.waits == {TOKEN.reveal(): 300}, "the workflow waits as long"
    stage.clock.go_on(WINDOW - SECOND)
    taken_back = stage.undo(link)
    assert taken_back.changed
    assert taken_back.view.decides
    assert taken_back.view.decision_summary is not None
    assert taken_back.view.undo_until is None
    request = stage.request
    assert (request.status, request.question) == (Status.PENDING, Question.LEAVE)
    assert request.outcome is None
    assert stage.events == ["requested", decision, "undone"]
    assert stage.booking().status == "pending"
    again = stage.undo(link)
    assert (again.changed, again.view.decides) == (False, True)
    assert stage.request == request


def test_an_answer_is_taken_back_without_a_summary(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    hooks, error = stage.requests.hooks, errors.UnavailableError("BatchGetItem")
    hooks.after("replace", lambda: hooks.before("ledgers", raising(error)))
    taken_back = stage.undo(link)
    assert (taken_back.changed, taken_back.view.decides) == (True, True)
    assert taken_back.view.decision_summary is None
    assert stage.request.status is Status.PENDING


def test_a_later_click_tells_what_is_left_of_the_window(stage: FakeStage, link: str) -> None:
    stage.workflow.hooks.before("answer", raising(errors.ConflictError("lost")))
    with pytest.raises(errors.ConflictError):
        stage.decide(link)
    stage.clock.go_on(timedelta(seconds=100.5))
    stage.decide(link)
    assert stage.workflow.waits == {TOKEN.reveal(): 200}


@pytest.mark.parametrize("late", [timedelta(0), SECOND])
def test_after_the_window_the_answer_stands(stage: FakeStage, link: str, late: timedelta) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW + late)
    before = stage.request
    answer = stage.undo(link)
    assert (answer.changed, answer.view.undo_until) == (False, None)
    assert stage.request == before


def test_the_sixth_answer_is_read_and_told_at_once(stage: FakeStage, link: str) -> None:
    for _ in range(MAXIMUM_UNDONE):
        stage.decide(link)
        assert stage.undo(link).changed
    assert stage.decide(link).view.undo_until is None
    assert stage.read_leave.request(JIM_CALLS, R1).request.status is Status.APPROVED
    assert stage.tell_employee() == "approved"
    assert stage.mailer.recipients == [JOHN.email, JIM.email]
    assert not stage.undo(link).changed


def test_two_who_take_back_at_once_take_back_once(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.requests.hooks.before("replace", lambda: stage.undo(link))
    assert not stage.undo(link).changed
    assert stage.events == ["requested", "approved", "undone"]


def test_without_a_window_nothing_is_taken_back(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.requests.put(stage.request.mark_outcome_mailed())
    assert not stage.undo(link).changed
    stage = FakeStage()
    link = stage.asked()
    assert stage.decide(link).view.undo_until is None
    assert not stage.undo(link).changed
    assert stage.workflow.waits == {TOKEN.reveal(): 0}


# Days, accounts and calendars


def away(stage: FakeStage) -> int:
    """Return how many absences Jane's feed shows."""
    found = stage.read_leave.feed("feed-of-E003", a_period().start, a_period().end)
    assert found is not None
    return len(found)


def figures(stage: FakeStage) -> tuple[Any, ...]:
    return stage.balance().pending, stage.balance().approved, away(stage)


@pytest.mark.parametrize(("decision", "approved"), [("approved", 1), ("denied", 0)])
def test_an_open_answer_is_read_from_no_account_and_no_calendar(
    stage: FakeStage, link: str, decision: str, approved: int
) -> None:
    stage.decide(link, decision, "No")
    stage.clock.go_on(WINDOW - SECOND)
    assert figures(stage) == (1, 0, 0)
    stage.clock.go_on(SECOND)
    assert figures(stage) == (0, approved, approved)


def test_the_days_of_a_denial_are_booked_until_it_is_final(stage: FakeStage, link: str) -> None:
    stage.decide(link, "denied", "No")
    with pytest.raises(errors.OverlapError, match="pending"):
        stage.asked()
    stage.clock.go_on(WINDOW)
    stage.asked()
    assert stage.booking().request_id == R3


def test_the_days_of_a_cancellation_are_booked_until_it_is_final(approved: FakeStage) -> None:
    approved.decide(approved.cancelling())
    assert figures(approved) == (0, 1, 1)
    with pytest.raises(errors.OverlapError, match="approved"):
        approved.asked()
    approved.clock.go_on(WINDOW)
    assert figures(approved) == (0, 0, 0)
    approved.asked()


@either
def test_no_balance_keeps_an_answer_from_undo(stage: FakeStage, link: str, decision: str) -> None:
    """It takes no more days than before, and who takes it back may want to deny it for that."""
    stage.decide(link, decision, "No")
    stage.adjust("-25", may_go_negative=True)
    assert stage.undo(link).changed
    assert stage.booking().status == "pending"
    with pytest.raises(errors.InsufficientBalanceError):
        stage.decide(link)


@either
def test_an_answer_about_a_cancellation_is_undone_too(approved: FakeStage, decision: str) -> None:
    wanted = approved.cancelling()
    approved.decide(wanted, decision, "So be it")
    assert approved.booked() == 1
    assert approved.undo(wanted).changed
    request = approved.request
    assert (request.status, request.question) == (Status.APPROVED, Question.CANCELLATION)
    assert approved.booked() == 1
    assert request.outcome is not None
    assert (request.outcome.type, request.outcome_mailed) == (EventType.APPROVED, True)


# The workflow


def test_nobody_is_told_within_the_window(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW - SECOND)
    with pytest.raises(errors.UndoOpenError):
        stage.tell_employee()
    stage.clock.go_on(SECOND)
    assert stage.tell_employee() == "approved"
    assert stage.mailer.recipients == [JOHN.email, JIM.email]


def test_what_was_taken_back_is_asked_again_with_no_new_mail(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.undo(link)
    stage.clock.go_on(WINDOW)
    with pytest.raises(errors.NotDecidedError):
        stage.tell_employee()
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email]
    stage.decide(link, "denied", "No")
    assert stage.workflow.answers[-1] == (OTHER_TOKEN.reveal(), R1, "denied")


def test_only_the_last_answer_is_told_and_after_its_own_window(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.clock.go_on(WINDOW - SECOND)
    stage.undo(link)
    stage.decide(link, "denied", "On second thoughts")
    stage.clock.go_on(SECOND)
    with pytest.raises(errors.UndoOpenError):
        stage.tell_employee()
    stage.clock.go_on(WINDOW)
    stage.tell_employee()
    assert [mail.text for mail in stage.mailer.sent[1:]] == ["denied: On second thoughts"]


def test_the_workflow_of_an_earlier_question_waits_too(stage: FakeStage, link: str) -> None:
    """Approved, and cancelled before the word of the approval has left."""
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    stage.decide(stage.cancelling())
    stage.clock.go_on(WINDOW - SECOND)
    with pytest.raises(errors.UndoOpenError):
        stage.tell_employee()
    assert JIM.email not in stage.mailer.recipients


# By a clock that is behind, while the mail is out


def a_slow_undo(stage: FakeStage, link: str) -> None:
    stage.clock.go_on(-SECOND)
    assert stage.undo(link).changed
    stage.clock.go_on(SECOND)


@pytest.fixture
def final(stage: FakeStage, link: str) -> FakeStage:
    """Return the stage where John has approved, and Jim is about to be told."""
    stage.decide(link)
    stage.clock.go_on(WINDOW)
    return stage


def test_an_answer_undone_while_the_mail_is_out_is_asked_again(final: FakeStage, link: str) -> None:
    """The workflow must not end over an open question."""
    final.mailer.hooks.after("send", lambda: a_slow_undo(final, link))
    with pytest.raises(errors.NotDecidedError):
        final.tell_employee()
    assert final.request.question is Question.LEAVE


def test_an_answer_exchanged_during_the_mail_is_told_as_well(final: FakeStage, link: str) -> None:
    def exchange() -> None:
        a_slow_undo(final, link)
        final.decide(link, "denied", "No")

    final.mailer.hooks.after("send", exchange)
    with pytest.raises(errors.UndoOpenError):
        final.tell_employee()
    assert final.request.entry_uncertain, "the approval came with an entry"
    final.clock.go_on(WINDOW)
    final.tell_employee()
    told = [mail.text for mail in final.mailer.sent if mail.to == JIM.email]
    assert told == ["approved: ", "denied: No"]
    assert not final.request.entry_uncertain


@pytest.mark.parametrize(
    ("error", "doubted"),
    [(errors.MailUnavailableError("down"), False), (errors.MailOutcomeUnknownError("?"), True)],
)
def test_only_a_mail_that_may_have_left_lets_the_entry_be_doubted(
    final: FakeStage, link: str, error: Exception, *, doubted: bool
) -> None:
    def fail() -> None:
        a_slow_undo(final, link)
        raise error

    final.mailer.hooks.before("send", fail)
    with pytest.raises(type(error)):
        final.tell_employee()
    assert final.request.entry_uncertain is doubted


MOVES = ("decide", "undo", "tell", "wait")


@pytest.mark.parametrize("order", sorted(set(permutations(MOVES * 2, 4))))
def test_in_every_order_the_employee_hears_one_outcome_that_stands(
    order: tuple[str, ...], stage: FakeStage, link: str
) -> None:
    def tell() -> None:
        try:
            stage.tell_employee()
        except (errors.NotDecidedError, errors.UndoOpenError):
            assert JIM.email not in stage.mailer.recipients

    moves: dict[str, Any] = {
        "decide": lambda: stage.decide(link),
        "undo": lambda: stage.undo(link),
        "tell": tell,
        "wait": lambda: stage.clock.go_on(WINDOW),
    }
    for move in (*order, "decide", "wait", "tell"):
        moves[move]()
    assert stage.mailer.recipients.count(JIM.email) == 1
    assert (stage.request.status, stage.request.outcome_mailed) == (Status.APPROVED, True)
    assert not stage.undo(link).changed


# The employee


@either
@pytest.mark.parametrize("caller", [JIM_CALLS, ADMIN_CALLS])
def test_within_the_window_the_request_is_withdrawn_like_a_pending_one(
    stage: FakeStage, link: str, caller: Caller, decision: str
) -> None:
    stage.decide(link, decision, "A secret")
    visible = stage.withdraw(caller)
    assert visible.request.status is Status.WITHDRAWN
    assert ("A secret" in repr(visible)) is caller.in_admins
    assert stage.events == ["requested", decision, "undone", "withdrawn"]
    assert stage.request.history[-2].actor == ("hr@foo.com" if caller.in_admins else "E002")
    assert stage.booked() == 0
    assert not stage.undo(link).changed
    assert stage.tell_employee() == "withdrawn"
    told = [JIM.email] if caller.in_admins else []
    assert stage.mailer.recipients == [JOHN.email, *told, JOHN.email]


@either
def test_within_the_window_it_is_changed_as_if_pending(
    stage: FakeStage, link: str, decision: str
) -> None:
    stage.decide(link, decision, "A secret")
    visible = stage.change(a_wish("2027-06-01"))
    assert visible.request.status is Status.PENDING
    assert "A secret" not in repr(visible)
    assert stage.events == ["requested", decision, "undone", "changed"]
    assert (stage.booking().status, stage.booking().period) == ("pending", a_period("2027-06-01"))
    stage.clock.go_on(WINDOW)
    with pytest.raises(errors.NotDecidedError):
        stage.tell_employee()
    stage.ask_lead(OTHER_TOKEN)
    stage.decide(stage.link())
    assert stage.request.status is Status.APPROVED
    shown = stage.undo(link)
    assert (shown.changed, shown.view.revoked is None) == (False, False), "the link is closed"


@dataclass
class TickingClock(FakeClock):
    def now(self) -> datetime:
        self.go_on(timedelta(milliseconds=1))
        return super().now()


@pytest.mark.parametrize("step", ["changed", "withdrawn"])
def test_what_undoes_an_answer_happens_at_once(stage: FakeStage, link: str, step: str) -> None:
    stage.decide(link)
    ticking = TickingClock(moment=stage.clock.moment)
    requests = dataclasses.replace(stage.change_leave_request, clock=ticking)
    if step == "changed":
        requests.change(JIM_CALLS, R1, a_wish("2027-06-01"))
    else:
        requests.withdraw(JIM_CALLS, R1)
    *_, undone, event = stage.request.history
    assert (undone.type, event.type) == (EventType.UNDONE, step)
    assert undone.at == event.at


def test_after_the_window_the_employee_asks_to_cancel(final: FakeStage, link: str) -> None:
    final.withdraw()
    assert final.request.question is Question.CANCELLATION
    assert not final.undo(link).changed


@either
def test_an_open_answer_to_a_cancellation_stands(approved: FakeStage, decision: str) -> None:
    approved.decide(approved.cancelling(), decision, "A secret")
    answered = approved.request
    visible = approved.withdraw()
    assert (visible.request.status, visible.request.question) == ("approved", "cancellation")
    assert "A secret" not in repr(visible)
    with pytest.raises(
        errors.NotPossibleError, match=r"is approved and cannot be changed.*DELETE.*a new request"
    ):
        approved.change(a_wish("2027-06-01"))
    assert approved.request == answered


def test_what_was_undone_can_be_withdrawn_and_is_told(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.undo(link)
    stage.withdraw()
    assert not stage.undo(link).changed
    assert stage.tell_employee() == "withdrawn"
    assert stage.mailer.recipients == [JOHN.email, JOHN.email]


# Other links, and other people


@pytest.mark.parametrize("text", ["", "nonsense", f"{NO_SUCH_REQUEST}.{'A' * 43}"])
def test_a_link_that_is_none_takes_nothing_back(stage: FakeStage, text: str) -> None:
    assert stage.submit_lead_response.undo(text) is None


@pytest.mark.parametrize(
    "approver",
    [replace(JOHN, employments=employed(end=TODAY - DAY)), replace(JOHN, email="j2@foo.com"), None],
)
def test_who_cannot_answer_now_takes_nothing_back(
    stage: FakeStage, link: str, approver: Any
) -> None:
    stage.decide(link, "denied", "No")
    stage.directory.remove(JOHN.employee_id)
    if approver is not None:
        stage.directory.put(approver)
    before = stage.request
    shown = stage.show(link)
    again = stage.decide(link)
    for opened in (stage.undo(link).view, again.view, shown):
        assert (opened.decides, opened.undo_until) == (False, None)
    assert not again.changed
    assert stage.request == before


def test_what_nobody_answered_is_no_answer_to_take_back(stage: FakeStage) -> None:
    request = an_asked_request()
    for unanswered in (request, request.expire(at=stage.clock.now())):
        stage.requests.put(unanswered)
        assert not stage.undo(stage.link()).changed
    with pytest.raises(errors.NotPossibleError):
        request.undo(at=stage.clock.now())


def test_a_first_approval_is_not_taken_back(stage: FakeStage) -> None:
    first = an_asked_request().approve_first(comment="", at=stage.clock.now())
    stage.requests.put(first)
    assert not stage.undo(f"{R1}.{first.revoked_links[-1].secret.reveal()}").changed
    assert stage.request == first


def test_taken_back_and_answered_anew_counts_the_new_answer(stage: FakeStage) -> None:
    now = stage.clock.now()
    request = a_decided_request().undo(at=now)
    assert (request.outcome, request.undo_until(WINDOW)) == (None, None)
    again = request.decide(Decision.APPROVED, comment="", at=now)
    assert again.outcome == again.history[-1]
