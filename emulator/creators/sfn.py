"""Creators of Step Functions resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource


@creates("aws:sfn/stateMachine:StateMachine")
def state_machine(deployment: Deployment, resource: Resource) -> Created:
    """A state machine; a running execution keeps the definition it started with."""
    workflows = deployment.aws.workflows
    name = deployment.physical_name(resource)
    arn = deployment.aws.arn("states", f"stateMachine:{name}")
    common: dict[str, Any] = {
        "definition": resource.text("definition"),
        "roleArn": resource.text("roleArn"),
    }
    if logging := resource.inputs.get("loggingConfiguration"):
        common["loggingConfiguration"] = _logging(logging)
    if tracing := resource.inputs.get("tracingConfiguration"):
        common["tracingConfiguration"] = tracing
    try:
        workflows.describe_state_machine(stateMachineArn=arn)
    except workflows.exceptions.StateMachineDoesNotExist:
        workflows.create_state_machine(
            name=name,
            type=resource.inputs.get("type", "STANDARD"),
            tags=[{"key": k, "value": v} for k, v in resource.inputs.get("tags", {}).items()],
            **common,
        )
    else:
        workflows.update_state_machine(stateMachineArn=arn, **common)
    return Created(id=arn, outputs={"name": name, "arn": arn, "status": "ACTIVE"})


def _logging(given: dict[str, Any]) -> dict[str, Any]:
    """The provider has one destination where the API has a list of them."""
    request: dict[str, Any] = {
        "level": given.get("level", "OFF"),
        "includeExecutionData": bool(given.get("includeExecutionData", False)),
    }
    if destination := given.get("logDestination"):
        group = {"logGroupArn": destination}
        request["destinations"] = [{"cloudWatchLogsLogGroup": group}]
    return request
