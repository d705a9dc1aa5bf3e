"""What a stage costs money by, as widgets of its dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infrastructure.table import OPEN_INDEX
from infrastructure.widgets import metric, metrics

if TYPE_CHECKING:
    from infrastructure.watched import Watched
    from infrastructure.widgets import Widget


def of_costs(watched: Watched) -> tuple[Widget, ...]:
    """Calls, invocations and their time, executions, units of the table."""
    api = ("AWS/ApiGateway", "ApiId", watched.api_id)
    machine = ("AWS/States", "StateMachineArn", watched.state_machine_arn)
    account = ("AWS/States", "ServiceMetric", "StateTransition")
    table = ("AWS/DynamoDB", "TableName", watched.table_name)
    index = (*table, "GlobalSecondaryIndexName", OPEN_INDEX)
    return (
        metrics(
            "Cost driver: calls of the API, and how long they take",
            [
                metric(api, "Count", label="calls"),
                *(
                    metric(api, "Latency", stat=stat, label=f"{stat} in ms", right=True)
                    for stat in ("p50", "p95")
                ),
            ],
        ),
        # There is a duration for each invocation, which saves a metric for every function.
        metrics("Cost driver: invocations", of_functions(watched, "Duration", "SampleCount")),
        metrics("Cost driver: milliseconds of functions", of_functions(watched, "Duration", "Sum")),
        metrics(
            "Cost driver: executions, and state transitions of the account",
            [
                metric(machine, "ExecutionsStarted", label="executions started"),
                metric(account, "ConsumedCapacity", label="transitions, account", right=True),
            ],
        ),
        metrics(
            "Cost driver: units of the table",
            [
                metric(table, "ConsumedReadCapacityUnits", label="read"),
                metric(table, "ConsumedWriteCapacityUnits", label="written"),
                metric(index, "ConsumedWriteCapacityUnits", label="written to the index"),
            ],
            width=24,
        ),
    )


def of_functions(watched: Watched, name: str, stat: str) -> list[list[Any]]:
    """One line for each function."""
    return [
        metric(("AWS/Lambda", "FunctionName", physical), name, stat=stat, label=function)
        for function, physical in sorted(watched.functions.items())
    ]
