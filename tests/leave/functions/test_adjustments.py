"""GET and POST /employees/{employeeId}/adjustments, from the event to the reply."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.employee import AdministrativeRole, Employee
from leave.domain.errors import UnavailableError
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import replace
from leave.functions.administer import handler
from leave.services.adjust_balance import MAXIMUM_ADJUSTMENTS
from tests.leave.builders import JIM, TODAY, employed
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    CONTEXT,
    JANES_CLAIMS,
    JIMS_CLAIMS,
    JOHNS_CLAIMS,
    STRANGERS_CLAIMS,
    api_event,
)
from tests.leave.functions.replies import answer, everything
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage

YESTERDAY = TODAY - timedelta(days=1)
POST, GET, HEAD = (
    f"{method} /employees/{{employeeId}}/adjustments" for method in ("POST", "GET", "HEAD")
)
GIVEN: dict[str, Any] = {"year": 2027, "type": "annual", "days": 2, "reason": "Moving house"}


def call(
    route: str, claims: dict[str, Any] = ADMINS_CLAIMS, *, key: str | None = None, **more: Any
) -> tuple[int, dict[str, Any]]:
    """Call a route about Jim, with what it takes at the least where nothing else is given."""
    more = {"employeeId": "E002"} | ({"body": GIVEN} if route == POST else {}) | more
    event = api_event(route, claims=claims, **more)
    if key is not None:
        event["headers"]["idempotency-key"] = key
    return answer(handler, event)


def test_days_are_given_and_it_stays_known_by_whom_and_why(stage: FakeStage) -> None:
    status, given = call(POST)
    balance = given["balance"]
    assert (status, balance["adjustments"], balance["available"]) == (201, 2, 27)
    status, listed = call(GET, query={"year": "2027"})
    assert (status, listed) == (
        200,
        {
            "employeeId": "E002",
            "year": 2027,
            "adjustments": [
                {
                    "adjustmentId": given["adjustmentId"],
                    "type": "annual",
                    "days": 2,
                    "reason": "Moving house",
                    "by": "hr@foo.com",
                    "at": "2027-03-01T09:30:00Z",
                }
            ],
        },
    )
    (adjustment,) = stage.requests.book("E002", 2027).adjustments
    assert (adjustment.email, adjustment.subject) == ("hr@foo.com", ADMINS_CLAIMS["sub"])


def test_the_opposite_one_takes_it_back(stage: FakeStage) -> None:
    first = call(POST)[1]
    status, second = call(POST, body=GIVEN | {"days": -2, "reason": "A mistake"})
    assert (status, second["balance"]["available"]) == (201, 25)
    assert second["adjustmentId"] != first["adjustmentId"]
    # Without a year, it is this one.
    assert [one["days"] for one in call(GET)[1]["adjustments"]] == [2, -2]
    assert stage.balance().adjustments == 0


@pytest.mark.usefixtures("stage")
def test_nothing_is_listed_for_a_year_without_adjustments() -> None:
    assert call(GET, query={"year": "2031"})[1]["adjustments"] == []


def test_an_administrator_by_role_is_named_by_employee_id(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, role=AdministrativeRole.ADMIN))
    assert call(POST, JIMS_CLAIMS, employeeId="E003")[0] == 201
    (adjustment,) = stage.requests.book("E003", 2027).adjustments
    assert (adjustment.actor, adjustment.email) == ("E002", "jim@foo.com")


def test_a_key_counts_once_and_says_the_same_again(stage: FakeStage) -> None:
    first = call(POST, key="one")
    stage.adjust("-1")
    before = everything(stage)
    assert call(POST, key="one") == first
    for body in (GIVEN | {"days": 2.5}, GIVEN | {"reason": "x"}, GIVEN | {"year": 2028}):
        status, problem = call(POST, key="one", body=body)
        assert (status, problem["type"]) == (409, "urn:leave:problem:idempotency-mismatch")
    assert call(POST, key="one", employeeId="E003")[0] == 409
    assert call(POST, key="one", body=GIVEN | {"allowNegative": True})[0] == 409
    assert everything(stage) == before
    # A refusal leaves the key free.
    assert call(POST, key="two", body=GIVEN | {"days": -300})[0] == 422
    assert call(POST, key="two")[0] == 201


# What is refused

MALFORMED: list[tuple[object, str]] = [
    *(({name: value for name, value in GIVEN.items() if name != left_out}, left_out)
      for left_out in GIVEN),
    *((GIVEN | {"days": days}, "days")
      for days in (0, 0.3, 366.5, -367, 1e300, "2", None, True, [2])),
    *((GIVEN | {"year": year}, "year")
      for year in (1999, 2101, 2027.5, "2027", None, True, 10**400)),
    *((GIVEN | {"type": value}, "type") for value in ("", "x" * 65, 1, None, "a\x00")),
    *((GIVEN | {"reason": reason}, "reason")
      for reason in ("", "  ", "x" * 1001, "\u200b", "\u0301", "a\x1b[2J", 1, None)),
    *((GIVEN | {"allowNegative": value}, "allowNegative") for value in ("true", 1, None)),
    (GIVEN | {"employeeId": "E003"}, "employeeId"),
    ('{"days": NaN}', "body"),
    ('{"days": 1, "days": 2}', "body"),
    ("[]", "body"),
    ("", "body"),
    ("{" * 9_000, "body"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), MALFORMED, ids=lambda value: ascii(value)[:40])
def test_what_is_malformed_is_named_and_nothing_is_written(
    stage: FakeStage, body: object, field: str
) -> None:
    before = everything(stage)
    status, problem = call(POST, body=body)
    assert (status, [error["field"] for error in problem["errors"]]) == (400, [field])
    assert everything(stage) == before


@pytest.mark.usefixtures("stage")
def test_all_mistakes_are_named_at_once() -> None:
    body = {"days": 0, "reason": "", "year": 0, "typ": "annual"}
    errors = call(POST, body=body)[1]["errors"]
    assert [error["field"] for error in errors] == ["typ", "type", "reason", "year", "days"]


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"query": {"year": "2027"}}, 400, "malformed-request"),
    ({"key": "é"}, 400, "malformed-request"),
    ({"employeeId": "E404"}, 404, "unknown-employee"),
    ({"employeeId": "x" * 65}, 404, "unknown-employee"),
    ({"employeeId": "../E002"}, 404, "unknown-employee"),
    ({"body": json.dumps(GIVEN | {"reason": "x" * 16_384})}, 413, "body-too-large"),
    ({"body": GIVEN | {"type": "fun"}}, 422, "unknown-leave-type"),
    ({"body": GIVEN | {"type": "sick"}}, 422, "unlimited-leave-type"),
    ({"body": GIVEN | {"year": 2020}}, 422, "no-accounts"),
    ({"body": GIVEN | {"year": 2099}}, 422, "no-accounts"),
    ({"body": GIVEN | {"days": -25.5}}, 422, "negative-balance"),
    ({"employeeId": "E003", "body": GIVEN | {"year": 2028}}, 422, "not-employed"),
]


@pytest.mark.parametrize(("more", "status", "kind"), REFUSED)
def test_what_is_refused_says_why_and_nothing_is_written(
    stage: FakeStage, more: dict[str, Any], status: int, kind: str
) -> None:
    types = (*Rules().leave_types, LeaveType(id="sick", name="Sick leave"))
    stage.rules = replace(stage.rules, leave_types=types)
    stage.update(stage.directory.employees["E003"], employments=employed(end=YESTERDAY))
    before = everything(stage)
    answered, problem = call(POST, **more)
    assert (answered, problem["type"]) == (status, f"urn:leave:problem:{kind}")
    assert everything(stage) == before


def test_a_debt_can_be_asked_for(stage: FakeStage) -> None:
    body = GIVEN | {"days": -25.5, "allowNegative": True}
    assert call(POST, body=body)[1]["balance"]["available"] == -0.5
    # Days given back make the debt no worse, so they need no permission.
    assert call(POST, body=GIVEN | {"days": 0.5})[0] == 201
    assert stage.balance().available == 0


def test_a_ledger_does_not_grow_for_ever(stage: FakeStage) -> None:
    for _ in range(MAXIMUM_ADJUSTMENTS):
        stage.adjust("1")
    status, problem = call(POST)
    assert (status, problem["maximumTimes"], problem["year"]) == (422, MAXIMUM_ADJUSTMENTS, 2027)
    assert call(POST, body=GIVEN | {"year": 2028})[0] == 201


def test_a_table_that_does_not_answer_is_503(stage: FakeStage) -> None:
    stage.requests.hooks.before("write_ledgers", raising(UnavailableError("no")))
    assert call(POST)[0] == 503


# Who may

ADMINISTERS = replace(JIM, role=AdministrativeRole.ADMIN)


@pytest.mark.parametrize(
    ("claims", "jim", "reads", "writes"),
    [
        pytest.param({}, JIM, 401, 401, id="no token"),
        pytest.param(STRANGERS_CLAIMS, JIM, 403, 403, id="no employee"),
        pytest.param(JIMS_CLAIMS, JIM, 403, 403, id="the employee"),
        pytest.param(JANES_CLAIMS, JIM, 403, 403, id="another employee"),
        pytest.param(JOHNS_CLAIMS, JIM, 403, 403, id="lead"),
        pytest.param(
            JIMS_CLAIMS, replace(JIM, role=AdministrativeRole.READER), 200, 403, id="reader"
        ),
        pytest.param(JIMS_CLAIMS, ADMINISTERS, 200, 201, id="administrator by role"),
        pytest.param(
            JIMS_CLAIMS,
            replace(ADMINISTERS, employments=employed(end=YESTERDAY)),
            *(403, 403),
            id="administrator who left",
        ),
        pytest.param(ADMINS_CLAIMS, JIM, 200, 201, id="administrator who is no employee"),
    ],
)
def test_who_reads_and_who_writes(
    stage: FakeStage, claims: dict[str, Any], jim: Employee, reads: int, writes: int
) -> None:
    stage.directory.put(jim)
    about: dict[str, Any] = {"employeeId": "E003"}
    assert call(GET, claims, **about)[0] == reads
    event = api_event(HEAD, claims=claims, **about)
    assert handler(event, CONTEXT)["statusCode"] == reads
    assert call(POST, claims, **about)[0] == writes
    assert bool(stage.requests.book("E003", 2027).adjustments) is (writes == 201)
    # Whoever may not is not told what is wrong with the call, or who there is.
    wrongs: list[dict[str, Any]] = [{"body": "?"}, {"employeeId": "E404"}, {"query": {"x": "y"}}]
    for wrong in wrongs:
        if writes != 201:
            assert call(POST, claims, **(about | wrong))[0] == writes
        if reads != 200 and "body" not in wrong:
            assert call(GET, claims, **(about | wrong))[0] == reads
