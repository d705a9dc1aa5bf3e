"""Choice of the approver of an employee's leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.calendar import NO_HOLIDAYS
from leave.domain.employee import Employee
from leave.domain.errors import NoApproverError, UnknownHolidaysError
from leave.domain.history import Question
from leave.domain.sweep import working_days_since
from leave.domain.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date

    from leave.domain.calendar import Holidays
    from leave.domain.request import ApprovalPolicy, LeaveRequest
    from leave.services.ports import Clock, HolidayTables
    from leave.services.unit_of_work import UnitOfWork


class Choice(Value):
    """Who is to be asked, for whom they stand in while that one is on leave, and who delegated.

    The `last_resort` is on leave or was passed over, and asked because there is no other person.
    """

    approver: Employee
    stands_in_for: Employee | None = None
    delegated_by: Employee | None = None
    last_resort: bool = False

    @property
    def delegator_id(self) -> str:
        """The id of who delegated, empty for nobody."""
        return self.delegated_by.employee_id if self.delegated_by else ""

    @property
    def why(self) -> str:
        """Why another person is asked no more, for the history."""
        if self.delegated_by is None:
            return "the approver is on leave, or does not decide any more"
        return why_delegated(self.delegated_by, self.approver)


def why_delegated(delegator: Employee, approver: Employee) -> str:
    """Return why a delegate is asked, for the history."""
    return f"{delegator.name} has delegated approvals to {approver.name}"


class _Candidate(Value):
    """Who may be asked, with the lead on leave whose substitute that is, and who delegated."""

    person: Employee
    lead: Employee | None = None
    delegated_by: Employee | None = None

    def is_for(self, employee_ids: Collection[str]) -> bool:
        """Return whether this candidate would be asked in the place of one of these."""
        others = (self.lead, self.delegated_by)
        return any(one and one.employee_id in employee_ids for one in others)


def find_approver(  # noqa: PLR0913 - each of them is a reason to ask somebody else
    uow: UnitOfWork,
    employee: Employee,
    *,
    fallback: str | None,
    clock: Clock,
    is_away: Callable[[Employee], bool] = lambda _: False,
    delegate: Callable[[Employee], Employee | None] = lambda _: None,
    prefetch: Callable[[str], None] = lambda _: None,
    never: Collection[str] = (),
    passed_over: Collection[str] = (),
    unreachable: Collection[str] = (),
) -> Choice:
    """Return who decides.

    Candidates are the lead, the lead's lead and so on upwards, each followed by their substitute
    while on leave, and at the end the fallback; each comes after their `delegate`, who has none.
    Never the employee, those in `never`, and who is not employed today. Asked is the first
    candidate who

    1. is at work and was not passed over, nor is asked in the place of somebody who was;
    2. is at work;
    3. is on leave and was not passed over;
    4. is on leave.

    The `unreachable` are passed over, too, and asked only when there is no other person at all.
    `prefetch` reads what will be needed of a lead, by id. Raises `NoApproverError` when there is no
    candidate.
    """
    nobody, silent = {employee.employee_id, *never}, {*passed_over, *unreachable}

    def may_decide(person: Employee) -> bool:
        return person.employee_id not in nobody and person.is_employed_on(clock.today_of(person))

    def candidates() -> Iterator[_Candidate]:
        return _candidates(
            uow,
            employee,
            fallback,
            may_decide=may_decide,
            is_away=is_away,
            delegate=delegate,
            prefetch=prefetch,
        )

    if choice := _at_work(candidates(), is_away, skipped=silent, absent=silent):
        return choice
    if choice := _at_work(candidates(), is_away, skipped=unreachable):
        return replace(choice, last_resort=True)
    for skipped in (silent, unreachable, ()):
        for candidate in candidates():
            if candidate.person.employee_id not in skipped:
                return Choice(
                    approver=candidate.person,
                    delegated_by=candidate.delegated_by,
                    last_resort=True,
                )
    why, hint = why_nobody(uow, employee, fallback=fallback, clock=clock)
    raise NoApproverError(employee.employee_id, why=why, hint=hint)


def why_nobody(
    uow: UnitOfWork,
    employee: Employee,
    *,
    fallback: str | None,
    clock: Clock,
) -> tuple[str, str]:
    """Return why there is no candidate, and what an administrator can do about it."""

    def why_not(what: str, employee_id: str) -> str:
        person = uow.find_employee(employee_id)
        if person is None:
            return f"{what} {employee_id} is not in the directory"
        if not person.is_employed_on(today := clock.today_of(person)):
            return f"{what} {employee_id} {person.why_not_employed(today)}"
        if employee_id == employee.employee_id:
            return f"{what} {employee_id} cannot decide about their own leave"
        return f"{what} {employee_id} has given the first approval"

    above = [lead.lead_id for lead in _leads(uow, employee)]
    leads = dict.fromkeys(filter(None, [employee.lead_id, *above]))
    last = why_not("the fallback approver", fallback) if fallback else "no fallback approver is set"
    reasons = [*(why_not("the lead", lead_id) for lead_id in leads), last]
    hint = (
        f"import {'another' if leads else 'a'} leadId"
        f" or configure {'another ' if fallback else ''}`leave:fallback-approver`"
    )
    return ", and ".join(reasons if leads else ["no lead is imported", last]), hint


@dataclass(kw_only=True, slots=True, eq=False)
class Approvers:
    """Finds the approver of a request, as the stage's policy has it.

    `holidays` are needed to tell who can give a second approval, and for nothing else.
    """

    clock: Clock
    policy: ApprovalPolicy
    holidays: HolidayTables | None = None

    def prefetch(self, uow: UnitOfWork, employee: Employee, request: LeaveRequest) -> None:
        """Read who will probably be asked, and their ledgers of this year, in one call."""
        present = request.approver and request.approver.employee_id
        first = employee.lead_id or self.policy.fallback_approver
        likely = list(filter(None, [first, present]))
        self._prefetch(uow, *likely)

    def _prefetch(self, uow: UnitOfWork, *employee_ids: str) -> None:
        year = self.clock.today().year
        uow.prefetch(
            employees=employee_ids,
            ledgers=[(one, year) for one in employee_ids],
            delegations=employee_ids,
        )

    def choose(self, uow: UnitOfWork, employee: Employee, request: LeaveRequest) -> Choice:
        """Return who is to be asked now: whoever is asked already, as long as that is right.

        A stand-in keeps what came to them, even when the one they stand in for is back, and a
        delegate what came to them before the delegation ended: a mail that moves to and fro is
        answered by nobody. Raises `NoApproverError`.
        """
        choice = self._find(uow, employee, request, is_away=lambda one: self._is_away(uow, one))
        present = request.approver
        if present is None or choice.approver.employee_id == present.employee_id:
            return choice
        return self._kept(uow, employee, request, present.employee_id) or choice

    def _kept(
        self, uow: UnitOfWork, employee: Employee, request: LeaveRequest, present: str
    ) -> Choice | None:
        """Return who is asked in the place of another person, or None when that is not right now.

        That is the present approver, or to whom a stand-in has delegated. It is right while the
        other person would be asked if nobody was on leave.
        """
        absent, delegator = request.stands_in_for, request.delegated_by
        if delegator and delegator.employee_id == present:
            delegator = None  # who has delegated, and whose delegate is not asked yet
        replaced = {one.employee_id for one in (absent, delegator) if one}
        if not replaced:
            return None
        first = self._find(uow, employee, request, is_away=lambda _: False).approver.employee_id
        if first not in replaced or (stand_in := self._usable(uow, request, present)) is None:
            return None
        stands_in_for = absent and uow.find_employee(absent.employee_id)
        delegate = None if delegator else self._delegate(uow, stand_in)
        if delegate and delegate.employee_id not in {first, employee.employee_id}:
            other = self._usable(uow, request, delegate.employee_id)
            if other is not None:
                return Choice(approver=other, stands_in_for=stands_in_for, delegated_by=stand_in)
        return Choice(
            approver=stand_in,
            stands_in_for=stands_in_for,
            delegated_by=delegator and uow.find_employee(delegator.employee_id),
        )

    def _usable(self, uow: UnitOfWork, request: LeaveRequest, employee_id: str) -> Employee | None:
        """Return an employee who can answer now: employed, at work, and not passed over."""
        person, first = uow.find_employee(employee_id), request.first_approval
        if (
            person is None
            or employee_id in self._passed_over(uow, request)
            or (first and first.employee_id == employee_id)
            or not person.is_employed_on(self.clock.today_of(person))
            or self._is_away(uow, person)
        ):
            return None
        return person

    def after(self, uow: UnitOfWork, employee: Employee, request: LeaveRequest) -> Choice | None:
        """Return who would be asked if the present approver were passed over; None for nobody."""
        present = (request.approver.employee_id,) if request.approver else ()
        try:
            choice = self._find(
                uow, employee, request, is_away=lambda one: self._is_away(uow, one), besides=present
            )
        except NoApproverError:
            return None
        return None if choice.last_resort else choice

    def needs_second(self, uow: UnitOfWork, employee: Employee, request: LeaveRequest) -> bool:
        """Return whether an approval would be the first of two.

        Where no other person could give the second one, the first is enough.
        """
        if not self.policy.wants_second_approval(request):
            return False
        present = (request.approver.employee_id,) if request.approver else ()
        return self._can_be_second(uow, employee, request, first=present)

    def first_is_enough(self, uow: UnitOfWork, employee: Employee, request: LeaveRequest) -> bool:
        """Return whether the first of two approvals was given, and nobody can give the second."""
        first = request.first_approval
        if first is None or request.question is not Question.LEAVE:
            return False
        return not self._can_be_second(uow, employee, request, first=(first.employee_id,))

    def _can_be_second(
        self, uow: UnitOfWork, employee: Employee, request: LeaveRequest, *, first: Collection[str]
    ) -> bool:
        """Return whether a candidate can be mailed, and is at work before the leave begins."""
        first_day = request.plan.period.start
        try:
            choice = find_approver(
                uow,
                employee,
                fallback=self.policy.fallback_approver,
                clock=self.clock,
                is_away=lambda candidate: self._is_away_until(uow, candidate, first_day),
                delegate=lambda person: self._delegate(uow, person),
                prefetch=lambda employee_id: self._prefetch(uow, employee_id),
                never=first,
                unreachable=self._passed_over(uow, request) & request.refused.keys(),
            )
        except NoApproverError:
            return False
        return not choice.last_resort

    def waited(self, approver: Employee, since: date, until: date) -> int:
        """Return how many of an approver's working days came after `since`, `until` included."""
        return working_days_since(since, until, approver.working_time, self._holidays(approver))

    def _find(
        self,
        uow: UnitOfWork,
        employee: Employee,
        request: LeaveRequest,
        *,
        is_away: Callable[[Employee], bool],
        besides: Collection[str] = (),
    ) -> Choice:
        first = request.first_approval
        passed_over = self._passed_over(uow, request)
        return find_approver(
            uow,
            employee,
            fallback=self.policy.fallback_approver,
            clock=self.clock,
            is_away=is_away,
            delegate=lambda person: self._delegate(uow, person),
            prefetch=lambda employee_id: self._prefetch(uow, employee_id),
            never=(first.employee_id,) if first else (),
            passed_over={*passed_over, *besides},
            unreachable=passed_over & request.refused.keys(),
        )

    def _passed_over(self, uow: UnitOfWork, request: LeaveRequest) -> set[str]:
        """Return who is passed over, without those whose refused address was corrected."""
        corrected = {
            who
            for who in request.refused
            if (person := uow.find_employee(who)) and not request.is_passed_over(who, person.email)
        }
        return {*request.passed_over} - corrected

    def _delegate(self, uow: UnitOfWork, person: Employee) -> Employee | None:
        """Return the employee to whom somebody's approvals are delegated today."""
        delegation = uow.delegation(person.employee_id)
        if delegation is None or not delegation.is_active_on(self.clock.today_of(person)):
            return None
        self._prefetch(uow, delegation.substitute_id)
        return uow.find_employee(delegation.substitute_id)

    def _is_away(self, uow: UnitOfWork, candidate: Employee) -> bool:
        """Return whether somebody is on approved leave for the whole of today."""
        return self._is_away_on(uow, candidate, self.clock.today_of(candidate))

    def _is_away_until(self, uow: UnitOfWork, candidate: Employee, day: date) -> bool:
        """Return whether somebody is on approved leave on all their working days up to that day."""
        today = self.clock.today_of(candidate)
        days = [today + timedelta(days=n) for n in range(max((day - today).days, 0) + 1)]
        free = self._holidays(candidate)
        working = [d for d in days if d not in free and candidate.working_time.on(d).on(d)]
        return all(self._is_away_on(uow, candidate, day) for day in working or [today])

    def _holidays(self, candidate: Employee) -> Holidays:
        if self.holidays is None:
            return NO_HOLIDAYS
        try:
            return self.holidays.table(candidate.holidays)
        except UnknownHolidaysError:
            return NO_HOLIDAYS

    def _is_away_on(self, uow: UnitOfWork, candidate: Employee, day: date) -> bool:
        key = candidate.employee_id, day.year
        return uow.ledgers([key[0]], [key[1]])[key].is_away_all(day)


