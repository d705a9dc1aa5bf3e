"""Which path and method is answered by whom, and how much each may be sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emulator.google.exchange import RefusalError, Reply, Request, problem
from emulator.google.gmail import SEND_PATH, TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Callable

_MEGABYTE = 1024 * 1024
LARGEST_SEND = 36 * _MEGABYTE
LARGEST_BODY = 64 * 1024


class Routes:
    """A table of (method, path) to what answers; a path is a text or a pattern."""

    def __init__(self) -> None:
        self._table: list[tuple[re.Pattern[str], dict[str, Callable[[Request], Reply]]]] = []

    def add(self, path: str | re.Pattern[str], **by_method: Callable[[Request], Reply]) -> None:
        """Let requests for `path` be answered, by method: `add("/x", GET=show, DELETE=clear)`."""
        pattern = path if isinstance(path, re.Pattern) else re.compile(re.escape(path))
        if "GET" in by_method:
            by_method["HEAD"] = by_method["GET"]
        self._table.append((pattern, by_method))

    def answer(self, request: Request) -> Reply:
        """Return the answer to `request`: always one, whatever goes wrong."""
        for pattern, by_method in self._table:
            if pattern.fullmatch(request.path):
                if request.method in by_method:
                    return _guarded(by_method[request.method], request)
                allowed = ", ".join(sorted(by_method))
                detail = f"{request.method} is not served here; try {allowed}"
                raise RefusalError(problem(405, detail, headers={"Allow": allowed}))
        raise RefusalError(problem(404, f"there is nothing at {request.path}"))

    def largest_body(self, path: str) -> int:
        """Return how many bytes a request to `path` may carry."""
        return LARGEST_SEND if SEND_PATH.fullmatch(path) else LARGEST_BODY

    def too_large(self, path: str) -> Reply:
        """Return Gmail's answer to too large a mail, and our own elsewhere."""
        if SEND_PATH.fullmatch(path):
            return TOO_LARGE.reply()
        return problem(413, f"a body may have {LARGEST_BODY} bytes here")


def _guarded(serve: Callable[[Request], Reply], request: Request) -> Reply:
    try:
        return serve(request)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        detail = f"a defect of the stand-in: {type(error).__name__}: {error}"
        raise RefusalError(problem(500, detail)) from error
