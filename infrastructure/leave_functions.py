"""The functions of the system: what each one knows, may do, and needs to run.

Rights are the least that the function's use case asks for. A mail takes a token from Google and a
send, each with its own time-outs and one retry; a page is rendered while somebody waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infrastructure import table as items
from infrastructure.functions import LeaveFunction, LeaveFunctionArgs
from infrastructure.workflow import ANSWER, ANSWER_OR_FAIL

if TYPE_CHECKING:
    from infrastructure.api import HttpApi
    from infrastructure.function_platform import FunctionPlatform
    from infrastructure.secret import GmailSecret
    from infrastructure.table import LeaveTable
    from infrastructure.workflow import LeaveWorkflow

_MAIL: Final = (
    "LEAVE_COMPANY_DOMAIN",
    "LEAVE_GMAIL_ENDPOINT",
    "LEAVE_MAIL_SENDER",
    "LEAVE_TIME_ZONE",
)
_MAIL_SECONDS: Final = 60
_PAGE_SECONDS: Final = 20


def request_leave(
    platform: FunctionPlatform, table: LeaveTable, workflow: LeaveWorkflow
) -> LeaveFunction:
    """Writes a checked request and starts its workflow."""
    return LeaveFunction(
        "request-leave",
        LeaveFunctionArgs(
            platform=platform,
            access=(table.access(items.CHANGE), workflow.start_access()),
            variables=(
                "LEAVE_ADMINS",
                "LEAVE_COMPANY_DOMAIN",
                "LEAVE_FALLBACK_APPROVER",
                "LEAVE_TIME_ZONE",
            ),
            timeout_seconds=_PAGE_SECONDS,
            memory_megabytes=512,
        ),
    )


def process_leave_request(
    platform: FunctionPlatform, table: LeaveTable, gmail: GmailSecret, api: HttpApi
) -> LeaveFunction:
    """Keeps the task token and asks the lead by mail; reports a mail that failed."""
    return LeaveFunction(
        "process-leave-request",
        LeaveFunctionArgs(
            platform=platform,
            access=(table.access(items.CHANGE), gmail.access(), api.access(), ANSWER_OR_FAIL),
            variables=(*_MAIL, "LEAVE_FALLBACK_APPROVER"),
            timeout_seconds=_MAIL_SECONDS,
            memory_megabytes=512,
        ),
    )


def submit_lead_response(platform: FunctionPlatform, table: LeaveTable) -> LeaveFunction:
    """Shows a request to its lead, writes the decision, resumes the workflow."""
    return LeaveFunction(
        "submit-lead-response",
        LeaveFunctionArgs(
            platform=platform,
            access=(table.access(items.CHANGE), ANSWER),
            variables=("LEAVE_TIME_ZONE",),
            timeout_seconds=_PAGE_SECONDS,
            memory_megabytes=512,
        ),
    )


def process_lead_response(
    platform: FunctionPlatform, table: LeaveTable, gmail: GmailSecret
) -> LeaveFunction:
    """Tells the employee what was decided, or that nothing was."""
    return LeaveFunction(
        "process-lead-response",
        LeaveFunctionArgs(
            platform=platform,
            access=(table.access(items.CHANGE), gmail.access()),
            variables=_MAIL,
            timeout_seconds=_MAIL_SECONDS,
            memory_megabytes=512,
        ),
    )


def report_health(platform: FunctionPlatform) -> LeaveFunction:
    """Says that the API and Lambda are there; touches nothing, so it needs nothing."""
    return LeaveFunction(
        "report-health",
        LeaveFunctionArgs(
            platform=platform, needs_layer=False, timeout_seconds=5, memory_megabytes=128
        ),
    )
