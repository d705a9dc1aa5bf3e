"""The names of holiday calendars, as the library `holidays` knows them."""

from __future__ import annotations

import re
from functools import cache

# What the functions look up: ISO 3166-1, then the part of ISO 3166-2 after the dash.
_NAME = re.compile(r"(?P<country>[A-Z]{2})(-(?P<region>[A-Z0-9]{1,3}))?")


def check_calendar(name: str) -> str:
    """Return a name such as `DE`, `DE-BE` or nothing; raises `ValueError` for an unknown one."""
    if not name:
        return name
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"must be a country or region such as DE or DE-BE, not {name!r}")
    regions = _supported().get(match["country"])
    if regions is None:
        raise ValueError(f"there is no calendar for the country {match['country']!r}")
    if match["region"] and match["region"] not in regions:
        known = [region for region in regions if _NAME.fullmatch(f"XX-{region}")]
        there = f"its regions are {', '.join(known)}" if known else "it has no regions"
        raise ValueError(f"{match['country']} has no region {match['region']!r}; {there}")
    return name


@cache
def _supported() -> dict[str, list[str]]:
    # Imported here because it takes a fifth of a second, and most commands do without.
    from holidays.utils import list_supported_countries  # noqa: PLC0415

    return list_supported_countries(include_aliases=False)
