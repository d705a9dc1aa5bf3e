"""The client of one table: typed values, consistent reads, and failures by their cure."""

from collections.abc import Callable, Iterator
from decimal import Context, Decimal, Inexact
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as some

from leave.adapters.dynamodb.table import SCHEMA, Table, deserialize, serialize
from leave.domain.errors import ConflictError, UnavailableError
from tests.leave.adapters.conftest import SESSION

CALLS: dict[str, Callable[[Table], object]] = {
    "get_item": lambda table: table.get("p", "s"),
    "batch_get_item": lambda table: table.get_many([("p", "s")]),
    "query": lambda table: table.query("p", "s"),
    "put_item": lambda table: table.put(table.put_request({"pk": "p", "sk": "s"})),
    "transact_write_items": lambda table: table.write(
        {"Put": table.put_request({"pk": "p", "sk": "s"})}
    ),
}
each_call = pytest.mark.parametrize("operation", CALLS)


def key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@pytest.fixture
def stubbed() -> Table:
    """Return a table whose client is never connected."""
    return Table(SESSION.client("dynamodb"), "t")


@pytest.fixture
def stub(stubbed: Table) -> Iterator[Stubber]:
    """Return a script of answers, all of which have to be asked for."""
    with Stubber(stubbed.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


# Failures


@each_call
@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "ResourceNotFoundException",
    ],
)
def test_a_table_in_trouble_is_unavailable(
    stubbed: Table, stub: Stubber, operation: str, code: str
) -> None:
    stub.add_client_error(operation, code, "Slow down")
    with pytest.raises(UnavailableError, match=f"{operation}: {code}") as caught:
        CALLS[operation](stubbed)
    assert isinstance(caught.value.__cause__, ClientError)


@each_call
@pytest.mark.parametrize("kind", [EndpointConnectionError, ConnectTimeoutError])
def test_a_table_out_of_reach_is_unavailable(
    stubbed: Table, operation: str, kind: type[Exception]
) -> None:
    def fail(**_: object) -> None:
        raise kind(endpoint_url="https://dynamodb")

    for event in ("before-send", "before-call"):
        stubbed.client.meta.events.register(f"{event}.dynamodb", fail)
    with pytest.raises(UnavailableError, match=f"{operation}: {kind.__name__}"):
        CALLS[operation](stubbed)


@each_call
@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_a_mistake_of_ours_is_not_passed_off_as_a_moment_of_trouble(
    stubbed: Table, stub: Stubber, operation: str, code: str
) -> None:
    stub.add_client_error(operation, code)
    with pytest.raises(ClientError, match=code):
        CALLS[operation](stubbed)


@pytest.mark.parametrize(
    ("code", "reasons", "error"),
    [
        ("ConditionalCheckFailedException", None, ConflictError),
        ("TransactionConflictException", None, ConflictError),
        ("TransactionCanceledException", ["None", "ConditionalCheckFailed"], ConflictError),
        ("TransactionCanceledException", ["TransactionConflict", "None"], ConflictError),
        ("TransactionCanceledException", ["ThrottlingError", "None"], UnavailableError),
        ("TransactionCanceledException", ["ProvisionedThroughputExceeded"], UnavailableError),
        ("TransactionCanceledException", None, UnavailableError),
        ("TransactionInProgressException", None, UnavailableError),
    ],
)
def test_a_cancelled_transaction_is_reported_by_its_reasons(
    stubbed: Table, stub: Stubber, code: str, reasons: list[str] | None, error: type[Exception]
) -> None:
    fields = {"CancellationReasons": [{"Code": reason} for reason in reasons]} if reasons else {}
    stub.add_client_error("transact_write_items", code, modeled_fields=fields)
    with pytest.raises(error):
        CALLS["transact_write_items"](stubbed)


# Reads by key


def batch(keys: list[dict[str, Any]]) -> dict[str, Any]:
    return {"t": {"Keys": keys, "ConsistentRead": True}}


def test_reads_are_consistent(stubbed: Table, stub: Stubber) -> None:
    stub.add_response("get_item", {}, {"TableName": "t", "Key": ANY, "ConsistentRead": True})
    stub.add_response("batch_get_item", {"Responses": {}}, {"RequestItems": batch([key("p", "s")])})
    assert stubbed.get("p", "s") is None
    assert stubbed.get_many([("p", "s")]) == {}
    assert stubbed.get_many([]) == {}, "no keys are no call"


def test_keys_that_were_not_processed_are_asked_for_again(stubbed: Table, stub: Stubber) -> None:
    keys = [key("p", sk) for sk in "ab"]
    for wanted, left in ((keys, keys[1:]), (keys[1:], [])):
        found = [one for one in wanted if one not in left]
        stub.add_response(
            "batch_get_item",
            {"Responses": {"t": found}, "UnprocessedKeys": batch(left) if left else {}},
            {"RequestItems": batch(wanted)},
        )
    assert set(stubbed.get_many([("p", "a"), ("p", "b")])) == {("p", "a"), ("p", "b")}


