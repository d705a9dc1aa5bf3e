"""The composition root: which adapter plays which role, for each function.

Nothing is connected at import. What only some functions need is imported where it is built, so
that the others do not pay for it at their cold start.
"""

from leave.bootstrap.interactive import (
    change_leave_request,
    read_calendar_feed,
    read_leave,
    request_leave,
    submit_lead_response,
    time_zone,
)
from leave.bootstrap.mailing import daily_sweep, process_lead_response, process_leave_request

__all__ = [
    "change_leave_request",
    "daily_sweep",
    "process_lead_response",
    "process_leave_request",
    "read_calendar_feed",
    "read_leave",
    "request_leave",
    "submit_lead_response",
    "time_zone",
]
