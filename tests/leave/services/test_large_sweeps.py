"""A sweep over ten thousand open requests, in bounded memory.

Nothing here holds them all: they are made up page by page, as the table would hand them out.
"""

import dataclasses
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest

from leave.domain.employee import Employee
from leave.domain.history import Person
from leave.domain.values import replace
from leave.domain.views import Mail
from leave.services import unit_of_work
from leave.services.daily_sweep import Report
from leave.services.ports import OpenRequest, Unmailed
from tests.leave.builders import TODAY, an_asked_request, an_employee, an_id, invited
from tests.leave.services.stage import FakeStage

ONE = an_asked_request()
OF_ONE_LEAD = 40
MEGABYTE = 2**20


@dataclass
class MadeUp:
    """Fills in for `OpenRequests`, `Directory`, `Workflow` and `Mailer`, and only counts."""

    total: int
    ensured: int = 0
    mails: int = 0
    pages: int = 0

    def after(self, cursor: str, limit: int) -> Sequence[OpenRequest]:
        self.pages += 1
        first = int(cursor or -1) + 1
        return [self.item(n) for n in range(first, min(first + limit, self.total))]

    def item(self, number: int) -> OpenRequest:
        lead = f"L{number // OF_ONE_LEAD}"
        request = replace(
            invited(ONE, approver=Person(employee_id=lead, name="A lead")),
            request_id=an_id(number),
            employee=Person(employee_id=f"E{number}", name="Somebody"),
        )
        return OpenRequest(request=request, approver_id=lead, cursor=str(number))

    def unmailed(self, after: Unmailed | None, limit: int) -> Sequence[Unmailed]:
        assert (after, limit) == (None, 100)
        return ()

    def by_id(self, employee_id: str) -> Employee:
        return somebody(employee_id)

    def team(self, lead_id: str) -> Sequence[Employee]:
        first = int(lead_id[1:]) * OF_ONE_LEAD
        return [somebody(f"E{number}") for number in range(first, first + OF_ONE_LEAD)]

    def ensure(self, name: str, *, request_id: str, inquiry: int) -> bool:
        assert (name, inquiry) == (request_id, 1)
        self.ensured += 1
        return True

    def send(self, mail: Mail) -> None:
        assert mail.text.count(":2") == OF_ONE_LEAD
        self.mails += 1


TEMPLATE = an_employee("E1")


@lru_cache(maxsize=1)
def somebody(employee_id: str) -> Employee:
    number = int(employee_id[1:])
    lead = f"L{number // OF_ONE_LEAD}" if employee_id[0] == "E" else None
    return replace(TEMPLATE, employee_id=employee_id, lead_id=lead, email=f"{employee_id}@foo.com")


def a_sweep(total: int, days: timedelta) -> tuple[MadeUp, Report, FakeStage]:
    made: Any = MadeUp(total)
    stage = FakeStage(directory=made, workflow=made, mailer=made)
    stage.clock.go_on(days)
    report = dataclasses.replace(stage.daily_sweep, open_requests=made)(
        only_if_due=True, has_time=lambda: True
    )
    return made, report, stage


@pytest.mark.parametrize(("total", "days", "reads"), [(10_000, 1, 1), (2_000, 2, 2)])
def test_ten_thousand_requests_are_a_matter_of_seconds(total: int, days: int, reads: int) -> None:
    """On the second day each lead is reminded of 40 requests, with a brief about each."""
    begun = time.process_time()
    made, report, stage = a_sweep(total, days * TODAY.resolution)
    spent = time.process_time() - begun
    assert report.finished
    assert (report.requests, made.ensured) == (total, total)
    leads = total // OF_ONE_LEAD
    assert made.mails == (leads if days > 1 else 0) == report.done["reminders"]
    assert made.pages == total // 100 + 1
    assert len(stage.requests.read_years) <= reads * leads + 50, "each lead's ledger, their team's"
    assert spent < 20, f"{spent:.1f} s of processor time"


def test_three_times_as_many_requests_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is remembered at a time, which is less here, as tracing takes its time."""
    monkeypatch.setattr(unit_of_work, "CACHED", 500)
    peaks: list[float] = []
    for total in (600, 1_800):
        assert total > unit_of_work.CACHED
        tracemalloc.start()
        made, report, _ = a_sweep(total, TODAY.resolution)
        peaks.append(tracemalloc.get_traced_memory()[1] / MEGABYTE)
        tracemalloc.stop()
        assert (report.requests, made.ensured) == (total, total)
    assert peaks[1] < 3, f"{peaks} MB"
    assert peaks[1] < peaks[0] * 1.5, f"{peaks} MB"
