"""What a stage's dashboard shows, as plain data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

AWS charges nothing for the first three dashboards of an account, of up to 50 metrics each. What no
alarm needs as a metric is counted by log queries, as each metric of one's own costs by the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from infrastructure import log_queries
from infrastructure.alarm_rules import OLDEST, OWN
from infrastructure.cost_drivers import of_costs, of_functions
from infrastructure.widgets import laid_out, logs, metric, metrics, text

if TYPE_CHECKING:
    from infrastructure.watched import Watched
    from infrastructure.widgets import Widget

_DAY: Final = 86_400
_WEEK: Final = "-P7D"
# https://support.google.com/a/answer/166852
GMAIL_MAILS_A_DAY: Final = 2000


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
        "An alarm names its section of `docs/runbook.md`. Requests and mails are counted from the"
        " logs of the functions, days in UTC; `docs/operations.md` says when each of them counts.",
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
    groups = watched.function_logs
    return (
        logs("Requests a day", log_queries.REQUESTS_A_DAY.text, groups, view="bar"),
        logs("Decisions a day", log_queries.DECISIONS_A_DAY.text, groups, view="bar"),
        logs(
            "From request to answer, in seconds",
            log_queries.ANSWER_TIMES.text,
            groups,
            view="timeSeries",
        ),
        metrics(
            "Longest wait of a pending request, in working days",
            [metric((OWN, "stage", watched.stage), OLDEST, stat="Maximum")],
            period=_DAY,
        ),
    )


def _of_mails(watched: Watched) -> tuple[Widget, ...]:
    return (
        logs(
            f"Mails a day by outcome; Gmail's limit for an account is {GMAIL_MAILS_A_DAY:,}",
            log_queries.MAILS_A_DAY.text,
            watched.function_logs,
            view="bar",
            width=12,
        ),
        logs("Mails that failed", log_queries.MAILS.text, watched.function_logs, width=12),
    )


def _of_errors(watched: Watched) -> tuple[Widget, ...]:
    api = ("AWS/ApiGateway", "ApiId", watched.api_id)
    return (
        metrics("Calls that failed", [metric(api, "4xx"), metric(api, "5xx")], width=12),
        metrics("Errors of the functions", of_functions(watched, "Errors", "Sum"), width=12),
        logs("Errors by message", log_queries.ERRORS.text, watched.function_logs, width=12),
        logs("Refusals by rule", log_queries.REFUSALS.text, watched.function_logs, width=12),
    )


def _of_sweeps(watched: Watched) -> tuple[Widget, ...]:
    own = (OWN, "stage", watched.stage)
    queue = ("AWS/SQS", "QueueName", watched.queue_name)
    return (
        metrics(
            "Daily sweep",
            [
                metric(own, OLDEST, stat="SampleCount", label="sweeps finished"),
                metric(own, "SweepFailures"),
                metric(
                    queue, "ApproximateNumberOfMessagesVisible", stat="Maximum", label="calls lost"
                ),
            ],
            width=12,
        ),
        logs("Sweeps", log_queries.SWEEPS.text, watched.function_logs, width=12),
    )
