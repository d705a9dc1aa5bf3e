"""How many examples a property is tried with: few in `make test`, all in `make proof`."""

from __future__ import annotations

from hypothesis import settings

_are_all = False

# No deadline: a busy machine is no bug. The seed is fixed, so that a red run is red again.
for _name, _number in (("few", 30), ("all", 60)):
    settings.register_profile(_name, deadline=None, derandomize=True, max_examples=_number)


def choose(*, full: bool) -> None:
    """Choose for the whole run, before any test is imported."""
    global _are_all  # noqa: PLW0603 - of decorators, which no fixture reaches
    _are_all = full
    settings.load_profile("all" if full else "few")


def examples(*, few: int, full: int) -> int:
    """Return how many examples a property is tried with that is not tried with the usual number."""
    return full if _are_all else few
