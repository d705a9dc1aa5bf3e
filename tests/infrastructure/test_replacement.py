"""What a stage must not lose stays the same resource, whatever is configured or moved in the code.

That is the table and the secrets, what mailed links lead to, and what waits for their answers. What
makes the provider replace table and secrets: https://www.pulumi.com/registry/packages/aws/api-docs/dynamodb/table/
and https://www.pulumi.com/registry/packages/aws/api-docs/secretsmanager/secret/. Their names are
fixed, so it would delete before it makes anew.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.infrastructure.aws_answers import CERTIFICATE_ARN
from tests.infrastructure.graph import EMPTY, EVERYTHING, STACKS, Graph, Resource, graph

TABLE, SECRET = "dynamodb/table:Table", "secretsmanager/secret:Secret"
API, STAGE = "apigatewayv2/api:Api", "apigatewayv2/stage:Stage"
MAPPING, DOMAIN = "apigatewayv2/apiMapping:ApiMapping", "apigatewayv2/domainName:DomainName"
MACHINE = "sfn/stateMachine:StateMachine"
# Logical names: with another one, or below another component, it would be another resource.
KEPT = {
    TABLE: {"leave-table": "leave-table"},
    SECRET: {"gmail-secret": "gmail-secret", "sign-in-secret": "sign-in-secret"},
}
# The types of the components are part of the resources' names, too.
COMPONENTS = {
    "leave-table": "leave:table:LeaveTable",
    "gmail-secret": "leave:secret:StageSecret",
    "sign-in-secret": "leave:secret:StageSecret",
}
FORCING = {
    TABLE: ("name", "hashKey", "rangeKey", "localSecondaryIndexes", "region", "tableClass"),
    SECRET: ("name", "namePrefix", "region"),
}
# What mailed links lead to and what waits for their answers: the component, its type, and what
# another logical name would do to a stage that is in use.
ADDRESSED = {
    API: ("http-api", "leave:api:HttpApi", "the address has the API's id: all mailed links die"),
    STAGE: ("http-api", "leave:api:HttpApi", "the API has a stage of this name: the update stops"),
    DOMAIN: ("http-api-domain", "leave:api:ApiDomain", "a name has one owner: the update stops"),
    MAPPING: ("http-api-domain", "leave:api:ApiDomain", "links to the domain name die"),
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    MACHINE: (
        "employee-leave-workflow",
        "leave:workflow:LeaveWorkflow",
        "the old one is deleted, and each execution that waits ends at its next step",
    ),
}
STANDING = {
    "billingMode",
    "deletionProtectionEnabled",
    "globalSecondaryIndexes",
    "hashKey",
    "name",
    "pointInTimeRecovery",
    "rangeKey",
    "attributes",
    "ttl",
}


def kept(stack: Graph) -> list[tuple[str, Resource]]:
    return [(type_, item) for type_ in KEPT for item in stack.of(type_).values()]


def identity(stack: Graph) -> dict[str, dict[str, Any]]:
    """What would make the provider replace each of them, if it changed."""
    return {
        item.name: {key: item.inputs.get(key) for key in FORCING[type_]}
        for type_, item in kept(stack)
    }


def test_each_has_its_logical_name_and_its_component() -> None:
    """To rename one takes an alias: https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/."""
    stack = graph("dev", **EVERYTHING)
    types = {item.name: item.type for item in stack.resources if item.type.startswith("leave:")}
    for type_, names in KEPT.items():
        assert {name: item.parent for name, item in stack.of(type_).items()} == names
        for name, parent in names.items():
            assert types[parent] == COMPONENTS[name]


@pytest.mark.parametrize(("type_", "rest"), ADDRESSED.items())
def test_what_links_and_executions_need_has_its_logical_name(
    type_: str, rest: tuple[str, str, str]
) -> None:
    name, component, loss = rest
    stack = graph(
        "dev", **EVERYTHING, domain_name="leave.example.com", certificate_arn=CERTIFICATE_ARN
    )
    resource = stack.only(type_)
    types = {item.name: item.type for item in stack.resources if item.type.startswith("leave:")}
    assert (resource.name, resource.parent, types[name]) == (name, name, component), loss


@pytest.mark.parametrize("changes", [EMPTY, {"protect": True}])
def test_no_setting_replaces_one(changes: dict[str, Any]) -> None:
    everything = identity(graph("dev", **EVERYTHING))
    for name, now in identity(graph("dev", **changes)).items():
        assert now == everything[name]


@pytest.mark.parametrize("stack", STACKS)
def test_the_table_is_made_of_nothing_that_would_replace_it(stack: str) -> None:
    assert graph(stack).only(TABLE).inputs.keys() == STANDING


def test_a_stage_that_says_nothing_can_lose_neither() -> None:
    """Pulumi refuses to delete or replace what is protected, and AWS to delete the table."""
    stack = graph("prod", require_sign_in=True)
    assert {item.name for _, item in kept(stack) if item.protect} == COMPONENTS.keys()
    assert stack.only(TABLE).inputs["deletionProtectionEnabled"] is True
    windows = {item.inputs["recoveryWindowInDays"] for item in stack.of(SECRET).values()}
    assert windows == {30}


def test_a_deleted_table_can_come_back_on_every_stage() -> None:
    """AWS keeps one that had point-in-time recovery for 35 days.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    for stack in STACKS:
        assert graph(stack).only(TABLE).inputs["pointInTimeRecovery"] == {"enabled": True}
