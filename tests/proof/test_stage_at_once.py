"""Many people, or one impatient one, doing the same thing at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from emulator.demo import web
from emulator.demo.web import Page
from tests.end_to_end.employees import Employee
from tests.end_to_end.people import fresh_day
from tests.end_to_end.workflows import end_of
from tests.proof.conftest import Size
from tests.proof.crowd import patiently
from tests.proof.reporting import Recorder
from tests.stage import LocalStage

T = TypeVar("T")
pytestmark = pytest.mark.stage
PROMISE = "Of a hundred who do the same at once, one has done it"


def at_once(act: Callable[[int], T], many: int) -> list[T]:
    """Return what `act` gave for each number, all called at the same moment."""
    start = Barrier(many)

    def wait_and_act(number: int) -> T:
        start.wait(timeout=60)
        return act(number)

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(wait_and_act, range(many)))


def test_of_many_overlapping_requests_one_is_taken(
    stage: LocalStage, size: Size, report: Recorder
) -> None:
    many, jim = size(small=8, full=100), Employee(stage.facts, "jim@foo.com")
    token = jim.token()
    monday = fresh_day() - timedelta(days=1)
    wednesday = monday + timedelta(days=2)

    def ask(number: int) -> web.Answer:
        # Every span holds the Wednesday.
        start = wednesday - timedelta(days=number % 3)
        end = wednesday + timedelta(days=number % 2)
        span = {"start": start.isoformat(), "end": end.isoformat(), "type": "unpaid"}
        return patiently(lambda: jim.ask(token=token, **span))

    replies = at_once(ask, many)
    statuses = Counter(reply.status for reply in replies)
    report(PROMISE, "asked for overlapping days", many, "at once")
    report(PROMISE, "accepted", statuses[202], "requests")
    assert statuses == {202: 1, 409: many - 1}
    (taken,) = (reply.fields() for reply in replies if reply.status == 202)
    # Whether the lead's mail comes can not be shown here: MiniStack forgets a callback task whose
    # function it had no room for, which Step Functions reports and the workflow retries.
    assert jim.request(taken["requestId"])["status"] == "pending"
    assert jim.withdraw(taken["requestId"]).status == 200


def test_of_many_answers_one_decides_and_all_others_hear_of_it(
    stage: LocalStage, size: Size, report: Recorder
) -> None:
    many = size(small=8, full=100)
    jane, john = Employee(stage.facts, "jane@foo.com"), Employee(stage.facts, "john@foo.com")
    said = jane.submit(date=fresh_day().isoformat(), type="unpaid")
    mail = john.wait_for_mail(said["requestId"])

    def answer(number: int) -> tuple[str, web.Answer]:
        decision, comment = ("approved", "denied")[number % 2], {"comment": f"click {number}"}
        return decision, patiently(lambda: web.post_form(mail.link(decision), comment))

    clicks = at_once(answer, many)
    report(PROMISE, "clicked approve and deny", many, "at once")
    request = jane.request(said["requestId"])
    assert [event["what"] for event in request["history"]] == ["requested", request["status"]]
    comment = request["history"][-1]["comment"]
    for decision, page in clicks:
        assert page.status in ({200} if decision == request["status"] else {409})
        assert comment in Page(page.body).text
        assert f"is {request['status']}." in Page(page.body).text
    thanked = sum("Thank you" in page.body for _, page in clicks)
    report(PROMISE, "decided", thanked, "clicks")
    assert thanked == 1
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert request["status"] in jane.wait_for_mail(said["requestId"]).text
    assert len(jane.mails(said["requestId"])) == 1
