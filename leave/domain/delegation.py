"""Approvals that an approver hands over to a substitute for some days."""

from __future__ import annotations

from datetime import date

from leave.domain.calendar import Period
from leave.domain.values import Value, replace

LONGEST_DAYS = 366
"""How many days a delegation may last, its first and its last one included."""


class DelegationInput(Value):
    """To whom approvals are to be delegated, and on which days."""

    substitute_id: str
    period: Period


class DelegationNotice(Value):
    """What `reader` is still to be mailed: that a delegation begins, or that it is `ended`.

    `uncertain` tells that the mail may have been sent already.
    """

    reader: str
    substitute_id: str
    start: date
    end: date
    ended: bool = False
    uncertain: bool = False


class Delegation(Value):
    """The employee who is asked in the place of another one, from `start` to `end`.

    An employee has one at most: another one replaces it. `ended` is one that was ended before its
    time, which is kept until its `notices` are sent. `version` counts the writes.
    """

    employee_id: str
    substitute_id: str
    start: date
    end: date
    ended: bool = False
    notices: tuple[DelegationNotice, ...] = ()
    version: int = 0

    @property
    def period(self) -> Period:
        """The days of the delegation."""
        return Period(start=self.start, end=self.end)

    def is_active_on(self, day: date) -> bool:
        """Return whether the substitute is asked on this day."""
        return not self.ended and self.start <= day <= self.end

    def is_over(self, today: date) -> bool:
        """Return whether it was ended, or its last day was before today."""
        return self.ended or self.end < today

    def same_as(self, other: Delegation | None) -> bool:
        """Return whether another one asks the same substitute on the same days."""
        return other is not None and _terms(self) == _terms(other)

    def replacing(self, earlier: Delegation | None, today: date) -> Delegation:
        """Return this one in the place of an earlier one, with whoever is to be mailed.

        These are the employee and the substitute, and a substitute who is so no more.
        """
        told = (self.employee_id, self.substitute_id)
        former = earlier
        if former is not None and not former.is_over(today):
            former = former.end_now()
        waiting = former.notices if former else ()
        return replace(
            self,
            notices=(
                *(_notice(self, reader) for reader in told),
                *(notice for notice in waiting if notice.reader not in told),
            ),
            version=former.version if former else 0,
        )

    def end_now(self) -> Delegation:
        """Return the delegation as ended, with whoever is to be mailed.

        A substitute who never heard of it does not hear of its end.
        """
        ended = replace(self, ended=True)
        told = (self.employee_id, self.substitute_id)
        unheard = {one.reader for one in self.notices if not (one.ended or one.uncertain)}
        return replace(
            ended,
            notices=(
                *(_notice(ended, reader) for reader in told if reader not in unheard),
                *(notice for notice in self.notices if notice.reader not in told),
            ),
        )

    def without_notice(self, notice: DelegationNotice) -> Delegation:
        """Return the delegation once this was mailed."""
        return replace(self, notices=tuple(one for one in self.notices if one != notice))

    def with_uncertain(self, notice: DelegationNotice) -> Delegation:
        """Return the delegation once the mail about this may have been sent."""
        marked = replace(notice, uncertain=True)
        return replace(
            self, notices=tuple(marked if one == notice else one for one in self.notices)
        )


def _notice(delegation: Delegation, reader: str) -> DelegationNotice:
    return DelegationNotice(
        reader=reader,
        substitute_id=delegation.substitute_id,
        start=delegation.start,
        end=delegation.end,
        ended=delegation.ended,
    )


def _terms(delegation: Delegation) -> tuple[str, date, date, bool]:
    return delegation.substitute_id, delegation.start, delegation.end, delegation.ended
