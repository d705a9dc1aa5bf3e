"""That keys by employee and request keep partitions cool, and that the units are the real ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from bench.calls import steps
from bench.in_memory import TEAM
from bench.partitions import READ_LIMIT, WRITE_LIMIT, partition_of, simulate, touches
from bench.workload import SIZES, WORST, Workload
from leave.adapters.dynamodb.table import SHARDS
from tests.docs.markdown import PROJECT, Page, rows

IDS = ("01m81xvszpska7069zszwkkeed", "E00001", "e1@foo.com", "E00002")


def test_ten_million_employees_keep_every_partition_below_half_of_what_it_can_do() -> None:
    found = simulate(WORST, partitions=32, seconds=3)
    assert 0 < found.writes < WRITE_LIMIT / 2
    assert 0 < found.reads < READ_LIMIT / 2
    assert 0 < found.shard_writes < WRITE_LIMIT / 2


def test_the_open_index_is_as_even_as_leads_are_many() -> None:
    found = simulate(WORST, partitions=32, seconds=3)
    assert found.shard_share < 1.5 / SHARDS


def test_one_lead_of_all_would_make_a_shard_hot() -> None:
    """The simulation can say no: here every request goes to one approver."""
    one_lead = replace(WORST, team=WORST.employees)
    found = simulate(one_lead, partitions=32, seconds=1)
    assert found.shard_share == 1
    assert found.shard_writes > WRITE_LIMIT


def test_few_partitions_would_be_too_hot() -> None:
    assert simulate(WORST, partitions=2, seconds=1).writes > WRITE_LIMIT


@pytest.mark.parametrize("step", ["request leave", "open the link", "decide"])
def test_the_units_of_a_step_are_those_that_are_measured(step: str) -> None:
    reads, writes = Counter[str](), Counter[str]()
    for touch in touches(*IDS, colleagues=map(str, range(TEAM - 1))):
        reads[touch.step] += touch.reads
        writes[touch.step] += touch.writes
    measured = steps()[step]
    assert (reads[step], writes[step]) == (measured.reads, measured.writes)


def test_keys_are_spread_over_all_partitions() -> None:
    assert {partition_of(f"EMPLOYEE#E{number}", 32) for number in range(1000)} == {*range(32)}


def test_the_table_of_the_page_is_what_the_assumptions_come_to() -> None:
    table = rows(Page(PROJECT / "docs" / "scaling.md").section("## What is assumed"))
    columns = [list(column) for column in zip(*table, strict=True)][1:]
    expected = [size.as_row() for size in SIZES]
    assert columns == expected, f"Paste:\n{expected}"


def test_a_company_of_the_assumptions_asks_as_the_page_says() -> None:
    tiny = Workload(employees=220, requests_a_year=1)
    assert (tiny.day, tiny.peak_day) == (1, 5)
