"""Creators of EventBridge Scheduler's resources."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource


@creates("aws:scheduler/scheduleGroup:ScheduleGroup")
def schedule_group(deployment: Deployment, resource: Resource) -> Created:
    """A group of schedules."""
    schedules = deployment.aws.schedules
    name = deployment.physical_name(resource)
    tags = [{"Key": k, "Value": v} for k, v in resource.inputs.get("tags", {}).items()]
    with contextlib.suppress(schedules.exceptions.ConflictException):
        schedules.create_schedule_group(Name=name, Tags=tags)
    arn = deployment.aws.arn("scheduler", f"schedule-group/{name}")
    return Created(id=name, outputs={"name": name, "arn": arn, "state": "ACTIVE"})


@creates("aws:scheduler/schedule:Schedule")
def schedule(deployment: Deployment, resource: Resource) -> Created:
    """A schedule, which is really kept to."""
    schedules = deployment.aws.schedules
    name = deployment.physical_name(resource)
    group = resource.inputs.get("groupName", "default")
    request = resource.request(
        sections=("deadLetterConfig", "flexibleTimeWindow", "retryPolicy", "target")
    )
    request["Name"] = name
    try:
        schedules.create_schedule(**request)
    except schedules.exceptions.ConflictException:
        schedules.update_schedule(**request)
    arn = deployment.aws.arn("scheduler", f"schedule/{group}/{name}")
    return Created(id=f"{group}/{name}", outputs={"name": name, "arn": arn, "groupName": group})
