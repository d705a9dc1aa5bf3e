"""Who may see and answer a link on a stage that asks leads to sign in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from leave.domain.requests import Person
from leave.services.admission import Admission, ApproverOnly
from tests.leave.builders import JANE, JOHN, NOW, R1, employed
from tests.leave.services.stage import FakeStage

GRANTED, SIGN_IN, ANOTHER = Admission.GRANTED, Admission.SIGN_IN, Admission.ANOTHER_PERSON
JANE_HERSELF = Person(employee_id="E003", name="Jane Cook")
BOTH = pytest.mark.parametrize("answering", [False, True])


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def admitted(stage: FakeStage, link: str, email: str | None, *, answering: bool) -> Admission:
    approver_only = ApproverOnly(
        clock=stage.clock, directory=stage.directory, requests=stage.requests
    )
    return approver_only.admit(link, email, answering=answering)


@BOTH
def test_only_the_approver_goes_on(stage: FakeStage, *, answering: bool) -> None:
    link = stage.asked()
    assert admitted(stage, link, None, answering=answering) is SIGN_IN
    assert admitted(stage, link, "john@foo.com", answering=answering) is GRANTED
    assert admitted(stage, link, "JOHN@foo.com", answering=answering) is GRANTED
    for other in ("jane@foo.com", "jim@foo.com", "nobody@foo.com", ""):
        assert admitted(stage, link, other, answering=answering) is ANOTHER


@BOTH
def test_an_approver_who_has_left_is_no_approver(stage: FakeStage, *, answering: bool) -> None:
    link = stage.asked()
    stage.directory.put(replace(JOHN, employments=employed(end=stage.clock.today())))
    assert admitted(stage, link, "john@foo.com", answering=answering) is GRANTED
    stage.clock.go_on(timedelta(days=1))
    assert admitted(stage, link, "john@foo.com", answering=answering) is ANOTHER


@BOTH
def test_an_approver_who_begins_tomorrow_is_none_yet(stage: FakeStage, *, answering: bool) -> None:
    link, day = stage.asked(), timedelta(days=1)
    stage.directory.put(replace(JOHN, employments=employed(stage.clock.today() + day)))
    assert admitted(stage, link, "john@foo.com", answering=answering) is ANOTHER
    stage.clock.go_on(day)
    assert admitted(stage, link, "john@foo.com", answering=answering) is GRANTED


@BOTH
def test_a_link_that_opens_nothing_needs_no_sign_in_to_say_so(
    stage: FakeStage, *, answering: bool
) -> None:
    link = stage.asked()
    for broken in ("", "x", link[:-1], f"{link[:-2]}..", link.replace(R1, "nobody")):
        assert admitted(stage, broken, None, answering=answering) is GRANTED
        assert stage.submit_lead_response.show(broken) is None


@BOTH
def test_a_decided_link_is_explained_to_its_approver_only(
    stage: FakeStage, *, answering: bool
) -> None:
    link = stage.asked()
    stage.decide(link)
    assert admitted(stage, link, None, answering=answering) is SIGN_IN
    assert admitted(stage, link, "jane@foo.com", answering=answering) is ANOTHER
    assert admitted(stage, link, "john@foo.com", answering=answering) is GRANTED


@BOTH
def test_a_retired_link_needs_a_sign_in_too(stage: FakeStage, *, answering: bool) -> None:
    link = stage.asked()
    request = stage.requests[R1]
    stage.requests.put(
        request.reroute(who="", why="John is away", at=NOW).ask(
            JANE_HERSELF, task_token=request.task_token, at=NOW
        )
    )
    new = stage.link(R1)
    assert admitted(stage, link, None, answering=answering) is SIGN_IN
    assert admitted(stage, link, "john@foo.com", answering=answering) is ANOTHER
    assert admitted(stage, new, "jane@foo.com", answering=answering) is GRANTED
    assert admitted(stage, new, "john@foo.com", answering=answering) is ANOTHER


def test_who_answered_before_still_sees_what_became_of_it(stage: FakeStage) -> None:
    """Jane is asked to cancel what John approved; his old link explains itself to him."""
    link = stage.asked()
    stage.decide(link)
    request = replace(stage.requests[R1], outcome_mailed=True)
    asked = request.ask_to_cancel(who="E002", at=NOW)
    stage.requests.put(asked.ask(JANE_HERSELF, task_token=request.task_token, at=NOW))
    assert admitted(stage, link, "john@foo.com", answering=False) is GRANTED
    assert admitted(stage, link, "john@foo.com", answering=True) is ANOTHER
    present = stage.link(R1)
    assert admitted(stage, present, "john@foo.com", answering=False) is ANOTHER
    assert admitted(stage, present, "jane@foo.com", answering=True) is GRANTED


def test_an_approver_whom_the_directory_does_not_know_is_nobody(stage: FakeStage) -> None:
    link = stage.asked()
    del stage.directory.employees[JOHN.employee_id]
    assert admitted(stage, link, "john@foo.com", answering=True) is ANOTHER


def test_the_address_of_the_directory_counts_as_it_is_now(stage: FakeStage) -> None:
    link = stage.asked()
    stage.directory.employees["E001"] = replace(JOHN, email="john.carpenter@foo.com")
    stage.directory.employees["E003"] = replace(JANE, email="john@foo.com")
    assert admitted(stage, link, "john@foo.com", answering=True) is ANOTHER
    assert admitted(stage, link, "john.carpenter@foo.com", answering=True) is GRANTED
