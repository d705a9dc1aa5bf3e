from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.capacity_units import item_bytes
from bench.growth import SHORT, Cost, costs_after

if TYPE_CHECKING:
    from collections.abc import Mapping

MANY = 1_000
"""A tenth of a long past shows growth as well; `python -m bench.growth` takes 10,000."""


@pytest.fixture(scope="module")
def costs() -> tuple[Mapping[str, Cost], Mapping[str, Cost]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        return costs_after(SHORT), costs_after(MANY)


def test_no_call_reads_or_writes_more_for_a_longer_past(
    costs: tuple[Mapping[str, Cost], Mapping[str, Cost]],
) -> None:
    short, long = costs
    assert {name: (cost.reads, cost.writes) for name, cost in long.items()} == {
        name: (cost.reads, cost.writes) for name, cost in short.items()
    }


def test_no_call_scans_the_table(costs: tuple[Mapping[str, Cost], Mapping[str, Cost]]) -> None:
    """The meter knows no rule for a scan and would have failed; this says it in words."""
    assert not [name for name, cost in costs[1].items() if "Scan" in cost.calls]


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
