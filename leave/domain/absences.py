"""Who is away when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.ledgers import Booking


@value
class Absence:
    """Somebody is away, and nothing more."""

    employee: Employee
    booking: Booking
