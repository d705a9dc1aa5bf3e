"""Who may do what: every role's trust and every role's policy, to the letter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.function_table import FUNCTIONS as SPECS
from infrastructure.function_table import Use
from tests.docs.markdown import PROJECT, Page, rows
from tests.infrastructure.aws_answers import ACCOUNT, REGION
from tests.infrastructure.graph import FULL, graph
from tests.infrastructure.items import KINDS, MAY, REACHED, WAYS, allows, kinds_of, may
from tests.infrastructure.linters import findings_in_policy
from tests.infrastructure.test_functions import FUNCTIONS

if TYPE_CHECKING:
    from infrastructure.function_table import FunctionSpec

_ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
TABLE = _ARN.format("dynamodb", "table/leave-dev")
INDEX = f"{TABLE}/index/open"
SECRET = _ARN.format("secretsmanager", "secret:leave/dev/{}-AbCdEf")
MACHINE = _ARN.format("states", "stateMachine:EmployeeLeaveWorkflow-dev")
EXECUTIONS = _ARN.format("states", "execution:EmployeeLeaveWorkflow-dev:*")
READ = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
CHANGE = READ | {"dynamodb:DeleteItem", "dynamodb:PutItem"}
USES: dict[Use, dict[str, set[str]]] = {
    Use.ANSWER_TASK: {"*": {"states:SendTaskFailure", "states:SendTaskSuccess"}},
    Use.API_URL: {},
    Use.DESCRIBE_EXECUTION: {EXECUTIONS: {"states:DescribeExecution"}},
    Use.GMAIL: {SECRET.format("gmail"): {"secretsmanager:GetSecretValue"}},
    Use.OPEN_INDEX: {INDEX: {"dynamodb:Query"}},
    Use.SIGN_IN: {SECRET.format("sign-in"): {"secretsmanager:GetSecretValue"}},
    Use.START_EXECUTION: {MACHINE: {"states:StartExecution"}},
}
TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# Rights on everything, each because AWS defines no resource for the action:
# https://docs.aws.amazon.com/service-authorization/latest/reference/
WITHOUT_RESOURCE = {
    *TRACES,
    *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
    *("states:SendTaskFailure", "states:SendTaskSuccess"),
    *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:GetLogDelivery"),
    *("logs:ListLogDeliveries", "logs:UpdateLogDelivery"),
    *("logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
}
ROLES = (*FUNCTIONS, "daily-sweep-schedule", "employee-leave-workflow")

every_role = pytest.mark.parametrize("name", ROLES)
every_function = pytest.mark.parametrize("name", FUNCTIONS)


def granted(statements: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The actions granted, by resource."""
    rights: dict[str, set[str]] = {}
    for statement in statements:
        assert statement["Effect"] == "Allow"
        for resource in statement["Resource"]:
            rights.setdefault(resource, set()).update(statement["Action"])
    return rights


def example(kind: str) -> str:
    """A partition key of a kind."""
    return f"{kind}E002" if kind.endswith("#") else kind


def own_logs(name: str) -> dict[str, set[str]]:
    group = _ARN.format("logs", f"log-group:/aws/lambda/leave-dev-{name}:*")
    return {group: {"logs:CreateLogStream", "logs:PutLogEvents"}}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_function_may_do_exactly_what_its_row_says(spec: FunctionSpec) -> None:
    rights: dict[str, set[str]] = {"*": set(TRACES), **own_logs(spec.resource)}
    for way, keys in zip(WAYS, kinds_of(spec), strict=True):
        if keys:
            rights.setdefault(TABLE, set()).update(WAYS[way])
    for use in spec.uses:
        for resource, actions in USES[use].items():
            rights.setdefault(resource, set()).update(actions)
    stack = graph("dev", require_sign_in=True)
    assert granted(stack.policy(f"{spec.resource}-rights")) == rights


def test_without_sign_in_no_function_reads_a_secret_for_it() -> None:
    rights = granted(graph("dev").policy("submit-lead-response-rights"))
    assert rights.keys() == {TABLE, "*", *own_logs("submit-lead-response")}


@every_function
@pytest.mark.parametrize("way", WAYS)
def test_a_function_reaches_exactly_these_kinds_of_items(name: str, way: str) -> None:
    statements = graph("dev").policy(f"{name}-rights")
    for action in WAYS[way]:
        reached = {kind for kind in KINDS if allows(statements, action, TABLE, [example(kind)])}
        assert reached == {kind for kind in KINDS if may(name, way, kind)}


