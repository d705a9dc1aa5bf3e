"""What every test may use."""

from __future__ import annotations

import gc
import json
from functools import cache
from typing import TYPE_CHECKING

import botocore.loaders
import botocore.session
import pytest

from emulator.demo import web
from tests import examples, sharing_out
from tests.browser.missing import pytest_collection_modifyitems, pytest_terminal_summary
from tests.first import pytest_sessionstart
from tests.proof.reporting import pytest_addoption, register
from tests.stage import ALLOWED_ORIGIN, local_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stage import LocalStage

# Here, because workers run the tests and the process above them reports.
__all__ = [
    "patient_stage",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "sign_in_stage",
    "stage",
]

# The tests and what they import live as long as the process: each later collection of garbage would
# look through all of it again, which is half of the time that collecting the tests takes.
gc.disable()

UNDO_SECONDS = 20

# Every session of botocore would read and parse the descriptions of AWS's services for itself.
botocore.session.create_loader = cache(botocore.loaders.create_loader)


def pytest_configure(config: pytest.Config) -> None:
    """Share the tests out, choose their size, and let what is found out come together."""
    config.pluginmanager.register(sharing_out)
    config.pluginmanager.register(examples)
    examples.choose(full=config.getoption("--proof"))
    register(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage again, in what is made from here on."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def sign_in_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    """A stage where leads sign in, started once; mark the tests that use it `sign_in_stage`.

    Pages of one other origin may call its API.
    """
    folder = tmp_path_factory.mktemp("sign-in-stage")
    origins = json.dumps([ALLOWED_ORIGIN])
    keys = ("--set", "require-sign-in=true", "--set", f"allowed-origins={origins}")
    with local_stage(folder, *keys) as running:
        yield running
        assert running.emulator.ask_to_stop() == 0, running.emulator.said()


@pytest.fixture(scope="session")
def patient_stage(
    stage: LocalStage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalStage]:
    """A second stage beside the first, which waits a little before it tells the employee."""
    folder = tmp_path_factory.mktemp("patient")
    with local_stage(folder, "--set", f"undo-seconds={UNDO_SECONDS}") as running:
        yield running
        assert running.emulator.ask_to_stop() == 0, running.emulator.said()
    assert web.get(f"{stage.facts.api_url}/health").status == 200


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    """The local stage, started once for all tests; mark those that use it with `stage`.

    Tests share it, so each asks for days of its own and looks at its own requests only.
    """
    with local_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running
        assert running.emulator.ask_to_stop() == 0, running.emulator.said()
