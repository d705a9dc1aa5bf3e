"""Which holiday calendars a stage may name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pulumi

from infrastructure.artifact import ArtifactError
from infrastructure.artifact.calendars import known_calendars

_PROJECT: Final = Path(__file__).resolve().parent.parent


def is_calendar(name: str) -> bool:
    """Whether the library `holidays` knows this country, or this subdivision of one."""
    return name in _known()


def calendars_near(name: str) -> str:
    """A remark about the subdivisions of the country that `name` starts with, if it is one."""
    country = name.partition("-")[0].upper()
    parts = sorted(
        calendar.partition("-")[2] for calendar in _known() if calendar.startswith(f"{country}-")
    )
    return f" ({country} has {', '.join(parts)})" if parts else ""


def _known() -> frozenset[str]:
    try:
        return known_calendars(_PROJECT)
    except ArtifactError as error:
        raise pulumi.RunError(str(error)) from error
