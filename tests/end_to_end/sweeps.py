"""The daily sweep of a stage, made by hand, and requests that grow old."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from emulator.aws import EmulatedAws

if TYPE_CHECKING:
    from tests.stage import LocalStage

_SWEEP_SECONDS = 900
"""The longest that Lambda lets a function run."""


def make_sweep(stage: LocalStage) -> dict[str, Any]:
    """Call the function as an operator would, and return what it says."""
    facts = stage.facts
    aws = EmulatedAws(
        endpoint_url=facts.aws_endpoint_url, region=facts.region, read_seconds=_SWEEP_SECONDS
    )
    answer = aws.functions.invoke(FunctionName=facts.functions["daily_sweep"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    assert told["finished"] is True
    assert "failures" not in told["steps"], told
    return told


def set_asked(stage: LocalStage, request_id: str, *, days_ago: int) -> None:
    """Let a request have been asked for so many days ago, and its approver, too."""
    asked = datetime.now(UTC) - timedelta(days=days_ago)
    stage.aws.tables.update_item(
        TableName=stage.facts.table_name,
        Key={"pk": {"S": f"REQUEST#{request_id}"}, "sk": {"S": "REQUEST"}},
        UpdateExpression="SET history[0].#a = :a, invitations[0].askedAt = :a",
        # With another name, nothing would read what is written here.
        ConditionExpression="attribute_exists(invitations[0].askedAt)",
        ExpressionAttributeNames={"#a": "at"},
        ExpressionAttributeValues={":a": {"S": asked.isoformat()}},
    )


def set_start(stage: LocalStage, request_id: str, days: int) -> None:
    """Let a request begin so many days from now, and have been asked for ten days ago."""
    set_asked(stage, request_id, days_ago=10)
    day = datetime.now(UTC) + timedelta(days=days)
    stage.aws.tables.update_item(
        TableName=stage.facts.table_name,
        Key={"pk": {"S": f"REQUEST#{request_id}"}, "sk": {"S": "REQUEST"}},
        UpdateExpression="SET #p.#t.#s = :d, #p.#t.#e = :d",
        ConditionExpression="attribute_exists(#p.#t.#s)",
        ExpressionAttributeNames={"#p": "plan", "#t": "period", "#s": "start", "#e": "end"},
        ExpressionAttributeValues={":d": {"S": day.date().isoformat()}},
    )
