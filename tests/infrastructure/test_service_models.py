"""AWS's own models of its services have nothing against what would be sent to them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.creators import lambda_, registry
from emulator.creators.resource import Deployment, Resource
from tests.infrastructure.graph import EVERYTHING_SET, STACKS, dump
from tests.infrastructure.service_models import ModelledAws, breaches

LONGEST = "s" * 30


def renamed(text: str, stage: str) -> str:
    """A graph of dev as that of a stage with another name."""
    for before in ("leave-", "leave/", "EmployeeLeaveWorkflow-"):
        text = text.replace(f"{before}dev", f"{before}{stage}")
    return text


@cache
def sent(stack: str, stage: str | None = None, *, overrides: str = "{}") -> ModelledAws:
    """All calls that would make the resources of a stack, or of one with the name `stage`."""
    registry.load()
    text = dump(stack, overrides=overrides)
    aws: Any = ModelledAws()
    deployment = Deployment(aws=aws, project="leave", stack=stage or stack, program=Path())
    for resource in json.loads(renamed(text, stage) if stage else text)["resources"]:
        if resource["type"].startswith("aws:"):
            asked = Resource(
                token=resource["type"], name=resource["name"], inputs=resource["inputs"]
            )
            registry.creator_of(asked.token)(deployment, asked)
    return aws


@pytest.fixture(autouse=True)
def _no_artifact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building one takes seconds, and no model has anything to say about it."""
    monkeypatch.setattr(lambda_, "zip_of", lambda *_: b"zip")
    monkeypatch.setattr(lambda_, "pointer_to", lambda *_: b"zip")


@pytest.mark.parametrize("stack", STACKS)
def test_names_lengths_and_values_are_those_of_the_models(stack: str) -> None:
    assert sent(stack).problems == []


def test_the_longest_name_of_a_stage_fits_everywhere() -> None:
    aws = sent("dev", LONGEST, overrides=EVERYTHING_SET)
    assert aws.problems == []


@pytest.mark.parametrize(
    "operation",
    [
        "CreateFunction",
        "CreateRoute",
        "CreateSchedule",
        "CreateScheduleGroup",
        "CreateQueue",
        "CreateStateMachine",
        "CreateTable",
        "CreateTopic",
        "PutFunctionEventInvokeConfig",
        "PutMetricAlarm",
        "PutRolePolicy",
        "Subscribe",
    ],
)
def test_what_is_made_was_held_against_its_model(operation: str) -> None:
    assert operation in sent("prod").calls


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("scheduler", "CreateSchedule", {"Name": "n" * 65}),
        ("scheduler", "CreateSchedule", {"Name": "daily sweep"}),
        ("scheduler", "CreateSchedule", {"FlexibleTimeWindow": {"Mode": "SOMETIMES"}}),
        ("scheduler", "CreateSchedule", {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 186}}}),
        ("cloudwatch", "PutMetricAlarm", {"ComparisonOperator": "Below"}),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "n" * 256}),
        ("lambda", "CreateFunction", {"Timeout": 0}),
        ("dynamodb", "CreateTable", {"BillingMode": "FREE"}),
    ],
)
def test_what_a_model_does_not_allow_is_found(
    service: str, operation: str, params: dict[str, Any]
) -> None:
    """Without this, a check that looks at nothing would find nothing."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"))
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    assert len(list(breaches(shape, params, operation))) == 1
