"""Values that are fine each on its own, and can not be used together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from infrastructure.environment import LIMIT_BYTES, bytes_with_resources

if TYPE_CHECKING:
    from infrastructure.config_reader import ConfigReader
    from infrastructure.settings import Settings


def check_combinations(settings: Settings, reader: ConfigReader) -> None:
    """Tell `reader.problems` of each, with its cure."""
    _check_days(settings, reader)
    _check_size(settings, reader)


def _check_days(settings: Settings, reader: ConfigReader) -> None:
    """A lead is reminded before somebody else is asked, and both before the request expires.

    A number that was refused is 0 here, and has been told already.
    """
    order = (
        ("remind-after-days", settings.remind_after_days),
        ("escalate-after-days", settings.escalate_after_days),
        ("answer-timeout-days", settings.answer_timeout_days),
    )
    for (earlier, before), (later, after) in pairwise(order):
        if before and after and after <= before:
            reader.problems.tell(
                f"{reader.full(later)} is {after}, and must be more than {reader.full(earlier)},"
                f" which is {before}",
                f"set {reader.full(later)} {before + 1}",
            )


def _check_size(settings: Settings, reader: ConfigReader) -> None:
    size = bytes_with_resources(settings)
    if size > LIMIT_BYTES:
        reader.problems.tell(
            f"{reader.full('rules')} has {len(settings.rules)} characters, with which the functions"
            f" would be told {size} bytes, and AWS Lambda takes {LIMIT_BYTES}; shorten names and"
            " reasons, or remove a blocked period that is over",
            f"rm --path '{reader.full('rules')}.blockedPeriods[0]'",
        )
