"""Log groups, made before whatever writes to them, so that none is ever kept without an end."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def log_group(
    name: str, *, path: str, retention_days: int, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """The log group at `path`, forgetting its events after `retention_days`."""
    return aws.cloudwatch.LogGroup(
        name,
        aws.cloudwatch.LogGroupArgs(name=path, retention_in_days=retention_days),
        opts=pulumi.ResourceOptions(parent=parent),
    )
