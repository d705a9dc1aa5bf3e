"""Creators of SQS resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource

# The API takes every attribute as text, under names of its own.
_ATTRIBUTES: Final = {
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


@creates("aws:sqs/queue:Queue")
def queue(deployment: Deployment, resource: Resource) -> Created:
    """A queue; creating it again with the same name is an update, and keeps its messages."""
    queues = deployment.aws.queues
    name = deployment.physical_name(resource)
    attributes: Any = {
        theirs: _text(resource.inputs[ours])
        for ours, theirs in _ATTRIBUTES.items()
        if ours in resource.inputs
    }
    try:
        url = queues.get_queue_url(QueueName=name)["QueueUrl"]
    except queues.exceptions.QueueDoesNotExist:
        url = queues.create_queue(
            QueueName=name, Attributes=attributes, tags=resource.inputs.get("tags", {})
        )["QueueUrl"]
    else:
        queues.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    arn = deployment.aws.arn("sqs", name)
    return Created(id=url, outputs={"name": name, "arn": arn, "url": url})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(int(value))
