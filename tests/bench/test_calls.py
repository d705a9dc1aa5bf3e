"""Which calls leave a function, in their order: none can be saved without losing what it is for."""

from __future__ import annotations

import pytest

from bench.bills import COLD_SHARE, here
from bench.calls import FEWEST, JOURNEY, kept, steps
from bench.cost import AIM, REQUESTS
from bench.prices import PRICES, cost

_CREDENTIALS = ("GetSecretValue", "Google token")
_ASK = (
    *("GetItem", "BatchGetItem", "BatchGetItem"),
    *("PutItem", "Query", "BatchGetItem"),
)
LISTED = {
    "request leave": ("GetItem", "BatchGetItem", "TransactWriteItems", "StartExecution"),
    "request leave, with a key": (
        *("GetItem", "BatchGetItem", "TransactWriteItems", "StartExecution"),
    ),
    "ask the lead": (*_ASK, "Gmail send", "PutItem"),
    "ask the lead, cold": (*_ASK, *_CREDENTIALS, "Gmail send", "PutItem"),
    "open the link": ("GetItem", "BatchGetItem", "Query", "BatchGetItem"),
    "decide": ("GetItem", "BatchGetItem", "TransactWriteItems", "SendTaskSuccess"),
    "tell the employee": ("GetItem", "GetItem", "Gmail send", "PutItem"),
    "tell the employee, cold": (*("GetItem", "GetItem", *_CREDENTIALS, "Gmail send", "PutItem"),),
    "change dates": (*("BatchGetItem", "BatchGetItem", "TransactWriteItems", "SendTaskFailure"),),
    "withdraw": ("BatchGetItem", "BatchGetItem", "TransactWriteItems", "SendTaskSuccess"),
    "read one": ("BatchGetItem",),
    "balance": ("GetItem", "BatchGetItem"),
    "team calendar": ("GetItem", "Query", "Query", "BatchGetItem"),
    "adjust": ("GetItem", "BatchGetItem", "TransactWriteItems"),
    # The employees; their accounts, for each hundred; who decided, likewise.
    "report absences": ("Query", "BatchGetItem", "BatchGetItem"),
    # The accounts of earlier years too, as nothing was ever carried over here.
    "report balances": ("Query", "BatchGetItem", "BatchGetItem"),
    "report adjustments": ("Query", "BatchGetItem"),
    "approvals, none waiting": ("GetItem", "Query"),
    # Who calls; what waits; the requests; people and accounts; the team; what colleagues booked.
    "approvals, 50 waiting": (
        *("GetItem", "Query", "BatchGetItem", "BatchGetItem", "Query", "BatchGetItem"),
    ),
    "remind": ("BatchGetItem", "PutItem", "SendTaskFailure"),
    "ask the lead, to remind": (*_ASK, "Gmail send", "PutItem"),
    "decide by token": ("BatchGetItem", "BatchGetItem", "TransactWriteItems", "SendTaskSuccess"),
}


@pytest.mark.parametrize("step", LISTED)
def test_a_step_makes_these_calls_in_this_order(step: str) -> None:
    assert steps()[step].calls == LISTED[step]


def test_each_step_that_is_listed_has_the_fewest_calls() -> None:
    assert {name: len(calls) for name, calls in LISTED.items() if name in FEWEST} == FEWEST
    assert {*LISTED, *(n for n in steps() if n.startswith("daily sweep"))} == {*steps()}


def test_an_open_request_costs_the_sweep_one_call_besides_its_page() -> None:
    one, some = steps()["daily sweep, 1 open"], steps()["daily sweep, 5 open"]
    assert len(some.calls) - len(one.calls) == 5 - 1
    assert some.calls.count("StartExecution") == 5


def test_a_thousand_requests_cost_less_than_the_aim() -> None:
    assert 0 < cost(here()) * REQUESTS < AIM


def test_a_bill_is_made_of_the_calls_that_were_counted() -> None:
    units, played = here(), steps()
    assert units["read unit"] == sum(played[name].reads for name in JOURNEY)
    assert units["Lambda request"] == len(JOURNEY)
    assert units["call of Secrets Manager"] == pytest.approx(2 * COLD_SHARE)
    assert 500 < kept() < 2_000


def test_what_has_no_price_is_not_free() -> None:
    with pytest.raises(KeyError, match="phone call"):
        cost({"phone call": 1})
    assert all(price.source.startswith("https://aws.amazon.com/") for price in PRICES.values())
