"""The functions of the system: what each one knows, may do, and needs to run.

Rights are the least that the function's use case asks for, in the table down to the kind of item:
who decides about whom is written by administrators alone. A mail takes a token from Google and a
send, each with its own time-outs and one retry; everything else is done while somebody waits.

None needs more than 65 MB; memory buys processor. With 512 MB a start takes about a second, and
waiting for AWS costs little; docs/adr/0028-what-a-start-is-spent-on.md has the sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infrastructure.functions import LeaveFunction, LeaveFunctionArgs
from infrastructure.table import (
    EMAIL,
    EMPLOYEE,
    FEED,
    IDEMPOTENCY,
    LEDGER,
    REMINDER,
    REQUEST,
    REQUESTS,
    SWEEP,
    TEAM,
)
from infrastructure.workflow import ANSWER_OR_FAIL

if TYPE_CHECKING:
    from infrastructure.access import Access
    from infrastructure.api import HttpApi
    from infrastructure.function_platform import FunctionPlatform
    from infrastructure.secret import StageSecret
    from infrastructure.table import LeaveTable
    from infrastructure.workflow import LeaveWorkflow

_RULES: Final = (
    "LEAVE_ESCALATE_AFTER_DAYS",
    "LEAVE_FALLBACK_APPROVER",
    "LEAVE_HOLIDAY_CALENDARS",
    "LEAVE_REMIND_AFTER_DAYS",
    "LEAVE_RULES",
    "LEAVE_SECOND_APPROVAL_OVER_DAYS",
    "LEAVE_TIME_ZONE",
    "LEAVE_UNDO_SECONDS",
)
_GATE: Final = ("LEAVE_ADMINS", "LEAVE_COMPANY_DOMAIN")
# What mails and pages say of the company.
_COMPANY: Final = ("LEAVE_COMPANY_NAME", "LEAVE_HELP_CONTACT")
_MAIL: Final = (
    *_COMPANY,
    "LEAVE_ADMINS",
    "LEAVE_COMPANY_DOMAIN",
    "LEAVE_GMAIL_ENDPOINT",
    "LEAVE_MAIL_REDIRECT",
    "LEAVE_MAIL_SENDER",
)
# Who changes a record reports it in numbers, which are the stage's.
_NUMBERS: Final = ("LEAVE_STAGE",)


def request_leave(
    platform: FunctionPlatform, table: LeaveTable, workflow: LeaveWorkflow
) -> LeaveFunction:
    """Writes a checked request and starts its workflow."""
    items = table.access(
        read=(EMAIL, EMPLOYEE, IDEMPOTENCY, LEDGER, REQUEST),
        query=(TEAM,),
        write=(IDEMPOTENCY, LEDGER, REQUEST, REQUESTS),
    )
    access = (items, workflow.start_access())
    return _answering("request-leave", platform, access, (*_RULES, *_GATE, *_NUMBERS))


def change_leave_request(
    platform: FunctionPlatform, table: LeaveTable, workflow: LeaveWorkflow
) -> LeaveFunction:
    """Changes or withdraws a request and wakes its workflow, or starts one to cancel the leave."""
    items = table.access(
        read=(EMAIL, EMPLOYEE, LEDGER, REQUEST), query=(TEAM,), write=(LEDGER, REQUEST)
    )
    access = (items, workflow.start_access(), ANSWER_OR_FAIL)
    return _answering("change-leave-request", platform, access, (*_RULES, *_GATE, *_NUMBERS))


def read_leave(platform: FunctionPlatform, table: LeaveTable) -> LeaveFunction:
    """Shows requests, balances and who is away."""
    items = table.access(read=(EMAIL, EMPLOYEE, LEDGER, REQUEST), query=(REQUESTS, TEAM))
    return _answering("read-leave", platform, (items,), (*_RULES, *_GATE))


def read_calendar_feed(platform: FunctionPlatform, table: LeaveTable) -> LeaveFunction:
    """Shows calendars who is away; the company's domain makes the ids of its events unique.

    It answers anybody, so what it may read holds no request, no link and no other feed's secret.
    """
    items = table.access(read=(FEED, LEDGER), query=(TEAM,))
    variables = (*_RULES, "LEAVE_COMPANY_DOMAIN")
    return _answering("read-calendar-feed", platform, (items,), variables)


def submit_lead_response(
    platform: FunctionPlatform, table: LeaveTable, secret: StageSecret | None, api: HttpApi
) -> LeaveFunction:
    """Shows a request to its lead, writes the decision, resumes the workflow.

    The first of two approvals fails the waiting task, which has the second approver asked. Where
    leads have to sign in, the secret says whether they did, and the address where to.
    """
    signed_in = (secret.access(), api.access()) if secret else ()
    items = table.access(read=(EMPLOYEE, LEDGER, REQUEST), query=(TEAM,), write=(LEDGER, REQUEST))
    access = (items, ANSWER_OR_FAIL, *signed_in)
    variables = (*_RULES, *_COMPANY, *_NUMBERS)
    return _answering("submit-lead-response", platform, access, variables)


def sign_in(platform: FunctionPlatform, secret: StageSecret, api: HttpApi) -> LeaveFunction:
    """Sends leads to Google and back; it sees no request and no employee."""
    variables = (*_COMPANY, "LEAVE_COMPANY_DOMAIN", "LEAVE_OIDC_ISSUER")
    return _answering("sign-in", platform, (secret.access(), api.access()), variables)


def process_leave_request(
    platform: FunctionPlatform, table: LeaveTable, gmail: StageSecret, api: HttpApi
) -> LeaveFunction:
    """Keeps the task token and asks the lead by mail; reports a mail that failed.

    The copies under addresses say which administrators are employed.
    """
    items = table.access(
        read=(EMAIL, EMPLOYEE, LEDGER, REQUEST), query=(TEAM,), write=(LEDGER, REQUEST)
    )
    access = (items, gmail.access(), api.access(), ANSWER_OR_FAIL)
    return _by_workflow("process-leave-request", platform, access)


def process_lead_response(
    platform: FunctionPlatform, table: LeaveTable, gmail: StageSecret
) -> LeaveFunction:
    """Tells the employee what was decided, or that nothing was."""
    items = table.access(read=(EMAIL, EMPLOYEE, LEDGER, REQUEST), write=(LEDGER, REQUEST))
    access = (items, gmail.access())
    return _by_workflow("process-lead-response", platform, access)


def daily_sweep(
    platform: FunctionPlatform,
    table: LeaveTable,
    gmail: StageSecret,
    api: HttpApi,
    workflow: LeaveWorkflow,
) -> LeaveFunction:
    """Reminds, asks others, and sets right what stands still.

    It ends before the next call comes, after 15 minutes.
    """
    items = table.access(
        read=(EMPLOYEE, LEDGER, REMINDER, REQUEST, SWEEP),
        query=(TEAM,),
        write=(LEDGER, REMINDER, REQUEST, SWEEP),
    )
    access = (
        *(items, table.open_access()),
        *(gmail.access(), api.access()),
        *(workflow.start_access(), workflow.watch_access(), ANSWER_OR_FAIL),
    )
    return _mailing("daily-sweep", platform, access, timeout_seconds=840)


def describe_api(platform: FunctionPlatform) -> LeaveFunction:
    """Hands out the description of the API, which is part of the code."""
    return _alone("describe-api", platform, needs_layer=True)


def report_health(platform: FunctionPlatform) -> LeaveFunction:
    """Says that the API and Lambda are there, and in which version."""
    return _alone("report-health", platform, ("LEAVE_VERSION",), needs_layer=False)


def _answering(
    name: str, platform: FunctionPlatform, access: tuple[Access, ...], variables: tuple[str, ...]
) -> LeaveFunction:
    """Answers a person, and in any case before API Gateway gives up, after 30 seconds."""
    return LeaveFunction(
        name,
        LeaveFunctionArgs(
            platform=platform,
            access=access,
            variables=variables,
            timeout_seconds=20,
            memory_megabytes=512,
            concurrency=platform.settings.reserved_concurrency,
        ),
    )


def _by_workflow(
    name: str, platform: FunctionPlatform, access: tuple[Access, ...]
) -> LeaveFunction:
    """Called by many executions at once, each of which tries again when it is refused."""
    return _mailing(name, platform, access, concurrency=platform.settings.mailing_concurrency)


def _mailing(
    name: str,
    platform: FunctionPlatform,
    access: tuple[Access, ...],
    *,
    timeout_seconds: int = 60,
    concurrency: int = 0,
) -> LeaveFunction:
    return LeaveFunction(
        name,
        LeaveFunctionArgs(
            platform=platform,
            access=access,
            variables=(*_RULES, *_MAIL, *_NUMBERS),
            timeout_seconds=timeout_seconds,
            memory_megabytes=512,
            concurrency=concurrency,
        ),
    )


def _alone(
    name: str,
    platform: FunctionPlatform,
    variables: tuple[str, ...] = (),
    *,
    needs_layer: bool,
) -> LeaveFunction:
    """Touches nothing, so it needs no rights."""
    return LeaveFunction(
        name,
        LeaveFunctionArgs(
            platform=platform,
            variables=variables,
            needs_layer=needs_layer,
            timeout_seconds=5,
            memory_megabytes=128,
            concurrency=platform.settings.reserved_concurrency,
        ),
    )
