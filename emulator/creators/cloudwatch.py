"""Creators of CloudWatch resources."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource


@creates("aws:cloudwatch/logGroup:LogGroup")
def log_group(deployment: Deployment, resource: Resource) -> Created:
    """A log group with its retention."""
    logs = deployment.aws.logs
    name = deployment.physical_name(resource)
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=name, tags=resource.inputs.get("tags", {}))
    if days := resource.inputs.get("retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    # The provider gives the ARN without the ":*" that the API appends.
    arn = deployment.aws.arn("logs", f"log-group:{name}")
    return Created(id=name, outputs={"name": name, "arn": arn})


@creates("aws:cloudwatch/metricAlarm:MetricAlarm")
def metric_alarm(deployment: Deployment, resource: Resource) -> Created:
    """An alarm; putting it again changes it."""
    name = deployment.physical_name(resource)
    request = resource.request(without=("dimensions", "name", "tags"))
    dimensions = resource.inputs.get("dimensions", {})
    request["AlarmName"] = name
    request["Dimensions"] = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    if actions := request.pop("OkActions", None):
        request["OKActions"] = actions
    deployment.aws.alarms.put_metric_alarm(**request)
    arn = deployment.aws.arn("cloudwatch", f"alarm:{name}")
    return Created(id=name, outputs={"name": name, "arn": arn})


@creates("aws:cloudwatch/dashboard:Dashboard")
def dashboard(deployment: Deployment, resource: Resource) -> Created:
    """A dashboard; putting it again changes it."""
    name = resource.text("dashboardName")
    deployment.aws.alarms.put_dashboard(**resource.request())
    arn = deployment.aws.arn("cloudwatch", f"dashboard/{name}")
    return Created(id=name, outputs={"dashboardArn": arn})


@creates("aws:cloudwatch/queryDefinition:QueryDefinition")
def query_definition(deployment: Deployment, resource: Resource) -> Created:
    """A saved log query, of which there are none in MiniStack."""
    name = resource.text("name")
    request = {key: resource.inputs[key] for key in ("name", "logGroupNames", "queryString")}
    try:
        deployment.aws.logs.put_query_definition(**request)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "InvalidOperationException":
            raise
    return Created(id=name, outputs={"queryDefinitionId": name})
