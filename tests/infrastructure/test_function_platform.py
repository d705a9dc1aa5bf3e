"""The artifacts on their way into the program."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from emulator.stack_config import stack_config
from infrastructure import function_platform
from infrastructure.artifact import ArtifactError
from infrastructure.place import Place
from infrastructure.stage_config import read_settings

PROJECT = Path(__file__).parents[2]


class StackFile:
    """`pulumi.Config` of the stack dev."""

    name = "leave"

    def get(self, key: str) -> str | None:
        return stack_config(PROJECT, "dev", {}).get(f"leave:{key}")


def test_an_artifact_that_can_not_be_built_ends_the_program_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pulumi prints a `RunError` as it is, and anything else with its traceback."""

    def fail(*_: object, **__: object) -> None:
        raise ArtifactError("The package index can not be reached.", cure="Connect.")

    monkeypatch.setattr(function_platform, "build_artifacts", fail)
    place = Place(partition="aws", account="123456789012", region="eu-central-1")
    with pytest.raises(pulumi.RunError) as caught:
        function_platform.function_platform(read_settings(StackFile(), stage="dev"), place)
    assert str(caught.value) == "The package index can not be reached. Connect."
