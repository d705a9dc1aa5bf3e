"""The resource graph of every stack as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infrastructure.aws_answers import API_ENDPOINT, REGION
from tests.infrastructure.graph import FULL, STACKS, dump, graph
from tests.infrastructure.graph_process import UNKNOWN
from tests.infrastructure.stages import every_stage, of_stage
from tests.infrastructure.test_functions import FUNCTIONS

every_stack = pytest.mark.parametrize("stack", STACKS)


@every_stage
def test_a_preview_shows_what_an_update_sets_but_for_what_only_aws_knows(stage: str) -> None:
    """A resource that is made inside an `apply` would be missing."""
    updated = {(item.type, item.name): item for item in of_stage(stage).resources}
    previewed = {(item.type, item.name): item for item in of_stage(stage, preview=True).resources}
    assert previewed.keys() == updated.keys()
    for key, item in previewed.items():
        now = updated[key]
        assert (item.parent, item.protect, item.depends_on) == (
            *(now.parent, now.protect, now.depends_on),
        )
        assert agrees(item.inputs, now.inputs), key


def agrees(shown: Any, made: Any) -> bool:
    """Whether what is made is what was shown, as far as it was known."""
    if shown == UNKNOWN:
        return True
    if isinstance(shown, dict) and isinstance(made, dict):
        # Inside an output that is known in part, the mocks leave out what AWS would add.
        return shown.keys() <= made.keys() and all(agrees(shown[k], made[k]) for k in shown)
    if isinstance(shown, list) and isinstance(made, list):
        return len(shown) == len(made) and all(map(agrees, shown, made))
    return shown == made


def test_a_preview_that_shows_something_else_is_found() -> None:
    assert agrees({"a": [UNKNOWN, 1]}, {"a": ["known", 1]})
    for other in ({"a": ["known", 2]}, {"a": ["known"]}, {"b": ["known", 1]}):
        assert not agrees({"a": [UNKNOWN, 1]}, other)


@every_stack
def test_a_preview_knows_every_physical_name_and_what_the_functions_run(stack: str) -> None:
    previewed = graph(stack, preview=True)
    names = [item.inputs.get("name", "") for item in previewed.resources]
    assert UNKNOWN not in names
    for function in previewed.of("lambda/function:Function").values():
        told = {
            key: function.inputs[key] for key in ("code", "handler", "runtime", "architectures")
        }
        assert UNKNOWN not in json.dumps(told)


@every_stack
def test_every_resource_of_aws_belongs_to_a_component(stack: str) -> None:
    resources = graph(stack).resources
    components = {item.name for item in resources if item.type.startswith("leave:")}
    orphans = [item for item in resources if item.type.startswith("aws:") and not item.parent]
    assert orphans == []
    assert {item.parent for item in resources if item.parent} <= components


@every_stack
def test_the_exports_are_what_tools_read(stack: str) -> None:
    assert graph(stack).outputs == {
        "api_url": f"{API_ENDPOINT}/{stack}",
        "table_name": f"leave-{stack}",
        "state_machine_arn": (
            f"arn:aws:states:{REGION}:123456789012:stateMachine:EmployeeLeaveWorkflow-{stack}"
        ),
        "gmail_secret_name": f"leave/{stack}/gmail",
        "region": REGION,
        "functions": {name.replace("-", "_"): f"leave-{stack}-{name}" for name in FUNCTIONS},
    }


def test_the_stacks_differ_in_values_only() -> None:
    """Dev proves what prod will do: the same resources, set differently."""
    stages = [graph(stack, monitoring="full", alarm_email="ops@foo.com") for stack in STACKS]
    shapes = {
        tuple(sorted((item.type, item.name, *sorted(item.inputs)) for item in stage.resources))
        for stage in stages
    }
    assert len(shapes) == 1


def test_levels_of_monitoring_differ_in_what_watches_only() -> None:
    """What is watched, and with it every link and every waiting execution, stays as it is."""
    none, essential, full = (
        {(item.type, item.name) for item in graph("prod", monitoring=level).resources}
        for level in ("none", "essential", "full")
    )
    assert none < essential < full
    assert {type_ for type_, _ in full - none} == {
        "leave:alarms:Alarms",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:sns/topic:Topic",
        "aws:sns/topicSubscription:TopicSubscription",
    }


@every_stack
def test_no_secret_value_is_made_or_passed_on(stack: str) -> None:
    """The value of the Gmail secret never passes through Pulumi."""
    text = dump(stack)
    assert "secretVersion" not in text
    assert "secretString" not in text
    for word in ("refresh_token", "client_secret", "password", "private_key"):
        assert word not in text.lower()


def test_the_layer_is_built_for_what_the_functions_run_on() -> None:
    arm = graph("dev")
    assert arm.target == {"python": "3.13", "platform": "manylinux2014_aarch64"}
    intel = graph("dev", **FULL)
    assert intel.target == {"python": "3.12", "platform": "manylinux2014_x86_64"}
    layer = intel.only("lambda/layerVersion:LayerVersion").inputs
    assert layer["compatibleArchitectures"] == ["x86_64"]
    assert layer["compatibleRuntimes"] == ["python3.12"]
