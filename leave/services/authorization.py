"""Whose leave a caller may act on, and whose they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import (
    FieldProblem,
    MalformedRequestError,
    NotAllowedError,
    UnknownEmployeeError,
)
from leave.domain.history import Person
from leave.domain.visibility import Reader, Role

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.services.authentication import Caller
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork


NOT_IN_DIRECTORY = (
    "You are not in the employee directory of this company. Ask an administrator to add you."
)


@dataclass(kw_only=True, slots=True, eq=False)
class Authorization:
    """Employees act on their own leave, leads see their people's, administrators do all."""

    clock: Clock

    def require_manage(self, uow: UnitOfWork, caller: Caller, employee_id: str | None) -> Employee:
        """Return the employee for whom the caller may ask, change and withdraw.

        Raises `NotAllowedError`, or `UnknownEmployeeError` for administrators only.
        """
        return self._chosen(uow, caller, employee_id, lead_may=False)

    def require_view(self, uow: UnitOfWork, caller: Caller, employee_id: str | None) -> Employee:
        """Return the employee whose leave the caller may see; raises as `require_manage` does."""
        return self._chosen(uow, caller, employee_id, lead_may=True)

    def calling(self, uow: UnitOfWork, caller: Caller) -> Employee | None:
        """Return the employee who calls, None for somebody who is not in the directory.

        Raises `NotAllowedError` before the first day of an employment and after the last one.
        """
        own = uow.employee_by_email(caller.email)
        if own is not None and not own.is_employed_on(today := self.clock.today_of(own)):
            why = own.why_not_employed(today)
            raise NotAllowedError(
                f"Employee {own.employee_id} {why}. If this is not right, ask an administrator."
            )
        return own

    def actor(self, uow: UnitOfWork, caller: Caller) -> Person:
        """Return the caller as the history names them, by the directory as it is now.

        An administrator who is not an employee is named by the mail address.
        """
        own = uow.employee_by_email(caller.email)
        if own is None:
            return Person(employee_id=caller.email, name=caller.email)
        return Person(employee_id=own.employee_id, name=own.name, language=own.language)

    def reader(self, uow: UnitOfWork, caller: Caller, employee_id: str) -> Reader:
        """Return what a caller, who may see this employee's leave, is to it."""
        own = uow.employee_by_email(caller.email)
        own_id = own.employee_id if own else ""
        if own_id == employee_id:
            return Reader(role=Role.EMPLOYEE, employee_id=own_id)
        role = Role.ADMINISTRATOR if caller.is_admin else Role.APPROVER
        return Reader(role=role, employee_id=own_id)

    def _chosen(
        self, uow: UnitOfWork, caller: Caller, employee_id: str | None, *, lead_may: bool
    ) -> Employee:
        own = self.calling(uow, caller)
        if own is not None and employee_id in {None, own.employee_id}:
            return own
        if own is None and not caller.is_admin:
            raise NotAllowedError(NOT_IN_DIRECTORY)
        if employee_id is None:
            problem = "is required, because you are not an employee yourself"
            raise MalformedRequestError(FieldProblem("employeeId", problem))
        other = uow.find_employee(employee_id)
        if caller.is_admin:
            if other is None:
                raise UnknownEmployeeError(employee_id)
            return other
        own_id = own.employee_id if own else ""
        if lead_may and other and other.lead_id == own_id:
            return other
        # The same words whether or not that employee exists.
        raise NotAllowedError(
            f"You can only see your own leave ({own_id}) and that of the employees you lead."
            if lead_may
            else f"You can only act on your own leave ({own_id})."
        )
