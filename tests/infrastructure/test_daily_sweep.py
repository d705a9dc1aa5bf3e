"""What begins the daily sweep: when, as whom, and what becomes of a call that is lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from infrastructure.sweep_times import sweep_times
from tests.infrastructure.aws_answers import ACCOUNT, REGION
from tests.infrastructure.graph import EVERYTHING, STACKS, graph
from tests.infrastructure.test_rights import granted

SCHEDULE = "scheduler/schedule:Schedule"
_ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
QUEUE = _ARN.format("sqs", "leave-dev-daily-sweep-undelivered")
FUNCTION = _ARN.format("lambda", "function:leave-dev-daily-sweep")
QUARTER = timedelta(minutes=15)


def calls(expression: str) -> list[str]:
    """Every time of day of an expression, by a reading of its own."""
    minutes, hours, *rest = expression.removeprefix("cron(").removesuffix(")").split()
    assert rest == ["*", "*", "?", "*"]
    first, step = map(int, minutes.split("/"))
    begin, _, end = hours.partition("-")
    return [
        f"{hour:02}:{minute:02}"
        for hour in range(int(begin), int(end or begin) + 1)
        for minute in range(first, 60, step)
    ]


@pytest.mark.parametrize("hour", [0, 7, 20])
def test_the_sweep_is_called_every_quarter_of_an_hour_from_its_time_on(hour: int) -> None:
    for minute in range(60):
        begin = f"{hour:02}:{minute:02}"
        made = [call for expression in sweep_times(begin).values() for call in calls(expression)]
        assert made[0] == begin
        times = [datetime.strptime(call, "%H:%M") for call in made]  # noqa: DTZ007 - a time of day
        assert {after - before for before, after in pairwise(times)} == {QUARTER}, begin
        assert timedelta(hours=3) <= times[-1] - times[0] < timedelta(hours=4), begin


@pytest.mark.parametrize("stack", STACKS)
def test_the_schedule_is_kept_in_the_zone_of_the_company(stack: str) -> None:
    schedule = graph(stack).only(SCHEDULE).inputs
    zone = "Etc/UTC" if stack == "local" else "Europe/Berlin"
    assert schedule["scheduleExpression"] == "cron(0/15 7-10 * * ? *)"
    assert schedule["scheduleExpressionTimezone"] == zone
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}
    assert schedule["groupName"] == f"leave-{stack}"


def test_another_time_makes_a_second_schedule_where_one_can_not_say_it() -> None:
    schedules = graph("dev", **EVERYTHING).of(SCHEDULE)
    expressions = {name: item.inputs["scheduleExpression"] for name, item in schedules.items()}
    assert expressions == {
        "daily-sweep": "cron(30/15 6 * * ? *)",
        "daily-sweep-later": "cron(0/15 7-9 * * ? *)",
    }


def test_the_function_is_called_for_a_sweep_that_is_due() -> None:
    target = graph("dev").only(SCHEDULE).inputs["target"]
    assert target["arn"] == FUNCTION
    assert json.loads(target["input"]) == {"onlyIfDue": True}
    assert target["roleArn"].endswith(":role/leave/dev/leave-dev-daily-sweep-schedule")


def test_a_call_is_given_up_when_the_next_one_comes() -> None:
    """And Lambda adds none of its own, so that no two sweeps run side by side."""
    stack = graph("dev")
    retry = stack.only(SCHEDULE).inputs["target"]["retryPolicy"]
    assert retry["maximumEventAgeInSeconds"] == QUARTER.total_seconds()
    own = stack.only("lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").inputs
    assert own["functionName"] == "leave-dev-daily-sweep"
    assert (own["maximumRetryAttempts"], own["maximumEventAgeInSeconds"]) == (0, 900)
    function = stack.of("lambda/function:Function")["daily-sweep"].inputs
    assert function["timeout"] < QUARTER.total_seconds()


def test_a_lost_call_is_kept_encrypted_for_two_weeks() -> None:
    stack = graph("dev")
    assert stack.only(SCHEDULE).inputs["target"]["deadLetterConfig"] == {"arn": QUEUE}
    queue = stack.only("sqs/queue:Queue").inputs
    assert queue["sqsManagedSseEnabled"] is True
    assert timedelta(seconds=queue["messageRetentionSeconds"]) == timedelta(days=14)


def test_the_scheduler_may_call_this_function_and_fill_this_queue_only() -> None:
    rights = granted(graph("dev").policy("daily-sweep-schedule-rights"))
    assert rights == {FUNCTION: {"lambda:InvokeFunction"}, QUEUE: {"sqs:SendMessage"}}


def test_the_schedule_waits_for_the_rights_of_its_role() -> None:
    assert graph("dev").only(SCHEDULE).depends_on == ["daily-sweep-schedule-rights"]
