"""The client of one table: consistent reads, and failures by what can be done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.stub import ANY, Stubber

from leave.adapters.dynamodb.table import SCHEMA, Table
from leave.domain.errors import ConflictError, UnavailableError
from tests.leave.adapters.conftest import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS: list[tuple[str, Callable[[Table], object]]] = [
    ("get_item", lambda table: table.get("p", "s")),
    ("batch_get_item", lambda table: table.get_many([("p", "s")])),
    ("query", lambda table: table.query("p", "s")),
    ("scan", lambda table: list(table.scan("p", "s"))),
    ("put_item", lambda table: table.put(table.put_request({"pk": "p", "sk": "s"}))),
    (
        "transact_write_items",
        lambda table: table.write({"Put": table.put_request({"pk": "p", "sk": "s"})}),
    ),
]
calls = pytest.mark.parametrize(("operation", "call"), CALLS, ids=[name for name, _ in CALLS])


@pytest.fixture
def client() -> Any:
    """Return a client that is never connected."""
    return SESSION.client("dynamodb")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    """Return a script of answers, all of which have to be asked for."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@calls
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
    client: Any, stub: Stubber, operation: str, call: Callable[[Table], object], code: str
) -> None:
    stub.add_client_error(operation, code, "Slow down")
    with pytest.raises(UnavailableError, match=f"{operation}: {code}") as caught:
        call(Table(client, "t"))
    assert isinstance(caught.value.__cause__, ClientError)


@calls
@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
    ],
)
def test_a_table_out_of_reach_is_unavailable(
    client: Any, operation: str, call: Callable[[Table], object], error: Exception
) -> None:
    def fail(**_: object) -> None:
        raise error

    client.meta.events.register("before-send.dynamodb", fail)
    client.meta.events.register("before-call.dynamodb", fail)
    with pytest.raises(UnavailableError, match=f"{operation}: {type(error).__name__}"):
        call(Table(client, "t"))


@calls
@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_a_mistake_of_ours_is_not_passed_off_as_a_moment_of_trouble(
    client: Any, stub: Stubber, operation: str, call: Callable[[Table], object], code: str
) -> None:
    stub.add_client_error(operation, code)
    with pytest.raises(ClientError, match=code):
        call(Table(client, "t"))


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
def test_a_cancelled_transaction_is_told_by_its_reasons(
    client: Any, stub: Stubber, code: str, reasons: list[str] | None, error: type[Exception]
) -> None:
    fields = {"CancellationReasons": [{"Code": reason} for reason in reasons]} if reasons else {}
    stub.add_client_error("transact_write_items", code, modeled_fields=fields)
    table = Table(client, "t")
    with pytest.raises(error):
        table.write({"Put": table.put_request({"pk": "p", "sk": "s"})})


def test_reads_are_consistent(client: Any, stub: Stubber) -> None:
    stub.add_response("get_item", {}, {"TableName": "t", "Key": ANY, "ConsistentRead": True})
    expected = {"RequestItems": {"t": {"Keys": ANY, "ConsistentRead": True}}}
    stub.add_response("batch_get_item", {"Responses": {}}, expected)
    assert Table(client, "t").get("p", "s") is None
    assert Table(client, "t").get_many([("p", "s")]) == {}


def test_keys_that_were_not_processed_are_asked_for_again(client: Any, stub: Stubber) -> None:
    keys = [{"pk": {"S": "p"}, "sk": {"S": sk}} for sk in "ab"]
    left = {"t": {"Keys": keys[1:], "ConsistentRead": True}}
    stub.add_response(
        "batch_get_item",
        {"Responses": {"t": keys[:1]}, "UnprocessedKeys": left},
        {"RequestItems": {"t": {"Keys": keys, "ConsistentRead": True}}},
    )
    stub.add_response(
        "batch_get_item",
        {"Responses": {"t": keys[1:]}, "UnprocessedKeys": {}},
        {"RequestItems": left},
    )
    found = Table(client, "t").get_many([("p", "a"), ("p", "b")])
    assert set(found) == {("p", "a"), ("p", "b")}


def test_keys_that_are_never_processed_are_given_up_in_time(
    client: Any, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leave.adapters.dynamodb.table._FIRST_PAUSE_SECONDS", 0)
    left = {"t": {"Keys": [{"pk": {"S": "p"}, "sk": {"S": "s"}}], "ConsistentRead": True}}
    for _ in range(7):
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
    with pytest.raises(UnavailableError, match="unprocessed"):
        Table(client, "t").get_many([("p", "s")])


def test_keys_are_read_a_hundred_at_a_time_and_each_once(client: Any, stub: Stubber) -> None:
    keys = [("p", f"{number:03}") for number in range(201)]
    for some in (keys[:100], keys[100:200], keys[200:]):
        wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in some]
        stub.add_response(
            "batch_get_item",
            {"Responses": {"t": wanted}},
            {"RequestItems": {"t": {"Keys": wanted, "ConsistentRead": True}}},
        )
    assert list(Table(client, "t").get_many([*keys, *keys[:50]])) == keys


