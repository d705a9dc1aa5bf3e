"""The roles of a stage's functions, and every call that any of them makes, as somebody tries it.

A call that is allowed does no harm: what it asks for is not there, its condition does not hold, or
its token was never given out.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.account import ACCESS_KEY_ID, ACCOUNT_ID, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from tests.stage import LocalStage

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
