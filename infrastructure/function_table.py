"""All Lambda functions: one row each says what it may do and what it knows.

Role, policy, log group, function, routes, permissions and alarms follow from a row, and so does the
table in docs/functions.md (`make docs`).

Rights are the least that the function's use case needs, in the table down to the kind of item.
One function writes entries of the directory, for administrators. No function needs more than 65 MB;
memory buys processor: docs/adr/0028-what-a-start-is-spent-on.md has the sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from infrastructure.table import (
    AUDIT,
    DELEGATION,
    DIRECTORY,
    EMAIL,
    EMPLOYEE,
    EMPLOYEES,
    FEED,
    IDEMPOTENCY,
    LEDGER,
    REMINDER,
    REQUEST,
    REQUESTS,
    SWEEP,
    TEAM,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Caller = Literal["api", "workflow", "schedule"]


class Use(Enum):
    """A right beyond the items of the table, with the variable that names its resource."""

    OPEN_INDEX = "list open requests"
    GMAIL = "read the Gmail secret"
    SIGN_IN = "read the sign-in secret, with `require-sign-in`"
    API_URL = "know the address of the API"
    START_EXECUTION = "start executions"
    DESCRIBE_EXECUTION = "describe executions"
    ANSWER_TASK = "answer tasks"


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One function; `name` is its module in `leave.functions`, with dashes its resource.

    `reads` (by key), `queries`, `writes` and `deletes` are partition keys. `settings` are
    variables of `infrastructure.environment`. `concurrency` is the configuration key of how many
    instances are kept for it. `routes` are route keys by logical name: a deployed route with
    another logical name would be made again before the old one is gone, which AWS refuses, as its
    key is taken.
    Up to `expected_errors` errors an hour raise no alarm.
    """

    name: str
    caller: Caller = "api"
    routes: Mapping[str, str] = field(default_factory=dict[str, str])
    public: bool = False
    reads: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    settings: tuple[str, ...] = ()
    needs_layer: bool = True
    memory_megabytes: int = 512
    # API Gateway gives up after 30 seconds.
    timeout_seconds: int = 20
    concurrency: Literal["reserved-concurrency", "mailing-concurrency"] | None = (
        "reserved-concurrency"
    )
    expected_errors: int = 0
    only_with_sign_in: bool = False

    @property
    def resource(self) -> str:
        """The logical name, which the names in AWS end with."""
        return self.name.replace("_", "-")


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
_AUTH: Final = ("LEAVE_ADMINS", "LEAVE_COMPANY_DOMAIN")
# What mails and pages say of the company.
_COMPANY: Final = ("LEAVE_COMPANY_NAME", "LEAVE_HELP_CONTACT")
# Metrics have the stage as their dimension.
_METRICS: Final = ("LEAVE_METRICS", "LEAVE_STAGE")
_MAIL: Final = (
    *_RULES,
    *_COMPANY,
    *_AUTH,
    *_METRICS,
    *("LEAVE_GMAIL_ENDPOINT", "LEAVE_MAIL_REDIRECT", "LEAVE_MAIL_SENDER"),
)
_REQUEST: Final = "/leave_requests/{requestId}"
_APPROVAL: Final = "/approvals/{requestId}"
_ADJUSTMENTS: Final = "/employees/{employeeId}/adjustments"
_DECIDE: Final = "/leave_lead_response/{decision}/{link}"

