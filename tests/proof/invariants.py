"""What has to be true of a world once repair has had its time."""

from __future__ import annotations

from collections import Counter

from leave.domain.history import OUTCOMES, EventType, Status, is_answer
from leave.domain.request import LeaveRequest
from leave.domain.views import CalendarEntry, Method, calendar_uid
from tests.leave.fake_requests import the_end_of_time
from tests.leave.histories import assert_ledgers_are_the_bookings, assert_no_overlap
from tests.proof.world import World

Mails = Counter[tuple[str, str, str, str]]

ONCE = OUTCOMES | {EventType.REQUESTED, EventType.FIRST_APPROVAL, EventType.UNDELIVERED}
"""What happens to one question once, unless it was undone."""


def mails(world: World) -> Mails:
    """Return how often each mail was sent: kind, reader, request, and what it is about."""
    return Counter((m.subject, m.to, m.thread, m.text) for m in world.mails.sent)


def kinds(world: World) -> set[tuple[str, str, str]]:
    """Return what was mailed to whom, whatever links, places and days were in it."""
    return {
        (kind, to, about.partition(" ")[0] if kind == "tell" else "")
        for kind, to, _, about in mails(world)
    }


def assert_sound(world: World, *, crashes: int) -> None:
    """Check that everything has one outcome, or one workflow that waits for it."""
    requests = world.requests()
    assert world.accepted <= {request.request_id for request in requests}, "accepted and gone"
    assert len(requests) <= 1, "one wish, one request"
    for request in requests:
        _assert_alive_or_ended(world, request)
        _assert_history_happened_once(request)
        _assert_told(world, request)
    assert_calendars_show_what_is_approved(world)
    for mail, times in mails(world).items():
        assert times <= 1 + crashes, f"{times} times {mail}"
    end = the_end_of_time()
    ledgers = {year: ledger.at(end) for (_, year), ledger in world.store.books.items()}
    assert_ledgers_are_the_bookings(requests, ledgers)
    assert_no_overlap(requests)


def assert_calendars_show_what_is_approved(world: World) -> None:
    """Check that each employee was given the entry of approved leave, and all others taken back."""
    shown: dict[str, CalendarEntry] = {}
    for mail in world.mails.sent:
        entry = mail.calendar
        if entry and entry.sequence >= shown.get(entry.uid, entry).sequence:
            shown[entry.uid] = entry
    entries = {uid: one.period for uid, one in shown.items() if one.method is Method.PUBLISH}
    assert entries == {
        calendar_uid(request.request_id, "foo.com"): request.plan.period
        for request in world.requests()
        if request.status is Status.APPROVED
        and not any(event.type is EventType.UNDELIVERED for event in request.history)
    }


def _assert_alive_or_ended(world: World, request: LeaveRequest) -> None:
    live = [one for one in world.machine.live() if one.input["requestId"] == request.request_id]
    if not request.is_open:
        assert not live, "an execution is left over"
        assert not request.to_notify, "who has to hear of it was not told"
        return
    assert request.question is not None, "decided, and not told"
    assert len(live) == 1, f"{len(live)} workflows wait"
    (one,) = live
    assert one.name == request.execution_name
    assert request.task_token is not None
    assert one.token == request.task_token.reveal(), "waits for another token"
    assert request.lead_mailed, "nobody was asked"
    assert not request.to_notify, "who was asked before was not told"


def _assert_history_happened_once(request: LeaveRequest) -> None:
    happened: Counter[EventType] = Counter()
    for event in request.history:
        if event.type is EventType.UNDONE:
            happened.clear()
        elif event.type in ONCE:
            happened[event.type] += 1
    assert all(times == 1 for times in happened.values()), request.history
    outcomes = [event for event in request.history if event.type in OUTCOMES]
    undone = sum(event.type is EventType.UNDONE for event in request.history)
    unasked = sum(
        e.type is EventType.CANCELLED and not is_answer(e, request.history) for e in outcomes
    )
    closed = request.inquiry + unasked - (request.question is not None)
    assert len(outcomes) - undone == closed, "each question has one outcome"


def _assert_told(world: World, request: LeaveRequest) -> None:
    outcome = request.outcome
    if outcome is None or request.question is not None or outcome.type is EventType.WITHDRAWN:
        return
    if any(event.type is EventType.UNDELIVERED for event in request.history):
        return
    place = request.history.index(outcome)
    told = [mail for mail in mails(world) if mail[0] == "tell" and mail[3].endswith(f" {place}")]
    assert told, f"{outcome.type} was never told"
