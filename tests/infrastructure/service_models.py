"""Every resource of a stack as the calls that would make it, held against AWS's own models of them.

The creators of the local stage turn a resource into calls of boto3. Here nothing answers them but
the model: it says which fields there are, how long a text may be, and which values it knows. Boto3
itself checks names and types only.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import (
    ListShape,
    MapShape,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel

# What a creator asks for first, to see whether the resource is there; it is not.
_NOT_THERE = {
    "DescribeStateMachine": "StateMachineDoesNotExist",
    "GetQueueUrl": "QueueDoesNotExist",
}


class ModelledAws:
    """Stands where the emulated AWS stands; `problems` are those of all calls so far."""

    endpoint_url = "http://127.0.0.1:1"
    region = "eu-central-1"

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.calls: list[str] = []
        self._session: Any = boto3.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region
        )
        for attribute, service in (
            ("alarms", "cloudwatch"),
            ("functions", "lambda"),
            ("http_apis", "apigatewayv2"),
            ("iam", "iam"),
            ("logs", "logs"),
            ("queues", "sqs"),
            ("schedules", "scheduler"),
            ("secrets", "secretsmanager"),
            ("tables", "dynamodb"),
            ("topics", "sns"),
            ("workflows", "stepfunctions"),
        ):
            setattr(self, attribute, self._client(service))

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource."""
        return f"arn:aws:{service}:{self.region}:123456789012:{resource}"

    def _client(self, service: str) -> Any:
        client = self._session.client(service, config=Config(parameter_validation=True))
        client.meta.events.register("provide-client-params", self._check)
        client.meta.events.register("before-call", self._answer)
        return client

    def _check(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        self.calls.append(model.name)
        if model.input_shape is not None:
            self.problems += breaches(model.input_shape, params, model.name)

    def _answer(self, model: OperationModel, **_: Any) -> tuple[Any, dict[str, Any]]:
        if code := _NOT_THERE.get(model.name):
            return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": "no"}}
        answer = _made_up(model.output_shape) if model.output_shape else {}
        return SimpleNamespace(status_code=200), answer


def breaches(shape: Shape, value: Any, where: str) -> Iterator[str]:
    """Everything about `value` that the model does not allow, at any depth."""
    if isinstance(shape, StructureShape):
        for name in value.keys() & shape.members.keys():
            yield from breaches(shape.members[name], value[name], f"{where}.{name}")
    elif isinstance(shape, ListShape):
        yield from _outside(shape, len(value), f"{where} has {len(value)} items")
        for item in value:
            yield from breaches(shape.member, item, f"{where}[]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from breaches(shape.key, key, f"{where} key")
            yield from breaches(shape.value, item, f"{where}[{key}]")
    elif isinstance(shape, StringShape):
        yield from _text_breaches(shape, value, where)
    elif shape.type_name in {"integer", "long", "double", "float"}:
        yield from _outside(shape, value, f"{where} is {value}")


def _text_breaches(shape: StringShape, value: str, where: str) -> Iterator[str]:
    yield from _outside(shape, len(value), f"{where} has {len(value)} characters: {value!r}")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(_python(pattern), value):
        yield f"{where} is {value!r}, which is not like {pattern}"
    if shape.enum and value not in shape.enum:
        yield f"{where} is {value!r}, which is none of {shape.enum}"


def _outside(shape: Shape, size: float, finding: str) -> Iterator[str]:
    if not shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size):
        yield f"{finding}, outside {shape.metadata}"


def _python(pattern: str) -> str:
    """Java's classes of characters in Python's words."""
    return pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s").replace(r"\p{ASCII}", r"\x00-\x7f")


def _made_up(shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return {name: _made_up(member) for name, member in shape.members.items()}
    if isinstance(shape, StringShape):
        return shape.enum[0] if shape.enum else "made-up:1"
    return {"list": [], "map": {}, "boolean": False}.get(shape.type_name, 1)


def check_call(service: str, operation: str, params: dict[str, Any]) -> list[str]:
    """What AWS's model has against a call for which the local stage has no creator."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"))
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    wrong = ParamValidator().validate(params, shape)
    names = [wrong.generate_report()] if wrong.has_errors() else []
    return [*names, *breaches(shape, params, operation)]
