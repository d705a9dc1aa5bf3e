"""The server of graphs: a crash is one answer, and the next order is answered as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.infrastructure.graph import dump, run_program

if TYPE_CHECKING:
    from pathlib import Path


def test_a_crash_of_the_program_is_shown_and_leaves_the_next_graph_as_it_is(
    tmp_path: Path,
) -> None:
    order: dict[str, Any] = {"stack": "dev", "preview": False, "overrides": {}}
    with pytest.raises(AssertionError, match=r"Pulumi\.yaml is missing"):
        run_program({**order, "files": str(tmp_path)})
    assert run_program(order) == dump("dev")
