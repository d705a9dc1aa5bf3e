"""The saved log queries: kept in every stage, over its log groups, and named by the pages."""

from __future__ import annotations

import re

import pytest

from infrastructure.alarm_rules import own_metrics
from infrastructure.api import ACCESS_LOG
from infrastructure.log_queries import EXECUTIONS, LOG_QUERIES, LogQuery
from leave.services.ports import Metric
from tests.docs.markdown import PROJECT, Page, rows
from tests.infrastructure.graph import STACKS, graph
from tests.infrastructure.test_dashboard import ALARM, body
from tests.infrastructure.test_functions import FUNCTIONS
from tests.leave.functions.test_log_lines import fields_of

QUERY = "cloudwatch/queryDefinition:QueryDefinition"
OPERATIONS = Page(PROJECT / "docs" / "operations.md")
RUNBOOK = Page(PROJECT / "docs" / "runbook.md")
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
WORKFLOW_LOG = {"execution_arn", "type", "details.error", "details.cause", "event_timestamp", "id"}
MOST_GROUPS = 50

every_query = pytest.mark.parametrize("query", LOG_QUERIES, ids=lambda query: query.name)


@every_query
@pytest.mark.parametrize("stack", STACKS)
def test_a_query_is_kept_for_the_log_groups_it_is_about(stack: str, query: LogQuery) -> None:
    stage = graph(stack)
    kept = stage.of(QUERY)[f"watching-{query.name}"].inputs
    assert kept["name"] == f"leave-{stack}/{query.name}"
    assert kept["queryString"] == query.text
    assert (
        kept["logGroupNames"]
        == {
            "functions": [f"/aws/lambda/leave-{stack}-{name}" for name in sorted(FUNCTIONS)],
            "api": [f"/aws/vendedlogs/apis/leave-{stack}"],
            "workflow": [f"/aws/vendedlogs/states/EmployeeLeaveWorkflow-{stack}"],
        }[query.source]
    )
    groups = {item.inputs["name"] for item in stage.of("cloudwatch/logGroup:LogGroup").values()}
    assert set(kept["logGroupNames"]) <= groups
    assert len(kept["logGroupNames"]) <= MOST_GROUPS


@every_query
def test_a_query_asks_for_fields_that_its_log_has(query: LogQuery) -> None:
    """What functions write is asked of the functions themselves, in test_log_lines.py."""
    known = {"api": {*ACCESS_LOG}, "workflow": WORKFLOW_LOG}
    if query.source in known:
        assert fields_of(query.text) <= known[query.source]


def test_every_line_of_a_query_is_a_command() -> None:
    commands = ("fields ", "filter ", "sort ", "limit ", "stats ")
    for query in LOG_QUERIES:
        assert all(line.startswith(commands) for line in query.lines), query.name
        assert query.text.count('"') % 2 == 0


def test_the_query_of_failed_executions_leaves_out_errors_that_a_state_catches() -> None:
    """At level ERROR the log has those, too, one for each mail that is tried again."""
    (filtered,) = [line for line in EXECUTIONS.lines if line.startswith("filter type like ")]
    ends = re.compile(filtered.removeprefix("filter type like ").strip("/"))
    assert ends.search("ExecutionFailed")
    assert ends.search("ExecutionTimedOut")
    assert not ends.search("TaskFailed")


def test_the_page_for_operators_names_every_query() -> None:
    listed = [row[0].strip("`") for row in rows(OPERATIONS.section("### Saved queries"))]
    assert listed == [query.name for query in LOG_QUERIES]


def test_queries_of_the_runbook_are_kept() -> None:
    names = {query.name for query in LOG_QUERIES}
    for section in RUNBOOK.text.split("\n### ")[1:]:
        named = re.findall(r"quer(?:y|ies) `([a-z-]+)`", section)
        assert set(named) <= names, section.partition("\n")[0]
    assert names & set(re.findall(r"`([a-z-]+)`", RUNBOOK.text))


def test_widgets_of_the_runbook_are_shown() -> None:
    titles = " ".join(
        w["properties"].get("title", "") for w in body(graph("dev", monitoring="full"))["widgets"]
    )
    named = [
        " ".join(name.split()) for name in re.findall(r"dashboard's \*([^*]+)\*", RUNBOOK.text)
    ]
    assert len(named) == 3
    assert [name for name in named if name not in titles] == []


def test_no_page_repeats_a_query() -> None:
    for page in (OPERATIONS, RUNBOOK):
        assert not re.search(r"filter (level|message|status)|stats count", page.text)


def test_every_section_of_the_runbook_says_how_to_look_and_how_to_cure() -> None:
    for section in RUNBOOK.text.split("\n### ")[1:]:
        meaning, look, rest = section.partition("\n* Look: ")
        assert look, section
        assert "\n* Cure: " in rest, section
        assert len(meaning.partition("\n\n")[2].split()) > 5, "it says what it means"


def test_the_page_for_operators_says_what_every_metric_counts() -> None:
    listed = [
        (row[0].strip("`"), row[1]) for row in rows(OPERATIONS.section("## What is measured"))
    ]
    metrics = [(metric.value, metric.unit) for metric in Metric]
    assert listed[: len(metrics)] == metrics


def test_what_watching_costs_is_counted_right() -> None:
    costs = OPERATIONS.section("## What is measured")
    essential, full = (
        len(graph("dev", monitoring=level).of(ALARM)) for level in ("essential", "full")
    )
    few, more = (len(own_metrics(level)) for level in ("essential", "full"))
    assert f"| {few} or {more} metrics of its own" in costs
    assert f"| 0.30 | {0.3 * few:.2f} | {0.3 * more:.2f} |" in costs
    priced = f"| 0.10 | {essential / 10:.2f} | {full / 10:.2f} |"
    assert f"| {essential} or {full} alarms {priced}" in costs
    with_sign_in = len(graph("dev", monitoring="full", require_sign_in=True).of(ALARM))
    levels = OPERATIONS.section("## Levels of monitoring")
    assert with_sign_in - full == 2
    assert "at `full` two more alarms" in levels
    assert f"also {essential} alarms" in levels
    assert f"the other {full - essential} alarms" in levels


def test_the_page_names_the_essential_alarms() -> None:
    section = OPERATIONS.section("## Levels of monitoring")
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", cell)}
    alarms = graph("dev", monitoring="essential").of(ALARM)
    assert named == {name.removeprefix("alarms-") for name in alarms}


def test_the_runbook_says_which_alarms_exist_at_one_level_only() -> None:
    essential, full = (
        {
            alarm.inputs["alarmDescription"]
            for alarm in graph("dev", monitoring=level).of(ALARM).values()
        }
        for level in ("essential", "full")
    )
    for section in RUNBOOK.text.split("\n### ")[1:]:
        title = section.partition("\n")[0]
        said = "This alarm exists at `full` only." in section
        assert said == (not any(f'"{title}"' in told for told in essential)), title
        assert any(f'"{title}"' in told for told in full), title


@pytest.mark.parametrize("level", ["none", "essential", "full"])
def test_every_level_keeps_all_queries(level: str) -> None:
    assert len(graph("prod", monitoring=level).of(QUERY)) == len(LOG_QUERIES)