def test_a_partition_is_read_to_its_end(table: Table) -> None:
    """Three items of 400 KB are more than a call returns."""
    for number in range(3):
        item = {"pk": "p", "sk": f"LEDGER#{number}", "text": "x" * 390_000}
        table.put(table.put_request(item))
    table.put(table.put_request({"pk": "p", "sk": "OTHER#1"}))
    table.put(table.put_request({"pk": "q", "sk": "LEDGER#9"}))
    assert [item["sk"] for item in table.query("p", "LEDGER#")] == [
        "LEDGER#0",
        "LEDGER#1",
        "LEDGER#2",
    ]


def test_a_query_that_was_cut_short_goes_on_where_it_ended(client: Any, stub: Stubber) -> None:
    expected = {
        "TableName": "t",
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": "p"}, ":prefix": {"S": "LEDGER#"}},
        "ConsistentRead": True,
    }
    first = {"pk": {"S": "p"}, "sk": {"S": "LEDGER#1"}}
    stub.add_response("query", {"Items": [first], "LastEvaluatedKey": first}, expected)
    second = {"pk": {"S": "p"}, "sk": {"S": "LEDGER#2"}}
    stub.add_response("query", {"Items": [second]}, expected | {"ExclusiveStartKey": first})
    found = Table(client, "t").query("p", "LEDGER#")
    assert [item["sk"] for item in found] == ["LEDGER#1", "LEDGER#2"]


def test_with_a_limit_a_query_is_one_call_backwards_from_the_cursor(
    client: Any, stub: Stubber
) -> None:
    key = {"pk": {"S": "p"}, "sk": {"S": "REQUEST#5"}}
    stub.add_response(
        "query",
        {"Items": [key], "LastEvaluatedKey": key},
        {
            "TableName": "t",
            "KeyConditionExpression": ANY,
            "ExpressionAttributeValues": ANY,
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "Limit": 1,
            "ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"S": "REQUEST#6"}},
        },
    )
    (item,) = Table(client, "t").query("p", "REQUEST#", before="REQUEST#6", limit=1)
    assert item["sk"] == "REQUEST#5"


def test_a_scan_finds_what_has_prefix_and_sort_key_on_every_page(
    client: Any, stub: Stubber
) -> None:
    expected = {
        "TableName": "t",
        "FilterExpression": "begins_with(pk, :prefix) AND sk = :sk",
        "ExpressionAttributeValues": {":prefix": {"S": "EMPLOYEE#"}, ":sk": {"S": "PROFILE"}},
        "ConsistentRead": True,
    }
    first = {"pk": {"S": "EMPLOYEE#1"}, "sk": {"S": "PROFILE"}}
    stub.add_response("scan", {"Items": [first], "LastEvaluatedKey": first}, expected)
    stub.add_response(
        "scan", {"Items": [], "LastEvaluatedKey": first}, expected | {"ExclusiveStartKey": first}
    )
    last = {"pk": {"S": "EMPLOYEE#2"}, "sk": {"S": "PROFILE"}}
    stub.add_response("scan", {"Items": [last]}, expected | {"ExclusiveStartKey": first})
    found = Table(client, "t").scan("EMPLOYEE#", "PROFILE")
    assert [item["pk"] for item in found] == ["EMPLOYEE#1", "EMPLOYEE#2"]


def test_a_deletion_names_one_item(table: Table) -> None:
    for sk in ("a", "b"):
        table.put(table.put_request({"pk": "p", "sk": sk}))
    table.write({"Delete": table.delete_request("p", "a")})
    assert (table.get("p", "a"), table.get("p", "b")) == (
        None,
        {"pk": "p", "sk": "b", "schema": SCHEMA},
    )


def test_no_keys_are_no_call(client: Any, stub: Stubber) -> None:
    assert Table(client, "t").get_many([]) == {}
    stub.assert_no_pending_responses()


def test_a_put_carries_condition_and_values_only_where_there_are_any(client: Any) -> None:
    table = Table(client, "t")
    assert set(table.put_request({"pk": "p"})) == {"TableName", "Item"}
    conditional = table.put_request({"pk": "p"}, condition="version = :v", values={":v": 1})
    assert conditional["ConditionExpression"] == "version = :v"
    assert conditional["ExpressionAttributeValues"] == {":v": {"N": "1"}}
