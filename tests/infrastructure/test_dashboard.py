"""What operators see of a stage at one glance."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from infrastructure.function_table import FUNCTIONS
from infrastructure.log_queries import LOG_QUERIES
from infrastructure.table import OPEN_INDEX
from leave.adapters.system import NAMESPACE
from leave.services.ports import Metric
from tests.infrastructure.aws_answers import API_ID, REGION
from tests.infrastructure.dashboard_schema import AWS_METRICS, BODY
from tests.infrastructure.graph import STACKS, Graph, graph

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARD = "cloudwatch/dashboard:Dashboard"
ALARM = "cloudwatch/metricAlarm:MetricAlarm"
FREE_METRICS = 50
every_stack = pytest.mark.parametrize("stack", STACKS)


def fullest() -> Graph:
    """A stage with all functions there are."""
    return graph("dev", require_sign_in=True, monitoring="full")


def full(stack: str) -> Graph:
    """A stage that has a dashboard."""
    return graph(stack, monitoring="full")


def body(stage: Graph) -> dict[str, Any]:
    return json.loads(stage.only(DASHBOARD).inputs["dashboardBody"])


def widgets(stage: Graph, kind: str) -> list[dict[str, Any]]:
    return [widget for widget in body(stage)["widgets"] if widget["type"] == kind]


def shown(stage: Graph) -> Iterator[tuple[str, str, frozenset[tuple[str, str]], dict[str, str]]]:
    """Yield namespace, name, dimensions and options of every metric on the dashboard."""
    for widget in widgets(stage, "metric"):
        for namespace, name, *rest, options in widget["properties"]["metrics"]:
            dimensions = frozenset(zip(rest[::2], rest[1::2], strict=True))
            yield namespace, name, dimensions, options


@every_stack
def test_the_body_is_as_aws_describes_it(stack: str) -> None:
    jsonschema_rs.validate(BODY, body(full(stack)))


@pytest.mark.parametrize("change", [{"width": 25}, {"type": "graph"}, {"properties": {}}, {"z": 1}])
@pytest.mark.parametrize("number", [0, 1, 2, 7])
def test_the_schema_would_notice(change: dict[str, Any], number: int) -> None:
    broken = body(full("dev"))
    broken["widgets"][number].update(change)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(BODY, broken)


@every_stack
def test_it_is_the_stage_s_own(stack: str) -> None:
    assert full(stack).only(DASHBOARD).inputs["dashboardName"] == f"leave-{stack}"
    regions = {w["properties"].get("region") for w in body(full(stack))["widgets"]} - {None}
    assert regions == {REGION}


def test_widgets_fill_the_grid_and_do_not_overlap() -> None:
    cells = Counter(
        (x, y)
        for w in body(fullest())["widgets"]
        for x in range(w["x"], w["x"] + w["width"])
        for y in range(w["y"], w["y"] + w["height"])
    )
    assert set(cells.values()) == {1}
    bottom = max(y for _, y in cells)
    assert set(cells) == {(x, y) for x in range(24) for y in range(bottom + 1)}


def test_titles_are_there_and_none_comes_twice() -> None:
    titles = [w["properties"]["title"] for w in body(fullest())["widgets"] if w["type"] != "text"]
    assert len(titles) == len(set(titles))


def test_what_the_functions_report_is_shown_and_nothing_else() -> None:
    """As metrics, or counted in the logs."""
    own = {name for namespace, name, _, _ in shown(fullest()) if namespace == NAMESPACE}
    counted = {
        name
        for table in widgets(fullest(), "log")
        for name in re.findall(r"(?:max|pct|sum)\((\w+)", table["properties"]["query"])
    }
    assert own | counted == {metric.value for metric in Metric}


def test_no_metric_is_shown_that_functions_do_not_publish() -> None:
    own = {name for namespace, name, _, _ in shown(fullest()) if namespace == NAMESPACE}
    function = fullest().of("lambda/function:Function")["daily-sweep"].inputs
    assert own <= set(function["environment"]["variables"]["LEAVE_METRICS"].split(","))


@pytest.mark.parametrize("level", ["none", "essential"])
def test_no_other_level_has_a_dashboard(level: str) -> None:
    assert not graph("prod", monitoring=level).of(DASHBOARD)


@every_stack
def test_own_metrics_are_those_of_the_stage(stack: str) -> None:
    found = {dims for namespace, _, dims, _ in shown(full(stack)) if namespace == NAMESPACE}
    assert found == {frozenset({("stage", stack)})}


def test_seconds_are_not_added_up() -> None:
    (query,) = [
        table["properties"]["query"]
        for table in widgets(fullest(), "log")
        if Metric.ANSWER_SECONDS in table["properties"]["query"]
    ]
    found = set(re.findall(r"(\w+)\(AnswerSeconds(?:, (\d+))?\)", query))
    assert found == {("pct", "50"), ("pct", "90"), ("max", "")}


def test_a_query_that_is_drawn_has_one_number_for_each_day() -> None:
    """AWS draws what is grouped by `bin()` alone.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
    """
    drawn = [
        table["properties"]["query"].rpartition("| ")[2]
        for table in widgets(fullest(), "log")
        if table["properties"]["view"] != "table"
    ]
    assert len(drawn) == 4
    assert all(re.fullmatch(r"stats .+ by bin\(1d\)", query) for query in drawn)


def test_metrics_of_aws_are_some_that_there_are() -> None:
    for namespace, name, dimensions, _ in shown(fullest()):
        if namespace != NAMESPACE:
            known = AWS_METRICS[namespace, frozenset(key for key, _ in dimensions)]
            assert name in known, f"{namespace} {name}"


@every_stack
def test_what_is_shown_is_the_stage(stack: str) -> None:
    stage = full(stack)
    values: dict[str, set[str]] = {}
    for _, _, dimensions, _ in shown(stage):
        for key, value in dimensions:
            values.setdefault(key, set()).add(value)
    functions = stage.of("lambda/function:Function").values()
    assert values == {
        "ApiId": {API_ID},
        "FunctionName": {function.inputs["name"] for function in functions},
        "GlobalSecondaryIndexName": {OPEN_INDEX},
        "QueueName": {stage.only("sqs/queue:Queue").inputs["name"]},
        "ServiceMetric": {"StateTransition"},
        "StateMachineArn": {stage.outputs["state_machine_arn"]},
        "TableName": {stage.outputs["table_name"]},
        "stage": {stack},
    }


def test_every_alarm_is_shown() -> None:
    (alarms,) = widgets(fullest(), "alarm")
    names = {item.inputs["name"] for item in fullest().of(ALARM).values()}
    assert {arn.rpartition(":")[2] for arn in alarms["properties"]["alarms"]} == names


@pytest.mark.parametrize("name", ["Duration", "Errors"])
def test_every_function_has_a_line(name: str) -> None:
    functions = {f.inputs["name"] for f in fullest().of("lambda/function:Function").values()}
    drawn = {dict(dims)["FunctionName"] for _, n, dims, _ in shown(fullest()) if n == name}
    assert drawn == functions
    assert len(functions) == len(FUNCTIONS)


def test_it_costs_nothing_where_there_are_no_more_than_three() -> None:
    """https://aws.amazon.com/cloudwatch/pricing/."""
    assert len({(ns, name, dims) for ns, name, dims, _ in shown(fullest())}) <= FREE_METRICS


def test_its_log_tables_are_saved_queries_over_groups_of_the_stage() -> None:
    stage = fullest()
    groups = {item.inputs["name"] for item in stage.of("cloudwatch/logGroup:LogGroup").values()}
    saved = {query.text for query in LOG_QUERIES}
    tables = widgets(stage, "log")
    assert len(tables) == 8
    for table in tables:
        query = table["properties"]["query"]
        sources = re.findall(r"SOURCE '([^']+)' \| ", query)
        assert 1 <= len(set(sources)) <= 50
        assert set(sources) <= groups
        assert query.rpartition(f"SOURCE '{sources[-1]}' | ")[2] in saved
