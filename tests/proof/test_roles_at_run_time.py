"""Each function's role is tried against every call of every function, and of none, on a stage."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.account import ACCESS_KEY_ID, ACCOUNT_ID, SECRET_ACCESS_KEY
from infrastructure.function_table import FUNCTIONS
from tests.infrastructure.items import KINDS, WAYS, allows, may
from tests.proof.conftest import Size
from tests.proof.reporting import Recorder
from tests.stage import LocalStage, local_stage

REFUSED = frozenset(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"))
KEY = {"pk": {"S": "NOBODY"}, "sk": {"S": "NOBODY"}}
NEVER = {"ConditionExpression": "attribute_exists(pk)"}
Grant = tuple[str, str]
Clients = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Role:
    """A function's role, and what its policies grant, as action and resource."""

    function: str
    arn: str
    policies: tuple[str, ...]
    grants: frozenset[Grant]

    def may(self, action: str, resource: str) -> bool:
        """Tell what the deployed policies say."""
        return any(a == action and fnmatchcase(resource, r) for a, r in self.grants)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call, and the right to it that it takes."""

    action: str
    resource: str
    call: Callable[[Clients], object]

    def is_refused(self, clients: Clients) -> bool:
        """Make the call, and tell whether it was refused for want of the right."""
        try:
            self.call(clients)
        except ClientError as error:
            return error.response["Error"]["Code"] in REFUSED
        return False


def roles_of(stage: LocalStage) -> list[Role]:
    """The role of each function, read from the stage itself."""
    iam, found = stage.aws.iam, []
    for name, function in sorted(stage.facts.functions.items()):
        arn = stage.aws.functions.get_function(FunctionName=function)["Configuration"]["Role"]
        role = arn.rpartition("/")[2]
        documents: list[Any] = [
            iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        grants = {
            (action, resource)
            for document in documents
            for statement in document["Statement"]
            for action in statement["Action"]
            for resource in statement["Resource"]
        }
        found.append(
            Role(
                function=name,
                arn=arn,
                policies=tuple(map(json.dumps, documents)),
                grants=frozenset(grants),
            )
        )
    return found


def clients_of(stage: LocalStage, role: Role | None = None) -> Clients:
    """Clients with the policies of a role, or with all rights.

    Nobody but Lambda can take the role itself, so they have one with the same policies.
    """
    keys = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
    if role is not None:
        keys = take(stage, _twin(stage, role))
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = _client(stage, service, keys)
        return made[service]

    return client


def take(stage: LocalStage, role_arn: str) -> dict[str, str]:
    """Take a role as whoever owns the account; return the keys to it."""
    owner = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
    taken = _client(stage, "sts", owner).assume_role(RoleArn=role_arn, RoleSessionName="proof")
    given = taken["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def _twin(stage: LocalStage, role: Role) -> str:
    iam, name = stage.aws.iam, f"twin-of-{role.function}"
    owner = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": owner}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    for number, policy in enumerate(role.policies):
        iam.put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=policy)
    return iam.get_role(RoleName=name)["Role"]["Arn"]


@cache
def _session() -> Any:
    """One for all: each would read what AWS's services look like again."""
    return boto3.Session()


def _client(stage: LocalStage, service: str, keys: dict[str, str]) -> Any:
    return _session().client(
        service,
        **keys,
        region_name=stage.facts.region,
        endpoint_url=stage.facts.aws_endpoint_url,
        config=Config(proxies={}, read_timeout=60, retries={"total_max_attempts": 1}),
    )


