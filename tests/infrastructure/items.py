"""Which kinds of items each function works with, and what a policy says about one call.

The local stage does not tell policies the keys of items, so here they are evaluated as IAM does.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from infrastructure.function_table import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infrastructure.function_table import FunctionSpec

KINDS: Final = (
    *(
        "AUDIT#",
        "DELEGATION#",
        "DIRECTORY",
        "EMAIL#",
        "EMPLOYEE#",
        "EMPLOYEES",
        "FEED#",
        "IDEMPOTENCY#",
        "LEDGER#",
        "REMINDER#",
    ),
    *("REQUEST#", "REQUESTS#", "SWEEP", "TEAM#"),
)
"""What partition keys begin with, or are."""
WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "read": ("dynamodb:BatchGetItem", "dynamodb:GetItem"),
    "query": ("dynamodb:Query",),
    "write": ("dynamodb:PutItem",),
    "delete": ("dynamodb:DeleteItem",),
}


def kinds_of(spec: FunctionSpec) -> tuple[tuple[str, ...], ...]:
    """Return the partition keys of a row, in the order of the ways."""
    return spec.reads, spec.queries, spec.writes, spec.deletes


MAY: Final[Mapping[str, Mapping[str, set[str]]]] = {
    spec.resource: {
        way: {key.removesuffix("*") for key in keys}
        for way, keys in zip(WAYS, kinds_of(spec), strict=True)
    }
    for spec in FUNCTIONS
    if spec.reads or spec.queries or spec.writes
}
REACHED: Final = {kind for ways in MAY.values() for kinds in ways.values() for kind in kinds}


def may(function: str, way: str, kind: str) -> bool:
    """Tell whether a function works with such items in this way."""
    return function in MAY and kind in MAY[function][way]


def allows(
    statements: Sequence[Mapping[str, Any]], action: str, resource: str, keys: Sequence[str]
) -> bool:
    """Tell whether a policy allows a call that names these partition keys.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    """
    return any(
        action in statement["Action"]
        and any(fnmatchcase(resource, named) for named in statement["Resource"])
        and _holds(statement.get("Condition", {}), keys)
        for statement in statements
    )


def _holds(condition: Mapping[str, Mapping[str, Any]], keys: Sequence[str]) -> bool:
    return all(
        _is_met(operator, wanted, keys if key == "dynamodb:LeadingKeys" else ())
        for operator, test in condition.items()
        for key, wanted in test.items()
    )


def _is_met(operator: str, wanted: Any, told: Sequence[str]) -> bool:
    if operator == "Null":
        return (not told) is (wanted == "true")
    if operator == "ForAllValues:StringLike":
        return all(any(fnmatchcase(value, pattern) for pattern in wanted) for value in told)
    raise NotImplementedError(operator)
