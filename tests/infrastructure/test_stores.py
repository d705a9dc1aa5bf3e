"""What keeps data: the table, the secret, the log groups."""

from __future__ import annotations

import pytest

from tests.infrastructure.graph import STACKS, graph
from tests.infrastructure.test_functions import FUNCTIONS

KEPT = ("dynamodb/table:Table", "secretsmanager/secret:Secret")


@pytest.mark.parametrize("type_", KEPT)
def test_only_a_protected_stage_refuses_to_delete_what_it_keeps(type_: str) -> None:
    assert graph("prod").only(type_).protect
    assert not graph("dev").only(type_).protect
    assert not graph("local").only(type_).protect


def test_nothing_else_is_protected() -> None:
    """A protected function or route would stop every later change of the program."""
    protected = {item.type for item in graph("prod").resources if item.protect}
    assert protected == {f"aws:{type_}" for type_ in KEPT}


@pytest.mark.parametrize("stack", STACKS)
def test_the_table_can_be_restored_and_forgets_by_itself(stack: str) -> None:
    table = graph(stack).only("dynamodb/table:Table").inputs
    assert table["name"] == f"leave-{stack}"
    assert (table["hashKey"], table["rangeKey"]) == ("pk", "sk")
    assert {(item["name"], item["type"]) for item in table["attributes"]} == {
        ("pk", "S"),
        ("sk", "S"),
        ("openShard", "S"),
        ("openKey", "S"),
    }
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["ttl"] == {"attributeName": "expiresAt", "enabled": True}


def test_what_is_undecided_is_listed_by_an_index_that_holds_keys_only() -> None:
    """The items stay in the table, where they are read consistently."""
    (index,) = graph("dev").only("dynamodb/table:Table").inputs["globalSecondaryIndexes"]
    assert index == {
        "name": "open",
        "keySchemas": [
            {"attributeName": "openShard", "keyType": "HASH"},
            {"attributeName": "openKey", "keyType": "RANGE"},
        ],
        "projectionType": "KEYS_ONLY",
    }


@pytest.mark.parametrize(("stack", "window"), [("dev", 0), ("prod", 30)])
def test_aws_itself_also_guards_a_protected_stage(stack: str, window: int) -> None:
    table = graph(stack).only("dynamodb/table:Table").inputs
    secret = graph(stack).only("secretsmanager/secret:Secret").inputs
    assert table["deletionProtectionEnabled"] is (stack == "prod")
    assert secret["recoveryWindowInDays"] == window


@pytest.mark.parametrize("stack", STACKS)
def test_the_secret_is_an_entry_without_a_value(stack: str) -> None:
    secret = graph(stack).only("secretsmanager/secret:Secret")
    assert secret.inputs["name"] == f"leave/{stack}/gmail"
    assert secret.inputs.keys() == {"name", "description", "recoveryWindowInDays"}


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("local", 30), ("prod", 365)])
def test_every_log_ends(stack: str, days: int) -> None:
    groups = graph(stack).of("cloudwatch/logGroup:LogGroup").values()
    assert {group.inputs["retentionInDays"] for group in groups} == {days}
    assert {group.inputs["name"] for group in groups} == {
        *(f"/aws/lambda/leave-{stack}-{name}" for name in FUNCTIONS),
        f"/aws/vendedlogs/apis/leave-{stack}",
        f"/aws/vendedlogs/states/EmployeeLeaveWorkflow-{stack}",
    }
