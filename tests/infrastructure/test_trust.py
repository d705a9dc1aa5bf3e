"""Who may take which role: one service, for this account alone, which no emulator checks."""

from __future__ import annotations

import json
from typing import Any

from tests.infrastructure.aws_answers import ACCOUNT, REGION
from tests.infrastructure.stages import every_stage, of_stage

# AWS documents which source each service names:
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
# Of Lambda it says that there is one, not how it looks for a version or an alias; so the account.
NOT_A_FUNCTION = {
    "employee-leave-workflow-role": ("states", "stateMachine:EmployeeLeaveWorkflow-{}"),
    "daily-sweep-schedule-role": ("scheduler", "schedule-group/leave-{}"),
}


def trusted(stage: str) -> dict[str, dict[str, Any]]:
    """The one statement of each role's trust policy."""
    trusts: dict[str, dict[str, Any]] = {}
    for name, role in of_stage(stage).of("iam/role:Role").items():
        (trusts[name],) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    return trusts


@every_stage
def test_a_role_is_taken_by_one_service_and_by_nobody_else(stage: str) -> None:
    for name, statement in trusted(stage).items():
        service, _ = NOT_A_FUNCTION.get(name, ("lambda", ""))
        assert statement["Effect"] == "Allow", name
        assert statement["Action"] == ["sts:AssumeRole"], name
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}, name


@every_stage
def test_a_role_is_taken_on_behalf_of_this_account_only(stage: str) -> None:
    """Whoever else has a resource with this role's name in it gets nothing."""
    stack = "dev" if stage == "everything" else stage
    for name, statement in trusted(stage).items():
        condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        if name in NOT_A_FUNCTION:
            service, resource = NOT_A_FUNCTION[name]
            source = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource.format(stack)}"
            condition["ArnLike"] = {"aws:SourceArn": source}
        assert statement["Condition"] == condition, name


@every_stage
def test_a_function_has_a_role_that_no_other_function_has(stage: str) -> None:
    functions = of_stage(stage).of("lambda/function:Function")
    roles = {name: function.inputs["role"] for name, function in functions.items()}
    stack = "dev" if stage == "everything" else stage
    names = {function: f"leave/{stack}/leave-{stack}-{function}" for function in roles}
    assert roles == {name: f"arn:aws:iam::{ACCOUNT}:role/{path}" for name, path in names.items()}


@every_stage
def test_every_role_belongs_to_somebody(stage: str) -> None:
    functions = {f"{name}-role" for name in of_stage(stage).of("lambda/function:Function")}
    assert trusted(stage).keys() == functions | NOT_A_FUNCTION.keys()
