"""Metrics of what happens to requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.history import Channel, EventType
from leave.services.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Metrics

_EVENTS: Mapping[EventType, Metric] = {
    EventType.REQUESTED: Metric.REQUESTS_MADE,
    EventType.APPROVED: Metric.REQUESTS_APPROVED,
    EventType.DENIED: Metric.REQUESTS_DENIED,
    EventType.CANCELLATION_DECLINED: Metric.REQUESTS_DENIED,
    EventType.WITHDRAWN: Metric.REQUESTS_WITHDRAWN,
    EventType.CANCELLED: Metric.REQUESTS_CANCELLED,
    EventType.EXPIRED: Metric.REQUESTS_EXPIRED,
    EventType.CANCELLATION_EXPIRED: Metric.REQUESTS_EXPIRED,
    EventType.UNDONE: Metric.ANSWERS_UNDONE,
}
_ANSWERS = frozenset(
    (EventType.APPROVED, EventType.DENIED, EventType.CANCELLED, EventType.CANCELLATION_DECLINED)
)
# What was undone and decided anew has kept the employee waiting all the time.
_QUESTIONS = frozenset((EventType.REQUESTED, EventType.CHANGED, EventType.CANCELLATION_ASKED))


def count_events(metrics: Metrics, request: LeaveRequest, *, known: int) -> None:
    """Report the events of a request after the first `known`, once they are written.

    A call that is repeated writes nothing, so an event is counted once.
    """
    for event in request.history[known:]:
        if (metric := _EVENTS.get(event.type)) is not None:
            metrics.put(metric)
        if event.type in _ANSWERS and event.channel is Channel.LINK:
            asked = next(e.at for e in reversed(request.history) if e.type in _QUESTIONS)
            metrics.put(Metric.ANSWER_SECONDS, (event.at - asked).total_seconds())
