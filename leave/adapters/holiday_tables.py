"""Public holidays from tables that were made when the code was packed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leave.domain.errors import UnknownHolidaysError

if TYPE_CHECKING:
    from leave.domain.holidays import Holidays

FOLDER = Path(__file__).parent.parent / "holidays"
_NAME = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@dataclass(slots=True, eq=False)
class FileHolidayTables:
    """Implements `HolidayTables` over one JSON file a calendar."""

    folder: Path = FOLDER

    def table(self, calendar: str) -> Holidays:
        """Return the holidays of a calendar such as `DE-BE`; none for the empty name.

        Raises `UnknownHolidaysError` for a calendar that the stage was not packed with.
        """
        if not calendar:
            return {}
        file = self.folder / f"{calendar}.json"
        if not _NAME.fullmatch(calendar) or not file.is_file():
            raise UnknownHolidaysError(calendar)
        stored: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return {date.fromisoformat(day): name for day, name in stored.items()}
