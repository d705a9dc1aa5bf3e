"""The functions that AWS calls get input that no workflow gives, and refuse it; nothing happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from leave.domain.errors import (
    LeaveError,
    MalformedRequestError,
    NotDecidedError,
    UnknownRequestError,
)
from leave.domain.request import ApprovalPolicy
from leave.functions import daily_sweep, process_lead_response, process_leave_request
from tests.leave.builders import NO_SUCH_REQUEST
from tests.proof.aws_wire import AwsWire
from tests.proof.conftest import ANY_TEXT, Size, each
from tests.proof.deployed import company
from tests.proof.journeys import PEOPLE, Repeats, asks, patiently
from tests.proof.reporting import Recorder
from tests.proof.world import HOUR, World

PROMISE = "A step that is given what it never gets does nothing"
FUNCTIONS = (process_leave_request, process_lead_response, daily_sweep)
CONTEXT = SimpleNamespace(aws_request_id="7b2c", get_remaining_time_in_millis=lambda: 840_000)
CANARY = "Kanarienvogel"
HUGE = CANARY * 20_000
"""More than the 256 KB that Step Functions passes on:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
NO_OBJECTS: list[Any] = [None, True, 0, 1.5, "", CANARY, HUGE, [], [{"requestId": "@"}]]
NO_TEXTS: list[Any] = [None, True, False, 0, 7, 1.5, "", [], ["@"], {}, {"S": "@"}]
# What looks like an id: in capitals, cut, too long, with a line's end, in other digits and letters.
NO_IDS: list[Any] = [
    *NO_TEXTS,
    *("@upper", "@cut", "@longer", "@line", "@space", "REQUEST#@", "../@", "@#1", CANARY, HUGE),
    *("\u0660" * 26, "\uff10" * 26, "\u017f" * 26, "\ud800" * 26, "\0" * 26, "é" * 26),
]
NO_TOKENS: list[Any] = [*NO_TEXTS, HUGE, "a" * 2_049]
NO_INQUIRIES: list[Any] = [
    *(None, True, False, 0, -1, 12, 1.5, 10**400, 1e300, float("nan"), float("inf")),
    *("", "1", "one", HUGE, [], [1], {}, {"N": "1"}),
]
NO_EXECUTIONS: list[Any] = [*NO_TEXTS, HUGE, "a" * 81]
NO_SWITCHES: list[Any] = [None, 0, 1, "", "true", "false", HUGE, [], {}]
ODD_FIELDS = {
    (process_leave_request, "requestId"): NO_IDS,
    (process_leave_request, "taskToken"): NO_TOKENS,
    (process_leave_request, "inquiry"): NO_INQUIRIES,
    (process_lead_response, "requestId"): NO_IDS,
    (process_lead_response, "inquiry"): NO_INQUIRIES,
    (process_lead_response, "expire"): NO_SWITCHES,
    (process_lead_response, "execution"): NO_EXECUTIONS,
    (daily_sweep, "onlyIfDue"): NO_SWITCHES,
}
NEEDED = {(function, name) for function, name in ODD_FIELDS if name in {"requestId", "taskToken"}}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A stage as it is deployed, on which Jim has asked and John has the mail."""
    with company() as made:
        world = made.make(PEOPLE, wire=AwsWire(), policy=ApprovalPolicy())
        patiently(world, lambda: asks()(world, Repeats.AT_ONCE), HOUR)
        world.run_for(HOUR)
        assert [mail.subject for mail in world.mails.sent] == ["ask"]
        yield world


@pytest.fixture(autouse=True)
def nothing_happens(world: World) -> Iterator[None]:
    """Compare records, ledgers, executions and what they were told, mails."""

    def everything() -> str:
        there = world.store.stored, world.store.books, world.machine.executions, world.mails.sent
        return "\n".join(map(repr, there))

    before = everything()
    yield
    assert everything() == before


def usual(world: World, function: Any) -> dict[str, Any]:
    """Return what a function is usually given; each would do something about it."""
    step = {"requestId": world.the_request().request_id, "inquiry": 1}
    if function is process_leave_request:
        return step | {"taskToken": f"token {CANARY}"}
    return step | {"expire": True} if function is process_lead_response else {"onlyIfDue": True}


def alike(value: Any, request_id: str) -> Any:
    """Return an odd value with an id in it for its @."""
    if not isinstance(value, str | list | dict):
        return value
    odd = {
        "@upper": request_id.upper(),
        "@cut": request_id[:-1],
        "@longer": request_id + "0",
        "@line": request_id + "\n",
        "@space": request_id + " ",
    }
    if isinstance(value, str) and value in odd:
        return odd[value]
    return json.loads(json.dumps(value).replace("@", request_id))


def refused(world: World, function: Any, event: Any) -> LeaveError:
    """Call a function with what it can not take; nothing may come of it but an error."""
    world.wire.calls.clear()
    with pytest.raises((MalformedRequestError, UnknownRequestError)) as caught:
        function.handler(event, CONTEXT)
    error: LeaveError = caught.value
    changing = [call for call in world.wire.calls if not call.endswith(("GetItem", "Query"))]
    assert changing == [], f"{function.__name__} makes {changing} for {event!r:.200}"
    assert CANARY not in str(error), "an error is logged, and what is wrong may be a secret"
    assert len(str(error)) < 500
    return error


def test_an_odd_field_is_named_in_what_is_raised(world: World, report: Recorder) -> None:
    tried = 0
    request_id = world.the_request().request_id
    for (function, name), values in ODD_FIELDS.items():
        for value in values:
            event = usual(world, function) | {name: alike(value, request_id)}
            error = refused(world, function, event)
            assert isinstance(error, MalformedRequestError)
            assert [problem.field for problem in error.problems] == [name]
            assert world.wire.calls == [], "it is refused before anything is read"
            tried += 1
    report(PROMISE, "odd values of one field", tried)


@pytest.mark.parametrize(("function", "name"), sorted(NEEDED, key=str))
def test_a_field_that_is_missing_is_named(world: World, function: Any, name: str) -> None:
    event = usual(world, function)
    del event[name]
    error = refused(world, function, event)
    assert f"{name}: must be" in str(error)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_no_object_is_refused(world: World, function: Any) -> None:
    for event in NO_OBJECTS:
        assert "input: must be an object" in str(refused(world, function, event))


def test_everything_wrong_is_told_at_once(world: World) -> None:
    error = refused(world, process_lead_response, {"requestId": 7, "inquiry": "1"})
    assert "requestId: " in str(error)
    assert "inquiry: " in str(error)


@pytest.mark.parametrize("function", FUNCTIONS[:2])
def test_a_request_that_is_not_there_is_named(world: World, function: Any) -> None:
    event = usual(world, function) | {"requestId": NO_SUCH_REQUEST}
    error = refused(world, function, event)
    assert isinstance(error, UnknownRequestError)
    assert NO_SUCH_REQUEST in str(error)


@pytest.mark.parametrize("function", FUNCTIONS[:2])
def test_any_json_is_refused(world: World, function: Any, size: Size, report: Recorder) -> None:
    """Of the names that are known as well as of others."""
    names = st.sampled_from(["requestId", "taskToken", "inquiry", "expire", "execution"]) | ANY_TEXT
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
    values = st.recursive(
        leaf, lambda v: st.lists(v, max_size=4) | st.dictionaries(names, v, max_size=5)
    )
    examples = size(small=15, full=2_500)
    tried = each(values, lambda event: refused(world, function, event), examples=examples)
    report(PROMISE, "made-up inputs", tried, gather="sum")


@pytest.mark.parametrize("more", [{}, {"inquiry": 1}, {"inquiry": 1.0}, {"since": HUGE}], ids=list)
def test_what_an_older_or_a_newer_workflow_gives_is_understood(
    world: World, more: dict[str, Any]
) -> None:
    """One that knew of a single question, one that says more: executions outlive deployments."""
    with pytest.raises(NotDecidedError):
        process_lead_response.handler({"requestId": world.the_request().request_id} | more, CONTEXT)


def test_a_question_that_was_not_asked_yet_is_left_alone(world: World) -> None:
    event = usual(world, process_lead_response) | {"inquiry": 2}
    assert process_lead_response.handler(event, CONTEXT)["status"] == "pending"
