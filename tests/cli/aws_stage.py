"""A deployed stage named `test` in moto, with what the Pulumi program would have made."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3

from cli.doctor.resources import FUNCTIONS
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from tests.leave.moto_table import create_table

if TYPE_CHECKING:
    from botocore.model import OperationModel

STAGE = "test"
ROLE = "arn:aws:iam::123456789012:role/somebody"
API_URL = "https://api.example.com/test"
VARIABLES = {
    "LEAVE_STAGE": "test",
    "LEAVE_TABLE": "leave-test",
    "LEAVE_TIME_ZONE": "Europe/Berlin",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_HOLIDAY_CALENDARS": "DE-BE,GB-ENG",
    "LEAVE_ADMINS": "admin@foo.com",
    "LEAVE_API_URL": API_URL,
    "LEAVE_STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:123456789012:stateMachine:Test",
}


@cache
def _client(service: str) -> Any:
    """Making a client takes longer than any call to moto; what moto knows is new in every test."""
    return boto3.client(service)  # type: ignore[call-overload]


class AwsStage:
    """The stage's resources, made one by one, so that a test can leave one out."""

    def __init__(self) -> None:
        self._apis: dict[str, tuple[str, ...]] = {}
        self.variables = dict(VARIABLES)

    @property
    def table(self) -> Table:
        return Table(_client("dynamodb"), "leave-test")

    @property
    def directory(self) -> DynamoDirectory:
        return DynamoDirectory(self.table)

    @property
    def requests(self) -> DynamoRequests:
        return DynamoRequests(self.table)

    def make_table(self, *, recovery: bool = True) -> None:
        client = _client("dynamodb")
        create_table(client, "leave-test")
        client.update_continuous_backups(
            TableName="leave-test",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery},
        )

    def make_functions(self, *names: str, **variables: str) -> None:
        self.variables |= variables
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        _client("iam").create_role(RoleName="somebody", AssumeRolePolicyDocument=json.dumps(trust))
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("leave.py", "")
        for name in names or FUNCTIONS:
            _client("lambda").create_function(
                FunctionName=f"leave-test-{name}",
                Runtime="python3.13",
                Role=ROLE,
                Handler="leave.handler",
                Code={"ZipFile": code.getvalue()},
                Environment={"Variables": VARIABLES | variables},
            )

    def configure(self, **variables: str) -> None:
        """Let the stage's functions have other settings."""
        self.variables = VARIABLES | variables
        for name in ("request-leave", "process-leave-request"):
            _client("lambda").update_function_configuration(
                FunctionName=f"leave-test-{name}",
                Environment={"Variables": VARIABLES | variables},
            )

    def make_api(self, *audiences: str) -> None:
        """Make the API, which accepts ID tokens of these OAuth clients, beside another stage's."""
        self._apis = {"leave-test": audiences, "leave-test-2": ("of another stage",)}

    def be_gateway(self, client: Any) -> None:
        """Answer a client of API Gateway, for which moto would need one more package."""

        def answer(model: OperationModel, params: dict[str, Any], **_: Any) -> tuple[Any, Any]:
            items = [{"ApiId": name, "Name": name} for name in self._apis]
            if model.name == "GetAuthorizers":
                accepted = self._apis[params["url_path"].split("/")[3]]
                items = [{"JwtConfiguration": {"Audience": list(accepted)}}]
            return SimpleNamespace(status_code=200), {"Items": items}

        client.meta.events.register("before-call", answer)

    def make_workflow(self) -> str:
        definition = {"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}}
        made = _client("stepfunctions").create_state_machine(
            name="EmployeeLeaveWorkflow-test", definition=json.dumps(definition), roleArn=ROLE
        )
        return made["stateMachineArn"]

    def make_secret(self, **values: str) -> None:
        client = _client("secretsmanager")
        client.create_secret(Name="leave/test/gmail")
        if values:
            client.put_secret_value(SecretId="leave/test/gmail", SecretString=json.dumps(values))
