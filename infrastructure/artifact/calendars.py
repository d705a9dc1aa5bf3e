"""Public holidays of the library `holidays`, as tables for functions that do without it.

Importing it at every cold start would cost a few tenths of a second; a table costs nothing.
So even here it is only imported to make what is then kept in `.build/`.
"""

from __future__ import annotations

import json
import re
import warnings
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from infrastructure.artifact.cache import built_once, digest
from infrastructure.artifact.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2040
# ISO 3166-1, or ISO 3166-2 below it. The library has a few cities with names besides.
_NAME: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def library_version() -> str:
    """Which version of the library the tables are made with."""
    return version("holidays")


@cache
def known_calendars(project: Path) -> frozenset[str]:
    """Every calendar there is, such as `DE` and `DE-BE`; kept in `.build/` of `project`."""
    name = f"calendars-{digest([library_version().encode()])}.json"
    kept = built_once(project / ".build", name, lambda _scratch, product: _list_all(product))
    return frozenset(json.loads(kept.read_text("utf-8")))


def holiday_table(calendar: str) -> dict[str, str]:
    """The names of the public holidays of `calendar`, by ISO date, in the order of the dates.

    The names are in the language of the place. Raises `ArtifactError` for an unknown calendar.
    """
    import holidays  # noqa: PLC0415 - see above

    country, _, subdivision = calendar.partition("-")
    if not _NAME.fullmatch(calendar):
        raise _unknown(calendar, "that is not the code of a country or subdivision")
    try:
        with warnings.catch_warnings():
            # About years it knows nothing of; `missing_years` tells of them.
            warnings.simplefilter("ignore", UserWarning)
            found = holidays.country_holidays(
                country,
                subdiv=subdivision or None,
                # One year more on either side: the day off for New Year may be in December.
                years=range(FIRST_YEAR - 1, LAST_YEAR + 2),
                expand=False,
                # Without one it would be the language of whoever builds.
                language=holidays.country_holidays(country).default_language,
                categories=holidays.PUBLIC,
            )
    except NotImplementedError as error:
        raise _unknown(calendar, str(error)) from error
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    return {day.isoformat(): name for day, name in sorted(found.items()) if first <= day <= last}


def missing_years(table: dict[str, str]) -> list[int]:
    """The years without any holiday: those the library knows nothing of."""
    known = {date.fromisoformat(day).year for day in table}
    return [year for year in range(FIRST_YEAR, LAST_YEAR + 1) if year not in known]


def _unknown(calendar: str, why: str) -> ArtifactError:
    return ArtifactError(
        f"There is no holiday calendar {calendar!r}: {why}.",
        cure="Correct leave:holiday-calendars in the stack's configuration.",
    )


def _list_all(product: Path) -> None:
    from holidays.utils import list_supported_countries  # noqa: PLC0415 - see above

    countries = list_supported_countries(include_aliases=False)
    names = [*countries, *(f"{code}-{part}" for code, parts in countries.items() for part in parts)]
    product.write_text(json.dumps(sorted(filter(_NAME.fullmatch, names))), "utf-8")
