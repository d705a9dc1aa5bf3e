"""The configuration key `leave:holiday-calendars`."""

from __future__ import annotations

import pytest

from infrastructure.settings import ConfigError, Settings
from tests.infrastructure.stack_file import StackFile


def read(*names: object) -> Settings:
    return Settings.read(StackFile("dev", holiday_calendars=list(names)), stage="dev")


def problems(*names: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(*names)
    return str(caught.value).splitlines()[1:]


def test_countries_and_their_subdivisions_are_calendars() -> None:
    assert read("DE", "DE-BE", "AT-9", "JP").holiday_calendars == ("DE", "DE-BE", "AT-9", "JP")
    assert read().holiday_calendars == ()


def test_an_unknown_subdivision_is_told_with_those_there_are() -> None:
    (told,) = problems("GB-ENG", "DE-XX")
    assert told.startswith(
        "  - leave:holiday-calendars has the item 'DE-XX' (DE has BB, BE, BW, BY, HB, HE, HH, MV, "
    )
    assert told.endswith(
        ": pulumi config set --path 'leave:holiday-calendars[1]' DE-BE --stack dev"
    )


@pytest.mark.parametrize("name", ["Germany", "de-BE", "DEU", "../DE", "DE-Augsburg", "DE-", ""])
def test_another_way_to_write_it_is_refused(name: str) -> None:
    """The functions look for a file of that very name."""
    (told,) = problems(name)
    assert f"has the item {name!r}" in told


def test_every_unknown_one_is_told() -> None:
    assert len(problems("ZZ", "DE", "XX")) == 2
