"""No step scans the table, and items are measured as AWS measures them."""

from __future__ import annotations

import pytest

from bench.calls import steps
from bench.capacity_units import item_bytes


def test_no_step_scans_the_table() -> None:
    """The meter knows no rule for a scan and would have failed; this says it in words."""
    assert not [name for name, step in steps().items() if "Scan" in step.calls]


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"pk": {"S": "ab"}}, 4),
        ({"n": {"N": "12.5"}}, 4),
        ({"b": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "a"}, {"S": "b"}]}}, 8),
        ({"m": {"M": {"k": {"S": "v"}}}}, 7),
    ],
)
def test_an_item_has_the_size_that_aws_documents(item: dict[str, object], size: int) -> None:
    assert item_bytes(item) == size  # type: ignore[arg-type]
