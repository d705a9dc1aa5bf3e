from __future__ import annotations

import socket
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from emulator import ports, state
from emulator.aws import EmulatedAws
from emulator.demo import web
from emulator.demo.web import DemoFailedError
from emulator.errors import StageError
from emulator.ministack import MiniStack
from emulator.ministack_settings import MiniStackSettings
from emulator.ports import LOOPBACK
from tests.emulator.conftest import REGION

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(python: Path, tmp_path: Path) -> MiniStackSettings:
    return MiniStackSettings(
        python=python, port=ports.free_port(), region=REGION, log=tmp_path / "logs" / "aws.log"
    )


def test_it_is_there_when_it_is_healthy_and_gone_when_it_is_left(
    settings: MiniStackSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with MiniStack(settings) as ministack:
        ministack.wait_until_healthy()
        assert list(temporary.iterdir())
        assert web.get(f"{ministack.url}/_ministack/health").status == 200
    with pytest.raises(DemoFailedError):
        web.get(f"{ministack.url}/_ministack/health")
    assert list(temporary.iterdir()) == []


def test_it_listens_on_loopback_only(settings: MiniStackSettings) -> None:
    with MiniStack(settings) as ministack:
        ministack.wait_until_healthy()
        # Another loopback address stands for every address that is not the one it was given.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", settings.port), timeout=5)


def test_its_services_know_nothing_of_this_environment(
    settings: MiniStackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a person's real key")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("GATEWAY_PORT", "1")
    known = settings.environment(scratch="/scratch", name="test")
    assert not [name for name in known if name.startswith(("AWS_", "PYTHON"))]
    assert known["GATEWAY_PORT"] == str(settings.port)
    assert (known["HOME"], known["TMPDIR"]) == ("/scratch", "/scratch")


def test_rights_are_enforced_and_bursts_are_capped(settings: MiniStackSettings) -> None:
    known = settings.environment(scratch="/scratch", name="test")
    assert known["AUTH"] == "true"
    assert int(known["LAMBDA_ACCOUNT_CONCURRENCY"]) <= 16


def test_a_taken_port_ends_the_start_with_what_ministack_said(
    settings: MiniStackSettings,
) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with (
            MiniStack(replace(settings, port=port)) as ministack,
            pytest.raises(StageError, match="ended while it was starting") as caught,
        ):
            ministack.wait_until_healthy()
    assert "already in use" in caught.value.detail
    assert str(settings.log) in caught.value.cure


def test_somebody_elses_ministack_is_not_taken_for_ours(
    settings: MiniStackSettings, ministack: MiniStack
) -> None:
    foreign = int(ministack.url.rpartition(":")[2])
    with (
        MiniStack(replace(settings, port=foreign)) as ours,
        pytest.raises(StageError, match="ended while it was starting"),
    ):
        ours.wait_until_healthy()
    assert web.get(f"{ministack.url}/_ministack/health").status == 200


def test_an_end_by_itself_is_noticed(settings: MiniStackSettings) -> None:
    ministack = MiniStack(settings)
    ministack.start()
    try:
        ministack.wait_until_healthy()
        ministack.require_running()
        ministack._process.kill()
        ministack._process.wait()
        with pytest.raises(StageError, match="ended by itself"):
            ministack.require_running()
    finally:
        ministack.stop()


def test_what_is_kept_is_there_again(settings: MiniStackSettings, tmp_path: Path) -> None:
    kept = replace(settings, state_dir=tmp_path / "state")
    with MiniStack(kept) as first:
        first.wait_until_healthy()
        aws = EmulatedAws(endpoint_url=first.url, region=REGION)
        aws.secrets.create_secret(Name="kept", SecretString="value")
    with MiniStack(kept) as second:
        second.wait_until_healthy()
        aws = EmulatedAws(endpoint_url=second.url, region=REGION)
        assert aws.secrets.get_secret_value(SecretId="kept")["SecretString"] == "value"


def test_a_state_that_could_not_be_written_is_told_at_once_and_by_the_next_start(
    settings: MiniStackSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.ministack.SAVE_SECONDS", 0.0)
    first = MiniStack(replace(settings, state_dir=state.of_aws(tmp_path)))
    first.start()
    first.wait_until_healthy()
    with pytest.raises(StageError, match="was ended before it had written its state") as caught:
        first.stop()
    assert "goes on from what the run before this one left" in caught.value.cure
    told: list[str] = []
    with state.held(tmp_path, told.append):
        assert len(told) == 1
    assert "ended before it had written what AWS held" in told[0]


def test_without_state_everything_is_forgotten(settings: MiniStackSettings) -> None:
    with MiniStack(settings) as first:
        first.wait_until_healthy()
        EmulatedAws(endpoint_url=first.url, region=REGION).secrets.create_secret(Name="gone")
    with MiniStack(settings) as second:
        second.wait_until_healthy()
        aws = EmulatedAws(endpoint_url=second.url, region=REGION)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            aws.secrets.describe_secret(SecretId="gone")
