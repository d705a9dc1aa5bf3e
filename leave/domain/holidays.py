"""Public holidays, as a table that somebody else has made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

Holidays = Mapping[date, str]
"""The public holidays of one region over some years, by day, with their names."""

NO_HOLIDAYS: Holidays = {}
