"""Every right has a caller and every call its right; the same for every variable.

Nothing here is kept by hand: the functions run, and what they call and read is noted.
"""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel
from moto import mock_aws

import leave.adapters.google_oidc
import leave.adapters.system
from tests.infrastructure.a_stages_life import Life
from tests.infrastructure.aws_answers import REGION, outputs_of
from tests.infrastructure.driven_stage import Call, DrivenStage, fresh
from tests.infrastructure.graph import EVERYTHING, graph
from tests.infrastructure.test_functions import FUNCTIONS
from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle
from tests.leave.fake_provider import FakeProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infrastructure.graph import Graph

# What Lambda calls with a function's role, and no line of ours does:
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
every_function = pytest.mark.parametrize("name", [*FUNCTIONS, "sign-in"])
# Items that may be read may be read one by one or many at once.
ONE_RIGHT = {"dynamodb:BatchGetItem": "dynamodb:GetItem"}
PROJECT = Path(__file__).parents[2]


@cache
def whole() -> Graph:
    """A stage that has everything. Nobody waits to undo: what was decided is told at once."""
    return graph("dev", **EVERYTHING, undo_seconds=0)


@cache
def names() -> dict[str, str]:
    """How each resource is told of, and what a right to it names."""
    return {
        text: made["arn"]
        for resource in whole().resources
        if "arn" in (made := outputs_of(resource.type, resource.name, resource.inputs))
        for text in (made["arn"], resource.inputs.get("name"))
        if text
    }


@pytest.fixture(scope="module")
def lived() -> Iterator[DrivenStage]:
    """A stage on which everything has happened."""
    provider = FakeProvider()
    with (
        pytest.MonkeyPatch.context() as patch,
        mock_aws(),
        ScriptedGoogle() as google,
        fresh(*FUNCTIONS, "sign-in"),
    ):
        patch.setattr(leave.adapters.google_oidc, "GoogleSignIn", lambda **_: provider)
        stage = DrivenStage(graph=whole(), google=google)
        session = botocore.session.Session()
        session.set_config_variable("region", REGION)
        session.register("provide-client-params", stage.note)
        session.register("before-call", stage.answer)
        patch.setattr(leave.adapters.system, "_session", lambda: session)
        Life(stage=stage, provider=provider).live()
        yield stage


def granted(stack: Graph, name: str) -> set[Call]:
    """What a function itself may do; a key is a pattern here."""
    return {
        Call(ONE_RIGHT.get(action, action), resource, key)
        for statement in stack.policy(f"{name}-rights")
        for action in statement["Action"]
        for resource in statement["Resource"]
        for key in keys_of(statement)
        if action not in BY_LAMBDA
    }


def keys_of(statement: dict[str, Any]) -> list[str]:
    named = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return named.get("dynamodb:LeadingKeys", ["*"])


def covers(grant: Call, call: Call) -> bool:
    return (
        grant.action == ONE_RIGHT.get(call.action, call.action)
        and fnmatchcase(call.resource, grant.resource)
        and fnmatchcase(call.key, grant.key)
    )


@every_function
def test_every_right_has_a_caller(lived: DrivenStage, name: str) -> None:
    calls = lived.called[name]
    idle = {g for g in granted(whole(), name) if not any(covers(g, call) for call in calls)}
    assert idle == set(), f"{name} never does that: take the right away"


@every_function
def test_every_call_has_its_right(lived: DrivenStage, name: str) -> None:
    rights = granted(whole(), name)
    refused = {call for call in lived.called[name] if not any(covers(g, call) for g in rights)}
    assert refused == set(), f"{name} would be refused that: grant it"


@every_function
def test_every_variable_is_read_and_no_other(lived: DrivenStage, name: str) -> None:
    read = {variable for variable in lived.asked[name] if variable.startswith("LEAVE_")}
    assert read == lived.variables(name).keys()


@every_function
def test_every_variable_that_names_a_resource_has_its_grant(name: str) -> None:
    """And a function that is told of no resource has no right to one but to answer tasks."""
    told = {variable: names().get(value) for variable, value in told_to(name).items()}
    named = {arn for arn in told.values() if arn}
    rights = {grant.resource for grant in granted(whole(), name)}
    assert {arn for arn in named if arn not in rights} == set()
    parts = {arn: arn.replace(":stateMachine:", ":execution:") for arn in named}
    unnamed = {
        right
        for right in rights - {"*"}
        if not any(right == arn or right.startswith(part) for arn, part in parts.items())
    }
    assert unnamed == set()


def test_the_stage_has_all_functions() -> None:
    assert whole().of("lambda/function:Function").keys() == {*FUNCTIONS, "sign-in"}


def test_every_kind_of_call_in_the_adapters_was_made(lived: DrivenStage) -> None:
    """So that a call that is new in them is not missed here; exports and imports are no function's.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    made = {call.action for calls in lived.called.values() for call in calls}
    assert {action for action in written_down() if action not in made} == set()


def told_to(name: str) -> dict[str, str]:
    function = whole().of("lambda/function:Function")[name].inputs
    return function.get("environment", {}).get("variables", {})


def written_down() -> set[str]:
    """The actions of IAM whose operations the adapters name."""
    services = ("dynamodb", "secretsmanager", "stepfunctions")
    actions = {
        xform_name(operation): f"{model.signing_name}:{operation}"
        for model in map(_model, services)
        for operation in model.operation_names
    }
    words = {
        word
        for file in (PROJECT / "leave" / "adapters").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for word in (getattr(node, "attr", None), getattr(node, "value", None))
        if isinstance(word, str)
    }
    return {actions[word] for word in words & actions.keys()} - {"dynamodb:TransactWriteItems"}


def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"))
