"""The emulated AWS account: one session, one client per service, all from the same endpoint."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from emulator.account import ACCESS_KEY_ID, ACCOUNT_ID, PARTITION, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient


class EmulatedAws:
    """Clients of one emulated AWS; they are made once each and may be used by many threads.

    One session for all: a session per client would read the service models again each time.
    """

    def __init__(self, *, endpoint_url: str, region: str, read_seconds: float = 60) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        # Making a client is the one thing botocore's sessions cannot do in two threads at once.
        self._making = threading.Lock()
        self._session = boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=region,
        )
        # A proxy that the environment names is never the way to this machine.
        self._config = Config(max_pool_connections=16, read_timeout=read_seconds, proxies={})

    @cached_property
    def iam(self) -> IAMClient:
        """Roles and their policies."""
        return self._client("iam")

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda functions, their layers and permissions."""
        return self._client("lambda")

    @cached_property
    def tables(self) -> DynamoDBClient:
        """DynamoDB tables."""
        return self._client("dynamodb")

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        """Secrets Manager entries."""
        return self._client("secretsmanager")

    @cached_property
    def workflows(self) -> SFNClient:
        """Step Functions state machines."""
        return self._client("stepfunctions")

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch log groups."""
        return self._client("logs")

    @cached_property
    def http_apis(self) -> ApiGatewayV2Client:
        """API Gateway's HTTP APIs."""
        return self._client("apigatewayv2")

    @cached_property
    def queues(self) -> SQSClient:
        """SQS queues."""
        return self._client("sqs")

    @cached_property
    def topics(self) -> Any:
        """SNS topics and their subscriptions."""
        return self._client("sns")

    @cached_property
    def schedules(self) -> Any:
        """EventBridge Scheduler's schedules and their groups."""
        return self._client("scheduler")

    @cached_property
    def alarms(self) -> Any:
        """CloudWatch alarms and dashboards."""
        return self._client("cloudwatch")

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        return f"arn:{PARTITION}:{service}:{self.region}:{ACCOUNT_ID}:{resource}"

    def _client(self, service: str) -> Any:
        # The stubs name a client type per service, most of which are not installed.
        session = cast("Any", self._session)
        with self._making:
            return session.client(service, endpoint_url=self.endpoint_url, config=self._config)
