"""The AWS resources of a stage, found by the names that the Pulumi program gives them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from cli.errors import CommandError, UsageError
from cli.ready_file import ReadyFile
from leave.adapters.dynamodb.table import Table
from leave.config import Environment
from leave.domain.errors import UnavailableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_CLIENT = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
AWS_CURE = "Set AWS_PROFILE (or keys) and AWS_REGION."


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage in the account and region of the AWS environment, or of a ready file."""

    name: str
    connection: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    _clients: dict[str, Any] = field(default_factory=dict[str, Any], init=False, repr=False)

    @classmethod
    def chosen(cls, options: argparse.Namespace) -> Self:
        """Return the stage of `--stage`, `--region` and `--ready-file`."""
        if options.ready_file is None:
            if options.stage is None:
                raise UsageError("Name the stage with --stage, or a local one with --ready-file.")
            # boto3 itself knows AWS_DEFAULT_REGION only; every other AWS tool reads AWS_REGION.
            region = options.region or os.environ.get("AWS_REGION")
            return cls(name=options.stage, connection={"region_name": region} if region else {})
        ready = ReadyFile.read(options.ready_file)
        connection = {
            "endpoint_url": ready.aws_endpoint_url,
            "region_name": ready.region,
            "aws_access_key_id": ready.access_key_id,
            "aws_secret_access_key": ready.secret_access_key.reveal(),
        }
        return cls(name=options.stage or ready.stage, connection=connection)

    @property
    def table_name(self) -> str:
        """The DynamoDB table."""
        return f"leave-{self.name}"

    @property
    def api_name(self) -> str:
        """The HTTP API."""
        return f"leave-{self.name}"

    @property
    def state_machine_name(self) -> str:
        """The Step Functions state machine."""
        return f"EmployeeLeaveWorkflow-{self.name}"

    @property
    def secret_name(self) -> str:
        """The Secrets Manager entry with the Gmail credentials."""
        return f"leave/{self.name}/gmail"

    @property
    def sign_in_secret_name(self) -> str:
        """The entry with the OAuth client that leads sign in with, where there is one."""
        return f"leave/{self.name}/sign-in"

    def function_name(self, name: str) -> str:
        """Return the Lambda function of this name, such as `request-leave`."""
        return f"leave-{self.name}-{name}"

    def client(self, service: str) -> Any:
        """Return the client of an AWS service; raises `CommandError` without region or profile."""
        if service not in self._clients:
            self._clients[service] = self._connected(service)
        return self._clients[service]

    def _connected(self, service: str) -> Any:
        try:
            return boto3.client(  # type: ignore[call-overload]
                service,  # pyright: ignore[reportArgumentType]
                config=_CLIENT,
                **self.connection,  # pyright: ignore[reportArgumentType]
            )
        except NoRegionError as error:
            raise CommandError(
                f"There is no AWS region. {AWS_CURE} For a local stage, use --ready-file FILE"
                " instead."
            ) from error
        except (BotoCoreError, ValueError) as error:
            raise CommandError(f"{str(error).rstrip('.')}. {AWS_CURE}") from error

    def table(self) -> Table:
        """Return the table; raises `CommandError` when it cannot be found."""
        client = self.client("dynamodb")
        try:
            client.describe_table(TableName=self.table_name)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                raise CommandError(
                    f"There is no table {self.table_name} in {client.meta.region_name}. Check"
                    " --stage and AWS_REGION, or create the stage with"
                    f" `pulumi up -s {self.name}`."
                ) from error
            raise CommandError(aws_trouble(error, f"describe {self.table_name}")) from error
        except BotoCoreError as error:
            raise CommandError(aws_trouble(error)) from error
        return Table(client, self.table_name)

    def environment(self, function: str) -> Environment:
        """Return what the program configured for a function, which is what the stage goes by.

        Raises `CommandError` when the function is not there.
        """
        name = self.function_name(function)
        client = self.client("lambda")
        try:
            found = client.get_function_configuration(FunctionName=name)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                raise CommandError(
                    f"There is no function {name} in {client.meta.region_name}. Check --stage and"
                    f" AWS_REGION, or finish the stage with `pulumi up -s {self.name}`."
                ) from error
            raise CommandError(aws_trouble(error, f"describe {name}")) from error
        except BotoCoreError as error:
            raise CommandError(aws_trouble(error)) from error
        return Environment(found.get("Environment", {}).get("Variables", {}))

    def audiences(self) -> frozenset[str]:
        """Return the OAuth clients whose ID tokens the API accepts.

        Raises `CommandError` when there is no API or AWS does not tell.
        """
        client = self.client("apigatewayv2")
        try:
            found = [
                authorizer.get("JwtConfiguration", {}).get("Audience", [])
                for page in client.get_paginator("get_apis").paginate()
                for api in page["Items"]
                if api["Name"] == self.api_name
                for authorizer in client.get_authorizers(ApiId=api["ApiId"])["Items"]
            ]
        except (ClientError, BotoCoreError) as error:
            task = f"show whose ID tokens {self.api_name} accepts, by apigateway:GET"
            raise CommandError(aws_trouble(error, task)) from error
        if not found:
            raise CommandError(
                f"There is no API {self.api_name} in {client.meta.region_name}; finish the stage"
                f" with `pulumi up -s {self.name}`."
            )
        return frozenset(chain.from_iterable(found))


def aws_trouble(error: BotoCoreError | ClientError, task: str = "") -> str:
    """Return that AWS refuses a task, or cannot be reached, and what to do."""
    said = str(error).rstrip(".")
    if isinstance(error, BotoCoreError):
        return f"AWS cannot be reached: {said}. {AWS_CURE}"
    refused = f"AWS refuses to {task}" if task else "AWS refuses the call"
    return f"{refused}: {said}. Check the rights of your credentials. {AWS_CURE}"


def describe(error: Exception) -> str:
    """Return what an error says; of trouble with AWS, also what to do."""
    cause = error.__cause__ if isinstance(error, UnavailableError) else error
    return aws_trouble(cause) if isinstance(cause, (BotoCoreError, ClientError)) else str(error)


def code_of(error: ClientError) -> str:
    """Return AWS's code of an error."""
    return error.response.get("Error", {}).get("Code", "")
