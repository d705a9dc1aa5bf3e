"""What every proof may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from leave.services import unit_of_work
from tests.proof.reporting import Recorder


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
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever lost a race try again at once."""
    monkeypatch.setattr(unit_of_work, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Recorder:
    """Record figures: `report(promise, figure, value, unit)`."""
    return Recorder(request.node.user_properties)


T = TypeVar("T")

# Lone surrogates too: an event is JSON, and JSON can hold them.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def each(strategy: SearchStrategy[T], check: Callable[[T], object], *, examples: int) -> int:
    """Check that many examples; the seed is the project's, so a red run is red again."""
    tried = 0

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(example: T) -> None:
        nonlocal tried
        tried += 1
        check(example)

    run()
    return tried
