"""Errors of who does too often what is allowed."""

from __future__ import annotations

from leave.domain.errors import RuleError


class ChangedTooOftenError(RuleError):
    """A request that was changed many times."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"A request can be changed {maximum} times. Withdraw this one and ask anew."
        )


class AskedTooOftenError(RuleError):
    """Approved leave that was wanted cancelled many times, and never was."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"It was asked {maximum} times whether this leave may be cancelled. Talk to whoever"
            " decides, or to an administrator."
        )


class AskedTooMuchError(RuleError):
    """An employee who asked, or changed requests, very often on one day."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"Leave was asked for or changed {maximum} times today, and whoever decides gets a mail"
            " each time. Go on tomorrow, or ask an administrator to enter it."
        )
