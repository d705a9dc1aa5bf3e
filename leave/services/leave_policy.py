"""The rules of a stage, applied to requested leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from leave.domain.accounts import Accounts, carry_over_basis
from leave.domain.calendar import Period
from leave.domain.counting import count_by_year, count_days
from leave.domain.errors import (
    BeforeFirstLedgerError,
    NotEmployedError,
    NoticeTooShortError,
    NoWorkingDaysError,
    OverlapError,
    PastPeriodError,
    RuleError,
    TooFarAheadError,
    TooFarBackError,
    TooLongError,
    UnknownLeaveTypeError,
)
from leave.domain.history import Status
from leave.domain.policy import (
    FURTHEST_DAYS,
    LeaveType,
    Plan,
    PolicyWarning,
    Severity,
    TeamRuleError,
    WarningKind,
)
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Value, replace
from leave.services.approvers import find_approver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leave.domain.counting import Day
    from leave.domain.employee import Employee
    from leave.domain.ledger import Booking, Ledger
    from leave.domain.policy import Presence, Rules
    from leave.domain.request import LeaveRequest
    from leave.services.approvers import Approvers
    from leave.services.ports import Clock, HolidayTables
    from leave.services.unit_of_work import UnitOfWork


def open_accounts(  # noqa: PLR0913 - where, whose, by what, when, and how far
    uow: UnitOfWork,
    employee: Employee,
    rules: Rules,
    today: date,
    *,
    year: int | None = None,
    until: int | None = None,
) -> Accounts:
    """Return the accounts from last year to the furthest leave there can be, with `year`, `until`.

    One read, however long the employee's history: last year's ledger holds what came before it.
    Where it was never written, or was worked out by other rules or contracts than today's, all
    years before it are read too, in one more read.
    """
    years = usual_years(today, since=employee.accounts_since, year=year, until=until)
    ledgers = _read(uow, employee, years)
    if earlier := earlier_years(employee, rules, ledgers[years.start]):
        ledgers |= _read(uow, employee, earlier)
    return Accounts.opened(employee, rules, dict(sorted(ledgers.items())))


def earlier_years(employee: Employee, rules: Rules, first: Ledger) -> range:
    """Return the years that are read too when the usual ones begin with the ledger `first`."""
    since, year = employee.accounts_since, first.year
    if year > since and first.carried_by != carry_over_basis(employee, rules, year):
        return range(since, year)
    return range(0)


def usual_years(
    today: date,
    *,
    since: int | None = None,
    year: int | None = None,
    until: int | None = None,
) -> range:
    """Return the years whose ledgers open the accounts of whoever has them `since` a year."""
    last = max(furthest_year(today), year or 0, until or 0)
    first = min(today.year - 1, last if year is None else year)
    return range(first if since is None else max(since, first), last + 1)


def furthest_year(today: date) -> int:
    """Return the last year with accounts: no leave can have been booked after it.

    Not today's horizon: leave may have been booked while it was further away.
    """
    return (today + timedelta(days=FURTHEST_DAYS)).year


def _read(uow: UnitOfWork, employee: Employee, years: range) -> dict[int, Ledger]:
    found = uow.ledgers([employee.employee_id], list(years))
    return {year: ledger for (_, year), ledger in found.items()}


@dataclass(kw_only=True, slots=True, eq=False)
class TeamRules:
    """Checks leave against what a team needs."""

    uow: UnitOfWork
    rules: Rules

    def warnings(
        self, employee: Employee, period: Period, days: Sequence[Day]
    ) -> tuple[PolicyWarning, ...]:
        """Return what the lead must know.

        Raises `TeamRuleError` where the stage refuses such leave instead of flagging it.
        """
        working = [day for day in days if day.cost]
        found = [*self._blocked(employee, period), *self._presence(employee, working)]
        if refused := [warning for severity, warning in found if severity is Severity.REFUSE]:
            raise TeamRuleError(refused)
        return tuple(warning for _, warning in found)

    def _blocked(
        self, employee: Employee, period: Period
    ) -> Iterator[tuple[Severity, PolicyWarning]]:
        for blocked in self.rules.blocked_periods:
            everybody = blocked.lead_id is None
            if (everybody or blocked.lead_id == employee.lead_id) and (
                blocked.start <= period.end and period.start <= blocked.end
            ):
                yield (
                    blocked.severity,
                    PolicyWarning(
                        kind=WarningKind.BLOCKED,
                        start=blocked.start,
                        end=blocked.end,
                        reason=blocked.reason,
                    ),
                )

    def _presence(
        self, employee: Employee, days: Sequence[Day]
    ) -> Iterator[tuple[Severity, PolicyWarning]]:
        presence: Presence | None = self.rules.presence
        if presence is None or employee.lead_id is None or not days:
            return
        team = [
            colleague
            for colleague in self.uow.team(employee.lead_id)
            if colleague.employee_id != employee.employee_id
        ]
        years = sorted({day.date.year for day in days})
        ledgers = self.uow.ledgers([c.employee_id for c in team], years)
        for day in days:
            present = sum(
                colleague.is_employed_on(day.date)
                and bool(colleague.working_time.on(day.date).on(day.date))
                and ledgers[colleague.employee_id, day.date.year].away_on(day.date) is None
                for colleague in team
            )
            if present < presence.minimum:
                yield (
                    presence.severity,
                    PolicyWarning(
                        kind=WarningKind.PRESENCE,
                        start=day.date,
                        end=day.date,
                        found=present,
                        needed=presence.minimum,
                    ),
                )


class LeaveRequestInput(Value):
    """What is asked for, before any rule was applied; an administrator may have it `recorded`."""

    period: Period
    leave_type: str
    reason: str = ""
    recorded: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Planner:
    """Applies the stage's rules."""

    clock: Clock
    holidays: HolidayTables
    rules: Rules
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    def plan(
        self,
        uow: UnitOfWork,
        employee: Employee,
        wanted: LeaveRequestInput,
        *,
        by_admin: bool = False,
    ) -> tuple[Plan, LeaveType]:
        """Return the plan and its leave type, or raise the `RuleError` that forbids it.

        Leave that is recorded skips what is about asking: the approver, notice, the longest leave
        and the rules of the team.
        """
        leave_type = self.leave_type(wanted.leave_type)
        if leave_type.needs_approval and not wanted.recorded:
            self.check_approver(uow, employee)
        self._check_dates(employee, wanted.period, leave_type, by_admin=by_admin)
        days = count_days(
            wanted.period, employee.working_time, self.holidays.table(employee.holidays)
        )
        plan = Plan(
            leave_type=leave_type.id,
            period=wanted.period,
            counts=count_by_year(days),
            reason=wanted.reason,
            warnings=()
            if wanted.recorded
            else (
                *self._notice(employee, wanted.period, leave_type),
                *self._team_warnings(uow, employee, wanted.period, days, leave_type),
            ),
        )
        if not plan.counts:
            raise NoWorkingDaysError(wanted.period.start, wanted.period.end)
        maximum = leave_type.maximum_days
        if maximum is not None and plan.working_days > maximum and not wanted.recorded:
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
        """Return whether leave of this type needs nobody's approval."""
        leave_type = self.rules.leave_type(type_id)
        return leave_type is not None and not leave_type.needs_approval

    def count_step(self, accounts: Accounts, request: LeaveRequest) -> Accounts:
        """Return the accounts with a step counted by which the caller causes mail.

        Raises `AskedTooMuchError` after very many steps today. Those of administrators are not to
        be counted, and a request can always be withdrawn.
        """
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

        What is carried over from them cannot be worked out then; it is when they are next read for
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

    def _check_dates(
        self, employee: Employee, period: Period, leave_type: LeaveType, *, by_admin: bool
    ) -> None:
        today = self.clock.today_of(employee)
        if by_admin:
            earliest = date(today.year - 1, 1, 1)
            if period.start < earliest:
                raise TooFarBackError(period.start, earliest)
        elif period.start < (earliest := today - timedelta(days=leave_type.reportable_days_back)):
            raise PastPeriodError(period.start, today, earliest)
        if period.end > self.rules.horizon(today):
            raise TooFarAheadError(period.end, self.rules.horizon(today))
        self.check_employed(employee, period)
        if period.start.year < employee.accounts_since:
            raise BeforeFirstLedgerError(period.start, employee.accounts_since)

    def _notice(
        self, employee: Employee, period: Period, leave_type: LeaveType
    ) -> tuple[PolicyWarning, ...]:
        """Return what the lead must know about a short notice, or raise `NoticeTooShortError`."""
        needed = leave_type.minimum_notice_days
        given = (period.start - self.clock.today_of(employee)).days
        # Nobody gives notice of leave that is reported when it has begun.
        if given >= needed or given < 0:
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


@dataclass(kw_only=True, slots=True, eq=False)
class SingleApproval:
    """Lets one approval be enough, so that no approved leave ends with "nobody answered"."""

    clock: Clock
    planner: Planner
    approvers: Approvers

    def settle(self, uow: UnitOfWork, request: LeaveRequest) -> LeaveRequest | None:
        """Approve by the first approval, and return the request as it is then.

        Returns None where a second approver can answer, or account and calendar do not hold the
        leave any more. Raises `ConflictError` when the request is no longer what was read.
        """
        if request.first_approval is None:
            return None
        employee = uow.find_employee(request.employee.employee_id)
        if employee is None:
            return None
        self.approvers.prefetch(uow, employee, request)
        if not self.approvers.first_is_enough(uow, employee, request):
            return None
        approved = request.approve_by_first(at=self.clock.now())
        accounts = self.planner.accounts(uow, employee, years=request.plan.counts)
        try:
            self.planner.check_employed(employee, request.plan.period)
            booked = self.planner.rebooked(accounts, approved)
        except (RuleError, OverlapError):
            return None
        uow.replace(request, approved)
        uow.save_ledgers(booked.changed_since(accounts))
        uow.commit()
        return approved
