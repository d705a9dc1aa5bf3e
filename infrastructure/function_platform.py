"""What the functions of a stage share: settings, their code, and the layer they import from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pulumi

from infrastructure.artifact import ArtifactError, Target, build_artifacts
from infrastructure.layer import DependencyLayer, DependencyLayerArgs

if TYPE_CHECKING:
    from infrastructure.place import Place
    from infrastructure.settings import Settings

_PROJECT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class FunctionPlatform:
    """`code` is the path of the zip file with `leave/`."""

    settings: Settings
    place: Place
    code: str
    layer_arn: pulumi.Output[str]


def function_platform(settings: Settings, place: Place) -> FunctionPlatform:
    """Build the artifacts and register the layer; a preview does, too, as it compares contents."""
    target = Target(
        python=settings.lambda_runtime.removeprefix("python"), platform=settings.wheel_platform
    )
    try:
        artifacts = build_artifacts(
            _PROJECT, target, calendars=settings.holiday_calendars, tell=pulumi.log.info
        )
    except ArtifactError as error:
        raise pulumi.RunError(str(error).replace("-s STAGE", f"-s {settings.stage}")) from error
    layer = DependencyLayer(
        "dependencies", DependencyLayerArgs(settings=settings, archive=_portable(artifacts.layer))
    )
    return FunctionPlatform(
        settings=settings, place=place, code=_portable(artifacts.code), layer_arn=layer.arn
    )


def _portable(path: Path) -> str:
    """Pulumi keeps the path in the stack's state, which is read on other people's machines."""
    return os.path.relpath(path)
