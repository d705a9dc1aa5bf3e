"""The daily sweep, as EventBridge Scheduler or an operator calls it."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.functions import cold_start
from leave.functions.steps import read_switch

if TYPE_CHECKING:
    from leave.services.daily_sweep import DailySweep

_log = logging.getLogger(__name__)
_SPARE_MILLISECONDS = 60_000
"""Enough to end what was begun: a mail with all its time-outs."""


@cold_start
def application() -> DailySweep:
    """Build the use case, again for each run: it remembers the directory as it read it."""
    return bootstrap.daily_sweep(os.environ)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Make the sweep, or go on with it; `onlyIfDue` leaves one that is finished for today."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _SPARE_MILLISECONDS

    only_if_due = read_switch(event, "onlyIfDue")
    report = application()(only_if_due=only_if_due, has_time=has_time)
    result = {"finished": report.finished, "requests": report.requests, "steps": dict(report.done)}
    _log.info("sweep", extra=result)
    return result
