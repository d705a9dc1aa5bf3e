"""A stand-in, started for each test, and Google's own client in front of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from emulator.google import GoogleStandIn
from tests.emulator.google.callers import AUDIENCES, SENDER, Gmail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def fresh_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of a stand-in nobody used; making its key is what takes time."""
    folder = tmp_path_factory.mktemp("google") / "fresh"
    GoogleStandIn(audiences=AUDIENCES, mailbox=SENDER, state_dir=folder)
    return folder


@pytest.fixture
def state_dir(fresh_state: Path, tmp_path: Path) -> Path:
    """Return a folder with the state of a stand-in, for this test only."""
    return shutil.copytree(fresh_state, tmp_path / "google")


@pytest.fixture
def google(state_dir: Path) -> Iterator[GoogleStandIn]:
    """Return a stand-in with nothing in it."""
    with GoogleStandIn(audiences=AUDIENCES, mailbox=SENDER, state_dir=state_dir) as started:
        yield started


@pytest.fixture
def gmail(google: GoogleStandIn) -> Iterator[Gmail]:
    """Return a client of the mailbox that sends."""
    client = Gmail(google)
    yield client
    client.close()
