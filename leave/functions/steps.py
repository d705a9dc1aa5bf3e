"""What the workflow's entry points have in common: an error names the request it is about."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_log = logging.getLogger(__name__)


@contextmanager
def step_of(request_id: str) -> Generator[None]:
    """Log whose step it is that fails. Lambda logs the error itself, and knows no leave requests.

    Most such errors are none: the workflow waits and tries again.
    """
    try:
        yield
    except Exception as error:
        failed = {"leaveRequestId": request_id, "error": type(error).__name__}
        _log.warning("step failed", extra=failed)
        raise
