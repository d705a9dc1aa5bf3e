"""Who is away when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.ledgers import Booking


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """Somebody is away, and nothing more."""

    employee: Employee
    booking: Booking
