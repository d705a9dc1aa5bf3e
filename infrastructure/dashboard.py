"""What a stage's dashboard shows, as plain data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

AWS charges nothing for the first three dashboards of an account, of up to 50 metrics each. So each
metric is asked for once and shown by more than one statistic where that says more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from infrastructure import log_queries
from infrastructure.alarm_rules import OWN
from infrastructure.cost_drivers import of_costs, of_functions
from infrastructure.widgets import laid_out, log_table, metric, metrics, text, with_line

if TYPE_CHECKING:
    from infrastructure.watched import Watched
    from infrastructure.widgets import Widget

_DAY: Final = 86_400
_WEEK: Final = "-P7D"
# https://support.google.com/a/answer/166852
GMAIL_MAILS_A_DAY: Final = 2000
MADE: Final = ("RequestsMade",)
DECIDED: Final = (
    "RequestsApproved",
    "RequestsDenied",
    "RequestsWithdrawn",
    "RequestsCancelled",
    "RequestsExpired",
    "AnswersUndone",
)
MAILED: Final = (
    "MailsSent",
    "MailsThrottled",
    "MailsUnavailable",
    "MailsInDoubt",
    "MailsUndeliverable",
    "CredentialsRejected",
)
SWEEP: Final = ("SweepFinished", "SweepFailures")


def dashboard(watched: Watched) -> dict[str, Any]:
    """The body of the dashboard."""
    rows = (
        (_heading(watched.stage),),
        (_alarms(watched),),
        _of_requests(watched),
        _of_mails(watched),
        _of_errors(watched),
        of_costs(watched),
        _of_sweeps(watched),
    )
    return {
        "start": _WEEK,
        "periodOverride": "inherit",
        "widgets": laid_out(rows, region=watched.region),
    }


def _heading(stage: str) -> Widget:
    return text(
        f"# Leave requests: {stage}\n"
        "An alarm names its section of `docs/runbook.md`. Requests and mails are counted by the"
        " functions, days and hours in UTC; `docs/operations.md` says when each of them counts.",
        height=3,
    )


def _alarms(watched: Watched) -> Widget:
    return {
        "type": "alarm",
        "width": 24,
        "height": 5,
        "properties": {
            "title": "Alarms",
            "alarms": list(watched.alarm_arns),
            "sortBy": "stateUpdatedTimestamp",
        },
    }


def _of_requests(watched: Watched) -> tuple[Widget, ...]:
    own = (OWN, "stage", watched.stage)
    return (
        metrics(
            "Requests a day",
            [metric(own, name) for name in MADE],
            period=_DAY,
            stacked=True,
        ),
        metrics(
            "Decisions a day",
            [metric(own, name) for name in DECIDED],
            period=_DAY,
            stacked=True,
        ),
        metrics(
            "From request to answer, in seconds",
            [
                metric(own, "AnswerSeconds", stat=stat, label=label)
                for stat, label in (("p50", "half"), ("p90", "nine of ten"), ("Maximum", "longest"))
            ],
            period=_DAY,
        ),
        metrics(
            "Longest wait of a pending request, in working days",
            [metric(own, "OldestUndecidedDays", stat="Maximum")],
            period=_DAY,
        ),
    )


def _of_mails(watched: Watched) -> tuple[Widget, ...]:
    own = (OWN, "stage", watched.stage)
    return (
        with_line(
            metrics(
                "Mails a day by outcome",
                [metric(own, name) for name in MAILED],
                period=_DAY,
                stacked=True,
                width=12,
            ),
            "Gmail's limit for an account",
            GMAIL_MAILS_A_DAY,
        ),
        log_table("Mails that failed", log_queries.MAILS.text, watched.function_logs, width=12),
    )


def _of_errors(watched: Watched) -> tuple[Widget, ...]:
    api = ("AWS/ApiGateway", "ApiId", watched.api_id)
    return (
        metrics("Calls that failed", [metric(api, "4xx"), metric(api, "5xx")], width=12),
        metrics("Errors of the functions", of_functions(watched, "Errors", "Sum"), width=12),
        log_table("Errors by message", log_queries.ERRORS.text, watched.function_logs, width=12),
        log_table("Refusals by rule", log_queries.REFUSALS.text, watched.function_logs, width=12),
    )


def _of_sweeps(watched: Watched) -> tuple[Widget, ...]:
    own = (OWN, "stage", watched.stage)
    queue = ("AWS/SQS", "QueueName", watched.queue_name)
    return (
        metrics(
            "Daily sweep",
            [
                *(metric(own, name) for name in SWEEP),
                metric(
                    queue, "ApproximateNumberOfMessagesVisible", stat="Maximum", label="calls lost"
                ),
            ],
            width=12,
        ),
        log_table("Sweeps", log_queries.SWEEPS.text, watched.function_logs, width=12),
    )
