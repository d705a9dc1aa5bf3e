"""A stage's table in moto."""

from __future__ import annotations

from typing import Any

from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models.dynamo_type import DynamoType, Item

_picked = ResponseSerializer.get_value


def _itself(value: Any, _: dict[int, Any]) -> Any:
    return value


def _member(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    if type(value) is dict and serializer.operation_model.service_model.service_name == "dynamodb":
        return value.get(key)
    return _picked(serializer, value, key, shape)


# Each transaction copies every item of its table, which takes most of the time of many tests. Only
# UpdateItem would change an item that is there, and nothing here calls it.
DynamoType.__deepcopy__ = Item.__deepcopy__ = _itself  # type: ignore[method-assign]
# And each answer looks for every member under each of its possible names; moto's DynamoDB uses one.
ResponseSerializer.get_value = _member  # type: ignore[method-assign]


def create_table(client: Any, name: str) -> None:
    """Create a stage's table, with the keys that the program gives it."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("pk", "sk", "openShard", "openKey")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "openShard", "KeyType": "HASH"},
                    {"AttributeName": "openKey", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
