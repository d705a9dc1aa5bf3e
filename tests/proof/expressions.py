"""The few JSONata expressions that the state machine uses; any other one is an error."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_EXPRESSION = re.compile(r"\{% (?P<text>.*) %\}")


@dataclass(kw_only=True)
class Scope:
    """What an expression may name."""

    variables: dict[str, Any]
    input: dict[str, Any] = field(default_factory=dict[str, Any])
    result: Any = None
    token: str = ""
    execution: str = ""


def _left(found: re.Match[str], scope: Scope) -> int:
    answered = (scope.result or {}).get(found["name"])
    is_number = isinstance(answered, (int, float)) and not isinstance(answered, bool)
    return min(max(math.floor(answered), 0), int(found["most"])) if is_number else 0


_KINDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Scope], Any]], ...] = (
    (re.compile(r"\$states\.context\.Task\.Token"), lambda _, scope: scope.token),
    (re.compile(r"\$states\.context\.Execution\.Name"), lambda _, scope: scope.execution),
    (re.compile(r"\$states\.input\.(\w+)"), lambda found, scope: scope.input[found[1]]),
    (
        re.compile(r"\$min\(\[\$(\w+) \* (\d+), (\d+)\]\)"),
        lambda found, scope: min(scope.variables[found[1]] * int(found[2]), int(found[3])),
    ),
    (
        re.compile(r"\$max\(\[\$(\w+), (\d+)\]\)"),
        lambda found, scope: max(scope.variables[found[1]], int(found[2])),
    ),
    (
        re.compile(
            r"\$type\(\$states\.result\.(?P<name>\w+)\) = 'number' \? "
            r"\$min\(\[\$max\(\[\$floor\(\$states\.result\.(?P=name)\), 0\]\), "
            r"(?P<most>\d+)\]\) : 0"
        ),
        _left,
    ),
    (re.compile(r"\$(\w+)"), lambda found, scope: scope.variables[found[1]]),
)


def evaluated(value: Any, scope: Scope) -> Any:
    """Return a value of the definition with its expressions worked out."""
    if isinstance(value, dict):
        return {name: evaluated(part, scope) for name, part in value.items()}
    if not isinstance(value, str) or not (expression := _EXPRESSION.fullmatch(value)):
        return value
    for pattern, work_out in _KINDS:
        if found := pattern.fullmatch(expression["text"]):
            return work_out(found, scope)
    raise NotImplementedError(f"tests/proof/expressions.py does not know {value}")
