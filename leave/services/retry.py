"""Doing it again when somebody else wrote first."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from leave.domain.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

ATTEMPTS = 8
_FIRST_PAUSE_SECONDS = 0.02


def retry_on_conflict(attempt: Callable[[], T]) -> T:
    """Return what `attempt` returns, calling it anew each time it meets a `ConflictError`.

    Each call has to read what it decides by. Raises `UnavailableError` after `ATTEMPTS`.
    """
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except ConflictError:
            # Full jitter spreads those who collided.
            time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**number))  # noqa: S311
    raise UnavailableError("Too many changes to the same record at once. Please try again.")
