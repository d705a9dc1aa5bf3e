"""Creators of Lambda resources."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from emulator.creators.archives import zip_of
from emulator.creators.layers import pointer_to
from emulator.creators.registry import creates
from emulator.creators.resource import Created
from emulator.places import LOCAL

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from emulator.creators.resource import Deployment, Resource

_SECTIONS = (
    "deadLetterConfig",
    "ephemeralStorage",
    "loggingConfig",
    "snapStart",
    "tracingConfig",
)
_NOT_CONFIGURATION = (
    "code",
    "environment",
    "name",
    "publish",
    "reservedConcurrentExecutions",
    "skipDestroy",
    "sourceCodeHash",
    "tags",
)


@creates("aws:lambda/layerVersion:LayerVersion")
def layer_version(deployment: Deployment, resource: Resource) -> Created:
    """A layer version; the same content again is the version that exists already."""
    functions = deployment.aws.functions
    name = deployment.physical_name(resource, "layerName")
    content = zip_of(resource.inputs["code"], deployment.program)
    pointer = pointer_to(content, LOCAL / "layers")
    found = _version_with(functions, name, pointer)
    if found is None:
        request = resource.request(without=("code", "layerName", "skipDestroy", "sourceCodeHash"))
        answer = functions.publish_layer_version(
            LayerName=name, Content={"ZipFile": pointer}, **request
        )
        found = answer["LayerVersionArn"]
    layer, _, version = found.rpartition(":")
    return Created(
        id=found,
        outputs={
            "layerName": name,
            "arn": found,
            "layerArn": layer,
            "version": version,
            "codeSha256": _digest(content),
            "sourceCodeSize": len(content),
        },
    )


@creates("aws:lambda/function:Function")
def function(deployment: Deployment, resource: Resource) -> Created:
    """A function with its code and configuration."""
    functions = deployment.aws.functions
    name = deployment.physical_name(resource)
    content = zip_of(resource.inputs["code"], deployment.program)
    configuration = _configuration(name, resource)
    try:
        functions.create_function(
            Code={"ZipFile": content}, Tags=resource.inputs.get("tags", {}), **configuration
        )
    except functions.exceptions.ResourceConflictException:
        architectures = configuration.pop("Architectures", ["x86_64"])
        functions.update_function_code(
            FunctionName=name, ZipFile=content, Architectures=architectures
        )
        functions.update_function_configuration(**configuration)
    reserved = int(resource.inputs.get("reservedConcurrentExecutions", -1))
    if reserved >= 0:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    arn = deployment.aws.arn("lambda", f"function:{name}")
    return Created(
        id=name,
        outputs={
            "name": name,
            "arn": arn,
            "qualifiedArn": f"{arn}:$LATEST",
            "version": "$LATEST",
            "invokeArn": _invoke_arn(deployment.aws.region, arn),
            "codeSha256": _digest(content),
            "sourceCodeSize": len(content),
        },
    )


@creates("aws:lambda/permission:Permission")
def permission(deployment: Deployment, resource: Resource) -> Created:
    """A statement of a function's resource policy; MiniStack stores it and enforces nothing."""
    functions = deployment.aws.functions
    statement = deployment.physical_name(resource, "statementId")
    request = resource.request(without=("function", "statementId"))
    # The provider takes a name or an ARN; so does the API.
    request |= {"FunctionName": resource.text("function"), "StatementId": statement}
    try:
        functions.add_permission(**request)
    except functions.exceptions.ResourceConflictException:
        functions.remove_permission(FunctionName=request["FunctionName"], StatementId=statement)
        functions.add_permission(**request)
    return Created(id=statement, outputs={"statementId": statement})


@creates("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
def event_invoke_config(deployment: Deployment, resource: Resource) -> Created:
    """What happens to calls that nobody waits for; putting it again replaces it."""
    name = resource.text("functionName")
    deployment.aws.functions.put_function_event_invoke_config(**resource.request())
    return Created(id=name, outputs={"functionName": name})


def _configuration(name: str, resource: Resource) -> dict[str, Any]:
    request = resource.request(without=_NOT_CONFIGURATION, sections=_SECTIONS)
    variables = resource.inputs.get("environment", {}).get("variables", {})
    return {**request, "FunctionName": name, "Environment": {"Variables": variables}}


def _version_with(functions: LambdaClient, name: str, content: bytes) -> str | None:
    digest = _digest(content)
    for version in functions.list_layer_versions(LayerName=name).get("LayerVersions", []):
        number = version.get("Version", 0)
        stored = functions.get_layer_version(LayerName=name, VersionNumber=number)
        if stored["Content"].get("CodeSha256") == digest:
            return version.get("LayerVersionArn")
    return None


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _invoke_arn(region: str, function_arn: str) -> str:
    """What an API Gateway integration calls: the ARN of Lambda's invoke path."""
    path = f"path/2015-03-31/functions/{function_arn}/invocations"
    return f"arn:aws:apigateway:{region}:lambda:{path}"
