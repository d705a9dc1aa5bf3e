from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from botocore.exceptions import ParamValidationError

from tests.emulator.creators.test_iam import ROLE, trust

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.aws import EmulatedAws
    from emulator.creators.resource import Created, Deployment
    from tests.emulator.creators.conftest import Create

LAYER = "aws:lambda/layerVersion:LayerVersion"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
CODE = """
import os
import {module}

def handler(event, context):
    return [{module}.WORD, os.environ["GREETING"]]
"""


def write(folder: Path, name: str, text: str) -> pulumi.FileArchive:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return pulumi.FileArchive(path.parts[len(folder.parts)])


@pytest.fixture
def inputs(create: Create, deployment: Deployment) -> dict[str, Any]:
    """The inputs of a function that uses a module of its layer."""
    module = f"word_{deployment.stack}"
    layer = create(
        LAYER,
        "words",
        code=write(deployment.program, f"layer/python/{module}.py", "WORD = 'from the layer'"),
        compatibleRuntimes=["python3.13"],
    )
    return {
        "code": write(deployment.program, "code/app.py", CODE.format(module=module)),
        "role": create(ROLE, "role", assumeRolePolicy=trust("lambda")).outputs["arn"],
        "handler": "app.handler",
        "runtime": "python3.13",
        "architectures": ["x86_64"],
        "layers": [layer.outputs["arn"]],
        "timeout": 20.0,
        "memorySize": 256.0,
        "environment": {"variables": {"GREETING": "hello", "lowerCase": "kept"}},
        "tracingConfig": {"mode": "Active"},
        "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO"},
    }


def invoke(aws: EmulatedAws, function: Created) -> Any:
    answer = aws.functions.invoke(FunctionName=function.id)
    return json.loads(answer["Payload"].read())


def test_a_function_runs_its_code_with_its_layer_and_variables(
    create: Create, aws: EmulatedAws, inputs: dict[str, Any]
) -> None:
    function = create(FUNCTION, "app", **inputs)
    assert invoke(aws, function) == ["from the layer", "hello"]
    found = aws.functions.get_function_configuration(FunctionName=function.id)
    assert (found["Timeout"], found["MemorySize"]) == (20, 256)
    assert found["TracingConfig"]["Mode"] == "Active"
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert found["Environment"]["Variables"] == {"GREETING": "hello", "lowerCase": "kept"}


def test_a_function_tells_where_it_is_called(create: Create, inputs: dict[str, Any]) -> None:
    outputs = create(FUNCTION, "app", **{**inputs, "name": "told"}).outputs
    assert outputs["arn"] == "arn:aws:lambda:eu-central-1:000000000000:function:told"
    assert outputs["invokeArn"] == (
        "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:eu-central-1:000000000000:function:told/invocations"
    )


def test_the_same_function_again_runs_the_new_code_and_configuration(
    create: Create,
    create_again: Create,
    aws: EmulatedAws,
    inputs: dict[str, Any],
    deployment: Deployment,
) -> None:
    create(FUNCTION, "app", **inputs)
    code = "def handler(event, context):\n    return 'new'\n"
    inputs["code"] = write(deployment.program, "newer/app.py", code)
    inputs["timeout"] = 30.0
    function = create_again(FUNCTION, "app", **inputs)
    assert invoke(aws, function) == "new"
    assert aws.functions.get_function_configuration(FunctionName=function.id)["Timeout"] == 30


def test_an_input_lambda_does_not_know_is_not_lost_silently(
    create: Create, inputs: dict[str, Any]
) -> None:
    with pytest.raises(ParamValidationError, match="Colour"):
        create(FUNCTION, "app", **inputs, colour="blue")


def test_the_same_layer_again_is_the_same_version(
    create: Create, create_again: Create, deployment: Deployment
) -> None:
    code = write(deployment.program, "deps/python/dep.py", "")
    first = create(LAYER, "deps", code=code)
    assert create_again(LAYER, "deps", code=code).id == first.id
    write(deployment.program, "deps/python/dep.py", "CHANGED = True")
    changed = create_again(LAYER, "deps", code=code)
    assert changed.outputs["layerArn"] == first.outputs["layerArn"]
    assert changed.outputs["version"] == "2"


def test_a_permission_is_a_statement_of_the_functions_policy(
    create: Create, create_again: Create, aws: EmulatedAws, inputs: dict[str, Any]
) -> None:
    function = create(FUNCTION, "app", **inputs)
    for source in ("arn:aws:execute-api:old", "arn:aws:execute-api:new"):
        granted = (create if "old" in source else create_again)(
            PERMISSION,
            "call",
            action="lambda:InvokeFunction",
            function=function.id,
            principal="apigateway.amazonaws.com",
            sourceArn=source,
        )
    policy = json.loads(aws.functions.get_policy(FunctionName=function.id)["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Sid"] == granted.id
    assert "arn:aws:execute-api:new" in json.dumps(statement)
