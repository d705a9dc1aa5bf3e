"""What every proof may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.proof.figures import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence


def short_form(values: Sequence[Any], *, of: int = 1, every: int = 1) -> list[Any]:
    """Mark as `full` all but `of` of the parameters, of which each `every`th is taken."""
    chosen = range(0, len(values), every)[:of]
    return [
        pytest.param(value, marks=() if number in chosen else pytest.mark.full)
        for number, value in enumerate(values)
    ]


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
