"""Creators of SNS resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource


@creates("aws:sns/topic:Topic")
def topic(deployment: Deployment, resource: Resource) -> Created:
    """A topic with its policy; creating it again gives the one there is."""
    topics = deployment.aws.topics
    name = deployment.physical_name(resource)
    tags = [{"Key": k, "Value": v} for k, v in resource.inputs.get("tags", {}).items()]
    arn = topics.create_topic(Name=name, Tags=tags)["TopicArn"]
    if policy := resource.inputs.get("policy"):
        topics.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(id=arn, outputs={"name": name, "arn": arn})


@creates("aws:sns/topicSubscription:TopicSubscription")
def topic_subscription(deployment: Deployment, resource: Resource) -> Created:
    """A subscription; no mail leaves this machine, so one by mail stays unconfirmed."""
    topics = deployment.aws.topics
    request = resource.request(without=("topic",))
    request["TopicArn"] = resource.text("topic")
    arn = topics.subscribe(**request, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return Created(id=arn, outputs={"arn": arn})
