"""Faults on demand: a queue per endpoint, one taken by each call, in order."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, cast

from emulator.google.exchange import HangUpError, Reply, Request, refused
from emulator.google.fault_kinds import ENDPOINTS, Line, canonical, effect

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
