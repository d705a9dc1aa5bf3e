"""A handler in turn with its floor: what makes the same calls and does nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from unittest import mock

import urllib3
from botocore.client import BaseClient

from bench.answering import answer_of

# What every client calls AWS by; there is no public name for it.
_CLIENT: Any = BaseClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.instant_aws import InstantAws

_WARM_UP = 10


def alternate(
    module: Any, event: dict[str, Any], aws: InstantAws, items: list[dict[str, Any]], rounds: int
) -> dict[str, Any]:
    """Return the processor seconds of each round of both, and which calls they make."""
    for _ in range(_WARM_UP):
        aws.restore(items)
        answer_of(module, event)
    aws.restore(items)
    calls, names = _recorded(lambda: answer_of(module, event))

    def floor() -> None:
        for make in calls:
            make()

    found: dict[str, list[float]] = {"real": [], "floor": []}
    for _ in range(rounds):
        for name, run in (("real", lambda: answer_of(module, event)), ("floor", floor)):
            aws.restore(items)
            began = time.process_time()
            run()
            found[name].append(time.process_time() - began)
    return {**found, "calls": names}


def _recorded(run: Callable[[], Any]) -> tuple[list[Callable[[], Any]], list[str]]:
    """Run something; return its calls of AWS and of Google, to be made again, and their names."""
    calls: list[Callable[[], Any]] = []
    names: list[str] = []
    call_aws, call_google = _CLIENT._make_api_call, urllib3.PoolManager.request  # noqa: SLF001

    def to_aws(client: Any, operation: str, arguments: Any) -> Any:
        calls.append(lambda: call_aws(client, operation, arguments))
        names.append(operation)
        return call_aws(client, operation, arguments)

    def to_google(pool: Any, method: str, url: str, **arguments: Any) -> Any:
        calls.append(lambda: call_google(pool, method, url, **arguments))
        names.append(f"{method} {url}")
        return call_google(pool, method, url, **arguments)

    with (
        mock.patch.object(BaseClient, "_make_api_call", to_aws),
        mock.patch.object(urllib3.PoolManager, "request", to_google),
    ):
        run()
    return calls, names
