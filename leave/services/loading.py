"""Reading a record that has to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.errors import UnknownRequestError

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Requests


def load(requests: Requests, request_id: str) -> LeaveRequest:
    """Return the request, or raise `UnknownRequestError`."""
    if (request := requests.get(request_id)) is None:
        raise UnknownRequestError(request_id)
    return request
