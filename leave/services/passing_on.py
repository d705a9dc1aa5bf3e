"""Reminders, and questions passed on to another approver."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leave.domain.errors import (
    ConflictError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    NoApproverError,
)
from leave.domain.history import Person
from leave.domain.request import LeaveRequest
from leave.domain.sweep import SweepContext, SweepStep, without_link
from leave.domain.values import Value, replace
from leave.domain.views import PendingItem
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leave.domain.employee import Employee
    from leave.services.approvers import Approvers, Choice
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.ports import Clock, Emails, Mailer, Sweeps
    from leave.services.unit_of_work import UnitOfWork


LISTED = 50
"""How many requests one reminder lists at most; the others are counted."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Reminder:
    """What waits for one approver, gathered request by request.

    `waiting` has waited long enough to be listed; `more` waits as well, and is counted.
    """

    lead_id: str
    waiting: list[PendingItem] = field(default_factory=list["PendingItem"])
    more: int = 0

    def add(self, waiting: PendingItem) -> None:
        """Remember a request that waits."""
        if len(self.waiting) < LISTED:
            self.waiting.append(waiting)
        else:
            self.more += 1


@dataclass(kw_only=True, slots=True, eq=False)
class Reminders:
    """Sends them."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    summaries: DecisionSummaries
    emails: Emails
    mailer: Mailer
    sweeps: Sweeps

    def send(self, reminder: Reminder) -> bool:
        """Send a reminder that has something to say, once a day; return whether it was sent.

        One that cannot be sent is left to the next sweep: the mail it reminds of is there. Who is
        not employed today is sent none, even where no other person could decide.
        """
        lead = self.cache.find_employee(reminder.lead_id)
        if lead is None or not reminder.waiting:
            return False
        if not lead.is_employed_on(self.clock.today_of(lead)):
            return False
        today = self.clock.today()
        if self.sweeps.reminded(lead.employee_id) == today:
            return False
        summaries = self.summaries.several(
            self.begin(), [waiting.request for waiting in reminder.waiting]
        )
        oldest_first = [
            replace(waiting, decision_summary=summaries.get(waiting.request.request_id))
            for waiting in sorted(reminder.waiting, key=lambda w: (w.since, w.request.request_id))
        ]
        mail = self.emails.reminder(lead, oldest_first, more=reminder.more)
        try:
            self.mailer.send(mail)
        except MailOutcomeUnknownError:
            _log.warning("reminder may have been sent", extra={"leadId": lead.employee_id})
        except MailError:
            _log.exception("reminder not sent", extra={"leadId": lead.employee_id})
            return False
        self.sweeps.mark_reminded(lead.employee_id, today)
        return True


class Due(Value):
    """A request that another approver must be asked about, with the steps that are planned."""

    request: LeaveRequest
    steps: tuple[SweepStep, ...]
    context: SweepContext


@dataclass(kw_only=True, slots=True, eq=False)
class PassingOn:
    """Asks the next approver about several requests at once, and tells the previous one.

    The new links are written before the mails leave, and marked as mailed after it. The executions
    are to be woken then: they wait again, and mail about what was not marked, each for itself.
    """

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    approvers: Approvers
    summaries: DecisionSummaries
    emails: Emails
    mailer: Mailer

    def groups(self, due: Iterable[Due]) -> list[list[Due]]:
        """Return the requests of one approver by who is to be asked next.

        One that no execution waits for is alone: the one that is started will ask.
        """
        groups: dict[str, list[Due]] = {}
        for one in due:
            choice = self._choice(one)
            together = choice is not None and one.request.task_token is not None
            key = choice.approver.employee_id if choice and together else one.request.request_id
            groups.setdefault(key, []).append(one)
        return list(groups.values())

    def __call__(self, group: Sequence[Due]) -> None:
        """Pass these requests on, and mail both approvers."""
        first = self._choice(group[0])
        if first is None or not (asked := list(self._asked(group, first.approver))):
            return
        mailed, uncertain = self._mail(first.approver, asked)
        previous = group[0].request.approver
        notified = previous is not None and self._release(previous.employee_id, mailed)
        for request in mailed:
            self._mark(request, previous.employee_id if previous and notified else "")
        for request in uncertain:
            self._write(request, request.mark_delivery_uncertain())
        for request in asked[len(mailed) + len(uncertain) :]:
            self._write(request, request.mark_unsent())

    def waiting(self, request_ids: Sequence[str]) -> Sequence[LeaveRequest]:
        """Return, as they are now, those of these requests that wait for an answer."""
        uow = self.begin()
        uow.prefetch(requests=request_ids)
        return [
            request
            for request in map(uow.find_request, request_ids)
            if request is not None and request.question is not None
        ]

    def _choice(self, due: Due) -> Choice | None:
        employee = self.cache.find_employee(due.request.employee.employee_id)
        if employee is None:
            return None
        after = without_link(due.request, due.steps[0], due.context)
        try:
            return self.approvers.choose(self.cache, employee, after)
        except NoApproverError:
            return None

    def _asked(self, group: Sequence[Due], lead: Employee) -> Iterator[LeaveRequest]:
        """Close the old links and write new ones, so that no execution must be woken."""
        for due in group:
            choice, before = self._choice(due), due.request
            if choice is None or choice.approver != lead or before.task_token is None:
                continue
            asked = without_link(before, due.steps[0], due.context).ask(
                Person.of(lead),
                task_token=before.task_token,
                at=self.clock.now(),
                stands_in_for=choice.stands_in_for and Person.of(choice.stands_in_for),
                delegated_by=choice.delegated_by and Person.of(choice.delegated_by),
                email=lead.email,
            )
            try:
                self._replace(before, asked)
            except ConflictError:
                _log.info("request changed meanwhile", extra={"leaveRequestId": before.request_id})
            else:
                yield asked

    def _mail(
        self, lead: Employee, asked: Sequence[LeaveRequest]
    ) -> tuple[Sequence[LeaveRequest], Sequence[LeaveRequest]]:
        """Mail all links, and return what was mailed, and what may have been."""
        summaries, today = self.summaries.several(self.begin(), asked), self.clock.today_of(lead)
        waiting = [
            PendingItem(
                request=request,
                since=today,
                days=0,
                decision_summary=summaries.get(request.request_id),
            )
            for request in asked
        ]
        sent = 0
        while sent < len(asked):
            mail, listed = self.emails.approval_requests(lead, waiting[sent:])
            try:
                self.mailer.send(mail)
            except MailOutcomeUnknownError:
                _log.warning("digest may have been sent", extra={"leadId": lead.employee_id})
                return asked[:sent], asked[sent : sent + listed]
            except MailError:
                _log.exception("digest not sent", extra={"leadId": lead.employee_id})
                break
            sent += listed
        return asked[:sent], ()

    def _release(self, previous_id: str, mailed: Sequence[LeaveRequest]) -> bool:
        """Tell the previous approver, and return whether nothing is left to be told."""
        about = [r for r in mailed if any(p.employee_id == previous_id for p in r.to_notify)]
        previous = self.cache.find_employee(previous_id)
        if not about or previous is None:
            return True
        if not previous.is_employed_on(self.clock.today_of(previous)):
            return True
        shown = [self._shown(request) for request in about]
        try:
            self.mailer.send(self.emails.reassignment_notices(shown, lead=previous))
        except (MailRefusedError, MailOutcomeUnknownError):
            # A courtesy: the closed links say the same.
            _log.warning("previous approver not mailed", extra={"leadId": previous_id})
        except MailError:
            _log.exception("previous approver not mailed yet", extra={"leadId": previous_id})
            return False
        return True

    def _shown(self, request: LeaveRequest) -> LeaveRequest:
        employee = self.cache.find_employee(request.employee.employee_id)
        return request.known_as(employee.name) if employee else request

    def _mark(self, asked: LeaveRequest, notified: str) -> None:
        """Mark the mails as sent, unless something else is asked, or nothing, by now."""
        try:
            self._replace(asked, self._marked(asked, notified))
        except ConflictError:
            self._mark_again(asked, notified)

    @retry_on_conflict
    def _mark_again(self, uow: UnitOfWork, asked: LeaveRequest, notified: str) -> None:
        now = uow.request(asked.request_id)
        if now.question is not None and now.link_secret == asked.link_secret:
            uow.replace(now, self._marked(now, notified))

    def _marked(self, request: LeaveRequest, notified: str) -> LeaveRequest:
        return request.mark_lead_mailed(at=self.clock.now()).mark_notified(notified)

    def _write(self, asked: LeaveRequest, marked: LeaveRequest) -> None:
        try:
            self._replace(asked, marked)
        except ConflictError:
            _log.info("request changed meanwhile", extra={"leaveRequestId": asked.request_id})

    def _replace(self, before: LeaveRequest, after: LeaveRequest) -> None:
        uow = self.begin()
        uow.replace(before, after)
        uow.commit()
