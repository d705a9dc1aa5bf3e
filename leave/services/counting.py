"""When a request or a mail counts, in the numbers that operators are told.

A request is counted where its record changes, after the conditional write, so that a call that is
repeated counts once. A mail is counted each time it is handed to the mailbox, by what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.history import Channel, EventType
from leave.domain.mail_errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
)
from leave.services.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leave.domain.ledgers import Ledger
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import IdempotencyRecord, Mailer, Metrics, Page, Requests


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
_WISHES = frozenset((EventType.REQUESTED, EventType.CHANGED, EventType.CANCELLATION_ASKED))
_FAILURES: Mapping[type[MailError], Metric] = {
    MailCredentialsError: Metric.CREDENTIALS_REJECTED,
    MailOutcomeUnknownError: Metric.DELIVERY_UNCERTAIN,
    MailRefusedError: Metric.MAILS_UNDELIVERABLE,
    MailThrottledError: Metric.MAILS_THROTTLED,
}


@dataclass(kw_only=True, slots=True, eq=False)
class CountedRequests:
    """Fills in for `Requests`, and reports what each write has brought about."""

    requests: Requests
    metrics: Metrics

    def get(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        return self.requests.get(request_id)

    def newest(self, employee_id: str, *, before: str | None, limit: int) -> Page:
        """Return up to `limit` requests of an employee that are older than the cursor `before`."""
        return self.requests.newest(employee_id, before=before, limit=limit)

    def ledgers(
        self, employee_ids: Sequence[str], years: Sequence[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        """Return the ledger of each employee and year."""
        return self.requests.ledgers(employee_ids, years)

    def add(
        self,
        request: LeaveRequest,
        ledgers: Sequence[Ledger],
        idempotency_record: IdempotencyRecord | None,
    ) -> None:
        """Write a new request, and count it."""
        self.requests.add(request, ledgers, idempotency_record)
        self._count(request, 0)

    def keep(self, idempotency_record: IdempotencyRecord) -> None:
        """Write what an Idempotency-Key stands for."""
        self.requests.keep(idempotency_record)

    def replace(
        self, before: LeaveRequest, after: LeaveRequest, ledgers: Sequence[Ledger] = ()
    ) -> None:
        """Write `after` in the place of `before`, and count what happened in between."""
        self.requests.replace(before, after, ledgers)
        self._count(after, len(before.history))

    def write_ledgers(self, ledgers: Sequence[Ledger]) -> None:
        """Write changed ledgers."""
        self.requests.write_ledgers(ledgers)

    def _count(self, request: LeaveRequest, known: int) -> None:
        for event in request.history[known:]:
            if (metric := _EVENTS.get(event.type)) is not None:
                self.metrics.put(metric)
            if event.type in _ANSWERS and event.channel is Channel.LINK:
                asked = next(e.at for e in reversed(request.history) if e.type in _WISHES)
                self.metrics.put(Metric.ANSWER_SECONDS, (event.at - asked).total_seconds())


@dataclass(kw_only=True, slots=True, eq=False)
class CountedMailer:
    """Fills in for `Mailer`, and reports what came of each mail."""

    mailer: Mailer
    metrics: Metrics

    def send(self, mail: Mail) -> None:
        """Send one mail, or raise a `MailError` that says what may be done about it."""
        try:
            self.mailer.send(mail)
        except MailError as error:
            self.metrics.put(_FAILURES.get(type(error), Metric.MAILS_UNAVAILABLE))
            raise
        self.metrics.put(Metric.MAILS_SENT)

    def check(self) -> None:
        """Find out that mail is taken; counts nothing but credentials that are rejected."""
        try:
            self.mailer.check()
        except MailCredentialsError:
            self.metrics.put(Metric.CREDENTIALS_REJECTED)
            raise
