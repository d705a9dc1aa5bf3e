"""Provider calls that ask where the program is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.account import ACCOUNT_ID, PARTITION
from emulator.creators.registry import answers

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment


@answers("aws:index/getCallerIdentity:getCallerIdentity")
def get_caller_identity(_deployment: Deployment) -> dict[str, Any]:
    """The account the emulator gives everything to."""
    arn = f"arn:{PARTITION}:iam::{ACCOUNT_ID}:root"
    return {"id": ACCOUNT_ID, "accountId": ACCOUNT_ID, "arn": arn, "userId": ACCOUNT_ID}


@answers("aws:index/getRegion:getRegion")
def get_region(deployment: Deployment) -> dict[str, Any]:
    """The configured region; the description would be its city, which nobody needs here."""
    region = deployment.aws.region
    return {
        "id": region,
        "name": region,
        "region": region,
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
    }


@answers("aws:index/getPartition:getPartition")
def get_partition(_deployment: Deployment) -> dict[str, Any]:
    """The standard partition."""
    return {
        "id": PARTITION,
        "partition": PARTITION,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }
