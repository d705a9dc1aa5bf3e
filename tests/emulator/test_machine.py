from __future__ import annotations

import platform
import sys

import pytest

from emulator.errors import StageError
from emulator.machine import settings_of_this_machine


@pytest.mark.parametrize(
    ("machine", "architecture"),
    [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")],
)
def test_the_artifact_is_built_for_this_python_and_processor(
    monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    settings = settings_of_this_machine()
    assert settings["leave:lambda-architecture"] == architecture
    assert settings["leave:lambda-runtime"] == f"python3.{sys.version_info.minor}"


def test_a_processor_lambda_does_not_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(StageError, match="riscv64"):
        settings_of_this_machine()
