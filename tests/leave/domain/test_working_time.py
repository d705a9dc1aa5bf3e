from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import WorkingWeek
from tests.leave.builders import MONDAY_TO_FRIDAY, a_day
from tests.leave.strategies import WEEKS

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@given(WEEKS)
def test_a_week_reads_back_as_itself(week: WorkingWeek) -> None:
    assert WorkingWeek.parse(str(week)) == week


@given(WEEKS)
def test_a_week_can_be_written_day_by_day(week: WorkingWeek) -> None:
    suffix = {Decimal(1): "", Decimal("0.5"): ":0.5"}
    text = " ".join(
        name + suffix[part] for name, part in zip(NAMES, week.fractions, strict=True) if part
    )
    assert WorkingWeek.parse(text) == week


@pytest.mark.parametrize(
    ("text", "fractions"),
    [
        ("Mon-Fri", "1 1 1 1 1 0 0"),
        ("Mon-Thu Fri:0.5", "1 1 1 1 0.5 0 0"),
        ("Mon-Tue:0.5 Sat", "0.5 0.5 0 0 0 1 0"),
        ("Sun Mon", "1 0 0 0 0 0 1"),
        ("  Wed  ", "0 0 1 0 0 0 0"),
        ("Mon-Mon", "1 0 0 0 0 0 0"),
    ],
)
def test_a_week_names_its_working_days(text: str, fractions: str) -> None:
    assert WorkingWeek.parse(text).fractions == tuple(map(Decimal, fractions.split()))


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri Fri",
        "Mon Mon",
        "Fri-Mon",
        "Mon-",
        "-Fri",
        "mon-fri",
        "Monday",
        "Mon-Fri,Sat",
        "Mon:1",
        "Mon:0.25",
        "Mon:0.50",
        "Mon:0x5",
        "5",
    ],
)
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 'Mon-Fri'.*not '"):
        WorkingWeek.parse(text)


@given(st.text(max_size=12))
def test_any_text_is_a_week_or_refused(text: str) -> None:
    try:
        week = WorkingWeek.parse(text)
    except ValueError:
        return
    assert WorkingWeek.parse(str(week)) == week


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="7 days, not 5"):
        WorkingWeek((Decimal(1),) * 5)


def test_a_week_knows_its_weekdays() -> None:
    assert MONDAY_TO_FRIDAY.on(a_day("2027-03-05")) == 1  # a Friday
    assert MONDAY_TO_FRIDAY.on(a_day("2027-03-06")) == 0  # a Saturday
