from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.workflow_definition import workflow_definition
from tests.emulator.creators.test_iam import ROLE, trust

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from tests.emulator.creators.conftest import Create

MACHINE = "aws:sfn/stateMachine:StateMachine"
LOGS = "arn:aws:logs:eu-central-1:000000000000:log-group:/aws/vendedlogs/states/test:*"


def ending_in(state: str) -> str:
    """A definition with one state."""
    return json.dumps({"StartAt": state, "States": {state: {"Type": "Pass", "End": True}}})


def test_a_state_machine_is_created_and_changed_in_place(
    create: Create, create_again: Create, aws: EmulatedAws
) -> None:
    role = create(ROLE, "role", assumeRolePolicy=trust("states")).outputs["arn"]
    logging = {"level": "ERROR", "includeExecutionData": False, "logDestination": LOGS}
    first = create(MACHINE, "flow", roleArn=role, definition=ending_in("Old"), type="STANDARD")
    second = create_again(
        MACHINE,
        "flow",
        roleArn=role,
        definition=ending_in("New"),
        loggingConfiguration=logging,
        tracingConfiguration={"enabled": True},
    )
    assert second.id == first.id == second.outputs["arn"]
    found = aws.workflows.describe_state_machine(stateMachineArn=first.id)
    assert found["definition"] == ending_in("New")
    assert found.get("loggingConfiguration") == {
        "level": "ERROR",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": LOGS}}],
    }


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"waitSeconds": 60}, 60),
        ({"waitSeconds": 0}, 0),
        ({}, 0),
        ({"waitSeconds": 59.9}, 59),
        ({"waitSeconds": -1}, 0),
        ({"waitSeconds": 1e9}, 300),
        ({"waitSeconds": "soon"}, 0),
        ({"waitSeconds": None}, 0),
    ],
)
def test_whatever_an_answer_says_can_be_waited_for(
    create: Create, aws: EmulatedAws, answer: dict[str, Any], seconds: int
) -> None:
    """A wait catches nothing: a number it can not take would fail the execution."""
    states = workflow_definition(
        partition="aws", ask_arn="", tell_arn="", answer_timeout_days=1, undo_seconds=300
    )["States"]
    # A state without a task has no result, so its input plays that part.
    expression = states["AskLead"]["Assign"]["undoSeconds"].replace(".result.", ".input.")
    only = {"Type": "Pass", "Output": {"seconds": expression}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": only}}
    role = create(ROLE, "role", assumeRolePolicy=trust("states")).outputs["arn"]
    machine = create(MACHINE, "undo", roleArn=role, definition=json.dumps(definition)).id
    execution = aws.workflows.start_execution(stateMachineArn=machine, input=json.dumps(answer))
    assert output_of(aws, execution["executionArn"]) == {"seconds": seconds}


def output_of(aws: EmulatedAws, execution: str) -> dict[str, Any]:
    """What an execution ends with, which is waited for."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = aws.workflows.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return json.loads(found.get("output", "{}"))
        time.sleep(0.02)
    raise AssertionError("the execution did not end")
