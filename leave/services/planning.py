"""From a wish to a plan: counting the days, and every rule that can be checked beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leave.domain.approval import ApprovalPolicy
from leave.domain.counting import count_by_year, count_days
from leave.domain.errors import (
    AccountsBeginLaterError,
    NotEmployedError,
    NoticeTooShortError,
    NoWorkingDaysError,
    PastPeriodError,
    TooFarAheadError,
    TooLongError,
    UnknownLeaveTypeError,
)
from leave.domain.plans import Plan
from leave.domain.policy_warnings import PolicyWarning, WarningKind
from leave.domain.rules import LeaveType, Severity
from leave.domain.statuses import Status
from leave.domain.values import value
from leave.services.approvers import find_approver
from leave.services.opening import open_accounts, usual_years
from leave.services.team_rules import TeamRules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leave.domain.accounts import Accounts
    from leave.domain.counting import Day
    from leave.domain.employees import Employee
    from leave.domain.ledgers import Booking, Ledger
    from leave.domain.periods import Period
    from leave.domain.requests import LeaveRequest
    from leave.domain.rules import Rules
    from leave.services.authentication import Caller
    from leave.services.ports import Clock, HolidayTables
    from leave.services.unit_of_work import UnitOfWork


@value
class LeaveRequestInput:
    """What an employee asks for, before any rule was applied."""

    period: Period
    leave_type: str
    reason: str = ""


@dataclass(kw_only=True, slots=True, eq=False)
class Planner:
    """Applies the stage's rules."""

    clock: Clock
    holidays: HolidayTables
    rules: Rules
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    def plan(
        self, uow: UnitOfWork, employee: Employee, wanted: LeaveRequestInput
    ) -> tuple[Plan, LeaveType]:
        """Return the plan and its leave type, or raise the `RuleError` that forbids it."""
        leave_type = self.leave_type(wanted.leave_type)
        if leave_type.needs_approval:
            self.check_approver(uow, employee)
        self._check_dates(employee, wanted.period)
        days = count_days(
            wanted.period, employee.working_time, self.holidays.table(employee.holidays)
        )
        plan = Plan(
            leave_type=leave_type.id,
            period=wanted.period,
            counts=count_by_year(days),
            reason=wanted.reason,
            warnings=(
                *self._notice(employee, wanted.period, leave_type),
                *self._team_warnings(uow, employee, wanted.period, days, leave_type),
            ),
        )
        if not plan.counts:
            raise NoWorkingDaysError(wanted.period.start, wanted.period.end)
        maximum = leave_type.maximum_days
        if maximum is not None and plan.working_days > maximum:
            raise TooLongError(leave_type.name, asked=plan.working_days, maximum=maximum)
        return plan, leave_type

    def prefetch(self, uow: UnitOfWork, request: LeaveRequest, *employee_ids: str) -> None:
        """Read a request's employee, the ledgers of their accounts, and others, in one call."""
        employee_id = request.employee.employee_id
        uow.prefetch(
            employees=[employee_id, *employee_ids],
            ledgers=self.ledger_keys(employee_id, request.plan.counts),
        )

    def ledger_keys(
        self, employee_id: str, years: Collection[int] = (), *, since: int | None = None
    ) -> Iterable[tuple[str, int]]:
        """Return which ledgers `accounts` will read, as far as that is known beforehand.

        The employee may not be known yet, so the company's day tells the years.
        """
        usual = usual_years(
            self.clock.today(),
            since=since,
            year=min(years, default=None),
            until=max(years, default=None),
        )
        return [(employee_id, year) for year in usual]

    def accounts(
        self, uow: UnitOfWork, employee: Employee, *, years: Collection[int] = ()
    ) -> Accounts:
        """Return the employee's accounts as last written, with these years among them."""
        return open_accounts(
            uow,
            employee,
            self.rules,
            self.clock.today_of(employee),
            year=min(years, default=None),
            until=max(years, default=None),
        )

    def check_approver(self, uow: UnitOfWork, employee: Employee) -> None:
        """Raise `NoApproverError` when nobody could decide about this employee's leave."""
        find_approver(
            uow,
            employee,
            fallback=self.policy.fallback_approver,
            clock=self.clock,
        )

    def check_employed(self, employee: Employee, period: Period) -> None:
        """Raise `NotEmployedError` when some of these days lie outside the employment."""
        if not employee.is_employed(period):
            raise NotEmployedError(period, employee.joined_employments)

    def leave_type(self, type_id: str) -> LeaveType:
        """Return a leave type of this stage."""
        if (leave_type := self.rules.leave_type(type_id)) is None:
            raise UnknownLeaveTypeError(type_id, [t.id for t in self.rules.leave_types])
        return leave_type

    def _booked_type(self, type_id: str) -> LeaveType:
        """Return the type of leave that is asked for already, also after the rules lost it.

        It has no limit then: nothing tells how many days there were.
        """
        removed = LeaveType(id=type_id, name=type_id, may_go_negative=True)
        return self.rules.leave_type(type_id) or removed

    def is_free(self, type_id: str) -> bool:
        """Tell whether leave of this type needs nobody's approval."""
        leave_type = self.rules.leave_type(type_id)
        return leave_type is not None and not leave_type.needs_approval

    def count_step(self, caller: Caller, accounts: Accounts, request: LeaveRequest) -> Accounts:
        """Return the accounts with a step counted by which the caller causes mail.

        Raises `AskedTooMuchError` after very many steps today. Administrators are not counted, and
        a request can always be withdrawn.
        """
        if caller.is_admin:
            return accounts
        withdrawn = request.status is Status.WITHDRAWN
        today = self.clock.today_of(accounts.employee)
        return accounts.ask(min(request.plan.counts), today, always=withdrawn)

    def rebooked(self, accounts: Accounts, request: LeaveRequest) -> Accounts:
        """Return the accounts with what this request takes now, or without it.

        Raises `InsufficientBalanceError` or `OverlapError` when that does not fit any more. Who
        takes no more than before is not checked again: approved leave can be cancelled, and stays
        approved, whatever has become of the balance.
        """
        bookings = request.bookings(self.policy.undo)
        if not bookings:
            return accounts.release(request.request_id)
        if accounts.has_bookings(bookings):
            return accounts
        if accounts.has_same_days(bookings, _booked_before(next(iter(bookings.values())))):
            ledgers = accounts.ledgers
            return accounts.replaced({y: ledgers[y].with_booking(b) for y, b in bookings.items()})
        return accounts.book(bookings, self._booked_type(request.plan.leave_type))

    def released(self, uow: UnitOfWork, request: LeaveRequest) -> tuple[Ledger, ...]:
        """Return the ledgers to be written when a request ends whose employee nobody knows.

        What is carried over from them can not be worked out then; it is when they are next read for
        somebody who does know.
        """
        if request.bookings():
            return ()
        employee_id, counts = request.employee.employee_id, request.plan.counts
        years = sorted({year for _, year in self.ledger_keys(employee_id, counts)})
        booked = uow.ledgers([employee_id], years)
        changed: list[Ledger] = []
        for year in years:
            before = booked[employee_id, year]
            after = before.without(request.request_id)
            if changed and before.version:
                after = replace(after, carried_by="")
            if after != before:
                changed.append(after)
        return tuple(changed)

    def _team_warnings(
        self,
        uow: UnitOfWork,
        employee: Employee,
        period: Period,
        days: Sequence[Day],
        leave_type: LeaveType,
    ) -> tuple[PolicyWarning, ...]:
        if not leave_type.obeys_team_rules:
            return ()
        team_rules = TeamRules(uow=uow, rules=self.rules)
        return team_rules.warnings(employee, period, days)

    def _check_dates(self, employee: Employee, period: Period) -> None:
        today = self.clock.today_of(employee)
        if period.start < today:
            raise PastPeriodError(period.start, today)
        if period.end > self.rules.horizon(today):
            raise TooFarAheadError(period.end, self.rules.horizon(today))
        self.check_employed(employee, period)
        if period.start.year < employee.accounts_since:
            raise AccountsBeginLaterError(period.start, employee.accounts_since)

    def _notice(
        self, employee: Employee, period: Period, leave_type: LeaveType
    ) -> tuple[PolicyWarning, ...]:
        """Return what the lead has to know about a short notice, or raise `NoticeTooShortError`."""
        needed = leave_type.minimum_notice_days
        given = (period.start - self.clock.today_of(employee)).days
        if given >= needed:
            return ()
        if leave_type.notice_severity is Severity.REFUSE:
            raise NoticeTooShortError(leave_type.name, needed=needed, given=given)
        warning = PolicyWarning(
            kind=WarningKind.NOTICE, start=period.start, end=period.end, found=given, needed=needed
        )
        return (warning,)


def _booked_before(booking: Booking) -> Collection[str]:
    """Return in which statuses the same days may be booked already for nothing to be checked.

    All but the approval of what waits: answers that are taken back, denials, and cancellations.
    """
    if booking.status == Status.APPROVED:
        return {Status.APPROVED}
    return () if booking.becomes == Status.APPROVED else {Status.PENDING, Status.APPROVED}
