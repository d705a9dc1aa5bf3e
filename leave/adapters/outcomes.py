"""The words for what became of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.adapters.facts import actor, is_own, last, last_asked, lines_of
from leave.domain.calendars import CalendarEntry, Method, calendar_uid
from leave.domain.history import Via, What
from leave.domain.statuses import Status
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leave.adapters.wording import Wording
    from leave.domain.accounts import Returned
    from leave.domain.history import Event
    from leave.domain.requests import LeaveRequest

_ENTRIES = {What.APPROVED: Method.PUBLISH, What.CANCELLED: Method.CANCEL}
_BY_OTHERS = {
    (What.APPROVED, Via.RULE): ".by_rule",
    (What.APPROVED, Via.WORKFLOW): ".by_first",
    (What.APPROVED, Via.ROUND): ".by_first",
    (What.EXPIRED, Via.DIRECTORY): ".by_end",
    (What.CANCELLED, Via.API): ".by_employee",
    (What.CANCELLED, Via.DIRECTORY): ".by_end",
}


@value
class Comment:
    """What an approver wrote."""

    name: str
    lines: Sequence[str]


def outcome_key(outcome: Event) -> str:
    """Return the end of the key of sentences about an outcome."""
    return f"{outcome.what.value}{_BY_OTHERS.get((outcome.what, outcome.via), '')}"


def news_key(outcome: Event) -> str:
    """Return the end of the keys of subject and heading of the mail about an outcome."""
    return outcome_key(outcome) if outcome.via is Via.RULE else outcome.what.value


def outcome_sentence(words: Wording, request: LeaveRequest, outcome: Event) -> str:
    """Return what happened, as it is said to the employee."""
    who, key, asked = actor(words, outcome), outcome_key(outcome), last_asked(request.history)
    if key.endswith(".by_employee") and not is_own(request, outcome):
        return words.say("outcome.cancelled.by_other", actor=who)
    if outcome.what is What.CANCELLATION_EXPIRED and not is_own(request, asked):
        return words.say(f"outcome.{key}.by_other", actor=actor(words, asked))
    first = last(request.history, What.FIRST_APPROVAL) if request.first_approval else None
    if first is None:
        return words.say(f"outcome.{key}", lead=who)
    if outcome.what is What.APPROVED and outcome.via is Via.LINK:
        key = f"{key}.both"
    elif outcome.what is What.EXPIRED and outcome.via is not Via.DIRECTORY:
        key = f"{key}.after_first"
    return words.say(f"outcome.{key}", first=actor(words, first), lead=who)


def next_sentence(
    words: Wording, request: LeaveRequest, outcome: Event, lead: str, returned: Returned | None
) -> str:
    """Return what follows from an outcome for the employee, with what an account got back."""
    sentence = _what_follows(words, request, outcome, lead, returned)
    method = _entry_method(request, outcome)
    if method is None or outcome.what in _ENTRIES:
        return sentence
    entry = "next.approved" if method is Method.PUBLISH else "next.cancelled.entry"
    return f"{sentence} {words.say(entry)}"


def _what_follows(
    words: Wording, request: LeaveRequest, outcome: Event, lead: str, returned: Returned | None
) -> str:
    what = outcome.what
    if what is What.EXPIRED and outcome.via is Via.DIRECTORY:
        return words.say("next.expired.by_end")
    if what is What.EXPIRED and _first_is_over(words, request, outcome):
        return words.say("next.expired.begun", lead=lead)
    if what is What.CANCELLED and (returned is None or outcome.via is Via.DIRECTORY):
        return words.say("next.cancelled.entry")
    if what is What.CANCELLATION_EXPIRED and not is_own(request, last_asked(request.history)):
        # It was not their wish, so they need not ask again.
        what = What.CANCELLATION_DECLINED
    if returned is not None and returned.not_carried:
        return words.say(
            f"next.{what.value}.not_carried",
            back=words.count("working_days", returned.back),
            lost=words.count("working_days", returned.days - returned.back),
        )
    if returned is None or not returned.lapsed or returned.until is None:
        return words.say(f"next.{what.value}", lead=lead)
    return words.say(
        f"next.{what.value}.lapsed",
        back=words.count("working_days", returned.back),
        lapsed=words.count("working_days", returned.lapsed),
        until=words.day(returned.until),
    )


def closed_sentence(words: Wording, request: LeaveRequest, outcome: Event) -> str:
    """Return what happened, who did it and when, as it is said to an approver."""
    first = last(request.history, What.FIRST_APPROVAL) if request.first_approval else None
    key = outcome_key(outcome)
    after_first = first is not None and key == What.EXPIRED
    expired = outcome.what is What.CANCELLATION_EXPIRED
    acted = last_asked(request.history) if expired else outcome
    return words.say(
        f"closed.{key}{'.after_first' if after_first else ''}",
        first=actor(words, first) if first else "",
        lead=actor(words, outcome),
        name=request.employee.name,
        actor=actor(words, acted),
        at=words.moment(outcome.at),
    )


def calendar_entry(
    words: Wording, request: LeaveRequest, outcome: Event, *, domain: str
) -> CalendarEntry | None:
    """Return what the employee's calendar has to know of an outcome, if anything."""
    method = _entry_method(request, outcome)
    if method is None:
        return None
    half = request.plan.period.half_day
    return CalendarEntry(
        uid=calendar_uid(request.request_id, domain),
        sequence=len(request.history),
        method=method,
        period=request.plan.period,
        summary=words.say(f"calendar.{half.value}" if half else "calendar"),
        at=outcome.at,
        time_zone=words.time_zone,
    )


def _entry_method(request: LeaveRequest, outcome: Event) -> Method | None:
    if request.entry_doubted:
        return Method.PUBLISH if request.status is Status.APPROVED else Method.CANCEL
    return _ENTRIES.get(outcome.what)


def comments_on(words: Wording, request: LeaveRequest, outcome: Event) -> Iterator[Comment]:
    """Yield what the one who denied wrote, or all who approved, in the order in which they did."""
    by_first = outcome_key(outcome).endswith(".by_first")
    if outcome.via is not Via.LINK and not by_first:
        return
    approved = request.first_approval and outcome.what is What.APPROVED
    first = last(request.history, What.FIRST_APPROVAL) if approved else None
    for event in filter(None, (first, None if by_first else outcome)):
        if event.comment:
            yield Comment(name=actor(words, event), lines=lines_of(event.comment))


def _first_is_over(words: Wording, request: LeaveRequest, outcome: Event) -> bool:
    """Tell whether the same days cannot be asked for again."""
    return request.plan.period.start < outcome.at.astimezone(words.time_zone).date()
