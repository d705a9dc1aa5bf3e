"""What a function has no use for, it does not import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.deployed import CLIENTS
from bench.modules import FOR_AWS, FOR_MAIL, FOR_PAGES, forbidden, started
from bench.shipped import Shipped, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def stage() -> Iterator[Shipped]:
    with shipped() as stage:
        yield stage


@pytest.mark.parametrize("function", CLIENTS)
def test_a_function_imports_nothing_it_has_no_use_for(stage: Shipped, function: str) -> None:
    assert not forbidden(function) & started(stage, function)


def test_whoever_mails_has_what_others_are_spared(stage: Shipped) -> None:
    """Or the test above looks for packages under names they do not have."""
    loaded = started(stage, "process_leave_request")
    assert loaded >= FOR_MAIL | FOR_PAGES | FOR_AWS
