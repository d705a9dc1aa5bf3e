"""A plugin of pytest: what is tried in part in `make test`, and whole in `make proof`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

_are_all = False

# No deadline: a busy machine is no bug. The seed is fixed, so that a red run is red again.
for _name, _number in (("few", 30), ("all", 60)):
    settings.register_profile(_name, deadline=None, derandomize=True, max_examples=_number)


def choose(*, full: bool) -> None:
    """Choose the number of examples for the whole run, before any test is imported."""
    global _are_all  # noqa: PLW0603 - of decorators, which no fixture reaches
    _are_all = full
    settings.load_profile("all" if full else "few")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked as `full`, if this is not `make proof`."""
    if not _are_all:
        config.hook.pytest_deselected(items=[i for i in items if i.get_closest_marker("full")])
        items[:] = [item for item in items if not item.get_closest_marker("full")]


def examples(*, few: int, full: int) -> int:
    """Return how many examples a property is tried with that is not tried with the usual number."""
    return full if _are_all else few
