"""Whether a long past takes a function's time: `python -m bench.handler_time`.

CPU seconds of the use cases, without those spent below the AWS client, where moto works here and a
network would be waited for on AWS. Both pasts are played in turn, so that load hits them alike.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from botocore.client import BaseClient

from bench.calls import EMPLOYEE, JOURNEY
from bench.figures import Figure
from bench.growth import AIM_RATIO, LONG, SHORT
from bench.in_memory import VARIABLES, next_monday, stage, table_with_people
from leave import bootstrap
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.domain.periods import Period
from leave.domain.rules import ANNUAL_LEAVE
from leave.domain.secrets import Secret
from leave.domain.statuses import Decision
from leave.services.planning import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from datetime import date

    from leave.adapters.dynamodb.table import Table

ROUNDS: Final = 5
"""Few, because moto copies the whole table at each transaction."""
_WARM_UP: Final = 1
SHARE: Final = 512 / 1769
"""Of a CPU that a function has, by its memory:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


class _Watch:
    """Counts CPU seconds, but not those of AWS clients."""

    def __init__(self) -> None:
        self.below = 0.0

    @contextmanager
    def listening(self) -> Generator[None]:
        real: Callable[..., object] = vars(BaseClient)["_make_api_call"]

        def timed(client: Any, *args: Any) -> object:
            started = time.process_time()
            try:
                return real(client, *args)
            finally:
                self.below += time.process_time() - started

        with mock.patch.object(BaseClient, "_make_api_call", timed):
            yield

    def time(self, call: Callable[[], Any]) -> tuple[float, Any]:
        """Return how long a call took, and its result."""
        self.below, started = 0.0, time.process_time()
        result = call()
        return time.process_time() - started - self.below, result


class _Journeys:
    """Plays whole requests against one table."""

    def __init__(self, table: Table, watch: _Watch) -> None:
        variables = {**VARIABLES, "LEAVE_TABLE": table.name}
        self._requests, self._watch = DynamoRequests(table), watch
        _, self._request = bootstrap.request_leave(variables)
        self._ask = bootstrap.process_leave_request(variables)
        self._lead = bootstrap.submit_lead_response(variables)
        self._tell = bootstrap.process_lead_response(variables)
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    def play(self, day: date) -> None:
        """Ask for a day, and let it be approved."""
        wish = Wish(period=Period(start=day, end=day), leave_type=ANNUAL_LEAVE)
        request_id = self._time("request leave", lambda: self._request(EMPLOYEE, wish)).request_id
        self._time("ask the lead", lambda: self._ask(request_id, Secret("token")))
        asked = self._requests.get(request_id)
        link = asked and asked.link()
        if link is None:
            raise LookupError(request_id)
        self._time("open the link", lambda: self._lead.show(link.reveal()))
        self._time("decide", lambda: self._lead(link.reveal(), Decision.APPROVED, ""))
        self._time("tell the employee", lambda: self._tell(request_id))

    def _time(self, step: str, call: Callable[[], Any]) -> Any:
        seconds, result = self._watch.time(call)
        self.seconds[step].append(seconds)
        return result


def times(*, short: int = SHORT, long: int = LONG) -> tuple[Mapping[str, float], ...]:
    """Return the median CPU seconds of each step, after a short past and after a long one."""
    watch, monday = _Watch(), next_monday().date()
    with stage(), watch.listening():
        pasts = {f"leave-{number}": number for number in (short, long)}
        played = [_Journeys(table_with_people(n, past=p), watch) for n, p in pasts.items()]
        for number in range(_WARM_UP + ROUNDS):
            day = monday + timedelta(weeks=number // 5, days=number % 5)
            for journeys in played if number % 2 else played[::-1]:
                journeys.play(day)
    return tuple(
        {step: median(each[_WARM_UP:]) for step, each in journeys.seconds.items()}
        for journeys in played
    )


def measure() -> Iterable[Figure]:
    """Yield the time of a whole request, and how it grows."""
    short, long = times()
    ratio = sum(long.values()) / sum(short.values())
    note = f"CPU of the {len(JOURNEY)} functions of a request, medians of {ROUNDS}"
    yield Figure("growth of handler time", ratio, "x", aim=AIM_RATIO, kind="timing", note=note)
    for step in JOURNEY:
        scaled = short[step] / SHARE * 1_000
        note = "CPU without calls, as 512 MB would have it"
        yield Figure(f"handler time: {step}", scaled, "ms", kind="timing", note=note)


def main() -> None:
    """Print both pasts, step by step."""
    short, long = times()
    for step in JOURNEY:
        print(f"{step:<20}{short[step] * 1000:8.2f} ms{long[step] * 1000:8.2f} ms")


if __name__ == "__main__":
    main()
