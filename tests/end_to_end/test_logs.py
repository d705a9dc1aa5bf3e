"""What the functions of a stage write, with all that ships in them.

On this stage it is warnings, errors and numbers; the rest is asked of the functions alone.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.people import fresh_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage

CANARY = "Kanarienvogel"


def lines(stage: LocalStage) -> Iterator[str]:
    """Every line of every function since the stage began, whoever called it."""
    for name in stage.facts.functions.values():
        found = stage.aws.logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{name}"
        )
        yield from (event.get("message", "") for page in found for event in page["events"])


def told(stage: LocalStage, metric: str) -> float:
    """The sum of a metric so far."""
    numbers: list[dict[str, Any]] = [
        json.loads(line) for line in lines(stage) if line.startswith(('{"_aws"', '{"stage"'))
    ]
    assert all(number["stage"] == stage.facts.stage for number in numbers)
    return sum(number.get(metric, 0) for number in numbers)


def test_the_log_of_a_stage_is_about_ids_only(
    stage: LocalStage, jim: Employee, john: Employee
) -> None:
    said = jim.submit(date=fresh_day().isoformat(), reason=f"{CANARY} is ill")
    request_id = said["requestId"]
    link = john.wait_for_mail(request_id).link("denied")
    denied = told(stage, "RequestsDenied")
    assert john.press(link, f"Not now, {CANARY}").status == 200
    jim.wait_for_mail(request_id)
    jim.call("PATCH", f"/leave_requests/{request_id}", {"date": "2020-01-01", "reason": CANARY})
    everything = "\n".join(lines(stage))
    record = json.dumps(
        stage.aws.tables.get_item(
            TableName=stage.facts.table_name,
            Key={"pk": {"S": f"REQUEST#{request_id}"}, "sk": {"S": "REQUEST"}},
        ).get("Item", {})
    )
    token = re.search(r'"taskToken": \{"S": "([^"]+)"', record)
    assert token, "or the token is called otherwise by now"
    secret = link.rpartition(".")[2]
    for private in (CANARY, "@foo.com", "Carpenter", secret, token[1], "ya29."):
        around = re.search(rf".{{0,200}}{re.escape(private)}", everything)
        assert not around, around[0]
    assert told(stage, "RequestsDenied") == denied + 1
    assert told(stage, "MailsSent") >= 2
