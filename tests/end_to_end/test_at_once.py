"""Many people, or one impatient one, doing the same thing at the same moment."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

import pytest

from emulator.demo import web
from emulator.demo.page import Page
from tests.end_to_end.people import fresh_day
from tests.end_to_end.workflows import end_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.end_to_end.employees import Employee, Reply
    from tests.stage import LocalStage

T = TypeVar("T")
pytestmark = pytest.mark.stage
MANY = 8


def at_once(act: Callable[[int], T]) -> list[T]:
    """Return what `act` gave for each number, all called at the same moment."""
    start = Barrier(MANY)

    def wait_and_act(number: int) -> T:
        start.wait(timeout=30)
        return act(number)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(wait_and_act, range(MANY)))


def test_of_many_overlapping_requests_one_is_taken(jim: Employee) -> None:
    monday = fresh_day() - timedelta(days=1)
    wednesday = monday + timedelta(days=2)

    def ask(number: int) -> Reply:
        # Every span holds the Wednesday.
        start = wednesday - timedelta(days=number % 3)
        end = wednesday + timedelta(days=number % 2)
        span = {"start": start.isoformat(), "end": end.isoformat(), "type": "unpaid"}
        return jim.call("POST", "/request_leave", span)

    replies = at_once(ask)
    statuses = Counter(reply.status for reply in replies)
    assert statuses[202] == 1, statuses
    assert statuses.keys() <= {202, 409, 429, 503}, statuses
    assert statuses[409] > 0
    (taken,) = (reply.fields() for reply in replies if reply.status == 202)
    # Whether the lead's mail comes can not be shown here: MiniStack forgets a callback task whose
    # function it had no room for, which Step Functions reports and the workflow retries.
    assert jim.request(taken["requestId"])["status"] == "pending"
    assert jim.withdraw(taken["requestId"]).status == 200


def test_of_many_answers_one_decides_and_all_others_hear_of_it(
    stage: LocalStage, jane: Employee, john: Employee
) -> None:
    said = jane.submit(date=fresh_day().isoformat(), type="unpaid")
    mail = john.wait_for_mail(said["requestId"])

    def answer(number: int) -> tuple[str, web.Answer]:
        decision = ("approved", "denied")[number % 2]
        # Who is turned away because too many functions run at once presses the button again.
        while (page := press(mail.link(decision), f"click {number}")).status in {429, 503}:
            time.sleep(0.5)
        return decision, page

    def press(link: str, comment: str) -> web.Answer:
        return web.post_form(link, {"comment": comment})

    clicks = at_once(answer)
    request = jane.request(said["requestId"])
    assert [event["what"] for event in request["history"]] == ["requested", request["status"]]
    comment = request["history"][-1]["comment"]
    for decision, page in clicks:
        assert page.status in ({200} if decision == request["status"] else {409})
        assert comment in Page(page.body).text
        assert f"The leave is {request['status']}" in Page(page.body).text
    assert sum("Thank you" in page.body for _, page in clicks) == 1
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert request["status"] in jane.wait_for_mail(said["requestId"]).text
    assert len(jane.mails(said["requestId"])) == 1
