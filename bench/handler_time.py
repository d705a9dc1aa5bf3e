"""Whether a long past takes a function's time: `python -m bench.handler_time`.

CPU seconds of the use cases, without those spent below the AWS client, where a network would be
waited for on AWS. Both pasts are played in turn, so that load hits them alike.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from io import StringIO
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from botocore.client import BaseClient

from bench.calls import EMPLOYEE, JOURNEY
from bench.figures import Figure, table
from bench.growth import AIM_RATIO, LONG, SHORT
from bench.histories import APPROVED_A_YEAR, Past
from bench.in_memory import VARIABLES, as_deployed, hire, next_monday
from bench.instant_aws import InstantAws
from leave import bootstrap
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.adapters.system import connect
from leave.domain.calendar import Period
from leave.domain.history import Decision
from leave.domain.policy import ANNUAL_LEAVE
from leave.domain.values import Secret
from leave.services.leave_policy import LeaveRequestInput

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from datetime import date

ROUNDS: Final = 24
"""Each asks for another day; fewer than the working days a year has left."""
_WARM_UP: Final = 2
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
    """Plays whole requests of somebody with a past, on an AWS of their own."""

    def __init__(self, past: Past, watch: _Watch) -> None:
        self._aws, self._watch = InstantAws(), watch
        with self._aws.installed():
            kept = Table(connect("dynamodb"), VARIABLES["LEAVE_TABLE"])
            hire(kept, self._aws, past)
        self._requests = DynamoRequests(kept)
        _, self._request = bootstrap.request_leave(VARIABLES)
        self._ask = bootstrap.process_leave_request(VARIABLES)
        self._lead = bootstrap.submit_lead_response(VARIABLES)
        self._tell = bootstrap.process_lead_response(VARIABLES)
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    def play(self, day: date) -> None:
        """Ask for a day, and let it be approved."""
        with self._aws.installed():
            self._play(
                LeaveRequestInput(period=Period(start=day, end=day), leave_type=ANNUAL_LEAVE)
            )

    def _play(self, wanted: LeaveRequestInput) -> None:
        request_id = self._time("request leave", lambda: self._request(EMPLOYEE, wanted)).request_id
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


def times(*pasts: Past) -> list[Mapping[str, Sequence[float]]]:
    """Return for each past the CPU seconds of each step, day by day."""
    watch, monday = _Watch(), next_monday().date()
    with as_deployed(), redirect_stdout(StringIO()), watch.listening():
        played = [_Journeys(past, watch) for past in pasts]
        # What stands in for the table is none of the function's garbage.
        gc.freeze()
        try:
            for number in range(_WARM_UP + ROUNDS):
                day = monday + timedelta(weeks=number // 5, days=number % 5)
                for journeys in played if number % 2 else played[::-1]:
                    journeys.play(day)
        finally:
            gc.unfreeze()
    return [{s: each[_WARM_UP:] for s, each in one.seconds.items()} for one in played]


def measure() -> Iterable[Figure]:
    """Yield the time of a whole request, and how it grows."""
    short, long, busy = times(Past(SHORT, years=1), Past(LONG, approved_a_year=SHORT), Past(LONG))
    note = f"CPU of the {len(JOURNEY)} functions of a request, {LONG:,} past ones against {SHORT}"
    ratio = _ratio(long, short)
    yield Figure("growth of handler time", ratio, "x", aim=AIM_RATIO, kind="timing", note=note)
    note = f"{APPROVED_A_YEAR} times on leave last year, against {SHORT} times"
    ratio = _ratio(busy, short)
    yield Figure("handler time of a busy year", ratio, "x", kind="timing", note=note)
    for step in JOURNEY:
        scaled = median(short[step]) / SHARE * 1_000
        note = "CPU without calls, as 512 MB would have it"
        yield Figure(f"handler time: {step}", scaled, "ms", kind="timing", note=note)


def _ratio(one: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]]) -> float:
    """Return the median of the days' ratios: what else runs here hits both halves of a day."""
    days = zip(zip(*one.values(), strict=True), zip(*other.values(), strict=True), strict=True)
    return median(sum(mine) / sum(others) for mine, others in days)


if __name__ == "__main__":
    print(table(measure()))
