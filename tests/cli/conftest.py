"""A terminal, a home folder of its own, and AWS in memory."""

from __future__ import annotations

import os
import webbrowser
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import google.auth._exponential_backoff as google_backoff
import pytest
from moto import mock_aws

from cli.stage import Stage
from emulator.google import GoogleStandIn
from tests.cli import lambda_api
from tests.cli.aws_stage import AwsStage
from tests.cli.consenting import AUDIENCE, Browser
from tests.cli.loopback import Loopback
from tests.cli.mailing import deploy
from tests.cli.signed_in import sign_in
from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLIENTS: dict[tuple[Any, ...], Any] = {}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the files and the credentials of whoever runs it."""
    for name in (
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "XDG_CONFIG_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def leave(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Return what runs the command."""
    return Terminal(capsys)


@pytest.fixture
def moto() -> Iterator[None]:
    """Let boto3 talk to moto."""
    with mock_aws():
        yield


@pytest.fixture
def empty_stage(
    moto: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[AwsStage]:
    """Return a stage of which nothing is made yet, with an administrator signed in to its API."""
    stage, connected = AwsStage(), Stage._connected

    def connect(self: Stage, service: str) -> Any:
        if service == "apigatewayv2":
            made = connected(self, service)
            stage.be_gateway(made)
            return made
        # Making a client takes longer than any call to moto.
        named = (pair for pair in os.environ.items() if pair[0].startswith("AWS_"))
        known = (service, *sorted(named), *sorted(self.connection.items()))
        if known not in _CLIENTS:
            _CLIENTS[known] = connected(self, service)
        return _CLIENTS[known]

    monkeypatch.setattr(Stage, "_connected", connect)
    with Loopback(partial(lambda_api.answer_as, stage)) as server:
        sign_in(server.url + lambda_api.STAGE_PATH, "admin@foo.com")
        yield stage


@pytest.fixture
def stage(empty_stage: AwsStage) -> AwsStage:
    """Return a deployed stage without employees, with the functions that tell its settings."""
    empty_stage.make_table()
    empty_stage.make_functions("request-leave", "process-leave-request")
    return empty_stage


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Return the only browser there is."""
    browser = Browser()

    def chosen(_: str | None = None) -> Browser:
        return browser

    monkeypatch.setattr(webbrowser, "get", chosen)
    return browser


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    """Return the stand-in for Google, which knows a client that people sign in with."""
    with GoogleStandIn(audiences=[AUDIENCE], mailbox="somebody@foo.com") as google:
        yield google


@pytest.fixture
def mailing(empty_stage: AwsStage, google: GoogleStandIn) -> AwsStage:
    """Return a stage that sends as leave@foo.com through the stand-in."""
    deploy(empty_stage, google.url)
    return empty_stage


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let google-auth's own retries of the token endpoint come at once."""

    def sleep(_: float) -> None:
        """Go on."""

    monkeypatch.setattr(google_backoff, "time", SimpleNamespace(sleep=sleep))