def attempts(action: str, resource: str) -> list[Attempt]:
    """The calls that take a right; several where one right opens more than one way."""
    table = resource.partition("table/")[2].partition("/")[0]
    machine = resource.replace(":execution:", ":stateMachine:").removesuffix(":*")
    execution = f"{resource.removesuffix(':*')}:nobody"
    put = {"TableName": table, "Item": KEY, **NEVER}
    by_key: dict[str, Any] = {"TableName": table, "Key": KEY}
    query = {
        "TableName": table,
        "KeyConditionExpression": "#k = :k",
        "ExpressionAttributeNames": {"#k": "openShard" if "/index/" in resource else "pk"},
        "ExpressionAttributeValues": {":k": {"S": "NOBODY"}},
        **({"IndexName": resource.rpartition("/")[2]} if "/index/" in resource else {}),
    }
    calls: dict[str, list[Callable[[Clients], object]]] = {
        "dynamodb:BatchGetItem": [
            lambda c: c("dynamodb").batch_get_item(RequestItems={table: {"Keys": [KEY]}})
        ],
        "dynamodb:DeleteItem": [
            lambda c: c("dynamodb").delete_item(**by_key),
            lambda c: c("dynamodb").transact_write_items(TransactItems=[{"Delete": by_key}]),
        ],
        "dynamodb:DeleteTable": [lambda c: c("dynamodb").delete_table(TableName=table)],
        "dynamodb:GetItem": [lambda c: c("dynamodb").get_item(**by_key)],
        "dynamodb:PutItem": [
            lambda c: c("dynamodb").put_item(**put),
            lambda c: c("dynamodb").transact_write_items(TransactItems=[{"Put": put}]),
        ],
        "dynamodb:Query": [lambda c: c("dynamodb").query(**query)],
        "dynamodb:Scan": [lambda c: c("dynamodb").scan(TableName=table, Limit=1)],
        "dynamodb:UpdateItem": [
            lambda c: c("dynamodb").update_item(
                **by_key, UpdateExpression="REMOVE nothing", **NEVER
            )
        ],
        "secretsmanager:GetSecretValue": [
            lambda c: c("secretsmanager").get_secret_value(SecretId=resource)
        ],
        "secretsmanager:PutSecretValue": [
            lambda c: c("secretsmanager").put_secret_value(SecretId=resource, SecretString="{}")
        ],
        "states:DescribeExecution": [
            lambda c: c("stepfunctions").describe_execution(executionArn=execution)
        ],
        "states:SendTaskFailure": [
            lambda c: c("stepfunctions").send_task_failure(taskToken="nobody's", error="Proof")
        ],
        "states:SendTaskSuccess": [
            lambda c: c("stepfunctions").send_task_success(taskToken="nobody's", output="{}")
        ],
        "states:StartExecution": [
            lambda c: c("stepfunctions").start_execution(
                stateMachineArn=machine, name=TAKEN, input="{}"
            )
        ],
        "states:StopExecution": [
            lambda c: c("stepfunctions").stop_execution(executionArn=execution)
        ],
    }
    return [Attempt(action=action, resource=resource, call=call) for call in calls[action]]


TAKEN = "roles-at-run-time"
"""The name of an execution that there was, so that nobody starts another one."""


pytestmark = pytest.mark.stage
PROMISE = "No function may do what only another one does"
# What Lambda does itself; the stage's Lambda asks nobody.
BY_LAMBDA = ("logs:", "xray:")
# What no function does, on what some function may touch.
BY_NOBODY = {
    "table/": ("dynamodb:DeleteTable", "dynamodb:Scan", "dynamodb:UpdateItem"),
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
    signed_in = size(small=0, full=1)
    assert len(roles) == sum(not s.only_with_sign_in or signed_in for s in FUNCTIONS)
    calls = calls_of_all(roles)
    assert len({action for action, _ in calls}) == 10
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


def let_through(
    played: dict[str, Clients], tried: list[tuple[Role, Grant]], report: Recorder, figure: str
) -> list[tuple[str, Grant]]:
    """Return the calls that were not refused, and report how many were."""
    found = [
        (role.function, call)
        for role, call in tried
        for attempt in attempts(*call)
        if not attempt.is_refused(played[role.function])
    ]
    report(PROMISE, figure, sum(len(attempts(*call)) for _, call in tried) - len(found))
    return found


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
    tried = [(role, call) for role in roles for call in calls]
    assert let_through(played, tried, report, "calls of no function refused") == []


def test_no_role_may_do_its_calls_on_another_stage(
    played: dict[str, Clients], roles: list[Role], report: Recorder
) -> None:
    tried = [
        (role, (action, foreign(resource)))
        for role in roles
        for action, resource in sorted(calls_of_all([role]))
        if resource != "*"
    ]
    assert all("other" in resource for _, (_, resource) in tried)
    assert let_through(played, tried, report, "calls on another stage refused") == []


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
