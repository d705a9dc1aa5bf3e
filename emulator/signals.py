"""SIGTERM, Ctrl-C and a closed terminal: all three ask the stage to stop in good order."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

AGAIN_SECONDS = 1.0
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody asked the stage to stop; like KeyboardInterrupt it may come at any moment."""


def raise_when_asked_to_stop() -> None:
    """Let the first such signal raise StopRequested in the main thread.

    It is raised again every second until `stopping` is told: Python drops what is raised while it
    runs a finalizer or a weak reference's callback, as it often does during imports.
    """
    signal.signal(signal.SIGALRM, _raise)
    for number in _STOPPING:
        signal.signal(number, _first)


def stopping() -> None:
    """Let nothing interrupt what follows: it is the stopping itself."""
    if signal.getsignal(signal.SIGALRM) is _raise:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)


def _first(number: int, frame: FrameType | None) -> None:
    for later in _STOPPING:
        signal.signal(later, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
    _raise(number, frame)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise StopRequested