FUNCTIONS: Final = (
    # Keeps the task token and asks the lead by mail. The copies under addresses say which
    # administrators are employed. A mail takes a token from Google and a send, each with its own
    # time-outs and one retry.
    FunctionSpec(
        name="process_leave_request",
        caller="workflow",
        reads=(DELEGATION, EMAIL, EMPLOYEE, LEDGER, REQUEST),
        queries=(TEAM,),
        writes=(LEDGER, REQUEST),
        uses=(Use.GMAIL, Use.API_URL, Use.ANSWER_TASK),
        settings=_MAIL,
        timeout_seconds=60,
        concurrency="mailing-concurrency",
    ),
    # Mails the decision to the employee. It answers an undone decision, and a mail that does not
    # leave, with an error, and is called again ever more seconds later: 9 times in the first hour.
    FunctionSpec(
        name="process_lead_response",
        caller="workflow",
        reads=(DELEGATION, EMAIL, EMPLOYEE, LEDGER, REQUEST),
        writes=(LEDGER, REQUEST),
        uses=(Use.GMAIL,),
        settings=_MAIL,
        timeout_seconds=60,
        concurrency="mailing-concurrency",
        expected_errors=7,
    ),
    FunctionSpec(
        name="request_leave",
        routes={"request-leave-post": "POST /request_leave"},
        reads=(EMAIL, EMPLOYEE, IDEMPOTENCY, LEDGER, REQUEST),
        queries=(TEAM,),
        writes=(IDEMPOTENCY, LEDGER, REQUEST, REQUESTS),
        uses=(Use.START_EXECUTION,),
        settings=(*_RULES, *_AUTH, *_METRICS),
    ),
    # Wakes the workflow of what it changes or withdraws, and starts one to cancel leave.
    FunctionSpec(
        name="change_leave_request",
        routes={
            "leave-request-patch": f"PATCH {_REQUEST}",
            "leave-request-delete": f"DELETE {_REQUEST}",
            "leave-request-reminder-post": f"POST {_REQUEST}/reminder",
        },
        reads=(EMAIL, EMPLOYEE, IDEMPOTENCY, LEDGER, REQUEST),
        queries=(TEAM,),
        writes=(IDEMPOTENCY, LEDGER, REQUEST),
        uses=(Use.START_EXECUTION, Use.ANSWER_TASK),
        settings=(*_RULES, *_AUTH, *_METRICS),
    ),
    # Decides as submit_lead_response does, for callers with an ID token. The index tells which
    # requests are an approver's; the requests themselves are read by key. A delegation closes links
    # and wakes the workflow, which asks the substitute; the daily sweep mails about it.
    FunctionSpec(
        name="approvals",
        routes={
            "approvals-get": "GET /approvals",
            "approvals-head": "HEAD /approvals",
            "approval-post": f"POST {_APPROVAL}",
            "approval-delete": f"DELETE {_APPROVAL}",
            "delegation-get": "GET /delegation",
            "delegation-head": "HEAD /delegation",
            "delegation-put": "PUT /delegation",
            "delegation-delete": "DELETE /delegation",
        },
        reads=(DELEGATION, EMAIL, EMPLOYEE, IDEMPOTENCY, LEDGER, REQUEST),
        queries=(TEAM,),
        writes=(DELEGATION, IDEMPOTENCY, LEDGER, REQUEST),
        uses=(Use.OPEN_INDEX, Use.ANSWER_TASK),
        settings=(*_RULES, *_AUTH, *_METRICS),
    ),
    # Routes with GET have HEAD as well, which monitors and calendar programs use.
    FunctionSpec(
        name="read_leave",
        routes={
            "leave-requests-get": "GET /leave_requests",
            "leave-requests-head": "HEAD /leave_requests",
            "leave-request-get": f"GET {_REQUEST}",
            "leave-request-head": f"HEAD {_REQUEST}",
            "leave-types-get": "GET /leave_types",
            "leave-types-head": "HEAD /leave_types",
            "leave-balance-get": "GET /leave_balance",
            "leave-balance-head": "HEAD /leave_balance",
            "team-calendar-get": "GET /team_calendar",
            "team-calendar-head": "HEAD /team_calendar",
        },
        reads=(EMAIL, EMPLOYEE, LEDGER, REQUEST),
        queries=(REQUESTS, TEAM),
        settings=(*_RULES, *_AUTH, *_METRICS),
    ),
    # Writes the directory, cancels and re-routes leave that does not fit it any more, adjusts
    # accounts, and makes reports. A file of 10,000 lines is read while somebody waits, a report
    # holds up to 30,000, and a call works for up to 20 seconds. So it has a whole processor:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    FunctionSpec(
        name="administer",
        routes={
            "employees-get": "GET /employees",
            "employees-head": "HEAD /employees",
            "employees-put": "PUT /employees",
            "adjustments-get": f"GET {_ADJUSTMENTS}",
            "adjustments-head": f"HEAD {_ADJUSTMENTS}",
            "adjustments-post": f"POST {_ADJUSTMENTS}",
            "absences-report-get": "GET /reports/absences",
            "absences-report-head": "HEAD /reports/absences",
            "balances-report-get": "GET /reports/balances",
            "balances-report-head": "HEAD /reports/balances",
            "adjustments-report-get": "GET /reports/adjustments",
            "adjustments-report-head": "HEAD /reports/adjustments",
        },
        reads=(DELEGATION, DIRECTORY, EMAIL, EMPLOYEE, IDEMPOTENCY, LEDGER, REQUEST, TEAM),
        queries=(EMPLOYEES, REQUESTS),
        writes=(
            *(AUDIT, DIRECTORY, EMAIL, EMPLOYEE, EMPLOYEES, FEED),
            *(IDEMPOTENCY, LEDGER, REQUEST, TEAM),
        ),
        deletes=(EMAIL, TEAM),
        uses=(Use.START_EXECUTION, Use.ANSWER_TASK),
        settings=(*_RULES, *_AUTH, *_METRICS),
        memory_megabytes=1769,
        timeout_seconds=29,
    ),
    # Public, so what it may read holds no request, no link and no other feed's secret. The
    # company's domain makes the ids of its events unique.
    FunctionSpec(
        name="read_calendar_feed",
        routes={"calendar-get": "GET /calendar/{feed}", "calendar-head": "HEAD /calendar/{feed}"},
        public=True,
        reads=(FEED, LEDGER),
        queries=(TEAM,),
        settings=(*_RULES, "LEAVE_COMPANY_DOMAIN"),
    ),
    # Public: the link is the secret. The first of two approvals fails the waiting task, which has
    # the second approver asked.
    FunctionSpec(
        name="submit_lead_response",
        routes={
            "leave-lead-response-get": f"GET {_DECIDE}",
            # Without a route of its own it would be answered 404, and scanners of mail use it:
            # https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_apigatewayv2.HttpMethod.html
            "leave-lead-response-head": f"HEAD {_DECIDE}",
            "leave-lead-response-post": f"POST {_DECIDE}",
        },
        public=True,
        reads=(DELEGATION, EMPLOYEE, LEDGER, REQUEST),
        queries=(TEAM,),
        writes=(LEDGER, REQUEST),
        uses=(Use.ANSWER_TASK, Use.SIGN_IN),
        settings=(*_RULES, *_COMPANY, *_METRICS),
    ),
    # It ends before the next call comes, after 15 minutes.
    FunctionSpec(
        name="daily_sweep",
        caller="schedule",
        reads=(DELEGATION, EMPLOYEE, LEDGER, REMINDER, REQUEST, SWEEP),
        queries=(TEAM,),
        writes=(DELEGATION, LEDGER, REMINDER, REQUEST, SWEEP),
        uses=(
            *(Use.OPEN_INDEX, Use.GMAIL, Use.API_URL),
            *(Use.START_EXECUTION, Use.DESCRIBE_EXECUTION, Use.ANSWER_TASK),
        ),
        settings=_MAIL,
        timeout_seconds=840,
        concurrency=None,
    ),
    FunctionSpec(
        name="describe_api",
        routes={"openapi-get": "GET /openapi.json", "openapi-head": "HEAD /openapi.json"},
        public=True,
        memory_megabytes=128,
        timeout_seconds=5,
    ),
    FunctionSpec(
        name="report_health",
        routes={"health-get": "GET /health", "health-head": "HEAD /health"},
        public=True,
        settings=("LEAVE_VERSION",),
        needs_layer=False,
        memory_megabytes=128,
        timeout_seconds=5,
    ),
    # Sends leads to Google and back; it sees no request and no employee. The callback has no HEAD:
    # it takes the code that Google gave, which counts once.
    FunctionSpec(
        name="sign_in",
        routes={
            "sign-in-get": "GET /sign_in",
            "sign-in-head": "HEAD /sign_in",
            "sign-in-callback-get": "GET /sign_in/callback",
        },
        public=True,
        uses=(Use.SIGN_IN,),
        settings=(*_COMPANY, "LEAVE_COMPANY_DOMAIN", "LEAVE_OIDC_ISSUER"),
        only_with_sign_in=True,
    ),
)
ROUTES: Final[Mapping[str, Mapping[str, str]]] = {
    spec.name: spec.routes for spec in FUNCTIONS if spec.routes
}
"""Route keys by logical name, for each function that has any."""
PUBLIC: Final = frozenset(spec.name for spec in FUNCTIONS if spec.public)
"""Functions without an authorizer: opened by the secret in their address, or public anyway."""
