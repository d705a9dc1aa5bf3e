"""The artifacts on their way into the program."""

from __future__ import annotations

import pulumi
import pytest

from infrastructure import function_platform
from infrastructure.artifact import ArtifactError
from infrastructure.place import Place
from infrastructure.stage_config import read_settings
from tests.infrastructure.stack_file import StackFile


def test_an_artifact_that_can_not_be_built_ends_the_program_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pulumi prints a `RunError` as it is, and anything else with its traceback."""

    def fail(*_: object, **__: object) -> None:
        raise ArtifactError("There is no wheel.", cure="Run: pulumi config set -s STAGE a b")

    monkeypatch.setattr(function_platform, "build_artifacts", fail)
    place = Place(partition="aws", account="123456789012", region="eu-central-1")
    with pytest.raises(pulumi.RunError) as caught:
        function_platform.function_platform(read_settings(StackFile("dev"), stage="dev"), place)
    assert str(caught.value) == "There is no wheel. Run: pulumi config set -s dev a b"