@pytest.mark.parametrize("name", MAY)
def test_one_item_of_another_kind_or_no_key_at_all_is_refused(name: str) -> None:
    statements = graph("dev").policy(f"{name}-rights")
    own = [example(kind) for kind in sorted(MAY[name]["read"])]
    many = "dynamodb:BatchGetItem"
    assert allows(statements, many, TABLE, own)
    assert not allows(statements, many, TABLE, [*own, "SECRET#1"])
    assert not allows(statements, many, TABLE, [])


def test_what_answers_calendar_programs_reads_no_request_and_decides_nothing() -> None:
    """It is public. With rights to the whole table, it could read a link and press its button."""
    statements = graph("dev").policy("read-calendar-feed-rights")
    for actions in WAYS.values():
        for action in actions:
            assert not allows(statements, action, TABLE, ["REQUEST#01m81xvszpska7069zszwkkeed"])
    assert not any("dynamodb:PutItem" in statement["Action"] for statement in statements)


def test_every_kind_of_item_of_the_table_is_tried() -> None:
    table = rows(Page(PROJECT / "docs" / "architecture.md").section("## The table"))
    stored = {pk.strip("`").partition("<")[0] for _, pk, *_ in table}
    assert stored == set(KINDS)


def test_one_function_writes_who_decides_and_none_reads_what_is_kept_about_that() -> None:
    directory = {"DIRECTORY", "EMAIL#", "EMPLOYEE#", "EMPLOYEES", "FEED#", "TEAM#"}
    writing = {name for name, ways in MAY.items() if ways["write"] & {*directory, "AUDIT#"}}
    assert writing == {name for name, ways in MAY.items() if ways["delete"]} == {"administer"}
    assert MAY["administer"]["delete"] < directory
    assert set(KINDS) == REACHED
    reading = {name for name, ways in MAY.items() if "AUDIT#" in ways["read"] | ways["query"]}
    assert reading == set()


def test_nobody_changes_an_item_in_place() -> None:
    """Every write is a put or a delete under a condition, so that none goes unnoticed."""
    actions = {
        action
        for name in ROLES
        for statement in graph("dev").policy(f"{name}-rights")
        for action in statement["Action"]
        if action.startswith("dynamodb:")
    }
    assert actions == CHANGE


def test_the_workflow_may_call_its_two_functions_and_deliver_its_logs() -> None:
    rights = granted(graph("dev").policy("employee-leave-workflow-rights"))
    asked = _ARN.format("lambda", "function:leave-dev-process-leave-request")
    told = _ARN.format("lambda", "function:leave-dev-process-lead-response")
    everywhere = WITHOUT_RESOURCE - {"states:SendTaskFailure", "states:SendTaskSuccess"}
    assert rights == {
        asked: {"lambda:InvokeFunction"},
        told: {"lambda:InvokeFunction"},
        "*": everywhere,
    }


def test_every_role_has_one_policy_and_nothing_attached() -> None:
    stack = graph("dev")
    roles = stack.of("iam/role:Role")
    assert {name.removesuffix("-role") for name in roles} == set(ROLES)
    assert all(
        role.inputs.keys() == {"name", "path", "assumeRolePolicy"} for role in roles.values()
    )
    attached = [item.inputs["role"] for item in stack.of("iam/rolePolicy:RolePolicy").values()]
    assert sorted(attached) == sorted(role.inputs["name"] for role in roles.values())


def test_a_role_lies_below_the_path_of_its_stage_within_the_boundary_of_the_account() -> None:
    """So the policy of who deploys can name the stage's roles, and limit what they may ever do."""
    roles = graph("dev", **FULL).of("iam/role:Role").values()
    for role in roles:
        assert role.inputs["path"] == "/leave/dev/"
        assert "dev" in role.inputs["name"]
        assert role.inputs["permissionsBoundary"] == FULL["permissions_boundary"]
        # With the longest name that a stage may have. A role's name has 64 characters at most:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        assert len(role.inputs["name"].replace("dev", "d" * 30)) <= 64


@every_role
def test_the_linter_has_nothing_against_a_policy(name: str) -> None:
    role_policy = graph("prod").of("iam/rolePolicy:RolePolicy")[f"{name}-rights"]
    assert findings_in_policy(role_policy.inputs["policy"]) == []


def test_the_linter_does_find_a_misspelt_action_and_a_foreign_resource() -> None:
    """Without this, a linter that finds nothing would look like policies without a fault."""
    misspelt = {"Effect": "Allow", "Action": ["dynamodb:GetItems"], "Resource": [TABLE]}
    foreign = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem"],
        "Resource": [SECRET.format("gmail")],
    }
    for statement in (misspelt, foreign):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        assert findings_in_policy(document)
