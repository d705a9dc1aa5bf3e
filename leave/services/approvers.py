"""Whom to ask about an employee's leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from leave.domain.errors import NoApproverError
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from leave.domain.approval import ApprovalPolicy
    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Clock
    from leave.services.remembering import Remembering


class Employees(Protocol):
    """The part of `Directory` that is needed to find an approver."""

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        ...


class Ledgers(Protocol):
    """The part of `Requests` that tells who is on leave."""

    def ledgers(
        self, employee_ids: Sequence[str], years: Sequence[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        """Return the ledger of each employee and year."""
        ...


@value
class Choice:
    """Who is to be asked, and for whom they stand in while that one is on leave.

    The `last_resort` is on leave or was passed over, and asked because there is nobody else.
    """

    approver: Employee
    stands_in_for: Employee | None = None
    last_resort: bool = False


def find_approver(  # noqa: PLR0913 - each of them is a reason to ask somebody else
    employees: Employees,
    employee: Employee,
    *,
    fallback: str | None,
    today: date,
    is_away: Callable[[Employee], bool] = lambda _: False,
    never: Collection[str] = (),
    passed_over: Collection[str] = (),
) -> Choice:
    """Return who decides.

    The lead; while that one is on leave, the lead's substitute, else the lead's lead and so on;
    in the place of one who has left, their lead; and when none of them remains, the fallback.
    `passed_over` are asked, and people on leave, only when there is nobody else; the employee,
    those in `never`, and whoever has left, not even then.

    Raises `NoApproverError` when nobody remains.
    """
    nobody = {employee.employee_id, *never}

    def may_decide(candidate: Employee | None) -> bool:
        return (
            candidate is not None
            and candidate.employee_id not in nobody
            and not candidate.has_left(today)
        )

    away: Employee | None = None
    spare: Employee | None = None
    for lead in filter(may_decide, _leads(employees, employee)):
        spare = spare or lead
        if lead.employee_id in passed_over:
            continue
        if not is_away(lead):
            return Choice(approver=lead, stands_in_for=away)
        away = away or lead
        substitute = lead.substitute_id and employees.by_id(lead.substitute_id)
        if (
            substitute
            and may_decide(substitute)
            and substitute.employee_id not in passed_over
            and not is_away(substitute)
        ):
            return Choice(approver=substitute, stands_in_for=away)
    last = fallback and employees.by_id(fallback)
    if last and may_decide(last) and last.employee_id not in passed_over:
        return Choice(approver=last, stands_in_for=away)
    if remaining := away or spare or (last if last and may_decide(last) else None):
        return Choice(approver=remaining, last_resort=True)
    raise NoApproverError(employee.employee_id)


@dataclass(kw_only=True, slots=True, eq=False)
class Approvers:
    """Finds the approver of a request, as the stage's policy has it."""

    clock: Clock
    employees: Employees
    ledgers: Ledgers
    policy: ApprovalPolicy

    def knowing(self, memory: Remembering, employee: Employee, request: LeaveRequest) -> Approvers:
        """Return the same by what `memory` knows, which is told of whom they will probably ask."""
        present = request.approver and request.approver.employee_id
        likely = list(filter(None, [employee.lead_id, present]))
        year = self.clock.today().year
        memory.expect(employees=likely, ledgers=[(who, year) for who in likely])
        return replace(self, employees=memory, ledgers=memory)

    def choose(self, employee: Employee, request: LeaveRequest) -> Choice:
        """Return who is to be asked now: whoever is asked already, as long as that is right.

        A stand-in keeps what came to them, even when the one they stand in for is back: a mail
        that moves to and fro is answered by nobody. Raises `NoApproverError`.
        """
        choice = self._find(employee, request, is_away=self._is_away)
        present, absent = request.approver, request.stands_in_for
        if present is None or absent is None or choice.approver.employee_id == present.employee_id:
            return choice
        first = self._find(employee, request, is_away=lambda _: False).approver
        given = request.first_approval
        stand_in = self.employees.by_id(present.employee_id)
        keeps = (
            first.employee_id == absent.employee_id
            and stand_in is not None
            and present.employee_id not in request.passed_over
            and not (given and given.employee_id == present.employee_id)
            and not stand_in.has_left(self.clock.today())
            and not self._is_away(stand_in)
        )
        if keeps and stand_in is not None:
            return Choice(approver=stand_in, stands_in_for=first)
        return choice

    def after(self, employee: Employee, request: LeaveRequest) -> Choice | None:
        """Return who would be asked if the present approver were passed over; None for nobody."""
        present = (request.approver.employee_id,) if request.approver else ()
        try:
            choice = self._find(employee, request, is_away=self._is_away, besides=present)
        except NoApproverError:
            return None
        return None if choice.last_resort else choice

    def needs_second(self, employee: Employee, request: LeaveRequest) -> bool:
        """Tell whether an approval would be the first of two.

        Where nobody else could give the second one, the first is enough.
        """
        if not self.policy.wants_second_approval(request):
            return False
        present = (request.approver.employee_id,) if request.approver else ()
        try:
            find_approver(
                self.employees,
                employee,
                fallback=self.policy.fallback_approver,
                today=self.clock.today(),
                never=present,
            )
        except NoApproverError:
            return False
        return True

    def _find(
        self,
        employee: Employee,
        request: LeaveRequest,
        *,
        is_away: Callable[[Employee], bool],
        besides: Collection[str] = (),
    ) -> Choice:
        first = request.first_approval
        return find_approver(
            self.employees,
            employee,
            fallback=self.policy.fallback_approver,
            today=self.clock.today(),
            is_away=is_away,
            never=(first.employee_id,) if first else (),
            passed_over={*request.passed_over, *besides},
        )

    def _is_away(self, candidate: Employee) -> bool:
        """Tell whether somebody is on approved leave for the whole of today."""
        today = self.clock.today()
        key = candidate.employee_id, today.year
        return self.ledgers.ledgers([key[0]], [key[1]])[key].is_away_all(today)


def _leads(employees: Employees, employee: Employee) -> Iterator[Employee]:
    """Yield the lead, the lead's lead and so on, each once."""
    seen = {employee.employee_id}
    lead_id = employee.lead_id
    while lead_id is not None and lead_id not in seen:
        seen.add(lead_id)
        if (lead := employees.by_id(lead_id)) is None:
            return
        yield lead
        lead_id = lead.lead_id
