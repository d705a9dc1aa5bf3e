"""Reports about all employees: absences, balances and adjustments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.accounts import Balance
from leave.domain.calendar import Period
from leave.domain.employee import Employee
from leave.domain.errors import SpanTooLongError
from leave.domain.history import EventType, Status, without_undone
from leave.domain.ledger import Adjustment
from leave.domain.policy import FURTHEST_DAYS
from leave.domain.values import Value
from leave.domain.views import BOOKED
from leave.services.leave_policy import earlier_years, furthest_year, open_accounts, usual_years

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from leave.domain.history import Event
    from leave.domain.ledger import Booking
    from leave.domain.policy import Rules
    from leave.domain.request import ApprovalPolicy, LeaveRequest
    from leave.services.authorization import Authorization, Caller
    from leave.services.ports import Clock, Requests, WritableDirectory
    from leave.services.unit_of_work import UnitOfWork

SPAN_DAYS = 366
"""The most days of a report of absences."""
BY_RULE = "rule"
"""Who decided leave that nobody decided."""

_EMPLOYEES_A_BATCH = 100
_NONE = Decimal(0)


class AbsenceRow(Value):
    """Leave that touches a span, of which `in_span` are the working days within it.

    `type_name` is the id of a type that the rules have no more. `decided_by` is an employee id or
    the mail address of an administrator, and empty while nobody has decided.
    """

    employee: Employee
    leave_type: str
    type_name: str
    period: Period
    working_days: Decimal
    in_span: Decimal
    status: str
    decided_by: str
    decided_at: datetime | None
    request_id: str


class BalanceRow(Value):
    """The account of one leave type in the year of the report."""

    employee: Employee
    balance: Balance


class AdjustmentRow(Value):
    """An adjustment in the year of the report."""

    employee: Employee
    adjustment: Adjustment


@dataclass(kw_only=True, slots=True, eq=False)
class Reports:
    """The use cases. The number of calls grows with every hundredth employee, not with each."""

    clock: Clock
    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    directory: WritableDirectory
    requests: Requests
    rules: Rules
    policy: ApprovalPolicy

    def require_reader(self, caller: Caller) -> None:
        """Raise `NotAllowedError` unless an administrator or a reader calls."""
        self.authorization.require_reader(self.begin(), caller)

    def absences(
        self, start: date, end: date, statuses: Collection[Status] = BOOKED
    ) -> Iterator[AbsenceRow]:
        """Yield the leave of all employees that touches a span, also of those who have left.

        By employee id and first day. Raises `SpanTooLongError`.
        """
        span = Period(start=start, end=end)
        if span.length > SPAN_DAYS:
            raise SpanTooLongError(span.length, SPAN_DAYS)
        for employees in self._batches():
            yield from self._absences(employees, span, frozenset(statuses))

    def balances(self, year: int) -> Iterator[BalanceRow]:
        """Yield the balances of everybody who is employed in a year, by employee id and type."""
        types = [one for one in self.rules.leave_types if one.is_limited]
        for employees in self._batches():
            uow = self.begin()
            present = [one for one in employees if self._has_accounts(one, year)]
            self._prefetch_ledgers(uow, present, year)
            for employee in present:
                today = self.clock.today_of(employee)
                accounts = open_accounts(uow, employee, self.rules, today, year=year)
                for leave_type in types:
                    balance = accounts.balance(year, leave_type, today=today)
                    yield BalanceRow(employee=employee, balance=balance)

    def adjustments(self, year: int) -> Iterator[AdjustmentRow]:
        """Yield the adjustments of all employees in a year, by employee id and moment."""
        for employees in self._batches():
            ledgers = self.begin().ledgers([one.employee_id for one in employees], [year])
            for employee in employees:
                for adjustment in ledgers[employee.employee_id, year].adjustments:
                    yield AdjustmentRow(employee=employee, adjustment=adjustment)

    def _batches(self) -> Iterator[Sequence[Employee]]:
        everybody = sorted(self.directory.everybody(), key=lambda one: one.employee_id)
        for start in range(0, len(everybody), _EMPLOYEES_A_BATCH):
            yield everybody[start : start + _EMPLOYEES_A_BATCH]

    def _has_accounts(self, employee: Employee, year: int) -> bool:
        last = furthest_year(self.clock.today_of(employee))
        return employee.accounts_since <= year <= last and employee.is_employed_in(year)

    def _prefetch_ledgers(self, uow: UnitOfWork, employees: Sequence[Employee], year: int) -> None:
        """Read what opens the accounts of several employees, in two rounds."""
        years = {
            one.employee_id: usual_years(
                self.clock.today_of(one), since=one.accounts_since, year=year
            )
            for one in employees
        }
        uow.prefetch(ledgers=[(who, one) for who, some in years.items() for one in some])
        earlier: list[tuple[str, int]] = []
        for employee in employees:
            who = employee.employee_id
            first = years[who].start
            ledger = uow.ledgers([who], [first])[who, first]
            earlier += [(who, one) for one in earlier_years(employee, self.rules, ledger)]
        uow.prefetch(ledgers=earlier)

    def _absences(
        self, employees: Sequence[Employee], span: Period, statuses: frozenset[Status]
    ) -> Iterator[AbsenceRow]:
        uow = self.begin()
        by_id = {employee.employee_id: employee for employee in employees}
        # No request is for days further ahead, nor is a change of one that was made so long before.
        since = span.start - timedelta(days=2 * FURTHEST_DAYS)
        is_beyond = not statuses <= set(BOOKED)
        # Leave that only begins or ends in a year may be booked in the year beside it.
        years = range(since.year if is_beyond else span.start.year - 1, span.end.year + 2)
        booked = _by_request(uow, by_id, years)
        rows = list(self._booked(uow, by_id, booked, span, statuses))
        if is_beyond:
            moment = datetime.combine(since, time.min, UTC)
            known = {request_id for _, request_id in booked}
            listed = self.requests.made_since([*by_id], moment)
            others = [request_id for request_id in listed if request_id not in known]
            uow.prefetch(requests=others)
            found = filter(None, map(uow.find_request, others))
            rows += self._others(by_id, found, span, statuses)
        yield from sorted(
            rows, key=lambda row: (row.employee.employee_id, row.period.start, row.request_id)
        )

    def _booked(
        self,
        uow: UnitOfWork,
        employees: Mapping[str, Employee],
        booked: Mapping[tuple[str, str], Sequence[Booking]],
        span: Period,
        statuses: frozenset[Status],
    ) -> Iterator[AbsenceRow]:
        touching = {
            name: bookings
            for name, bookings in booked.items()
            if bookings[0].status in statuses and _touches(bookings[0].period, span)
        }
        # Leave may begin before the years that were read, or end after them.
        uow.prefetch(
            ledgers=[
                (who, year)
                for (who, _), bookings in touching.items()
                for year in bookings[0].period.years()
            ]
        )
        approved = [
            request_id
            for (_, request_id), bookings in touching.items()
            if bookings[0].status == Status.APPROVED
        ]
        histories = self.requests.histories(approved)
        for (who, request_id), bookings in touching.items():
            first = bookings[0]
            costs: dict[date, Decimal] = {}
            for year in first.period.years():
                ledger = uow.ledgers([who], [year])[who, year]
                costs |= {
                    day: cost
                    for one in ledger.bookings
                    if one.request_id == request_id
                    for day, cost in one.count.costs
                }
            by, at = _decided(histories.get(request_id, ()), first.status)
            yield self._row(
                employees[who],
                period=first.period,
                leave_type=first.leave_type,
                costs=costs,
                span=span,
                status=first.status,
                decided=(by, at),
                request_id=request_id,
            )

    def _others(
        self,
        employees: Mapping[str, Employee],
        requests: Iterator[LeaveRequest],
        span: Period,
        statuses: frozenset[Status],
    ) -> Iterator[AbsenceRow]:
        now = self.clock.now()
        for request in requests:
            is_open = request.open_answer(self.policy.undo, now) is not None
            known = request.before_answer() if is_open else request
            plan = known.plan
            if known.status in statuses and _touches(plan.period, span):
                yield self._row(
                    employees[known.employee.employee_id],
                    period=plan.period,
                    leave_type=plan.leave_type,
                    costs={d: cost for count in plan.counts.values() for d, cost in count.costs},
                    span=span,
                    status=known.status,
                    decided=_decided(known.history, known.status),
                    request_id=known.request_id,
                )

    def _row(  # noqa: PLR0913 - the cells of a row
        self,
        employee: Employee,
        *,
        period: Period,
        leave_type: str,
        costs: Mapping[date, Decimal],
        span: Period,
        status: str,
        decided: tuple[str, datetime | None],
        request_id: str,
    ) -> AbsenceRow:
        known = self.rules.leave_type(leave_type)
        return AbsenceRow(
            employee=employee,
            leave_type=leave_type,
            type_name=known.name if known else leave_type,
            period=period,
            working_days=sum(costs.values(), _NONE),
            in_span=sum(
                (cost for day, cost in costs.items() if span.start <= day <= span.end), _NONE
            ),
            status=status,
            decided_by=decided[0],
            decided_at=decided[1],
            request_id=request_id,
        )


def _by_request(
    uow: UnitOfWork, employee_ids: Collection[str], years: range
) -> dict[tuple[str, str], list[Booking]]:
    """Return the bookings of each employee and request."""
    found: dict[tuple[str, str], list[Booking]] = {}
    for (who, _), ledger in uow.ledgers(employee_ids, years).items():
        for booking in ledger.bookings:
            found.setdefault((who, booking.request_id), []).append(booking)
    return found


def _touches(period: Period, span: Period) -> bool:
    return period.start <= span.end and span.start <= period.end


def _decided(history: Sequence[Event], status: str) -> tuple[str, datetime | None]:
    """Return who decided what a request has become, and when."""
    events = without_undone(history)
    decision = next((one for one in reversed(events) if one.type.value == status), None)
    if decision is None:
        return "", None
    recorded = (one.actor for one in events if one.type is EventType.RECORDED)
    by = decision.actor or (next(recorded, "") if status == Status.APPROVED else "")
    return by or BY_RULE, decision.at
