"""A plugin of pytest: which worker runs what, so that a stage is started once for all tests."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

_PROJECT = Path(__file__).parents[1]
_SHARED = re.compile(r"pytest\.mark\.((?:sign_in_)?stage)\b")
_GRAPHS = re.compile(r"tests\.infrastructure\.(?:graph|stages) import")
_BROWSER = re.compile(r"pytest\.mark\.browser\b")
_SLOW = re.compile(r"pytest\.mark\.stages\b|tests/proof/")


class Scheduling(LoadScopeScheduling):
    """A module is run by one worker, and all that share a stage by the same one."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        shared = _found(_SHARED, module)
        if shared:
            return f"the shared {shared[1]}"
        # One process loads Pulumi's SDK, and makes each graph once.
        if _found(_GRAPHS, module):
            return "the graphs"
        if module.startswith("tests/bench/"):
            return "the benches"
        return "the browser" if _found(_BROWSER, module) else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Share modules out in the order of the collection."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits most, so that no worker is left with it in the end."""
    items.sort(key=lambda item: _rank(item.nodeid.partition("::")[0]))


def _rank(module: str) -> int:
    if _found(_SHARED, module):
        return 0
    slow = _SLOW.search(module) or _found(_SLOW, module) or _found(_GRAPHS, module)
    return 1 if slow else 2


@cache
def _found(pattern: re.Pattern[str], module: str) -> re.Match[str] | None:
    return pattern.search((_PROJECT / module).read_text("utf-8"))
