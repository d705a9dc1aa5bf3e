"""The client of one table: plain values in, plain values out, typed errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from leave.domain.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Item = dict[str, Any]

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

# A transaction is cancelled with one reason for each of its items. Source:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONFLICT_CODES = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def encode(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn plain values into DynamoDB's typed ones."""
    return {name: _serializer.serialize(value) for name, value in values.items()}


def decode(values: Mapping[str, Any]) -> Item:
    """Turn DynamoDB's typed values into plain ones."""
    return {name: _deserializer.deserialize(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Table:
    """One table, always read consistently.

    Raises `ConflictError` when a condition does not hold and `UnavailableError` when DynamoDB
    does not answer.
    """

    client: Any
    name: str

    def get(self, pk: str, sk: str) -> Item | None:
        """Return one item."""
        answer = self._call(
            "get_item",
            TableName=self.name,
            Key=encode({"pk": pk, "sk": sk}),
            ConsistentRead=True,
        )
        return decode(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Return those of up to 100 items that exist, by key."""
        wanted = {"Keys": [encode({"pk": pk, "sk": sk}) for pk, sk in keys], "ConsistentRead": True}
        found: dict[tuple[str, str], Item] = {}
        while wanted["Keys"]:
            answer = self._call("batch_get_item", RequestItems={self.name: wanted})
            for item in map(decode, answer["Responses"].get(self.name, [])):
                found[item["pk"], item["sk"]] = item
            wanted = answer.get("UnprocessedKeys", {}).get(self.name, {"Keys": []})
        return found

    def put(self, putting: Mapping[str, Any]) -> None:
        """Write one item, as `putting` says."""
        self._call("put_item", **putting)

    def write(self, *operations: Mapping[str, Any]) -> None:
        """Write up to 100 items in one transaction, all or nothing."""
        self._call("transact_write_items", TransactItems=list(operations))

    def putting(
        self, item: Item, *, condition: str | None = None, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the arguments of a put."""
        arguments: dict[str, Any] = {"TableName": self.name, "Item": encode(item)}
        if condition:
            arguments["ConditionExpression"] = condition
        if values:
            arguments["ExpressionAttributeValues"] = encode(values)
        return arguments

    def deleting(self, pk: str, sk: str) -> dict[str, Any]:
        """Return the arguments of a delete."""
        return {"TableName": self.name, "Key": encode({"pk": pk, "sk": sk})}

    def updating(  # noqa: PLR0913 - the parts of one DynamoDB expression
        self,
        pk: str,
        sk: str,
        *,
        update: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return the arguments of a conditional update."""
        return {
            "TableName": self.name,
            "Key": encode({"pk": pk, "sk": sk}),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": dict(names),
            "ExpressionAttributeValues": encode(values),
        }

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return getattr(self.client, operation)(**arguments)
        except ClientError as error:
            if _is_conflict(error):
                raise ConflictError(f"{operation}: somebody else wrote first") from error
            code = error.response.get("Error", {}).get("Code", "")
            if code in {"ValidationException", "AccessDeniedException"}:
                raise
            raise UnavailableError(f"DynamoDB {operation}: {code}") from error
        except BotoCoreError as error:
            raise UnavailableError(f"DynamoDB {operation}: {type(error).__name__}") from error


def _is_conflict(error: ClientError) -> bool:
    response: dict[str, Any] = dict(error.response)
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons", [])}
    code = response.get("Error", {}).get("Code")
    return code in _CONFLICT_CODES or not reasons.isdisjoint(_CONFLICTS)
