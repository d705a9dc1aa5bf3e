"""The table: keys, values, reads and conditional writes."""

from __future__ import annotations

import random
import re
import time
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.values import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leave.domain.delegation import Delegation
    from leave.domain.ledger import Ledger
    from leave.domain.request import LeaveRequest
    from leave.domain.values import Value

V = TypeVar("V", bound="Value")


# boto3 has the same for all kinds, but importing it takes a fifth of a cold start: see ADR 28.


# What DynamoDB keeps of a number; anything else is an error here, not a number changed silently.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_NUMBERS: Final = Context(
    prec=38, Emin=-128, Emax=126, traps=[Clamped, Inexact, Overflow, Rounded, Underflow]
)
_WHOLE: Final = re.compile(r"-?[0-9]+")


def serialize(value: Any) -> dict[str, Any]:
    """Return a plain value as a typed one; raises `TypeError` for what is not stored here."""
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {"M": {name: serialize(inner) for name, inner in members.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [serialize(inner) for inner in cast("list[Any]", value)]}
    if isinstance(value, (int, Decimal)):
        return {"N": _number(value)}
    raise TypeError(f"A {type(value).__name__} is not stored: add it here, with its test.")


def deserialize(value: Mapping[str, Any]) -> Any:
    """Return a typed value as a plain one; whole numbers as `int`, others as `Decimal`."""
    ((kind, content),) = value.items()
    if kind in {"S", "BOOL"}:
        return content
    if kind == "M":
        return {name: deserialize(inner) for name, inner in content.items()}
    if kind == "L":
        return [deserialize(inner) for inner in content]
    if kind == "N":
        return int(content) if _WHOLE.fullmatch(content) else Decimal(content)
    if kind == "NULL":
        return None
    raise TypeError(f"Values of type {kind} are not stored: add it here, with its test.")


def _number(value: int | Decimal) -> str:
    number = _NUMBERS.create_decimal(value)
    if not number.is_finite():
        raise TypeError(f"{number} is not a number that DynamoDB can store.")
    return str(number)


Item = dict[str, Any]


SCHEMA = 1
"""The form of all items. A later form gets the next number, and every earlier one is still read:
tests/leave/adapters/dynamodb/stored_items has an item of each kind in each form."""


class NewerFormError(UnavailableError):
    """An item that a later release has written; what this one does not know would be lost."""

    def __init__(self, item: Item) -> None:
        kind = str(item.get("pk")).partition("#")[0]
        super().__init__(
            f"An item {kind} has the form {item['schema']}, and this release knows forms up to"
            f" {SCHEMA}. Deploy the release that wrote it, or a later one."
        )


def check_form(item: Item) -> Item:
    """Return the item; raise `NewerFormError` unless this release knows its form."""
    if item.get("schema", SCHEMA) > SCHEMA:
        raise NewerFormError(item)
    return item


def value_to_item(value: Value) -> Item:
    """Return the attributes of a value, with its secrets in plain text."""
    return msgspec.to_builtins(
        value, builtin_types=(date, datetime, Decimal), enc_hook=Secret.reveal
    )


def value_from_item(item: Item, kind: type[V]) -> V:
    """Read a value; raises `msgspec.ValidationError` for what is not one."""
    return msgspec.convert(item, kind, dec_hook=lambda kind, text: kind(text))


def values_from_items(items: list[Item], kind: type[V]) -> Sequence[V]:
    """Read several values, as they stand in a list of an item."""
    return [value_from_item(item, kind) for item in items]


# A transaction is cancelled with one reason for each of its items. Source:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_KEYS_A_CALL = 100
_BATCH_ATTEMPTS, _FIRST_PAUSE_SECONDS = 7, 0.05
_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONFLICT_CODES = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def encode(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn plain values into DynamoDB's typed ones, without those that are None."""
    return {name: serialize(value) for name, value in values.items() if value is not None}


def decode(values: Mapping[str, Any]) -> Item:
    """Turn DynamoDB's typed values into plain ones."""
    return {name: deserialize(value) for name, value in values.items()}


def batched(keys: Iterable[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    """Yield the keys in lists of at most `size`, each key once."""
    some = list(dict.fromkeys(keys))
    for start in range(0, len(some), size):
        yield some[start : start + size]


@dataclass(slots=True, eq=False)
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

    def get_many(
        self, keys: Iterable[tuple[str, str]], *, only: tuple[str, ...] = ()
    ) -> dict[tuple[str, str], Item]:
        """Return those of the items that exist, by key; one call for each hundred.

        Of each item, `only` these attributes beside its key, where any are named.
        """
        found: dict[tuple[str, str], Item] = {}
        for some in batched(keys, _KEYS_A_CALL):
            for item in self._batch(some, only):
                found[item["pk"], item["sk"]] = item
        return found

    def _batch(self, keys: list[tuple[str, str]], only: tuple[str, ...]) -> Iterator[Item]:
        """Yield the items there are; what DynamoDB leaves unread is asked for again, later.

        It does so when it is busy, with no error. Source:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        wanted: dict[str, Any] = {
            "Keys": [encode({"pk": pk, "sk": sk}) for pk, sk in keys],
            "ConsistentRead": True,
        }
        if only:
            names = ("pk", "sk", *only)
            wanted |= {
                "ProjectionExpression": ", ".join(f"#{name}" for name in names),
                "ExpressionAttributeNames": {f"#{name}": name for name in names},
            }
        for attempt in range(_BATCH_ATTEMPTS):
            answer = self._call("batch_get_item", RequestItems={self.name: wanted})
            yield from map(decode, answer["Responses"].get(self.name, []))
            wanted = answer.get("UnprocessedKeys", {}).get(self.name, {"Keys": []})
            if not wanted["Keys"]:
                return
            time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311
        raise UnavailableError("DynamoDB batch_get_item: keys are left unprocessed")

    def query(
        self,
        pk: str,
        prefix: str,
        *,
        since: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[Item]:
        """Return the items of a partition whose sort key has a prefix.

        In ascending order, from the sort key `since` on; or, with a `limit`, so many of them in
        descending order, from just below the sort key `before` on.
        """
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": encode({":pk": pk, ":prefix": prefix}),
            "ConsistentRead": True,
        }
        if since is not None:
            # Behind every sort key with this prefix.
            last = prefix + "\uffff"
            arguments |= {
                "KeyConditionExpression": "pk = :pk AND sk BETWEEN :since AND :last",
                "ExpressionAttributeValues": encode({":pk": pk, ":since": since, ":last": last}),
            }
        if limit is not None:
            arguments |= {"ScanIndexForward": False, "Limit": limit}
        if before is not None:
            arguments["ExclusiveStartKey"] = encode({"pk": pk, "sk": before})
        if limit is not None:
            return [decode(item) for item in self._call("query", **arguments)["Items"]]
        return list(self._every_item(arguments))

    def _every_item(self, arguments: dict[str, Any]) -> Iterator[Item]:
        """Yield all items of a query, page by page."""
        while True:
            answer = self._call("query", **arguments)
            yield from map(decode, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            arguments |= {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def query_index(
        self, index: str, partition: tuple[str, str], after: tuple[str, str], *, limit: int
    ) -> list[str]:
        """Return up to `limit` sort keys of a partition of an index, from above one on, in order.

        `partition` and `after` are attributes with their values. An index is read as it is, which
        may be a moment behind the table.
        """
        (pk, pk_value), (sk, sk_value) = partition, after
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": index,
            "KeyConditionExpression": f"{pk} = :pk",
            "ExpressionAttributeValues": encode({":pk": pk_value}),
            "Limit": limit,
        }
        if sk_value:
            arguments["KeyConditionExpression"] += f" AND {sk} > :after"
            arguments["ExpressionAttributeValues"] |= encode({":after": sk_value})
        return [decode(item)[sk] for item in self._call("query", **arguments)["Items"]]

    def query_index_prefix(
        self, index: str, partition: tuple[str, str], prefix: tuple[str, str]
    ) -> list[str]:
        """Return all sort keys of a partition of an index that have a prefix, in order."""
        (pk, pk_value), (sk, sk_value) = partition, prefix
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": index,
            "KeyConditionExpression": f"{pk} = :pk AND begins_with({sk}, :prefix)",
            "ExpressionAttributeValues": encode({":pk": pk_value, ":prefix": sk_value}),
        }
        return [item[sk] for item in self._every_item(arguments)]

    def put(self, put_request: Mapping[str, Any]) -> None:
        """Write one item, as `put_request` says."""
        self._call("put_item", **put_request)

    def write(self, *operations: Mapping[str, Any]) -> None:
        """Write up to 100 items in one transaction, all or nothing."""
        self._call("transact_write_items", TransactItems=list(operations))

    def put_request(
        self,
        item: Item,
        *,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments of a put; each item says the `schema` that it was written in."""
        stored = {**item, "schema": SCHEMA}
        return {
            "TableName": self.name,
            "Item": encode(stored),
            **_conditions(condition, values, names),
        }

    def delete_request(
        self,
        pk: str,
        sk: str,
        *,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments of a delete."""
        key = encode({"pk": pk, "sk": sk})
        return {"TableName": self.name, "Key": key, **_conditions(condition, values, None)}

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return getattr(self.client, operation)(**arguments)
        except ClientError as error:
            if _is_conflict(error):
                raise ConflictError(f"{operation}: another writer was first") from error
            code = error.response.get("Error", {}).get("Code", "")
            if code in {"ValidationException", "AccessDeniedException"}:
                raise
            raise UnavailableError(f"DynamoDB {operation}: {code}") from error
        except BotoCoreError as error:
            raise UnavailableError(f"DynamoDB {operation}: {type(error).__name__}") from error


def _conditions(
    condition: str | None, values: Mapping[str, Any] | None, names: Mapping[str, str] | None
) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if condition:
        arguments["ConditionExpression"] = condition
    if values:
        arguments["ExpressionAttributeValues"] = encode(values)
    if names:
        arguments["ExpressionAttributeNames"] = dict(names)
    return arguments


def _is_conflict(error: ClientError) -> bool:
    response: dict[str, Any] = dict(error.response)
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons", [])}
    code = response.get("Error", {}).get("Code")
    return code in _CONFLICT_CODES or not reasons.isdisjoint(_CONFLICTS)


# It is sparse: a request has these attributes only while it is open. An approver's requests share a
# shard, so that one query after the other finds them in one piece. A ledger has them while it holds
# an adjustment that the employee has had no mail about, a delegation while it has notices.
#
# | openShard | openKey |
# |---|---|
# | `00` to `15` | `<approver's employee id>#<request id>`, with no approver `#<request id>` |
# | `unmailed` | `<employee id>#<year>`, of a delegation `<employee id>#delegation` |


INDEX: Final = "open"
SHARDS: Final = 16
UNMAILED: Final = "unmailed"
DELEGATION: Final = "delegation"


def index_key(request: LeaveRequest) -> Item:
    """Return the attributes that put a request into the index; none for one that is done."""
    if not request.is_open:
        return {}
    approver = request.approver.employee_id if request.approver else ""
    shard = shard_of(approver or request.request_id)
    return {"openShard": shard, "openKey": f"{approver}#{request.request_id}"}


def shard_of(text: str) -> str:
    """Return the shard of an approver's requests, or of a request that has no approver yet."""
    return f"{zlib.crc32(text.encode()) % SHARDS:02}"


def adjusted_key(ledger: Ledger) -> Item:
    """Return the attributes that put a ledger into the index; none when the mails are out."""
    if not ledger.unmailed:
        return {}
    return {"openShard": UNMAILED, "openKey": f"{ledger.employee_id}#{ledger.year}"}


def delegation_index_key(delegation: Delegation) -> Item:
    """Return the attributes that put a delegation into the index; none when the mails are out."""
    if not delegation.notices:
        return {}
    return {"openShard": UNMAILED, "openKey": f"{delegation.employee_id}#{DELEGATION}"}