def _candidates(  # noqa: PLR0913 - as above
    uow: UnitOfWork,
    employee: Employee,
    fallback: str | None,
    *,
    may_decide: Callable[[Employee], bool],
    is_away: Callable[[Employee], bool],
    delegate: Callable[[Employee], Employee | None],
    prefetch: Callable[[str], None],
) -> Iterator[_Candidate]:
    """Yield each candidate in order."""

    def asked(person: Employee, lead: Employee | None = None) -> Iterator[_Candidate]:
        other = delegate(person)
        if other and may_decide(other):
            yield _Candidate(person=other, lead=lead, delegated_by=person)
        yield _Candidate(person=person, lead=lead)

    for lead in filter(may_decide, _leads(uow, employee, prefetch)):
        yield from asked(lead)
        if lead.substitute_id and is_away(lead):
            substitute = uow.find_employee(lead.substitute_id)
            if substitute and may_decide(substitute):
                yield from asked(substitute, lead)
    if fallback:
        prefetch(fallback)
    last = fallback and uow.find_employee(fallback)
    if last and may_decide(last):
        yield from asked(last)


def _at_work(
    candidates: Iterator[_Candidate],
    is_away: Callable[[Employee], bool],
    *,
    skipped: Collection[str],
    absent: Collection[str] = (),
) -> Choice | None:
    """Return the first candidate at work, without those `skipped` and those for the `absent`."""
    away: Employee | None = None
    for candidate in candidates:
        person = candidate.person
        if person.employee_id in skipped or candidate.is_for(absent):
            continue
        if not is_away(person):
            return Choice(
                approver=person,
                stands_in_for=away or candidate.lead,
                delegated_by=candidate.delegated_by,
            )
        away = away or person
    return None


def _leads(
    uow: UnitOfWork, employee: Employee, prefetch: Callable[[str], None] = lambda _: None
) -> Iterator[Employee]:
    """Yield the lead, the lead's lead and so on, each once."""
    seen = {employee.employee_id}
    lead_id = employee.lead_id
    while lead_id is not None and lead_id not in seen:
        seen.add(lead_id)
        prefetch(lead_id)
        if (lead := uow.find_employee(lead_id)) is None:
            return
        yield lead
        lead_id = lead.lead_id
