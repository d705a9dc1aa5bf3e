"""The path of a call, as `python -m bench size` counts it."""

from __future__ import annotations

from bench.size import path_of_request_leave


def test_a_request_runs_from_its_function_to_the_unit_of_work_and_back() -> None:
    path = path_of_request_leave()
    assert path[0] == path[-1] == "functions/request_leave.py"
    assert {"services/request_leave.py", "services/unit_of_work.py"} <= set(path)
    assert not [name for name in path if name.startswith("adapters/")]
