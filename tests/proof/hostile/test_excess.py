"""However much people write and however often they ask, records and mailboxes do not overflow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bench.capacity_units import item_bytes
from leave.adapters.dynamodb.requests import request_to_item
from leave.adapters.dynamodb.table import encode
from leave.domain.errors import AskedTooMuchError, ChangedTooOftenError, OverlapError
from leave.domain.history import Decision, Person
from leave.domain.policy import LeaveType, Rules
from leave.domain.request import (
    MAXIMUM_CANCELLATIONS,
    MAXIMUM_CHANGES,
    MAXIMUM_UNDONE,
    LeaveRequest,
)
from leave.domain.values import Secret, replace
from leave.domain.views import VisibleRequest
from leave.functions.inputs import COMMENT_LENGTH, REASON_LENGTH
from leave.functions.presenting import present_request
from leave.services.read_leave import EVENTS_A_PAGE
from tests.leave.builders import JIM, JOHN, NOW, a_plan, a_request, an_employee
from tests.leave.fakes import FakeDirectory
from tests.leave.services.stage import ADMIN_CALLS, JANE_CALLS, JIM_CALLS, FakeStage, a_wish
from tests.leave.workflow_runs import Executions
from tests.proof.reporting import Recorder

RECORDS = "Nobody fills a record until it cannot be written"
ITEM = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
ANSWER = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
WORDY = "\N{PALM TREE}" * COMMENT_LENGTH
PLAN = a_plan(reason="\N{PALM TREE}" * REASON_LENGTH)
NAME = "\N{PALM TREE}" * 200


def asks(request: LeaveRequest, number: int) -> LeaveRequest:
    approver = Person(employee_id=f"E{number:063}", name=NAME)
    # A task token of AWS has up to 2,048 characters.
    return request.ask(
        approver,
        task_token=Secret("t" * 2048),
        at=NOW,
        stands_in_for=Person(employee_id="E" * 64, name=NAME),
        email="jane@foo.com",
    ).mark_lead_mailed()


def wordiest() -> LeaveRequest:
    """Everybody who may write something writes as much as they can, as often as they can."""
    request = a_request(plan=PLAN)
    for number in range(MAXIMUM_CHANGES):
        request = asks(request, number).approve_first(comment=WORDY, at=NOW)
        request = request.change(PLAN, actor="j" * 254, at=NOW)
    request = asks(asks(request, 1).approve_first(comment=WORDY, at=NOW), 2)
    window = timedelta(minutes=5)
    while True:
        request = request.decide(Decision.APPROVED, comment=WORDY, at=NOW)
        if request.undo_until(window) is None:
            break
        request = request.undo(at=NOW)
    for number in range(MAXIMUM_CANCELLATIONS):
        request = request.mark_outcome_mailed().ask_to_cancel(actor="j" * 254, at=NOW)
        request = asks(request, number).decide(Decision.DENIED, comment=WORDY, at=NOW)
    return request


def test_the_wordiest_record_fits_into_an_item(report: Recorder) -> None:
    request = wordiest()
    item: dict[str, Any] = encode(request_to_item(request))
    report(RECORDS, "largest record of a request", item_bytes(item), "bytes")
    report(RECORDS, "events in it", len(request.history))
    assert len(request.history) > 2 * MAXIMUM_UNDONE + MAXIMUM_CHANGES + MAXIMUM_CANCELLATIONS
    # What the daily sweep adds is short: it would have to go on for years.
    assert item_bytes(item) < 0.9 * ITEM


def test_a_list_of_the_wordiest_fits_into_an_answer(report: Recorder) -> None:
    request = wordiest()
    visible = VisibleRequest(request=request, plan=request.plan, discreet=False)
    page = -(-EVENTS_A_PAGE // len(request.history)) * len(json.dumps(present_request(visible)))
    report(RECORDS, "largest page of a list", page, "bytes")
    assert page < 0.9 * ANSWER


MAILBOXES = "Nobody floods a mailbox"
MOST = Rules().requests_per_day
FREE = LeaveType(id="sick", name="Sick leave", needs_approval=False)
WITH_FREE = Rules(leave_types=(*Rules().leave_types, FREE))


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def asked(stage: FakeStage, day: str = "2027-05-03") -> str:
    return stage.request_leave(JIM_CALLS, a_wish(day)).request_id


def ask_and_withdraw(stage: FakeStage) -> None:
    """Let Jim ask and the lead be asked, withdraw and the lead be told."""
    request_id = asked(stage)
    runs = Executions(stage=stage)
    runs.advance(runs.active()[-1])
    stage.change_leave_request.withdraw(JIM_CALLS, request_id)
    stage.process_lead_response(request_id)


def how_often(act: Callable[[], object]) -> int:
    """Do it until it is refused, and return how often it was done."""
    for times in range(10 * MOST):
        try:
            act()
        except AskedTooMuchError:
            return times
    raise AssertionError("there is no end to it")


def test_who_asks_and_withdraws_again_and_again_is_refused(
    stage: FakeStage, report: Recorder
) -> None:
    assert how_often(lambda: ask_and_withdraw(stage)) == MOST / 2
    mails = Counter(stage.mailer.recipients)
    report(MAILBOXES, "mails to a lead in a day, of one employee at most", mails[JOHN.email])
    assert mails[JOHN.email] == MOST
    assert len(stage.requests.stored) == MOST / 2
    with pytest.raises(AskedTooMuchError, match=f"{MOST} times a day.*tomorrow"):
        asked(stage)


def test_the_next_day_begins_anew(stage: FakeStage) -> None:
    how_often(lambda: ask_and_withdraw(stage))
    stage.clock.go_on(timedelta(days=1))
    assert how_often(lambda: ask_and_withdraw(stage)) == MOST / 2


def test_leave_without_approval_counts_and_so_does_cancelling_it(report: Recorder) -> None:
    stage = FakeStage(rules=WITH_FREE)
    runs, steps = Executions(stage=stage), 0

    def act() -> None:
        nonlocal steps
        alive = [r for r in stage.requests.stored.values() if r.bookings()]
        if alive:
            stage.change_leave_request.withdraw(JIM_CALLS, alive[0].request_id)
        else:
            stage.request_leave(JIM_CALLS, a_wish(leave_type="sick"))
        steps += 1
        for _ in range(4):
            for run in runs.active():
                runs.advance(run)

    assert how_often(act) == steps == MOST
    mails = Counter(stage.mailer.recipients)
    most = max(mails.values())
    report(MAILBOXES, "mails to one person in a day about leave without approval, at most", most)
    assert most == MOST


def test_leave_changed_into_leave_without_approval_counts() -> None:
    stage = FakeStage(rules=replace(WITH_FREE, requests_per_day=1))
    request_id = asked(stage)
    with pytest.raises(AskedTooMuchError):
        stage.change_leave_request.change(JIM_CALLS, request_id, a_wish(leave_type="sick"))
    assert stage.requests[request_id].revision == 1


def test_asking_to_cancel_counts(stage: FakeStage) -> None:
    approved = stage.approved(a_wish("2027-07-05"))
    others = iter([stage.approved(a_wish(f"2027-07-{day:02}")) for day in (6, 7, 8)])
    stage.rules = Rules(requests_per_day=6)
    assert how_often(lambda: stage.cancelling(next(others))) == 2
    with pytest.raises(AskedTooMuchError):
        stage.cancelling(approved)
    assert stage.requests[approved].question is None
    stage.change_leave_request.withdraw(ADMIN_CALLS, approved)
    assert stage.requests[approved].question is not None


def test_a_repeated_wish_to_cancel_does_not_count(stage: FakeStage) -> None:
    request_id = stage.approved()
    for _ in range(2 * MOST):
        stage.change_leave_request.withdraw(JIM_CALLS, request_id)
    assert stage.requests.book("E002", 2027).asked == 2


def test_a_change_counts_as_much_even_one_of_the_reason(stage: FakeStage) -> None:
    ids = [asked(stage, day) for day in ("2027-05-03", "2027-05-04", "2027-05-05")]
    changed = Counter[str]()

    def change() -> None:
        request_id = next(one for one in ids if changed[one] < 20)
        day = stage.requests[request_id].plan.period.start.isoformat()
        wanted = a_wish(day, reason=f"{len(changed)} {changed.total()}")
        stage.change_leave_request.change(JIM_CALLS, request_id, wanted)
        changed[request_id] += 1

    assert how_often(change) == MOST - len(ids)


def test_all_years_count_together(stage: FakeStage) -> None:
    days = iter([*(f"2027-06-{day:02}" for day in range(1, 31)), *_days_of_2028()])

    def ask() -> None:
        stage.change_leave_request.withdraw(JIM_CALLS, asked(stage, next(working)))

    working = (day for day in days if a_wish(day).period.start.weekday() < 5)
    assert how_often(ask) == MOST / 2
    assert {year for (_, year), book in stage.requests.books.items() if book.asked} == {2027, 2028}


def _days_of_2028() -> list[str]:
    return [f"2028-0{month}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]


def test_withdrawing_is_always_possible(stage: FakeStage) -> None:
    request_id = asked(stage, "2027-07-05")
    how_often(lambda: ask_and_withdraw(stage))
    book = stage.requests.book("E002", 2027)
    assert stage.change_leave_request.withdraw(JIM_CALLS, request_id).request.question is None
    assert stage.requests.book("E002", 2027).asked == book.asked + 1


def test_what_was_refused_or_repeated_does_not_count(stage: FakeStage) -> None:
    request_id = asked(stage)
    for _ in range(2 * MOST):
        with pytest.raises(OverlapError):
            stage.request_leave(JIM_CALLS, a_wish(reason="again"))
        stage.request_leave(JANE_CALLS, a_wish(), idempotency_key="key")
    for _ in range(20):
        stage.change_leave_request.change(JIM_CALLS, request_id, a_wish(reason="x"))
    for _ in range(2 * MOST):
        with pytest.raises(ChangedTooOftenError):
            stage.change_leave_request.change(JIM_CALLS, request_id, a_wish())
    assert stage.requests.book("E002", 2027).asked == 21
    assert stage.requests.book("E003", 2027).asked == 1


def test_nobody_else_is_kept_from_asking(stage: FakeStage) -> None:
    how_often(lambda: ask_and_withdraw(stage))
    stage.request_leave(JANE_CALLS, a_wish())
    stage.request_leave(ADMIN_CALLS, a_wish("2027-05-04"), employee_id=JIM.employee_id)
    with pytest.raises(AskedTooMuchError):
        asked(stage, "2027-05-05")


def test_how_often_is_the_stages_to_say() -> None:
    stage = FakeStage(rules=Rules(requests_per_day=1))
    assert how_often(lambda: ask_and_withdraw(stage)) == 1


def test_who_asks_twice_at_once_is_counted_twice() -> None:
    people = FakeDirectory(JOHN, an_employee("E002", email=JIM.email, name=JIM.name))
    stage = FakeStage(directory=people, rules=Rules(requests_per_day=2))
    stage.requests.hooks.before("add", lambda: asked(stage, "2027-05-04"))
    asked(stage)
    assert stage.requests.book("E002", 2027).asked == len(stage.requests.stored) == 2
    with pytest.raises(AskedTooMuchError):
        asked(stage, "2027-05-05")
