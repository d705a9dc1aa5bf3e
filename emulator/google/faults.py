"""Faults that tests ask for: their kinds and their queue."""

from __future__ import annotations

import time
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, cast

from emulator.google.gmail import NO_SCOPE, NOT_FOUND, TOO_LARGE
from emulator.google.http import (
    INVALID_TOKEN,
    NOT_DELEGATED,
    GmailError,
    HangUpError,
    Reply,
    Request,
    invalid_argument,
    oauth_error,
    refused,
    unauthenticated,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping


HANG_SECONDS = 120
_MOST = 10_000
_POLL_SECONDS = 0.05


class Faults:
    """The faults still to come; `stopping` ends the calls that hang."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._queues: dict[str, deque[str]] = {endpoint: deque() for endpoint in ENDPOINTS}

    def left(self) -> dict[str, list[str]]:
        """Return the names of the faults to come, by endpoint."""
        return {endpoint: list(queue) for endpoint, queue in self._queues.items()}

    def clear(self) -> None:
        """Forget them all."""
        for queue in self._queues.values():
            queue.clear()

    def add(self, order: Mapping[str, object]) -> None:
        """Queue `{"endpoint", "faults"}`; RefusalError, with nothing queued, when it is odd."""
        if unknown := set(order) - {"endpoint", "faults"}:
            raise refused(f"unknown fields {sorted(unknown)}; allowed are endpoint and faults")
        endpoint, faults = order.get("endpoint"), order.get("faults")
        if not isinstance(endpoint, str) or endpoint not in ENDPOINTS:
            raise refused(f"endpoint must be one of {', '.join(ENDPOINTS)}")
        if not isinstance(faults, list) or len(cast("list[object]", faults)) > _MOST:
            raise refused(f"faults must be a list of at most {_MOST} names")
        named = [(name, canonical(endpoint, str(name))) for name in cast("list[object]", faults)]
        if odd := [name for name, known in named if known is None]:
            allowed = ", ".join(ENDPOINTS[endpoint])
            raise refused(f"unknown faults {odd} for {endpoint}; allowed are {allowed}")
        self._queues[endpoint].extend(known for _, known in named if known)

    def around(
        self, endpoint: str, serve: Callable[[Request], Reply]
    ) -> Callable[[Request], Reply]:
        """Return `serve` with the next fault of `endpoint`, if any, in its place."""

        def answer(request: Request) -> Reply:
            try:
                name = self._queues[endpoint].popleft()
            except IndexError:
                return serve(request)
            fault = effect(endpoint, name)
            if isinstance(fault, Reply):
                return fault
            if fault in (Line.DROP_AFTER, Line.HANG_AFTER):
                serve(request)
            if fault in (Line.HANG, Line.HANG_AFTER):
                self._hang(request)
            raise HangUpError

        return answer

    def _hang(self, request: Request) -> None:
        until = time.monotonic() + HANG_SECONDS
        while time.monotonic() < until and not request.abandoned():
            if self._stopping.wait(_POLL_SECONDS):
                return


class Line(Enum):
    """What happens to the connection instead of an answer; the _AFTER ones do the work first."""

    DROP = auto()
    DROP_AFTER = auto()
    HANG = auto()
    HANG_AFTER = auto()


_QUOTA = "usageLimits"
_LINES: dict[str, Line] = {
    "drop": Line.DROP,
    "drop_after": Line.DROP_AFTER,
    "hang": Line.HANG,
    "hang_after": Line.HANG_AFTER,
}
_SEND: dict[str, GmailError | Line] = {
    "400failedPrecondition": GmailError(
        code=400,
        message="Precondition check failed.",
        reason="failedPrecondition",
        status="FAILED_PRECONDITION",
    ),
    "400invalidArgument": invalid_argument("Invalid To header"),
    "401": unauthenticated(INVALID_TOKEN),
    "403rateLimitExceeded": GmailError(
        code=403,
        message="Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of "
        "service 'gmail.googleapis.com' for consumer 'project_number:100000000001'.",
        reason="rateLimitExceeded",
        domain=_QUOTA,
    ),
    "403userRateLimitExceeded": GmailError(
        code=403,
        message="User Rate Limit Exceeded. Rate of requests for user exceed configured project "
        "quota, you may consider re-evaluating expected per-user traffic to the API and adjust "
        "project quota limits accordingly.",
        reason="userRateLimitExceeded",
        domain=_QUOTA,
    ),
    "403dailyLimitExceeded": GmailError(
        code=403,
        message="Daily Limit Exceeded",
        reason="dailyLimitExceeded",
        domain=_QUOTA,
    ),
    "403quotaExceeded": GmailError(
        code=403,
        message="The request cannot be completed because you have exceeded your quota.",
        reason="quotaExceeded",
        domain=_QUOTA,
    ),
    "403domainPolicy": GmailError(
        code=403,
        message="The domain administrators have disabled Gmail apps.",
        reason="domainPolicy",
    ),
    "403insufficientPermissions": NO_SCOPE,
    "403accessNotConfigured": GmailError(
        code=403,
        message="Gmail API has not been used in project 100000000001 before or it is disabled. "
        "Enable it by visiting https://console.developers.google.com/apis/api/"
        "gmail.googleapis.com/overview?project=100000000001 then retry. If you enabled this API "
        "recently, wait a few minutes for the action to propagate to our systems and retry.",
        reason="accessNotConfigured",
        domain=_QUOTA,
    ),
    "404": NOT_FOUND,
    "413": TOO_LARGE,
    "429": GmailError(
        code=429,
        message="User-rate limit exceeded.  Retry after {retry_after} (Mail sending)",
        reason="rateLimitExceeded",
    ),
    "500": GmailError(
        code=500, message="Internal error encountered.", inner="Internal Error",
        reason="internalError",
    ),
    "502": GmailError(code=502, message="Bad Gateway", reason="backendError"),
    "503": GmailError(
        code=503, message="The service is currently unavailable.", reason="backendError"
    ),
    **_LINES,
}  # fmt: skip
_TOKEN: dict[str, Reply | Line] = {
    "invalid_grant": oauth_error("invalid_grant", "Token has been expired or revoked."),
    "invalid_client": oauth_error(
        "invalid_client", "The OAuth client was not found.", status=401
    ),
    "unauthorized_client": oauth_error("unauthorized_client", NOT_DELEGATED, status=401),
    "429": oauth_error("rate_limit_exceeded", "Rate limit exceeded.", status=429),
    "500": oauth_error("internal_failure", status=500),
    "503": oauth_error("temporarily_unavailable", status=503),
    **_LINES,
}  # fmt: skip
# What people write when they do not look it up; compared without case, spaces and punctuation.
_SHORT = {
    "400": "400invalidArgument",
    "403": "403insufficientPermissions",
    "403rate": "403rateLimitExceeded",
    "403rateLimit": "403rateLimitExceeded",
    "403userRate": "403userRateLimitExceeded",
    "403userRateLimit": "403userRateLimitExceeded",
    "403daily": "403dailyLimitExceeded",
    "403dailyLimit": "403dailyLimitExceeded",
    "403quota": "403quotaExceeded",
    "403scope": "403insufficientPermissions",
}
ENDPOINTS = {"send": tuple(_SEND), "token": tuple(_TOKEN)}


def canonical(endpoint: str, name: str) -> str | None:
    """Return the fault's own name, None when there is no such fault.

    `rateLimitExceeded`, `403 rateLimitExceeded`, `403rate` all mean `403rateLimitExceeded`.
    """
    names = {_plain(known): known for known in ENDPOINTS[endpoint]}
    if endpoint == "send":
        names |= {
            _plain(known).lstrip("0123456789"): known for known in _SEND if not known[-1:].isdigit()
        }
        names |= {_plain(short): known for short, known in _SHORT.items()}
    return names.get(_plain(name))


def effect(endpoint: str, name: str) -> Reply | Line:
    """Return what the fault of that canonical name does."""
    if endpoint == "token":
        return _TOKEN[name]
    fault = _SEND[name]
    return fault.reply() if isinstance(fault, GmailError) else fault


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
