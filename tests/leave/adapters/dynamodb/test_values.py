"""That values get to DynamoDB as boto3 would send them, whose own code this replaces."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as some

from leave.adapters.dynamodb.table import deserialize, serialize

NUMBERS = some.decimals(
    min_value=-(10**12), max_value=10**12, places=4, allow_nan=False
) | some.integers(-(10**38) + 1, 10**38 - 1)
VALUES = some.recursive(
    some.none() | some.booleans() | some.text() | NUMBERS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_typed_as_boto3_does_it(value: Any) -> None:
    assert serialize(value) == TypeSerializer().serialize(value)


@given(VALUES)
def test_a_typed_value_is_read_as_boto3_does_it(value: Any) -> None:
    stored = TypeSerializer().serialize(value)
    assert deserialize(stored) == TypeDeserializer().deserialize(stored) == value


@given(VALUES)
def test_what_is_written_is_what_is_read(value: Any) -> None:
    assert deserialize(serialize(value)) == value


@pytest.mark.parametrize("value", [1.5, b"bytes", {"a"}, object()])
def test_what_is_not_stored_here_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=rf"A {type(value).__name__} is not stored"):
        serialize({"inside": [value]})


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(TypeError, match="not a number"):
        serialize(Decimal(text))


def test_a_number_too_long_to_be_kept_is_an_error_and_not_rounded() -> None:
    with pytest.raises(Inexact):
        serialize(Context(prec=50).divide(Decimal(1), Decimal(3)))


def test_a_kind_of_value_nobody_writes_is_refused_when_read() -> None:
    with pytest.raises(TypeError, match="type SS are not stored"):
        deserialize({"SS": ["a"]})
