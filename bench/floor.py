"""Puts the smallest functions next to the real ones, on the same local stage."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from emulator.ready import StageFacts

_FUNCTION = Path(__file__).with_name("floor_function.py")
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}
_RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The deployed floor, with its two addresses; `{mark}` names one leave request."""

    ask_url: str
    decide_url: str


@dataclass(frozen=True, kw_only=True)
class FloorBuilder:
    """Deploys it: four functions, a state machine, and two routes behind the same authorizer."""

    facts: StageFacts
    aws: EmulatedAws

    def build(self) -> Floor:
        """Make everything, and return the addresses."""
        role = self._role()
        asked = self._function("brief", role)
        told = self._function("tell", role)
        machine = self.aws.workflows.create_state_machine(
            name="Floor", roleArn=role, definition=json.dumps(_definition(asked, told))
        )["stateMachineArn"]
        self._route("POST /floor", self._function("ask", role, MACHINE=machine), public=False)
        self._route("POST /floor/{mark}", self._function("decide", role), public=True)
        return Floor(
            ask_url=f"{self.facts.api_url}/floor",
            decide_url=f"{self.facts.api_url}/floor/{{mark}}",
        )

    def at_once(self, code: bytes) -> str:
        """Make a function that does nothing, and return the address that calls it."""
        made = self.aws.functions.create_function(
            FunctionName="at-once",
            Role=self._role(),
            Runtime="python3.13",
            Handler="at_once.handler",
            Code={"ZipFile": code},
            MemorySize=512,
        )
        self._route("POST /at_once", made["FunctionArn"], public=False)
        return f"{self.facts.api_url}/at_once"

    def _role(self) -> str:
        role = self.aws.iam.create_role(
            RoleName="floor", AssumeRolePolicyDocument=json.dumps(_TRUST)
        )
        self.aws.iam.put_role_policy(
            RoleName="floor", PolicyName="all", PolicyDocument=json.dumps(_RIGHTS)
        )
        return role["Role"]["Arn"]

    def _function(self, step: str, role: str, **variables: str) -> str:
        real = self.aws.functions.get_function_configuration(
            FunctionName=self.facts.functions["process_leave_request"]
        )
        layers = [layer.get("Arn", "") for layer in real.get("Layers", [])]
        made = self.aws.functions.create_function(
            FunctionName=f"floor-{step}",
            Role=role,
            Runtime=real.get("Runtime", "python3.13"),
            Handler="floor_function.handler",
            Code={"ZipFile": _zipped()},
            Layers=layers,
            MemorySize=512,
            Timeout=60,
            Environment={
                "Variables": {
                    "STEP": step,
                    "TABLE": self.facts.table_name,
                    "SECRET": self.facts.gmail_secret_name,
                    "GMAIL": self.facts.google_url,
                    **variables,
                }
            },
        )
        return made["FunctionArn"]

    def _route(self, key: str, function_arn: str, *, public: bool) -> None:
        apis: Any = self.aws.http_apis
        (api,) = [a for a in apis.get_apis()["Items"] if a["ApiId"] in self.facts.api_url]
        integration = apis.create_integration(
            ApiId=api["ApiId"],
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn,
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        guard: dict[str, str] = {}
        if not public:
            (authorizer,) = apis.get_authorizers(ApiId=api["ApiId"])["Items"]
            guard = {"AuthorizationType": "JWT", "AuthorizerId": authorizer["AuthorizerId"]}
        apis.create_route(
            ApiId=api["ApiId"], RouteKey=key, Target=f"integrations/{integration}", **guard
        )
        self.aws.functions.add_permission(
            FunctionName=function_arn,
            StatementId=f"floor-{integration}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )


def _definition(asked: str, told: str) -> dict[str, Any]:
    mark = "{% $states.input.mark %}"
    payload = {"mark": mark, "token": "{% $states.context.Task.Token %}"}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": {"FunctionName": asked, "Payload": payload},
                "TimeoutSeconds": 600,
                "Output": {"mark": mark},
                "Next": "Tell",
            },
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": told, "Payload": {"mark": mark}},
                "End": True,
            },
        },
    }


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(_FUNCTION, _FUNCTION.name)
    return packed.getvalue()
