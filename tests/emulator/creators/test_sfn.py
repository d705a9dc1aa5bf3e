from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
