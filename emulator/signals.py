"""SIGTERM, Ctrl-C and a closed terminal: all three ask the stage to stop in good order."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody asked the stage to stop; like KeyboardInterrupt it may come at any moment."""


def raise_when_asked_to_stop() -> None:
    """Let the first such signal raise StopRequested in the main thread."""
    for number in _STOPPING:
        signal.signal(number, _raise)


def ignore_from_now_on() -> None:
    """Let nothing interrupt what follows: it is the stopping itself."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _raise(_number: int, _frame: FrameType | None) -> None:
    ignore_from_now_on()
    raise StopRequested
