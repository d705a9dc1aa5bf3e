"""What tests of the engine share; where there is no command line, they are skipped in one line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.engine.emulated import REAL
from tests.engine.workshop import Workshop

if TYPE_CHECKING:
    from pathlib import Path


def pytest_runtest_setup() -> None:
    """Skip a test before anything is made for it; all at this line, so that pytest says it once.

    Who asks for the real provider asks for the command line, too.
    """
    if shutil.which("pulumi") is None:
        missing = (
            "there is no `pulumi` on the PATH; cure: install Pulumi's command line, see"
            " https://www.pulumi.com/docs/iac/download-install/"
        )
        if REAL:
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A place for Pulumi's state and for clones of the project, of one module's tests."""
    return Workshop(tmp_path_factory.mktemp("pulumi"))


@pytest.fixture
def empty_workshop(tmp_path: Path) -> Workshop:
    """The same, of one test."""
    return Workshop(tmp_path)
