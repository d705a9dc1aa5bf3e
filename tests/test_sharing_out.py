"""Which worker runs what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sharing_out import Scheduling, pytest_collection_modifyitems

ASKING = "tests/end_to_end/test_asking.py"
DECIDING = "tests/browser/test_deciding.py"
STARTING = "tests/end_to_end/test_starting_and_stopping.py"
ORDERS = "tests/proof/test_orders.py"
PERIODS = "tests/leave/domain/test_calendar.py"


class Item:
    def __init__(self, module: str) -> None:
        self.nodeid = f"{module}::test_it"


def scope(module: str) -> str:
    scheduling = object.__new__(Scheduling)
    return scheduling._split_scope(f"{module}::test_it")


def test_all_that_share_the_stage_are_run_by_one_worker() -> None:
    assert scope(ASKING) == scope(DECIDING)
    assert {scope(module) for module in (STARTING, ORDERS)} == {STARTING, ORDERS}


def test_what_waits_comes_first_and_the_rest_stays_in_its_order() -> None:
    items: list[Any] = [Item(module) for module in (PERIODS, ORDERS, ASKING, STARTING, PERIODS)]
    pytest_collection_modifyitems(items)
    modules = [item.nodeid.partition("::")[0] for item in items]
    assert modules == [ASKING, ORDERS, STARTING, PERIODS, PERIODS]


def test_whatever_uses_the_stage_says_so(request: pytest.FixtureRequest) -> None:
    """Or another worker would start a stage of its own for it."""
    for item in request.session.items:
        assert isinstance(item, pytest.Function)
        found = item._fixtureinfo.name2fixturedefs.get("stage", ())
        # The last one is in force: a folder may have a fixture of its own by that name.
        if found and found[-1].baseid == "tests":
            assert item.get_closest_marker("stage"), item.nodeid
