"""Effects of a changed directory on leave."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from leave.domain.employee import Employee
from leave.domain.errors import NoApproverError, UnavailableError
from leave.domain.history import Channel, Event, EventType, Question, Status
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import Value
from leave.services.approvers import Approvers, why_delegated
from leave.services.change_leave_request import CHANGED
from leave.services.leave_policy import open_accounts, usual_years
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from leave.domain.ledger import Booking
    from leave.domain.policy import Rules
    from leave.services.approvers import Choice
    from leave.services.ports import Clock, Workflow
    from leave.services.unit_of_work import UnitOfWork

_REQUESTS_A_CALL = 100
_STANDING = frozenset({Status.PENDING, Status.APPROVED})

_log = logging.getLogger(__name__)


class Misdirected(Value):
    """A request that waits for `request.approver`, while the answer is `approver`'s to give.

    `approver` is None when no other person could answer; such a request is left where it is.
    `delegated_by` is the one who has delegated the answer to that approver.
    """

    request: LeaveRequest
    employee: Employee
    approver: Employee | None
    delegated_by: Employee | None = None

    @property
    def is_same_person(self) -> bool:
        """Return whether who is asked is right, and only the mail address is another one."""
        present = self.request.approver and self.request.approver.employee_id
        return self.approver is not None and self.approver.employee_id == present

    def is_delegated_by(self, employee_id: str) -> bool:
        """Return whether this employee has delegated the answer."""
        return self.delegated_by is not None and self.delegated_by.employee_id == employee_id


class OutsideEmployment(Value):
    """Pending or approved leave with days outside of every employment; `status` as others see it.

    It is `wholly` outside when it has no other days.
    """

    request: LeaveRequest
    employee: Employee
    status: Status
    wholly: bool


class OrphanedLeave(Value):
    """Days of approved leave, over already, that would lie outside of every employment."""

    employee: Employee
    days: tuple[date, ...]
    request_id: str


class Affected(Value):
    """All leave that a directory does not fit."""

    misdirected: tuple[Misdirected, ...] = ()
    outside: tuple[OutsideEmployment, ...] = ()


@dataclass(kw_only=True, slots=True, eq=False)
class DirectoryChanges:
    """Finds leave that a directory does not fit, and puts it right; doing so twice does it once.

    A unit of work holds the directory as it is now, or as it is about to be. Looking is bounded by
    the ledgers from last year to the furthest leave there can be, however long the history is.
    """

    clock: Clock
    begin: Callable[[], UnitOfWork]
    workflow: Workflow
    rules: Rules
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    def find(self, employees: Mapping[str, Employee]) -> Affected:
        """Return what does not fit among the leave of these employees that is not over."""
        years = usual_years(self.clock.today())
        uow = self.begin()
        ledgers = uow.ledgers(employees, years)
        found = {
            (employee_id, booking.request_id): None
            for (employee_id, _), ledger in ledgers.items()
            for booking in ledger.bookings
            if self._may_be_open(booking, employees[employee_id])
        }
        misdirected: list[Misdirected] = []
        outside: list[OutsideEmployment] = []
        for employee, request in _requests(uow, employees, list(found)):
            if self._is_outside(request, employee):
                outside.append(self._outside(request, employee))
            if _is_asked(request) and not self._ends_by_itself(request, employee):
                misdirected += self._misdirected(uow, employee, request)
        return Affected(misdirected=tuple(misdirected), outside=tuple(outside))

    def find_waiting(self, uow: UnitOfWork, request_ids: Collection[str]) -> list[Misdirected]:
        """Return what does not fit among these requests; those of nobody known are left out."""
        uow.prefetch(requests=request_ids)
        asked = [one for one in map(uow.find_request, request_ids) if one and _is_asked(one)]
        uow.prefetch(employees=[request.employee.employee_id for request in asked])
        found: list[Misdirected] = []
        for request in asked:
            employee = uow.find_employee(request.employee.employee_id)
            if employee and not self._ends_by_itself(request, employee):
                found += self._misdirected(uow, employee, request)
        return found

    def _misdirected(
        self, uow: UnitOfWork, employee: Employee, request: LeaveRequest
    ) -> Iterator[Misdirected]:
        approvers = Approvers(clock=self.clock, policy=self.policy)
        choice = right_choice(uow, approvers, employee, request)
        if choice is None or not is_asked_of(request, choice.approver):
            yield Misdirected(
                request=request,
                employee=employee,
                approver=choice and choice.approver,
                delegated_by=choice and choice.delegated_by,
            )

    def reroute(
        self,
        found: Misdirected,
        *,
        actor: str,
        channel: Channel = Channel.IMPORT,
        name: str = "",
    ) -> bool:
        """Close the old approver's link and let the workflow ask the right one.

        Returns False when the answer came first, or no one else could answer. `actor` is recorded.
        Raises `UnavailableError` when the workflow could not be told; doing it again is safe.
        """
        approver = found.approver
        if approver is None:
            return False
        why = f"{approver.name} is asked instead"
        if found.is_same_person:
            why = f"{approver.name} is asked at another mail address"
        elif found.delegated_by is not None:
            why = why_delegated(found.delegated_by, approver)
        event = Event(
            at=self.clock.now(),
            type=EventType.REROUTED,
            actor=actor,
            channel=channel,
            comment=why,
            name=name,
        )
        request = self._reroute(found, approver, event)
        if request is None:
            return False
        if request.task_token is not None:
            self.workflow.fail(request.task_token, error=CHANGED, cause=why)
        return True

    @retry_on_conflict
    def _reroute(
        self, uow: UnitOfWork, found: Misdirected, approver: Employee, event: Event
    ) -> LeaveRequest | None:
        request = uow.request(found.request.request_id)
        if not _is_asked(request) or is_asked_of(request, approver):
            return None
        closed = request.reroute(
            actor=event.actor,
            name=event.name,
            why=event.comment,
            at=event.at,
            channel=event.channel,
            delegator=found.delegated_by.employee_id if found.delegated_by else "",
        )
        if closed is not request:
            uow.replace(request, closed)
        return closed

    def cancel(self, found: OutsideEmployment, *, actor: str) -> bool:
        """Cancel approved leave that lies wholly outside, or end a request for it.

        Returns False for leave that lies partly outside, or does not stand any more.
        """
        written = self._cancel(found, actor=actor)
        if written is None:
            return False
        self._notify_workflow(*written)
        return True

    @retry_on_conflict
    def _cancel(
        self, uow: UnitOfWork, found: OutsideEmployment, *, actor: str
    ) -> tuple[LeaveRequest, LeaveRequest] | None:
        """Return the request before and after, None for leave that is not to be cancelled."""
        stored = uow.request(found.request.request_id)
        if not self._is_outside(stored, found.employee):
            return None
        outside = self._outside(stored, found.employee)
        if not outside.wholly:
            return None
        at, request = self.clock.now(), stored
        if stored.open_answer(self.policy.undo, at):
            request = stored.overtake(actor=actor, at=at)
        if request.status is Status.PENDING:
            ended = request.expire(at=at, channel=Channel.IMPORT)
        else:
            ended = request.cancel_outside_employment(actor=actor, at=at)
        if not request.is_open:
            # The execution that mailed the outcome has ended; another one takes it back.
            ended = ended.restart(at=at)
        counts = ended.plan.counts
        accounts = open_accounts(
            uow,
            found.employee,
            self.rules,
            self.clock.today_of(found.employee),
            year=min(counts, default=None),
            until=max(counts, default=None),
        )
        uow.replace(stored, ended)
        uow.save_ledgers(accounts.release(ended.request_id).changed_since(accounts))
        return stored, ended

    def _notify_workflow(self, before: LeaveRequest, ended: LeaveRequest) -> None:
        """Let an execution notify all concerned; if that fails, the daily sweep sees to it."""
        request_id = ended.request_id
        try:
            if ended.restarts > before.restarts:
                name, inquiry = ended.execution_name, ended.inquiry
                self.workflow.start(name, request_id=request_id, inquiry=inquiry)
            elif ended.task_token is not None:
                self.workflow.answer(ended.task_token, request_id=request_id, status=ended.status)
        except UnavailableError:
            _log.warning(
                "the next daily sweep sends the mails about a request",
                extra={"leaveRequestId": request_id},
            )

    def _may_be_open(self, booking: Booking, employee: Employee) -> bool:
        """Return whether an approver may have something to answer, or the leave is not over.

        Pending leave waits for an answer, and approved leave may wait to be cancelled.
        """
        is_over = booking.period.end < self.clock.today_of(employee)
        return booking.status == "pending" or not is_over

    def _is_outside(self, request: LeaveRequest, employee: Employee) -> bool:
        stands = self._shown(request).status in _STANDING
        return stands and not employee.is_employed(request.plan.period)

    def _shown(self, request: LeaveRequest) -> LeaveRequest:
        """Return the request without an answer that can still be taken back."""
        is_open = request.open_answer(self.policy.undo, self.clock.now()) is not None
        return request.before_answer() if is_open else request

    def _ends_by_itself(self, request: LeaveRequest, employee: Employee) -> bool:
        """Return whether the question is about leave that cannot be taken outside employment."""
        return request.question is Question.LEAVE and self._is_outside(request, employee)

    def _outside(self, request: LeaveRequest, employee: Employee) -> OutsideEmployment:
        days = request.plan.period.days()
        return OutsideEmployment(
            request=request,
            employee=employee,
            status=self._shown(request).status,
            wholly=not any(employee.is_employed_on(day) for day in days),
        )


def right_choice(
    uow: UnitOfWork, approvers: Approvers, employee: Employee, request: LeaveRequest
) -> Choice | None:
    """Return whose answer it is now; None when nobody could decide."""
    try:
        return approvers.choose(uow, employee, request)
    except NoApproverError:
        return None


def is_asked_of(request: LeaveRequest, approver: Employee) -> bool:
    """Return whether this approver is asked, at the mail address that the directory has."""
    present = request.approver and request.approver.employee_id
    return present == approver.employee_id and request.is_addressed_to(approver.email)


def orphaned_leave(
    uow: UnitOfWork,
    changes: Sequence[tuple[Employee, Employee]],
    today_of: Callable[[Employee], date],
) -> Iterator[OrphanedLeave]:
    """Yield the leave taken before today that changes of employments, old and new, would orphan.

    Today is the day where the employee works.
    Days that lay outside of every employment before are not a change's doing.
    """
    changed = [(old, new) for old, new in changes if old.employments != new.employments]
    if not changed:
        return
    today = {old.employee_id: today_of(old) for old, _ in changed}
    first = min(old.accounts_since for old, _ in changed)
    years = range(first, max(today.values()).year + 1)
    stored = uow.ledgers([old.employee_id for old, _ in changed], years)
    for old, new in changed:
        taken = [
            (booking.request_id, day)
            for year in years
            for booking in stored[old.employee_id, year].bookings
            if booking.status == "approved"
            for day, _ in booking.count.costs
            if day < today[old.employee_id]
            and old.is_employed_on(day)
            and not new.is_employed_on(day)
        ]
        if taken:
            days = tuple(sorted(day for _, day in taken))
            first = min(taken, key=lambda one: one[1])[0]
            yield OrphanedLeave(employee=new, days=days, request_id=first)


def _requests(
    uow: UnitOfWork, employees: Mapping[str, Employee], found: Sequence[tuple[str, str]]
) -> Iterator[tuple[Employee, LeaveRequest]]:
    """Yield requests with their employees; one call reads a hundred."""
    for start in range(0, len(found), _REQUESTS_A_CALL):
        some = found[start : start + _REQUESTS_A_CALL]
        uow.prefetch(requests=[request_id for _, request_id in some])
        # All of them now, as what is read for one may push others out of the cache.
        requests = [(employees[who], uow.find_request(request_id)) for who, request_id in some]
        yield from ((employee, request) for employee, request in requests if request)


def _is_asked(request: LeaveRequest) -> bool:
    """Return whether an answer is waited for; who has not been asked yet will be chosen rightly."""
    return (
        request.question is not None
        and request.approver is not None
        and (request.link_secret is not None or request.task_token is not None)
    )
