"""Reading what has to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.errors import UnknownEmployeeError, UnknownRequestError

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Directory, Requests


def load(requests: Requests, request_id: str) -> LeaveRequest:
    """Return the request, or raise `UnknownRequestError`."""
    if (request := requests.get(request_id)) is None:
        raise UnknownRequestError(request_id)
    return request


def load_employee(directory: Directory, employee_id: str) -> Employee:
    """Return the employee, or raise `UnknownEmployeeError`."""
    if (employee := directory.by_id(employee_id)) is None:
        raise UnknownEmployeeError(employee_id)
    return employee
