"""Creators of Secrets Manager resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource


@creates("aws:secretsmanager/secret:Secret")
def secret(deployment: Deployment, resource: Resource) -> Created:
    """An entry without a value; who puts one there is not Pulumi's business."""
    secrets = deployment.aws.secrets
    name = deployment.physical_name(resource)
    description = resource.inputs.get("description", "")
    tags = resource.inputs.get("tags", {})
    try:
        arn = secrets.create_secret(
            Name=name,
            Description=description,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["ARN"]
    except secrets.exceptions.ResourceExistsException:
        arn = secrets.update_secret(SecretId=name, Description=description)["ARN"]
    return Created(id=arn, outputs={"name": name, "arn": arn})
