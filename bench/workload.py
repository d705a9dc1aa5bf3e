"""How much a company asks for: the assumptions of docs/scaling.md, as numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A company of so many employees.

    Everybody asks ten times on 220 working days. On the peak day, when the year's planning opens,
    five times as many ask, a fifth of them in one hour, whose busiest second has three times its
    average. A request stays undecided for two working days, takes ten calls of the API until it is
    over, and 2.2 mails.
    """

    employees: int
    requests_a_year: float = 10
    working_days: int = 220
    peak_day_factor: float = 5
    peak_hour_share: float = 0.2
    peak_second_factor: float = 3
    days_undecided: float = 2
    calls: float = 10
    mails: float = 2.2
    team: int = 10

    @property
    def day(self) -> float:
        """Requests on an average working day."""
        return self.employees * self.requests_a_year / self.working_days

    @property
    def peak_day(self) -> float:
        """Requests on the peak day."""
        return self.day * self.peak_day_factor

    @property
    def peak_second(self) -> float:
        """Requests in the busiest second of the peak day."""
        return self.peak_day * self.peak_hour_share / 3600 * self.peak_second_factor

    def as_row(self) -> list[str]:
        """Return the row of the table in docs/scaling.md."""
        numbers = (
            self.employees,
            self.day,
            self.peak_day,
            self.peak_second,
            self.peak_second * self.calls,
            self.day * self.days_undecided,
            self.peak_day * self.days_undecided,
            self.day * self.mails,
            self.peak_day * self.mails,
        )
        return [_shown(number) for number in numbers]


def _shown(number: float) -> str:
    """Two digits that mean something, the rest zeros; an assumption has no more."""
    if number < 1:
        return "< 1"
    digits = len(str(int(number))) - 2
    return f"{round(number, -digits if digits > 0 else 0):,.0f}"


WORST = Workload(employees=10_000_000)
SIZES = (Workload(employees=1_000), Workload(employees=100_000), WORST)
