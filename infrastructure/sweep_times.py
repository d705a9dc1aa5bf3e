"""When the daily sweep is called, in the language of EventBridge Scheduler.

An expression has minutes, hours, day of month, month, day of week and year; `15/15` are the minutes
from 15 on in steps of 15, within their hour:
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

from typing import Final

_QUARTER: Final = 15
_HOURS: Final = 4


def sweep_times(begin: str) -> dict[str, str]:
    """Cron expressions that call every 15 minutes from `begin`, such as 07:00, on.

    They end with the fourth hour that was begun. When `begin` is later than the first quarter of
    its hour, one expression cannot say that: the hours to come need one of their own. By suffix
    of the schedule's name, which says which is which.
    """
    hour, minute = map(int, begin.split(":"))
    last = hour + _HOURS - 1
    if minute < _QUARTER:
        return {"": _cron(minute, f"{hour}-{last}")}
    return {
        "": _cron(minute, str(hour)),
        "-later": _cron(minute % _QUARTER, f"{hour + 1}-{last}"),
    }


def _cron(minute: int, hours: str) -> str:
    return f"cron({minute}/{_QUARTER} {hours} * * ? *)"
