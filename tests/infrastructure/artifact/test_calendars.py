"""Holiday tables: made of the library, the same everywhere, and read by the functions."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING

import holidays
import pytest

from infrastructure.artifact import ArtifactError, build_artifacts, calendars, host_target
from infrastructure.artifact.build import _build_code
from infrastructure.artifact.calendars import (
    FIRST_YEAR,
    LAST_YEAR,
    holiday_table,
    known_calendars,
    missing_years,
)
from leave.adapters.system import FileHolidayTables
from leave.domain.errors import UnknownHolidaysError
from tests.infrastructure.graph import STACKS
from tests.infrastructure.stack_file import PROJECT, StackFile

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURED = sorted(
    {
        name
        for stack in STACKS
        for name in json.loads(StackFile(stack).get("holiday-calendars") or "[]")
    }
)
DAYS = [
    date(FIRST_YEAR, 1, 1) + timedelta(days=number)
    for number in range((date(LAST_YEAR + 1, 1, 1) - date(FIRST_YEAR, 1, 1)).days)
]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> FileHolidayTables:
    """The tables in the zip file that is deployed."""
    told: list[str] = []
    artifacts = build_artifacts(PROJECT, host_target(), calendars=CONFIGURED, tell=told.append)
    folder = tmp_path_factory.mktemp("code")
    with zipfile.ZipFile(artifacts.code) as archive:
        archive.extractall(folder)
    return FileHolidayTables(CONFIGURED, folder / "leave" / "holidays")


@pytest.mark.parametrize("calendar", CONFIGURED)
def test_what_is_shipped_agrees_with_the_library_day_by_day(
    shipped: FileHolidayTables, calendar: str
) -> None:
    country, _, subdivision = calendar.partition("-")
    library = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=range(FIRST_YEAR - 2, LAST_YEAR + 3),
        language=holidays.country_holidays(country).default_language,
    )
    table = shipped.table(calendar)
    for day in DAYS:
        assert table.get(day) == library.get(day), day
    assert set(table) <= set(DAYS)
    assert missing_years({day.isoformat(): name for day, name in table.items()}) == []


def test_only_what_is_configured_is_shipped(shipped: FileHolidayTables) -> None:
    assert sorted(path.stem for path in shipped.folder.iterdir()) == CONFIGURED
    with pytest.raises(UnknownHolidaysError, match="leave:holiday-calendars"):
        shipped.table("FR")


def test_holidays_well_known_are_there() -> None:
    """An oracle of its own: the library might be asked the wrong way."""
    berlin = holiday_table("DE-BE")
    assert berlin["2027-10-03"] == "Tag der Deutschen Einheit"
    assert berlin["2027-03-08"] == "Frauentag"
    assert "2027-01-06" not in berlin
    assert holiday_table("DE-BY")["2027-01-06"] == "Heilige Drei Könige"
    assert "2027-12-31" in holiday_table("US")
    assert "2028-12-25" in holiday_table("GB-ENG")


def test_holidays_on_one_day_share_a_line() -> None:
    assert holiday_table("US-CA")["2027-02-15"] == "Presidents' Day; Susan B. Anthony Day"


def test_only_public_holidays_count() -> None:
    """The library knows bank holidays and unofficial ones as well."""
    unofficial = holidays.country_holidays("US", years=2027, categories=holidays.UNOFFICIAL)
    assert date(2027, 2, 14) in unofficial
    assert "2027-02-14" not in holiday_table("US")


@pytest.mark.parametrize("language", ["C.UTF-8", "th_TH.UTF-8"])
def test_a_table_does_not_depend_on_the_language_of_who_builds(language: str) -> None:
    """The library would follow LANGUAGE and LANG."""
    code = (
        "import sys, json; from infrastructure.artifact.calendars import holiday_table;"
        "json.dump(holiday_table('DE-BE'), sys.stdout)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={"LANGUAGE": language[:2], "LANG": language, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(result.stdout) == holiday_table("DE-BE")


def test_other_calendars_make_another_zip_file_and_their_order_does_not() -> None:
    def build(*names: str) -> Path:
        return build_artifacts(
            PROJECT, host_target(), calendars=names, tell=lambda _text: None
        ).code

    assert build("DE-BE", "GB-ENG") == build("GB-ENG", "DE-BE", "GB-ENG")
    assert len({build(), build("DE-BE"), build("DE-BE", "GB-ENG")}) == 3


def test_another_version_of_the_library_makes_another_zip_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def build() -> Path:
        return build_artifacts(
            PROJECT, host_target(), calendars=["DE-BE"], tell=lambda _text: None
        ).code

    before = build()
    monkeypatch.setattr("infrastructure.artifact.build.library_version", lambda: "1.0")
    assert build() != before


def test_years_the_library_knows_nothing_of_are_told(tmp_path: Path) -> None:
    """They would count as working days, and nobody would know why."""
    package = tmp_path / "leave"
    package.mkdir()
    (package / "__init__.py").touch()
    (tmp_path / "requirements").symlink_to(PROJECT / "requirements")
    told: list[str] = []
    _build_code(tmp_path, host_target(), ["LK"], told.append)
    (text,) = told
    assert text.startswith("The library holidays knows no holidays of LK in 2027, 2028, ")


@pytest.mark.parametrize("name", ["ZZ", "DE-XX", "FR-IDF", "HolidayBase", ""])
def test_an_unknown_calendar_is_no_traceback(name: str) -> None:
    assert name not in known_calendars(PROJECT)
    with pytest.raises(ArtifactError, match="leave:holiday-calendars"):
        holiday_table(name)


def test_every_calendar_there_is_has_a_name_for_a_file_and_a_list() -> None:
    known = known_calendars(PROJECT)
    assert {"DE", "DE-BE", "GB-ENG", "US-CA", "JP"} <= known
    assert len(known) > 800
    assert not [name for name in known if set(name) & set(",/.")]


def test_knowing_the_calendars_needs_the_library_once_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert known_calendars(tmp_path) == known_calendars(PROJECT)
    known_calendars.cache_clear()
    monkeypatch.setattr(calendars, "_list_all", lambda _product: pytest.fail("asked again"))
    assert known_calendars(tmp_path) == known_calendars(PROJECT)
