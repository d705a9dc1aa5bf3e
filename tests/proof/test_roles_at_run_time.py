"""Each function's role is tried against every call of every function, and of none: on the stage.

The stage enforces the policies of roles, as AWS does. It does not ask the roles of the state
machine and of the schedule, nor of a function's log and traces. It does not tell policies which
items a call names, so the policies that are deployed are evaluated here for each kind of item.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.infrastructure.items import KINDS, WAYS, allows, may
from tests.proof.stage_roles import REFUSED, TAKEN, Role, attempts, clients_of, roles_of, take
from tests.stage import LocalStage, local_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.proof.conftest import Size
    from tests.proof.figures import Recorder
    from tests.proof.stage_roles import Clients, Grant

pytestmark = pytest.mark.stage
PROMISE = "No function may do what only another one does"
# What Lambda does itself; the stage's Lambda asks nobody.
BY_LAMBDA = ("logs:", "xray:")
# What no function does, on what some function may touch.
BY_NOBODY = {
    "table/": (
        *("dynamodb:DeleteItem", "dynamodb:DeleteTable"),
        *("dynamodb:Scan", "dynamodb:UpdateItem"),
    ),
    ":secret:": ("secretsmanager:PutSecretValue",),
    ":execution:": ("states:StopExecution",),
}


@pytest.fixture(scope="module")
def guarded(
    stage: LocalStage, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalStage]:
    """The stage of all tests; in full size, one where leads sign in, which has a function more."""
    if not pytestconfig.getoption("--proof"):
        yield stage
        return
    with local_stage(tmp_path_factory.mktemp("roles"), "--set", "require-sign-in=true") as own:
        yield own


@pytest.fixture(scope="module")
def roles(guarded: LocalStage) -> list[Role]:
    machine = guarded.facts.state_machine_arn
    workflows = guarded.aws.workflows
    made = workflows.start_execution(stateMachineArn=machine, name=TAKEN, input="{}")
    workflows.stop_execution(executionArn=made["executionArn"])
    return roles_of(guarded)


@pytest.fixture(scope="module")
def played(guarded: LocalStage, roles: list[Role]) -> dict[str, Clients]:
    """Clients with the rights of each function."""
    return {role.function: clients_of(guarded, role) for role in roles}


def calls_of_all(roles: list[Role]) -> set[Grant]:
    """What the functions may do, which is what they do: see test_callers.py."""
    everything = {grant for role in roles for grant in role.grants}
    return {grant for grant in everything if not grant[0].startswith(BY_LAMBDA)}


def table_of(roles: list[Role]) -> str:
    """The ARN of the stage's table."""
    named = {resource for _, resource in calls_of_all(roles) if ":table/" in resource}
    return min(named, key=len)


def foreign(resource: str) -> str:
    """The same kind of resource, of another stage."""
    return resource.replace("local", "other")


def test_every_role_may_do_its_own_calls_and_is_refused_all_others(
    played: dict[str, Clients], roles: list[Role], size: Size, report: Recorder
) -> None:
    assert len(roles) == size(small=10, full=11)
    calls = calls_of_all(roles)
    assert len({action for action, _ in calls}) == 9
    wrong, refused, allowed = [], 0, 0
    for role in roles:
        for action, resource in sorted(calls):
            for attempt in attempts(action, resource):
                was_refused = attempt.is_refused(played[role.function])
                refused, allowed = refused + was_refused, allowed + (not was_refused)
                if was_refused is role.may(action, resource):
                    wrong.append((role.function, action, resource, was_refused))
    report(PROMISE, "roles", len(roles))
    report(PROMISE, "calls of another function refused", refused)
    report(PROMISE, "own calls let through", allowed)
    assert wrong == []
    assert refused > allowed > 0


def test_every_role_reaches_its_own_kinds_of_items_only(
    roles: list[Role], report: Recorder
) -> None:
    table = table_of(roles)
    refused, wrong = 0, []
    for role in roles:
        name = role.function.replace("_", "-")
        statements = [s for text in role.policies for s in json.loads(text)["Statement"]]
        for way, actions in WAYS.items():
            for action in actions:
                for kind in KINDS:
                    allowed = allows(statements, action, table, [kind])
                    refused += not allowed
                    if allowed is not may(name, way, kind):
                        wrong.append((name, action, kind))
    report(PROMISE, "kinds of items refused", refused)
    assert wrong == []


def test_the_stage_tells_policies_no_key_of_an_item(
    played: dict[str, Clients], roles: list[Role]
) -> None:
    """When this fails, MiniStack does: try keys on it, and let emulator/creators/iam.py be."""
    name = table_of(roles).rpartition("/")[2]
    key = {"pk": {"S": "REQUEST#1"}, "sk": {"S": "REQUEST"}}
    assert played["read_calendar_feed"]("dynamodb").get_item(TableName=name, Key=key)


def test_every_role_is_refused_what_no_function_does(
    played: dict[str, Clients], roles: list[Role], report: Recorder
) -> None:
    calls = {
        (action, resource)
        for _, resource in calls_of_all(roles)
        for part, actions in BY_NOBODY.items()
        if part in resource and "/index/" not in resource
        for action in actions
    }
    assert {action for action, _ in calls} == {a for actions in BY_NOBODY.values() for a in actions}
    tried = [(role, attempt) for role in roles for call in calls for attempt in attempts(*call)]
    let_through = [
        (role.function, attempt.action)
        for role, attempt in tried
        if not attempt.is_refused(played[role.function])
    ]
    report(PROMISE, "calls of no function refused", len(tried) - len(let_through))
    assert let_through == []


def test_no_role_may_do_its_calls_on_another_stage(
    played: dict[str, Clients], roles: list[Role], report: Recorder
) -> None:
    tried, let_through = 0, []
    for role in roles:
        own = {grant for grant in calls_of_all([role]) if grant[1] != "*"}
        for action, resource in sorted(own):
            assert foreign(resource) != resource
            for attempt in attempts(action, foreign(resource)):
                tried += 1
                if not attempt.is_refused(played[role.function]):
                    let_through.append((role.function, action))
    report(PROMISE, "calls on another stage refused", tried - len(let_through))
    assert let_through == []


def test_nobody_but_lambda_takes_a_role(guarded: LocalStage, roles: list[Role]) -> None:
    """Not even whoever owns the account."""
    for role in roles:
        with pytest.raises(ClientError) as caught:
            take(guarded, role.arn)
        assert caught.value.response["Error"]["Code"] in REFUSED


def test_the_same_calls_are_let_through_with_all_rights(
    guarded: LocalStage, roles: list[Role]
) -> None:
    """So that what is refused above is refused for want of a right, not for being wrong."""
    clients = clients_of(guarded)
    calls = sorted(calls_of_all(roles))
    assert not [
        attempt for call in calls for attempt in attempts(*call) if attempt.is_refused(clients)
    ]
