"""Creators of DynamoDB resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.creators.registry import creates
from emulator.creators.resource import Created, as_request

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from emulator.creators.resource import Deployment, Resource

_KEY_TYPES = (("hashKey", "HASH"), ("rangeKey", "RANGE"))


@creates("aws:dynamodb/table:Table")
def table(deployment: Deployment, resource: Resource) -> Created:
    """A table with its keys, indexes, stream, recovery, expiry and protection."""
    tables = deployment.aws.tables
    name = deployment.physical_name(resource)
    inputs = resource.inputs
    try:
        tables.create_table(**_request(name, inputs))
    except tables.exceptions.ResourceInUseException:
        tables.update_table(
            TableName=name,
            DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled", False)),
        )
        _add_indexes(tables, name, inputs)
    recovery = bool(inputs.get("pointInTimeRecovery", {}).get("enabled", False))
    tables.update_continuous_backups(
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery},
    )
    if expiry := inputs.get("ttl"):
        tables.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={
                "AttributeName": expiry["attributeName"],
                "Enabled": bool(expiry.get("enabled", True)),
            },
        )
    found = tables.describe_table(TableName=name)["Table"]
    return Created(
        id=name,
        outputs={
            "name": name,
            "arn": found.get("TableArn"),
            "streamArn": found.get("LatestStreamArn", ""),
            "streamLabel": found.get("LatestStreamLabel", ""),
        },
    )


def _request(name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": inputs.get("billingMode", "PROVISIONED"),
        "AttributeDefinitions": _attributes(inputs),
        "KeySchema": _keys(inputs),
        "DeletionProtectionEnabled": bool(inputs.get("deletionProtectionEnabled", False)),
        "Tags": [{"Key": k, "Value": v} for k, v in inputs.get("tags", {}).items()],
    }
    if request["BillingMode"] == "PROVISIONED":
        request["ProvisionedThroughput"] = {
            "ReadCapacityUnits": int(inputs.get("readCapacity", 1)),
            "WriteCapacityUnits": int(inputs.get("writeCapacity", 1)),
        }
    if indexes := inputs.get("globalSecondaryIndexes"):
        request["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if inputs.get("streamEnabled"):
        request["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": inputs["streamViewType"],
        }
    return request


def _add_indexes(tables: DynamoDBClient, name: str, inputs: dict[str, Any]) -> None:
    """A table that was kept may be older than its indexes; one update makes one, as on AWS."""
    found = tables.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes", [])
    kept = {index.get("IndexName") for index in found}
    for index in inputs.get("globalSecondaryIndexes", []):
        if index["name"] not in kept:
            tables.update_table(
                TableName=name,
                AttributeDefinitions=_attributes(inputs),
                GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
            )


def _attributes(inputs: dict[str, Any]) -> list[Any]:
    return [
        {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
        for attribute in inputs["attributes"]
    ]


def _keys(described: dict[str, Any]) -> list[Any]:
    if schemas := described.get("keySchemas"):
        return as_request(schemas)
    return [
        {"AttributeName": described[key], "KeyType": kind}
        for key, kind in _KEY_TYPES
        if described.get(key)
    ]


def _index(index: dict[str, Any]) -> Any:
    projection = {
        key: index[key] for key in ("projectionType", "nonKeyAttributes") if index.get(key)
    }
    return {
        "IndexName": index["name"],
        "KeySchema": _keys(index),
        "Projection": as_request(projection),
    }
