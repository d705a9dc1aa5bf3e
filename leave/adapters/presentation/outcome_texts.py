"""The words for what became of a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leave.adapters.presentation.request_summary import actor, is_own, last, last_asked, lines_of
from leave.domain.history import ASKED, Channel, EventType, Status, is_answer
from leave.domain.values import Value
from leave.domain.views import CalendarEntry, Method, calendar_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leave.adapters.presentation.i18n import Translator
    from leave.domain.accounts import Returned
    from leave.domain.history import Event
    from leave.domain.request import LeaveRequest


_ENTRIES = {EventType.APPROVED: Method.PUBLISH, EventType.CANCELLED: Method.CANCEL}
_BY_OTHERS = {
    (EventType.EXPIRED, Channel.IMPORT): ".by_end",
    (EventType.CANCELLED, Channel.API): ".by_employee",
    (EventType.CANCELLED, Channel.IMPORT): ".by_end",
}


class Comment(Value):
    """What an approver wrote."""

    name: str
    lines: Sequence[str]


def outcome_key(request: LeaveRequest, outcome: Event) -> str:
    """Return the end of the key of sentences about an outcome."""
    if outcome.type is EventType.APPROVED and outcome.channel is Channel.SYSTEM:
        if last_asked(request.history).type is EventType.RECORDED:
            return "approved.recorded"
        return "approved.by_first" if _is_by_first(request) else "approved.by_rule"
    if is_answer(outcome, request.history):
        return outcome.type.value
    return f"{outcome.type.value}{_BY_OTHERS.get((outcome.type, outcome.channel), '')}"


def news_key(request: LeaveRequest, outcome: Event) -> str:
    """Return the end of the keys of subject and heading of the mail about an outcome."""
    noted = outcome_key(request, outcome) in {"approved.by_rule", "approved.recorded"}
    return "approved.by_rule" if noted else outcome.type.value


def _is_by_first(request: LeaveRequest) -> bool:
    """Return whether an approval by the system rests on the first approval of two."""
    asked = {*ASKED, EventType.FIRST_APPROVAL}
    latest = next((event for event in reversed(request.history) if event.type in asked), None)
    return latest is not None and latest.type is EventType.FIRST_APPROVAL


def outcome_sentence(translator: Translator, request: LeaveRequest, outcome: Event) -> str:
    """Return what happened, as it is said to the employee."""
    who, key, asked = (
        actor(translator, outcome),
        outcome_key(request, outcome),
        last_asked(request.history),
    )
    if key.endswith(".by_employee") and not is_own(request, outcome):
        return translator.t("outcome.cancelled.by_other", actor=who)
    if outcome.type is EventType.CANCELLATION_EXPIRED and not is_own(request, asked):
        return translator.t(f"outcome.{key}.by_other", actor=actor(translator, asked))
    first = last(request.history, EventType.FIRST_APPROVAL) if request.first_approval else None
    if first is None:
        return translator.t(f"outcome.{key}", lead=who)
    if outcome.type is EventType.APPROVED and is_answer(outcome, request.history):
        key = f"{key}.both"
    elif outcome.type is EventType.EXPIRED and outcome.channel is not Channel.IMPORT:
        key = f"{key}.after_first"
    return translator.t(f"outcome.{key}", first=actor(translator, first), lead=who)


def next_sentence(
    translator: Translator,
    request: LeaveRequest,
    outcome: Event,
    lead: str,
    returned: Returned | None,
) -> str:
    """Return what follows from an outcome for the employee, with what an account got back."""
    sentence = _what_follows(translator, request, outcome, lead, returned)
    method = _entry_method(request, outcome)
    if method is None or outcome.type in _ENTRIES:
        return sentence
    entry = "next.approved" if method is Method.PUBLISH else "next.cancelled.entry"
    return f"{sentence} {translator.t(entry)}"


def _what_follows(
    translator: Translator,
    request: LeaveRequest,
    outcome: Event,
    lead: str,
    returned: Returned | None,
) -> str:
    what = outcome.type
    if what is EventType.EXPIRED and outcome.channel is Channel.IMPORT:
        return translator.t("next.expired.by_end")
    if what is EventType.EXPIRED and _first_is_over(translator, request, outcome):
        return translator.t("next.expired.begun", lead=lead)
    if what is EventType.CANCELLED and (returned is None or outcome.channel is Channel.IMPORT):
        return translator.t("next.cancelled.entry")
    if what is EventType.CANCELLATION_EXPIRED and not is_own(request, last_asked(request.history)):
        # It was not their wish, so they need not ask again.
        what = EventType.CANCELLATION_DECLINED
    if returned is not None and returned.not_carried:
        return translator.t(
            f"next.{what.value}.not_carried",
            back=translator.count("working_days", returned.back),
            lost=translator.count("working_days", returned.days - returned.back),
        )
    if returned is None or not returned.lapsed or returned.until is None:
        return translator.t(f"next.{what.value}", lead=lead)
    return translator.t(
        f"next.{what.value}.lapsed",
        back=translator.count("working_days", returned.back),
        lapsed=translator.count("working_days", returned.lapsed),
        until=translator.day(returned.until),
    )


def closed_sentence(translator: Translator, request: LeaveRequest, outcome: Event) -> str:
    """Return what happened, who did it and when, as it is said to an approver."""
    first = last(request.history, EventType.FIRST_APPROVAL) if request.first_approval else None
    key = outcome_key(request, outcome)
    after_first = first is not None and key == EventType.EXPIRED
    expired = outcome.type is EventType.CANCELLATION_EXPIRED
    acted = last_asked(request.history) if expired else outcome
    return translator.t(
        f"closed.{key}{'.after_first' if after_first else ''}",
        first=actor(translator, first) if first else "",
        lead=actor(translator, outcome),
        name=request.employee.name,
        actor=actor(translator, acted),
        at=translator.moment(outcome.at),
    )


def calendar_entry(
    translator: Translator, request: LeaveRequest, outcome: Event, *, domain: str
) -> CalendarEntry | None:
    """Return what the employee's calendar must know of an outcome, if anything."""
    method = _entry_method(request, outcome)
    if method is None:
        return None
    half = request.plan.period.half_day
    return CalendarEntry(
        uid=calendar_uid(request.request_id, domain),
        sequence=len(request.history),
        method=method,
        period=request.plan.period,
        summary=translator.t(f"calendar.{half.value}" if half else "calendar"),
        at=outcome.at,
        time_zone=translator.time_zone,
    )


def _entry_method(request: LeaveRequest, outcome: Event) -> Method | None:
    if request.entry_uncertain:
        return Method.PUBLISH if request.status is Status.APPROVED else Method.CANCEL
    return _ENTRIES.get(outcome.type)


def comments_on(translator: Translator, request: LeaveRequest, outcome: Event) -> Iterator[Comment]:
    """Yield what the one who denied wrote, or all who approved, in the order in which they did."""
    by_first = outcome_key(request, outcome).endswith(".by_first")
    if not (by_first or is_answer(outcome, request.history)):
        return
    approved = request.first_approval and outcome.type is EventType.APPROVED
    first = last(request.history, EventType.FIRST_APPROVAL) if approved else None
    for event in filter(None, (first, None if by_first else outcome)):
        if event.comment:
            yield Comment(name=actor(translator, event), lines=lines_of(event.comment))


def _first_is_over(translator: Translator, request: LeaveRequest, outcome: Event) -> bool:
    """Return whether the same days cannot be asked for again."""
    return request.plan.period.start < outcome.at.astimezone(translator.time_zone).date()
