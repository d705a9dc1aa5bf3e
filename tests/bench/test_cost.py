"""What a stage costs at each level of monitoring, and where that is said."""

from __future__ import annotations

import re

import pytest

from bench.cost import LEVELS, by_the_month
from bench.figures import Figure, statements
from bench.prices import cost
from bench.recording import recorded
from tests.docs.markdown import PROJECT, README, Page

PAGES = (
    README.text,
    Page(PROJECT / "bench" / "README.md").text,
    Page(PROJECT / "docs" / "operations.md").text,
)


@pytest.mark.parametrize("level", LEVELS)
def test_the_pages_say_what_a_level_costs(level: str) -> None:
    figure = f"{recorded()[f'cost of a stage, a month, {level}']:.2f}"
    for text in PAGES:
        assert re.search(rf"`{level}`[^\n]*\b{re.escape(figure)}\b", text), figure


def test_a_level_costs_what_its_resources_and_its_metrics_cost() -> None:
    assert by_the_month("none") == {"secret, a month": 1}
    essential, full = by_the_month("essential"), by_the_month("full")
    assert essential.keys() == {"alarm, a month", "metric, a month", "secret, a month"}
    assert full.keys() == {*essential, "dashboard, a month"}
    assert essential["alarm, a month"] <= 12
    assert essential["metric, a month"] == 2
    prices = {"none": 0.40, "essential": 7 * 0.10 + 2 * 0.30 + 0.40}
    assert {level: cost(by_the_month(level)) for level in prices} == pytest.approx(prices)


def test_a_stated_figure_is_a_line_of_its_own() -> None:
    figures = [Figure("a stage", 0.4, "USD", stated=True), Figure("other", 1, "USD")]
    assert statements(figures) == ["a stage ... 0.40 USD"]
