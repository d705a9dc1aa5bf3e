"""Day counts in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


def json_number(days: Decimal) -> int | float:
    """Return whole days as an integer and halves as the float that is exactly that."""
    return int(days) if days == days.to_integral_value() else float(days)
