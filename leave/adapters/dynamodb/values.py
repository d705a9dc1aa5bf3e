"""Plain values as DynamoDB's typed ones, and back; those kinds that are stored here.

boto3 has the same for all kinds, but importing it takes a fifth of a cold start: see ADR 28.
"""

from __future__ import annotations

from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

# What DynamoDB keeps of a number; anything else is an error here, not a number changed silently.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_NUMBERS: Final = Context(
    prec=38, Emin=-128, Emax=126, traps=[Clamped, Inexact, Overflow, Rounded, Underflow]
)


def serialize(value: Any) -> dict[str, Any]:
    """Return a plain value as a typed one; raises `TypeError` for what is not stored here."""
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
    """Return a typed value as a plain one; numbers as `Decimal`."""
    ((kind, content),) = value.items()
    if kind in {"S", "BOOL"}:
        return content
    if kind == "M":
        return {name: deserialize(inner) for name, inner in content.items()}
    if kind == "L":
        return [deserialize(inner) for inner in content]
    if kind == "N":
        return Decimal(content)
    if kind == "NULL":
        return None
    raise TypeError(f"Values of type {kind} are not stored: add it here, with its test.")


def _number(value: int | Decimal) -> str:
    number = _NUMBERS.create_decimal(value)
    if not number.is_finite():
        raise TypeError(f"{number} is not a number that DynamoDB can store.")
    return str(number)
