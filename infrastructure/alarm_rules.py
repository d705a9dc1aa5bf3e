"""What is watched, as plain data: when operators are told, and where they read what to do.

At the level `essential` there is an alarm for what does not mend itself and nobody else is told of,
once for each cause: the API's own errors are those of its functions, and a sweep that did not
finish is one that failed, was throttled or was never called.

`section` is a heading of docs/runbook.md. `missing` says what it means that there is no number:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pulumi

    from infrastructure.function_table import FunctionSpec

OLDEST: Final = "OldestUndecidedDays"
OWN: Final = "Leave"
"""The namespace of the numbers that the functions report themselves, by the dimension `stage`."""
_FIVE_MINUTES: Final = 300
_HOUR: Final = 3600
# A day has 25 hours once a year, and a sweep takes a while.
_DAY_AND_MORE: Final = 26

Missing = Literal["breaching", "ignore", "notBreaching"]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Sounds when `datapoints` of the last `periods` numbers are beyond `limit`.

    A number is of `period` seconds. `below` turns it round: the number must be `limit` at least.
    """

    name: str
    section: str
    essential: bool = False
    namespace: str
    metric: str
    dimension: str
    of: pulumi.Input[str]
    statistic: Literal["Maximum", "SampleCount", "Sum"] = "Sum"
    period: int = _FIVE_MINUTES
    periods: int = 1
    datapoints: int = 1
    limit: int = 0
    below: bool = False
    missing: Missing = "notBreaching"


def at_level(alarms: Iterable[Alarm], monitoring: str) -> list[Alarm]:
    """Those of `alarms` that a stage has at this level."""
    if monitoring == "full":
        return list(alarms)
    return [alarm for alarm in alarms if alarm.essential and monitoring == "essential"]


def own_metrics(monitoring: str) -> list[str]:
    """The metrics that functions publish at this level: those that an alarm uses."""
    alarms = of_numbers("", escalate_after_days=0)
    return sorted({alarm.metric for alarm in at_level(alarms, monitoring)})


def of_executions(state_machine_arn: pulumi.Input[str]) -> list[Alarm]:
    """No execution ends but well; there are numbers only while some end.

    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    """
    return [
        Alarm(
            name=f"executions-{how}",
            section=f"An execution {told}",
            essential=how == "failed",
            namespace="AWS/States",
            metric=metric,
            dimension="StateMachineArn",
            of=state_machine_arn,
        )
        for how, told, metric in (
            ("failed", "failed", "ExecutionsFailed"),
            ("timed-out", "timed out", "ExecutionsTimedOut"),
            ("aborted", "was aborted", "ExecutionsAborted"),
        )
    ]


def of_function(
    spec: FunctionSpec, physical_name: pulumi.Input[str], *, waits_in_line: bool
) -> list[Alarm]:
    """Errors and throttles; there are numbers only while the function is called.

    One that `waits_in_line` has few instances on purpose, and is called again when it is throttled.
    That it was throttled in each of three hours is news: more is asked of it than it gets done.
    """
    errors = Alarm(
        name=f"{spec.resource}-errors",
        section="A function fails",
        essential=spec.caller == "workflow",
        namespace="AWS/Lambda",
        metric="Errors",
        dimension="FunctionName",
        of=physical_name,
        period=_HOUR if spec.expected_errors else _FIVE_MINUTES,
        limit=spec.expected_errors,
    )
    throttles = Alarm(
        name=f"{spec.resource}-throttles",
        section="A function is throttled",
        namespace="AWS/Lambda",
        metric="Throttles",
        dimension="FunctionName",
        of=physical_name,
        period=_HOUR if waits_in_line else _FIVE_MINUTES,
        periods=3 if waits_in_line else 1,
        datapoints=3 if waits_in_line else 1,
    )
    return [errors, throttles]


def of_api(api_id: pulumi.Input[str]) -> Alarm:
    """Calls that failed; the functions behind the API answer every error, so they count none.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """
    return Alarm(
        name="calls-failed",
        section="Calls of the API fail",
        essential=True,
        namespace="AWS/ApiGateway",
        metric="5xx",
        dimension="ApiId",
        of=api_id,
    )


def of_queue(queue_name: pulumi.Input[str]) -> Alarm:
    """Calls of the daily sweep that were lost.

    SQS falls silent about a queue that nothing happened to for six hours, full or empty:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    return Alarm(
        name="sweep-calls-lost",
        section="Calls of the daily sweep are lost",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimension="QueueName",
        of=queue_name,
        statistic="Maximum",
        missing="ignore",
    )


def of_numbers(stage: str, *, escalate_after_days: int) -> list[Alarm]:
    """What the functions report themselves, most of it only when there is something to report.

    The daily sweep reports at its end, even if it is zero days, so that a number of it stands for a
    day, and none for a sweep that did not finish. What the workflow
    tries again is reported at least once an hour, so that such an alarm lasts as long as its cause.
    """
    return [
        _own(
            stage,
            name="sweep-not-finished",
            section="The daily sweep did not finish",
            essential=True,
            metric=OLDEST,
            statistic="SampleCount",
            period=_HOUR,
            periods=_DAY_AND_MORE,
            datapoints=_DAY_AND_MORE,
            limit=1,
            below=True,
            missing="breaching",
        ),
        _own(
            stage,
            name="request-undecided",
            section="A request waits too long",
            essential=True,
            metric=OLDEST,
            statistic="Maximum",
            period=_HOUR,
            periods=_DAY_AND_MORE,
            limit=2 * escalate_after_days,
        ),
        _own(
            stage,
            name="sweep-failures",
            section="The daily sweep left a request undone",
            metric="SweepFailures",
            period=_HOUR,
            periods=_DAY_AND_MORE,
        ),
        _own(
            stage,
            name="credentials-rejected",
            section="Google rejects the credentials",
            essential=True,
            metric="CredentialsRejected",
            periods=15,
        ),
        _own(
            stage,
            name="mails-undeliverable",
            section="A mail was refused for good",
            metric="MailsUndeliverable",
            periods=15,
        ),
    ]


def _own(stage: str, **rule: Any) -> Alarm:
    return Alarm(namespace=OWN, dimension="stage", of=stage, **rule)
