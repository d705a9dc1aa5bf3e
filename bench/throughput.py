"""Throughput of POST /request_leave on a local stage: `python -m bench.throughput`.

Beside it is a function that returns at once, behind the same authorizer, in turn: the emulator's
own time is in both, so only the ratio says something.
"""

from __future__ import annotations

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from bench.company import Company
from bench.figures import Figure, table
from bench.floor import FloorBuilder
from bench.local_stage import local_stage
from emulator.aws import EmulatedAws
from emulator.demo import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CLIENTS: Final = (1, 4, 8)
CALLS: Final = 6
"""That each client makes, one after the other."""
_ACCEPTED, _BUSY = 202, 429
_AT_ONCE: Final = "def handler(event, context):\n    return {'statusCode': 202, 'body': '{}'}\n"


def a_second(clients: int, call: Callable[[int], None]) -> float:
    """Return how many calls a second so many clients get answered."""

    def work(client: int) -> None:
        for _ in range(CALLS):
            call(client)

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))
    return clients * CALLS / (time.perf_counter() - started)


def measure() -> Iterable[Figure]:
    """Yield how many times longer a request takes than nothing at all."""
    with local_stage("--set", "undo-seconds=1") as facts:
        aws = EmulatedAws(endpoint_url=facts.aws_endpoint_url, region=facts.region)
        yield from _throughput(Company(facts, aws))


def _throughput(company: Company) -> Iterable[Figure]:
    company.hire(max(CLIENTS))
    floor = FloorBuilder(facts=company.facts, aws=company.aws).at_once(_zipped())
    tokens = [company.token(f"e{one + 100}@foo.com") for one in range(max(CLIENTS))]
    real_url = f"{company.facts.api_url}/request_leave"

    asked = [0] * max(CLIENTS)

    def call(url: str, client: int) -> None:
        asked[client] += 1
        body = {"date": company.day(asked[client])}
        while (answer := web.post_json(url, body, token=tokens[client])).status == _BUSY:
            time.sleep(0.05)  # the workflows of earlier requests run on the same few workers
        if answer.status != _ACCEPTED:
            raise SystemExit(f"{url} answered {answer.status}: {answer.body}")

    for url in (floor, real_url):  # warms the functions up
        a_second(max(CLIENTS), lambda client, to=url: call(to, client))
    for clients in CLIENTS:
        least = a_second(clients, lambda client: call(floor, client))
        real = a_second(clients, lambda client: call(real_url, client))
        note = f"{real:.1f} a second against {least:.1f} of a function that returns at once"
        name = f"throughput, {clients} clients"
        yield Figure(name, least / real, "x", kind="timing", note=note)


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("at_once.py", _AT_ONCE)
    return packed.getvalue()


if __name__ == "__main__":
    print(table(measure()))
