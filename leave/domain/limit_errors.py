"""Errors of who does too often what is allowed."""

from __future__ import annotations

from leave.domain.errors import LeaveError, RuleError, quantity


class CommentTooLongError(LeaveError):
    """A comment on a decision that has more than `maximum` characters."""

    def __init__(self, length: int, maximum: int) -> None:
        self.length = length
        self.maximum = maximum
        super().__init__(
            f"The comment has {length} characters; at most {maximum} are allowed. Shorten it."
        )


class ChangedTooOftenError(RuleError):
    """A request that was changed many times."""

    def __init__(self, maximum: int) -> None:
        self.maximum_times = maximum
        super().__init__(
            f"A request can be changed at most {quantity(maximum, 'time')}. Withdraw this request"
            " and make a new one."
        )


class AskedTooOftenError(RuleError):
    """Approved leave that was wanted cancelled many times, and never was."""

    def __init__(self, maximum: int) -> None:
        self.maximum_times = maximum
        super().__init__(
            f"The cancellation of this leave was requested {quantity(maximum, 'time')}, which is"
            " the maximum. Talk to the approver or to an administrator."
        )


class AskedTooMuchError(RuleError):
    """An employee who asked, changed, cancelled or withdrew very often on one day."""

    def __init__(self, maximum: int) -> None:
        self.maximum_times = maximum
        super().__init__(
            f"Leave can be requested, changed or cancelled at most {quantity(maximum, 'time')} a"
            " day, because each time a mail is sent. Continue tomorrow, or ask an administrator."
        )
