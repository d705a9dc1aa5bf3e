"""Every `*` of every policy, with its reason; one without is a failure, and an idle reason too."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.infrastructure.aws_answers import ACCOUNT, EXECUTION_ARN, REGION
from tests.infrastructure.items import REACHED
from tests.infrastructure.linters import resource_types
from tests.infrastructure.stages import every_stage, of_stage

# Why an action is granted on everything. Of each, AWS names no resource, which a test looks up.
ON_EVERYTHING = {
    "states:SendTaskFailure": "a task is answered by its token, which is the key to it",
    "states:SendTaskSuccess": "a task is answered by its token, which is the key to it",
    "xray:PutTelemetryRecords": "a trace belongs to the account",
    "xray:PutTraceSegments": "a trace belongs to the account",
    "xray:GetSamplingRules": "how much is traced is set for the account",
    "xray:GetSamplingTargets": "how much is traced is set for the account",
    "logs:CreateLogDelivery": "a delivery has no name before it is made",
    "logs:DeleteLogDelivery": "only AWS knows the name of a delivery",
    "logs:DescribeLogGroups": "a search through all log groups",
    "logs:DescribeResourcePolicies": "a list of the account",
    "logs:GetLogDelivery": "only AWS knows the name of a delivery",
    "logs:ListLogDeliveries": "a list of the account",
    "logs:PutResourcePolicy": "a policy of the account",
    "logs:UpdateLogDelivery": "only AWS knows the name of a delivery",
}
# Which parts of an exact name end in a `*`, and why.
_HERE = f"{REGION}:{ACCOUNT}"
ALARMS = rf"arn:aws:cloudwatch:{_HERE}:alarm:leave-[a-z]+-\*"
UNNAMED = {
    rf"arn:aws:logs:{_HERE}:log-group:/aws/lambda/leave-[a-z-]+:\*": "Lambda names its streams",
    rf"arn:aws:states:{_HERE}:execution:EmployeeLeaveWorkflow-[a-z]+:\*": "named after requests",
    ALARMS: "the alarms of this stage",
    rf"{EXECUTION_ARN}/[a-z]+/[A-Z]+/[a-z_/]+(/\*)+(/reminder|/adjustments)?": "parts of a path",
}


def statements(stage: str) -> list[dict[str, Any]]:
    """Those of every policy of a stage: of roles, of who takes them, of topics."""
    documents = [
        resource.inputs[key]
        for resource in of_stage(stage).resources
        for key in ("policy", "assumeRolePolicy")
        if key in resource.inputs
    ]
    return [statement for text in documents for statement in json.loads(text)["Statement"]]


def resources(stage: str) -> set[str]:
    """Every resource and every source that a policy or a permission names, but everything."""
    named = {arn for statement in statements(stage) for arn in statement.get("Resource", [])}
    for statement in statements(stage):
        for values in statement.get("Condition", {}).values():
            named |= {value for key, value in values.items() if key.startswith("aws:")}
    permissions = of_stage(stage).of("lambda/permission:Permission").values()
    return (named | {permission.inputs["sourceArn"] for permission in permissions}) - {"*"}


@every_stage
def test_a_policy_allows_by_name_and_denies_nothing(stage: str) -> None:
    """`NotAction`, `NotResource` and `NotPrincipal` allow everything else; none is used."""
    for statement in statements(stage):
        assert statement["Effect"] == "Allow"
        assert statement.keys() <= {
            *("Action", "Condition", "Effect", "Principal", "Resource", "Sid")
        }


@every_stage
def test_items_are_named_by_their_kind(stage: str) -> None:
    """What follows it is the id of a request or a person, which nobody knows beforehand."""
    patterns = {
        pattern
        for statement in statements(stage)
        for values in [statement.get("Condition", {}).get("ForAllValues:StringLike", {})]
        for pattern in values.get("dynamodb:LeadingKeys", ())
    }
    assert patterns == {f"{kind}*" if kind.endswith("#") else kind for kind in REACHED}


@every_stage
def test_no_action_and_no_principal_has_a_wildcard(stage: str) -> None:
    for statement in statements(stage):
        assert not [action for action in statement["Action"] if "*" in action or "?" in action]
        assert "*" not in json.dumps(statement.get("Principal", {}))
    for permission in of_stage(stage).of("lambda/permission:Permission").values():
        assert permission.inputs["action"] == "lambda:InvokeFunction"
        assert permission.inputs["principal"] == "apigateway.amazonaws.com"


@every_stage
def test_what_is_granted_on_everything_has_a_reason(stage: str) -> None:
    granted = {
        action
        for statement in statements(stage)
        if "*" in statement.get("Resource", [])
        for action in statement["Action"]
    }
    assert granted == ON_EVERYTHING.keys()


@pytest.mark.parametrize("action", ON_EVERYTHING)
def test_aws_names_no_resource_for_what_is_granted_on_everything(action: str) -> None:
    assert resource_types(action) == set()


def test_an_action_that_has_resources_would_be_found() -> None:
    assert resource_types("states:StartExecution") == {"statemachine"}


@every_stage
def test_every_other_wildcard_has_a_reason(stage: str) -> None:
    vague = {arn for arn in resources(stage) if "*" in arn or "?" in arn}
    unexplained = {arn for arn in vague if not any(re.fullmatch(rule, arn) for rule in UNNAMED)}
    assert unexplained == set()
    idle = {rule for rule in UNNAMED if not any(re.fullmatch(rule, arn) for arn in vague)}
    assert idle == ({ALARMS} if stage == "dev" else set()), "dev has no alarm"


@every_stage
def test_what_is_named_is_here(stage: str) -> None:
    """In this account, region and partition, and of this stage."""
    stack = "dev" if stage == "everything" else stage
    for arn in resources(stage) - {ACCOUNT}:
        assert re.match(rf"arn:aws:[a-z-]+:{_HERE}:", arn), arn
        assert stack in arn, arn
