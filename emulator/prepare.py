"""What a stage needs that takes long to make and is then kept: MiniStack and the artifacts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from emulator.environment import ministack_python
from emulator.errors import StageError
from emulator.places import LOCAL, MINISTACK_LOCK, PROJECT, STACK
from emulator.stack_config import stack_config
from infrastructure.artifact import ArtifactError, build_artifacts, host_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from emulator.progress import Progress


def prepare(progress: Progress, overrides: Mapping[str, Any]) -> Path:
    """Make what is missing, and return the Python that runs MiniStack.

    `overrides` are configuration keys that win over those of the stack.

    The program builds its artifacts itself; built here for this machine before, it finds them.
    Raises StageError when something cannot be made.
    """
    python = ministack_python(lock=MINISTACK_LOCK, local=LOCAL, progress=progress)
    calendars = json.loads(stack_config(PROJECT, STACK, overrides)["leave:holiday-calendars"])
    try:
        build_artifacts(
            PROJECT,
            host_target(),
            calendars=calendars,
            tell=lambda text: progress.note(f"{text} …"),
        )
    except ArtifactError as error:
        raise StageError(
            f"The Lambda artifact cannot be built: {error.problem}", cure=error.cure
        ) from error
    return python
