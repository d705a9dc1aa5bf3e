"""Every test of a use case gets a stage of its own."""

from __future__ import annotations

import pytest

from tests.leave.services.stage import FakeStage


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which nothing has happened yet."""
    return FakeStage()
