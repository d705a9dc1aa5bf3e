"""The configuration key `leave:holiday-calendars`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infrastructure.stack_file import problems, settings

if TYPE_CHECKING:
    from infrastructure.settings import Settings


def read(*names: object) -> Settings:
    return settings(holiday_calendars=list(names))


def told(*names: object) -> list[str]:
    return problems(holiday_calendars=list(names))


def test_countries_and_their_subdivisions_are_calendars() -> None:
    assert read("DE", "DE-BE", "AT-9", "JP").holiday_calendars == ("DE", "DE-BE", "AT-9", "JP")
    assert read().holiday_calendars == ()


def test_an_unknown_subdivision_is_told_with_those_there_are() -> None:
    (problem,) = told("GB-ENG", "DE-XX")
    assert problem.startswith(
        "leave:holiday-calendars has the item 'DE-XX' (DE has BB, BE, BW, BY, HB, HE, HH, MV, "
    )
    assert problem.endswith(
        ": pulumi config set --path 'leave:holiday-calendars[1]' DE-BE --stack dev"
    )


@pytest.mark.parametrize("name", ["Germany", "de-BE", "DEU", "../DE", "DE-Augsburg", "DE-", ""])
def test_another_way_to_write_it_is_refused(name: str) -> None:
    """The functions look for a file of that very name."""
    (problem,) = told(name)
    assert f"has the item {name!r}" in problem


def test_every_unknown_one_is_told() -> None:
    assert len(told("ZZ", "DE", "XX")) == 2
