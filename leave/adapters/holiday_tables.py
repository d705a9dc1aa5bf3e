"""Public holidays from tables that were made when the code was packed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leave.domain.errors import UnknownHolidaysError

if TYPE_CHECKING:
    from collections.abc import Collection

    from leave.domain.holidays import Holidays

FOLDER = Path(__file__).parent.parent / "holidays"


@dataclass(slots=True, eq=False)
class FileHolidayTables:
    """Implements `HolidayTables` over one JSON file for each of the stage's `calendars`."""

    calendars: Collection[str]
    folder: Path = FOLDER

    def table(self, calendar: str) -> Holidays:
        """Return the holidays of a calendar such as `DE-BE`; none for the empty name.

        Raises `UnknownHolidaysError` for a calendar that the stage does not have.
        """
        if not calendar:
            return {}
        if calendar not in self.calendars:
            raise UnknownHolidaysError(calendar)
        stored: dict[str, str] = json.loads(
            (self.folder / f"{calendar}.json").read_text(encoding="utf-8")
        )
        return {date.fromisoformat(day): name for day, name in stored.items()}
