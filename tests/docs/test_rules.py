"""The page of the leave rules configures and calculates as it says."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import yaml

from leave.config import read_rules
from leave.domain.calendar import Dated
from leave.domain.employee import Employment, entitlement
from tests.docs.markdown import PROJECT, Page, rows
from tests.infrastructure.stack_file import settings

RULES = Page(PROJECT / "docs" / "rules.md")
YEAR = 2027
EXAMPLE = re.compile(
    r"(\d+) days, (from|until) (\d+ \w+)(?: and again from (\d+ \w+))?(?: \(\d+ months\))?"
)


def a_day(text: str) -> date:
    return datetime.strptime(f"{YEAR} {text} +0000", "%Y %d %B %z").date()


def test_the_example_of_a_configuration_is_accepted_and_understood() -> None:
    (text,) = RULES.blocks("yaml")
    example: dict[str, Any] = yaml.safe_load(text)
    stage = settings(
        rules=example["leave:rules"], holiday_calendars=example["leave:holiday-calendars"]
    )
    assert list(stage.holiday_calendars) == example["leave:holiday-calendars"]
    understood = read_rules(stage.rules)
    named = [kind["id"] for kind in example["leave:rules"]["leaveTypes"]]
    assert [kind.id for kind in understood.leave_types] == named
    assert understood.horizon_days == example["leave:rules"]["horizonDays"]


def test_the_defaults_are_those_the_page_tells() -> None:
    rules = read_rules(None)
    told = RULES.section("## Configure them")
    assert f"{rules.horizon_days} days ahead" in told
    assert f"{rules.requests_per_day} requests a day" in told
    assert rules.carry_over.maximum_days == 0
    assert "nothing carried over" in told


def test_the_examples_of_an_entitlement_are_granted() -> None:
    examples = rows(RULES.section("### Entitlement"))
    assert len(examples) > 2
    for said, exact, granted in examples:
        match = EXAMPLE.fullmatch(said)
        assert match, said
        days, which, day, again = match.groups()
        start, end = (a_day(day), None) if which == "from" else (None, a_day(day))
        employments = [Employment(start=start, end=end)]
        if again:
            employments.append(Employment(start=a_day(again), end=None))
        found = entitlement(Dated(Decimal(days)), YEAR, employments)
        assert found == Decimal(granted), said
        assert found >= Decimal(exact), said
