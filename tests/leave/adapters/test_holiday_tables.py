"""Public holidays from the files that the code was packed with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from leave.adapters.system import FOLDER, FileHolidayTables
from leave.domain.errors import RuleError, UnknownHolidaysError
from tests.leave.builders import a_day
from tests.leave.fakes import FakeHolidayTables

if TYPE_CHECKING:
    from pathlib import Path

    from leave.services.ports import HolidayTables

TABLE = {f"{year}-05-01": "May Day" for year in (2026, 2027, 2028)} | {
    f"{year}-12-{day}": name
    for year in (2026, 2027, 2028)
    for day, name in (("25", "Christmas Day"), ("26", "Boxing Day"))
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the table of XX."""
    (tmp_path / "XX.json").write_text(json.dumps(TABLE), encoding="utf-8")
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    return tmp_path


@pytest.fixture(params=["files", "fake"])
def tables(request: pytest.FixtureRequest, folder: Path) -> HolidayTables:
    """Return each of the two."""
    return FakeHolidayTables() if request.param == "fake" else FileHolidayTables({"XX"}, folder)


def test_a_table_tells_the_holidays_by_day(tables: HolidayTables) -> None:
    holidays = tables.table("XX")
    assert holidays == {a_day(day): name for day, name in TABLE.items()}
    assert holidays.get(a_day("2027-05-01")) == "May Day"


def test_without_a_calendar_there_are_no_holidays(tables: HolidayTables) -> None:
    assert tables.table("") == {}


@pytest.mark.parametrize(
    "calendar", ["FR", "XX-XX", "xx", "secret", "../XX", "XX.json", "XX\n", " "]
)
def test_a_calendar_that_was_not_packed_is_told_with_its_cure(
    tables: HolidayTables, calendar: str
) -> None:
    with pytest.raises(UnknownHolidaysError, match="leave:holiday-calendars") as caught:
        tables.table(calendar)
    assert repr(calendar) in str(caught.value)
    assert isinstance(caught.value, RuleError)


def test_names_in_any_language_come_back(folder: Path) -> None:
    (folder / "JP.json").write_text('{"2027-01-01": "元日"}', encoding="utf-8")
    assert FileHolidayTables({"JP"}, folder).table("JP")[a_day("2027-01-01")] == "元日"


def test_a_region_has_a_table_of_its_own(folder: Path) -> None:
    (folder / "DE-BE.json").write_text('{"2027-03-08": "Frauentag"}', encoding="utf-8")
    assert len(FileHolidayTables({"DE-BE"}, folder).table("DE-BE")) == 1


def test_the_tables_lie_beside_the_code() -> None:
    assert FileHolidayTables(()).folder == FOLDER
    assert FOLDER.parent.name == "leave"
