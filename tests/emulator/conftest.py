"""MiniStack alone, without a program in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import ports
from emulator.aws import EmulatedAws
from emulator.environment import ministack_python
from emulator.ministack import MiniStack
from emulator.ministack_settings import MiniStackSettings
from emulator.places import LOCAL, MINISTACK_LOCK
from emulator.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "eu-central-1"


@pytest.fixture(scope="session")
def python() -> Path:
    """Return the Python that has MiniStack."""
    return ministack_python(lock=MINISTACK_LOCK, local=LOCAL, progress=Progress())


@pytest.fixture(scope="session")
def ministack(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """Return a running MiniStack with nothing in it, shared by all tests."""
    settings = MiniStackSettings(
        python=python,
        port=ports.free_port(),
        region=REGION,
        log=tmp_path_factory.mktemp("ministack") / "aws.log",
    )
    with MiniStack(settings) as started:
        started.wait_until_healthy()
        yield started


@pytest.fixture(scope="session")
def aws(ministack: MiniStack) -> EmulatedAws:
    """Return clients of that MiniStack."""
    return EmulatedAws(endpoint_url=ministack.url, region=REGION)
