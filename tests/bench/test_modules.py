"""What a function has no use for, it does not import."""

from __future__ import annotations

import pytest

from bench.deployed import CLIENTS
from bench.modules import FOR_AWS, FOR_MAIL, FOR_PAGES, forbidden, started


@pytest.mark.parametrize("function", CLIENTS)
def test_a_function_imports_nothing_it_has_no_use_for(function: str) -> None:
    assert not forbidden(function) & started()[function]


def test_whoever_mails_has_what_others_are_spared() -> None:
    """Or the test above looks for packages under names they do not have."""
    assert started()["process_leave_request"] >= FOR_MAIL | FOR_PAGES | FOR_AWS
