"""What every JSON entry point has in common: an answer whatever happens, and one line of log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from leave.domain.errors import LeaveError, UnavailableError
from leave.functions.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


def error_boundary(context: Any, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `call` returns, or the problem document for what it raises."""
    call_id = getattr(context, "aws_request_id", "")
    try:
        return call()
    except UnavailableError as error:
        _log.exception("unavailable")
        return problem(error, instance=call_id)
    except LeaveError as error:
        _log.info("refused", extra={"error": type(error).__name__})
        return problem(error, instance=call_id)
    except Exception as error:  # noqa: BLE001 - the edge always answers; the log has the rest
        _log.exception("failed")
        return problem(error, instance=call_id)
