"""What calls leave behind on a stage that others use at the same time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.stage import LocalStage


@contextmanager
def nothing_written(stage: LocalStage) -> Generator[None]:
    """Check that meanwhile no request, nor anything else, came into being.

    Requests that were there before go on as they like, so what is new about them is not counted.
    """
    before = _written(stage)
    known = [key.partition("#")[2] for key, _ in before if key.startswith("REQUEST#")]
    yield
    new = [
        keys
        for keys in _written(stage) - before
        if not any(one in part for part in keys for one in known)
    ]
    assert new == [], f"written meanwhile: {sorted(new)}"


def _written(stage: LocalStage) -> set[tuple[str, str]]:
    """The keys of every item, and the names of every execution."""
    scan = stage.aws.tables.get_paginator("scan").paginate(
        TableName=stage.facts.table_name, ProjectionExpression="pk, sk"
    )
    runs = stage.aws.workflows.get_paginator("list_executions").paginate(
        stateMachineArn=stage.facts.state_machine_arn
    )
    items = {(item["pk"]["S"], item["sk"]["S"]) for page in scan for item in page["Items"]}
    return items | {("execution", run["name"]) for page in runs for run in page["executions"]}
