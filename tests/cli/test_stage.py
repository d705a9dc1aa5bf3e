"""Which stage a command is for, and what it knows about it."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli import report
from cli.administration import Administration
from cli.errors import CommandError, UsageError
from cli.stage import AWS_CURE, Stage
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.domain.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

READY = {
    "stage": "local",
    "api_url": "http://127.0.0.1:1/local",
    "aws_endpoint_url": "http://127.0.0.1:2",
    "region": "eu-west-1",
    "table_name": "leave-local",
    "access_key_id": "id",
    "secret_access_key": "secret-key-that-must-not-leak",
}


def options(**given: Any) -> argparse.Namespace:
    return argparse.Namespace(**({"stage": None, "region": None, "ready_file": None} | given))


def a_ready_file(folder: Path, **facts: Any) -> Path:
    file = folder / "ready.json"
    file.write_text(json.dumps(READY | facts), encoding="utf-8")
    return file


def test_the_resources_of_a_stage_are_called_as_the_program_calls_them() -> None:
    stage = Stage.chosen(options(stage="dev"))
    assert (stage.table_name, stage.state_machine_name, stage.secret_name) == (
        "leave-dev",
        "EmployeeLeaveWorkflow-dev",
        "leave/dev/gmail",
    )
    assert stage.function_name("request-leave") == "leave-dev-request-leave"


def test_a_stage_is_where_the_standard_aws_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    client = Stage.chosen(options(stage="dev")).client("dynamodb")
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "us-east-2"


def test_a_local_stage_is_where_its_ready_file_says(tmp_path: Path) -> None:
    stage = Stage.chosen(options(ready_file=a_ready_file(tmp_path)))
    client = stage.client("dynamodb")
    assert stage.name == "local"
    assert client.meta.endpoint_url == "http://127.0.0.1:2"
    assert client.meta.region_name == "eu-west-1"
    assert "must-not-leak" not in repr(stage)


def test_the_stage_of_a_ready_file_can_be_named_too(tmp_path: Path) -> None:
    assert Stage.chosen(options(stage="x", ready_file=a_ready_file(tmp_path))).name == "x"


def test_a_stage_has_to_be_named() -> None:
    with pytest.raises(UsageError, match="--stage, or a local one with --ready-file"):
        Stage.chosen(options())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a ready file of a local stage"),
        ("[]", "it lacks api_url, aws_endpoint_url, region, table_name, access_key_id, secret_"),
        (json.dumps(READY | {"region": 1}), "it lacks region."),
    ],
)
def test_a_ready_file_that_is_none_is_told(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        Stage.chosen(options(ready_file=file))
    assert told in str(caught.value)


READING = ("report", "balances", "--year", "2027")


@pytest.fixture(autouse=True)
def reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command read the employees with the rights of whoever runs it, as `doctor` does."""

    def read(given: argparse.Namespace) -> None:
        stage = Stage.chosen(options(stage=given.stage, ready_file=given.ready_file))
        list(Administration.of(stage).directory.everybody())

    monkeypatch.setattr(report, "_report", read)


def test_a_local_stage_that_does_not_run_is_told(leave: Terminal, tmp_path: Path) -> None:
    missing = tmp_path / "none.json"
    told = leave.told(*READING, "--ready-file", missing)
    assert "A local stage writes it when it is ready: `python -m emulator --ready-file" in told


def test_a_profile_that_is_not_there_is_told(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    told = leave.told(*READING, "--stage", "dev")
    assert told == (
        "The config profile (nobody) could not be found. Set AWS_PROFILE (or keys) and"
        " AWS_REGION.\n"
    )


@pytest.mark.parametrize("service", ["dynamodb", "lambda"])
def test_a_refusal_of_aws_is_told(
    service: str, leave: Terminal, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage
    client = Stage.client

    class Refusing:
        def __getattr__(self, operation: str) -> Any:
            def refuse(**_: str) -> None:
                error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not you"}}
                raise ClientError(error, operation)

            return refuse

    def chosen(self: Stage, name: str) -> Any:
        return Refusing() if name == service else client(self, name)

    monkeypatch.setattr(Stage, "client", chosen)
    told = leave.told(*READING, "--stage", "test")
    assert told.startswith("AWS refuses to describe leave-test")
    assert "AccessDeniedException" in told
    assert told.endswith(f" not you. Check the rights of your credentials. {AWS_CURE}\n")


def test_functions_that_can_not_be_reached_are_told(
    leave: Terminal, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")
    told = leave.told(*READING, "--stage", "test")
    assert told.startswith("AWS cannot be reached: Could not connect to the endpoint URL")


@pytest.mark.usefixtures("moto")
def test_a_missing_region_is_told_with_the_cure(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    told = leave.told(*READING, "--stage", "test")
    assert told == (
        "There is no AWS region. Set AWS_PROFILE (or keys) and AWS_REGION. For a local stage, use"
        " --ready-file FILE instead.\n"
    )


def test_an_aws_that_does_not_answer_is_told(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    told = leave.told(*READING, "--stage", "test")
    assert told.startswith("AWS cannot be reached: Could not connect to the endpoint URL")
    assert told.endswith(f". {AWS_CURE}\n")


def test_a_refusal_of_aws_is_told_without_a_traceback(
    leave: Terminal, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage.table.name == "leave-test"

    def denied(*_: Any, **__: Any) -> None:
        error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not you"}}
        raise ClientError(error, "Scan")

    monkeypatch.setattr(DynamoDirectory, "everybody", denied)
    told = leave.told(*READING, "--stage", "test")
    assert told == (
        "AWS refuses the call: An error occurred (AccessDeniedException) when calling the Scan"
        f" operation: not you. Check the rights of your credentials. {AWS_CURE}\n"
    )


def test_a_table_that_is_not_reached_any_more_is_told_like_any_other_trouble_with_aws(
    leave: Terminal, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage.table.name == "leave-test"
    error = UnavailableError("DynamoDB scan: EndpointConnectionError")
    error.__cause__ = EndpointConnectionError(endpoint_url="https://dynamodb")

    def unreachable(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(DynamoDirectory, "everybody", unreachable)
    told = leave.told(*READING, "--stage", "test")
    assert told == f"AWS cannot be reached: {error.__cause__}. {AWS_CURE}\n"


def test_the_region_may_be_named_as_every_aws_tool_reads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    stage = Stage.chosen(argparse.Namespace(stage="dev", region=None, ready_file=None))
    assert stage.client("dynamodb").meta.region_name == "eu-west-1"
