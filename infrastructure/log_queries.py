"""The log queries that a stage keeps in CloudWatch Logs Insights, as plain data.

docs/operations.md and docs/runbook.md name them and do not repeat them. The language:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["functions", "api", "workflow"]

# The second is how Lambda itself logs what a function raised.
_IS_ERROR: Final = 'filter level = "ERROR" or log_level = "ERROR"'

REQUEST: Final = "REQUEST-ID"
"""Stands in a query for the id of the leave request that is looked for."""


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """A query by name, and whose log groups it searches."""

    name: str
    source: Source = "functions"
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The query as it is typed."""
        return "\n| ".join(self.lines)


def _by_day(name: str, **numbers: str) -> LogQuery:
    """A query of numbers, by their label; such a query can be drawn."""
    columns = ", ".join(f"{number} as {label}" for label, number in numbers.items())
    return LogQuery(name=name, lines=(f"stats {columns} by bin(1d)",))


REQUEST_STORY: Final = LogQuery(
    name="story-of-a-request",
    lines=(
        "fields @timestamp, level, message, error, errorType, errorMessage, requestId",
        f'filter leaveRequestId = "{REQUEST}"',
        "sort @timestamp asc",
    ),
)
ERRORS: Final = LogQuery(
    name="errors",
    lines=(
        _IS_ERROR,
        "stats count(*) as times, max(@timestamp) as latest by message, errorType",
        "sort times desc",
    ),
)
ERRORS_IN_FULL: Final = LogQuery(
    name="errors-in-full",
    lines=(
        "fields @timestamp, @log, message, leaveRequestId, leadId, errorType, errorMessage",
        _IS_ERROR,
        "sort @timestamp desc",
        "limit 100",
    ),
)
REFUSALS: Final = LogQuery(
    name="refusals",
    lines=(
        'filter message = "refused"',
        "stats count(*) as times by error",
        "sort times desc",
    ),
)
SWEEPS: Final = LogQuery(
    name="sweeps",
    lines=(
        "fields @timestamp, finished, requests, @message",
        'filter message = "sweep"',
        "sort @timestamp desc",
        "limit 20",
    ),
)
MAILS: Final = LogQuery(
    name="mails-that-failed",
    lines=(
        "fields @timestamp, @log, message, leaveRequestId, leadId, employeeId",
        "fields errorType, errorMessage",
        "filter message like /^(mail|administrator|previous approver|reminder|digest|adjustment)/",
        "sort @timestamp desc",
        "limit 100",
    ),
)
# Of the numbers that functions report, so that they find nothing where `monitoring` is `none`.
REQUESTS_A_DAY: Final = _by_day("requests-a-day", made="sum(RequestsMade)")
DECISIONS_A_DAY: Final = _by_day(
    "decisions-a-day",
    approved="sum(RequestsApproved)",
    denied="sum(RequestsDenied)",
    withdrawn="sum(RequestsWithdrawn)",
    cancelled="sum(RequestsCancelled)",
    expired="sum(RequestsExpired)",
    undone="sum(AnswersUndone)",
)
ANSWER_TIMES: Final = _by_day(
    "answer-times",
    half="pct(AnswerSeconds, 50)",
    nineOfTen="pct(AnswerSeconds, 90)",
    longest="max(AnswerSeconds)",
)
MAILS_A_DAY: Final = _by_day(
    "mails-a-day",
    sent="sum(MailsSent)",
    throttled="sum(MailsThrottled)",
    unavailable="sum(MailsUnavailable)",
    uncertain="sum(DeliveryUncertain)",
    undeliverable="sum(MailsUndeliverable)",
    rejected="sum(CredentialsRejected)",
)
CALLS: Final = LogQuery(
    name="calls-refused",
    source="api",
    lines=(
        "filter status >= 400",
        "stats count(*) as times by routeKey, status, authorizerError, integrationError",
        "sort times desc",
    ),
)
LATENCY: Final = LogQuery(
    name="latency",
    source="api",
    lines=(
        "stats count(*) as calls, pct(latencyMilliseconds, 95) as slow by routeKey",
        "sort slow desc",
    ),
)
EXECUTIONS: Final = LogQuery(
    name="executions-that-failed",
    source="workflow",
    lines=(
        # Level ERROR logs each error that a state catches as well, of which there are many.
        "filter type like /^Execution(Aborted|Failed|TimedOut)$/",
        "fields @timestamp, execution_arn, type, details.error, details.cause",
        "sort @timestamp desc",
        "limit 100",
    ),
)
LOG_QUERIES: Final = (
    REQUEST_STORY,
    ERRORS,
    ERRORS_IN_FULL,
    REFUSALS,
    SWEEPS,
    MAILS,
    REQUESTS_A_DAY,
    DECISIONS_A_DAY,
    ANSWER_TIMES,
    MAILS_A_DAY,
    CALLS,
    LATENCY,
    EXECUTIONS,
)
