"""Reading what has to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from leave.domain.errors import UnknownEmployeeError, UnknownRequestError

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.services.approvers import Employees


class SingleRequests(Protocol):
    """The part of `Requests` that returns one."""

    def get(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        ...


def load(requests: SingleRequests, request_id: str) -> LeaveRequest:
    """Return the request, or raise `UnknownRequestError`."""
    if (request := requests.get(request_id)) is None:
        raise UnknownRequestError(request_id)
    return request


def load_employee(employees: Employees, employee_id: str) -> Employee:
    """Return the employee, or raise `UnknownEmployeeError`."""
    if (employee := employees.by_id(employee_id)) is None:
        raise UnknownEmployeeError(employee_id)
    return employee
