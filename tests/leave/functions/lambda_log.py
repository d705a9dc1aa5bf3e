"""What Lambda writes into a function's log group, in the log format JSON.

After the runtime's source, in `lambda_runtime_log_utils.py` and `bootstrap.py` of
https://github.com/aws/aws-lambda-python-runtime-interface-client. It formats each record that is
logged, writes an error that a function raises under a key of another name, and passes on what is
printed, which is how metrics leave.
"""

from __future__ import annotations

import contextlib
import json
import logging
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_OWN_TO_PYTHON = {*logging.makeLogRecord({}).__dict__, "aws_request_id", "taskName"}


class LambdaHandler(logging.Handler):
    """Writes records as the runtime does; `call` is the id of the invocation."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.call = ""
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line: dict[str, Any] = {
            "timestamp": "2027-03-01T09:30:00Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.call,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            line |= {
                "stackTrace": traceback.format_tb(trace),
                "errorType": kind.__name__,
                "errorMessage": str(error),
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
            }
        for key, value in record.__dict__.items():
            if key not in _OWN_TO_PYTHON:
                line.setdefault(key, value)
        self.lines.append(json.dumps(line, ensure_ascii=False))


@dataclass(kw_only=True)
class LambdaLog:
    """Calls functions as Lambda would, and keeps what they write."""

    handler: LambdaHandler
    printed: pytest.CaptureFixture[str]
    calls: int = 0
    errors: list[str] = field(default_factory=list)

    def invoke(
        self, function: Callable[[dict[str, Any], Any], Any], event: dict[str, Any], context: Any
    ) -> Any:
        """Return what the function returns, None where it raises."""
        self.calls += 1
        self.handler.call = f"call-{self.calls}"
        with contextlib.suppress(Exception):
            return self._invoked(function, event, context)
        return None

    def _invoked(self, function: Any, event: dict[str, Any], context: Any) -> Any:
        try:
            return function(event, context)
        except Exception as error:
            line = {
                "timestamp": "2027-03-01T09:30:00Z",
                "log_level": "ERROR",
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": self.handler.call,
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
            self.handler.lines.append(json.dumps(line, ensure_ascii=False))
            self.errors.append(type(error).__name__)
            raise

    def read(self) -> list[dict[str, Any]]:
        """Return all lines so far; each of them has to be JSON."""
        texts = [*self.handler.lines, *self.printed.readouterr().out.splitlines()]
        return [json.loads(text) for text in texts]
