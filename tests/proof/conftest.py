"""What every proof may use."""

from __future__ import annotations

from typing import Protocol

import pytest

from tests.proof.figures import Recorder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for `make proof` alone."""
    if not config.getoption("--proof"):
        full = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if item not in full]
        config.hook.pytest_deselected(items=full)


class Size(Protocol):
    """How large a proof is made."""

    def __call__(self, *, small: int, full: int) -> int:
        """Return the one size of the two that this run is for."""
        ...


@pytest.fixture
def size(pytestconfig: pytest.Config) -> Size:
    """Choose a size: `small` in `make test`, `full` in `make proof`."""
    is_full: bool = pytestconfig.getoption("--proof")

    def choose(*, small: int, full: int) -> int:
        return full if is_full else small

    return choose


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Recorder:
    """Record figures: `report(promise, figure, value, unit)`."""
    return Recorder(request.node.user_properties)
