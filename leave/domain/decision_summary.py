"""What an approver needs to know to decide, besides the request itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from leave.domain.absences import Absence
    from leave.domain.counting import Day


@value
class YearBalance:
    """Working days left of one year, before and after this leave; undecided leave is counted.

    `carried` are days from the year before, before and after too, that can be taken until
    `carried_until` on top; None where there are none, or none any more. `booked_later` of the days
    after it are carried over and booked in the year `booked_in`, so they can not be taken in this.
    """

    year: int
    before: Decimal
    after: Decimal
    carried: tuple[Decimal, Decimal] | None = None
    carried_until: date | None = None
    booked_later: Decimal = Decimal(0)
    booked_in: int = 0


@value
class DecisionSummary:
    """How the days were counted, what is left, and who else is away.

    `days` are all calendar days of the period, with their cost. `balances` is empty for leave
    without a limit, and for leave whose type is not the approver's to know. `colleagues` are away
    on some of these days, in order of their first one. `employee_name` is the one of the directory,
    as a request keeps the name of its first day. `type_name` is empty for a type that is not
    the approver's to know. `second_approval` tells that an approval would be the first of two.
    """

    days: Sequence[Day] = ()
    balances: Sequence[YearBalance] = ()
    colleagues: Sequence[Absence] = ()
    employee_name: str = ""
    type_name: str = ""
    second_approval: bool = False

    @property
    def holidays(self) -> Sequence[Day]:
        """The public holidays of the period."""
        return [day for day in self.days if day.holiday]

    @property
    def free_days(self) -> Sequence[Day]:
        """The days that are no working days of this employee, and no holidays."""
        return [day for day in self.days if not day.cost and not day.holiday]
