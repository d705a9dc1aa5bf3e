"""A plugin of pytest: what would fail nearly every test is said once, before any of them runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infrastructure.stage_config import ConfigError
from tests.infrastructure.graph import STACKS
from tests.infrastructure.stack_file import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_sessionstart(session: pytest.Session) -> None:
    """End a run of all tests at once where no stage could be configured; run parts all the same."""
    config = session.config
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if everything and not hasattr(config, "workerinput") and (found := "\n".join(mistakes())):
        pytest.exit(f"Nothing was run, as nearly every test would fail.\n{found}", returncode=1)


def mistakes() -> Iterator[str]:
    """What is wrong with the stages of the project, or with how their keys are read."""
    for stack in STACKS:
        try:
            settings(stack)
        except ConfigError as error:
            yield (
                f"{error}\nCure, where a key is declared in Pulumi.yaml and read by nobody: "
                "read it in infrastructure/stage_config.py, or declare it no more."
            )
