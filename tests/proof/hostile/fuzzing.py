"""Many examples of something hostile, as many as the run is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

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