def test_keys_that_are_never_processed_are_given_up_in_time(
    stubbed: Table, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leave.adapters.dynamodb.table._FIRST_PAUSE_SECONDS", 0)
    left = batch([key("p", "s")])
    for _ in range(7):
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
    with pytest.raises(UnavailableError, match="unprocessed"):
        stubbed.get_many([("p", "s")])


def test_keys_are_read_a_hundred_at_a_time_and_each_once(stubbed: Table, stub: Stubber) -> None:
    keys = [("p", f"{number:03}") for number in range(201)]
    for some_keys in (keys[:100], keys[100:200], keys[200:]):
        wanted = [key(pk, sk) for pk, sk in some_keys]
        stub.add_response(
            "batch_get_item", {"Responses": {"t": wanted}}, {"RequestItems": batch(wanted)}
        )
    assert list(stubbed.get_many([*keys, *keys[:50]])) == keys


# Queries and writes


def test_a_partition_is_read_to_its_end(table: Table) -> None:
    """Three items of 400 KB are more than a call returns."""
    for number in range(3):
        item = {"pk": "p", "sk": f"LEDGER#{number}", "text": "x" * 390_000}
        table.put(table.put_request(item))
    table.put(table.put_request({"pk": "p", "sk": "OTHER#1"}))
    table.put(table.put_request({"pk": "q", "sk": "LEDGER#9"}))
    found = [item["sk"] for item in table.query("p", "LEDGER#")]
    assert found == ["LEDGER#0", "LEDGER#1", "LEDGER#2"]


def test_a_query_that_was_cut_short_goes_on_where_it_ended(stubbed: Table, stub: Stubber) -> None:
    expected = {
        "TableName": "t",
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": "p"}, ":prefix": {"S": "LEDGER#"}},
        "ConsistentRead": True,
    }
    first, second = key("p", "LEDGER#1"), key("p", "LEDGER#2")
    stub.add_response("query", {"Items": [first], "LastEvaluatedKey": first}, expected)
    stub.add_response("query", {"Items": [second]}, expected | {"ExclusiveStartKey": first})
    found = stubbed.query("p", "LEDGER#")
    assert [item["sk"] for item in found] == ["LEDGER#1", "LEDGER#2"]


def test_with_a_limit_a_query_is_one_call_backwards_from_the_cursor(
    stubbed: Table, stub: Stubber
) -> None:
    found = key("p", "REQUEST#5")
    stub.add_response(
        "query",
        {"Items": [found], "LastEvaluatedKey": found},
        {
            "TableName": "t",
            "KeyConditionExpression": ANY,
            "ExpressionAttributeValues": ANY,
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "Limit": 1,
            "ExclusiveStartKey": key("p", "REQUEST#6"),
        },
    )
    (item,) = stubbed.query("p", "REQUEST#", before="REQUEST#6", limit=1)
    assert item["sk"] == "REQUEST#5"


def test_a_deletion_names_one_item(table: Table) -> None:
    for sk in ("a", "b"):
        table.put(table.put_request({"pk": "p", "sk": sk}))
    table.write({"Delete": table.delete_request("p", "a")})
    assert table.get("p", "a") is None
    assert table.get("p", "b") == {"pk": "p", "sk": "b", "schema": SCHEMA}


def test_a_put_carries_condition_and_values_only_where_there_are_any(stubbed: Table) -> None:
    assert set(stubbed.put_request({"pk": "p"})) == {"TableName", "Item"}
    conditional = stubbed.put_request({"pk": "p"}, condition="version = :v", values={":v": 1})
    assert conditional["ConditionExpression"] == "version = :v"
    assert conditional["ExpressionAttributeValues"] == {":v": {"N": "1"}}


# Values, as boto3 would send them, whose own code this replaces

NUMBERS = some.decimals(
    min_value=-(10**12), max_value=10**12, places=4, allow_nan=False
) | some.integers(-(10**38) + 1, 10**38 - 1)
VALUES = some.recursive(
    some.none() | some.booleans() | some.text() | NUMBERS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_typed_and_read_as_boto3_does_it(value: Any) -> None:
    stored = TypeSerializer().serialize(value)
    assert serialize(value) == stored
    assert deserialize(stored) == TypeDeserializer().deserialize(stored) == value


@pytest.mark.parametrize("value", [1.5, b"bytes", {"a"}, object()])
def test_what_is_not_stored_here_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=rf"A {type(value).__name__} is not stored"):
        serialize({"inside": [value]})
    with pytest.raises(TypeError, match="type SS are not stored"):
        deserialize({"SS": ["a"]})


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(TypeError, match="not a number"):
        serialize(Decimal(text))


def test_a_number_too_long_to_be_kept_is_an_error_and_not_rounded() -> None:
    with pytest.raises(Inexact):
        serialize(Context(prec=50).divide(Decimal(1), Decimal(3)))
