"""What `pulumi config set` and `pulumi config rm` do to the values of a stack's file.

After the sources of Pulumi, `sdk/go/common/resource/config`, and what they refuse is refused here:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/object.go
"""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from typing import Any

_SEGMENT = re.compile(r'\.?([A-Za-z0-9_:-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def apply(commands: str, values: dict[str, Any], *, stack: str) -> None:
    """Run commands that are chained by `&&`, as a shell would."""
    for command in commands.split(" && "):
        match shlex.split(command):
            case ["pulumi", "config", "set", "--path", path, value, "--stack", name]:
                _set(values, _path(path), value)
            case ["pulumi", "config", "set", key, value, "--stack", name]:
                values[key] = value
            case ["pulumi", "config", "rm", "--path", path, "--stack", name]:
                _remove(values, _path(path))
            case ["pulumi", "config", "rm", key, "--stack", name]:
                values.pop(key, None)
            case _:
                raise AssertionError(f"no command of pulumi config: {command}")
        assert name == stack


def _path(text: str) -> list[str | int]:
    segments: list[str | int] = []
    end = 0
    while end < len(text):
        found = _SEGMENT.match(text, end)
        assert found, f"no path: {text}"
        name, index, quoted = found.groups()
        segments.append(name or (int(index) if index else json.loads(quoted)))
        end = found.end()
    return segments


def _set(values: dict[str, Any], path: list[str | int], text: str) -> None:
    container: Any = values
    for depth, (segment, following) in enumerate(pairwise(path)):
        inner = _get(container, segment)
        # What is no container is replaced directly below a key, and refused any deeper.
        if inner is None or (depth == 0 and not isinstance(inner, list | dict)):
            inner = [] if isinstance(following, int) else {}
            _put(container, segment, inner)
        container = inner
    _put(container, path[-1], _coerced(text))


def _get(container: Any, segment: str | int) -> Any:
    if isinstance(segment, int):
        assert isinstance(container, list), "expected an array"
        assert segment <= len(container), "array index out of range"
        return container[segment] if segment < len(container) else None
    assert isinstance(container, dict), "key for an array must be an int"
    return container.get(segment)


def _put(container: Any, segment: str | int, value: Any) -> None:
    _get(container, segment)
    if isinstance(segment, int) and segment == len(container):
        container.append(value)
    else:
        container[segment] = value


def _remove(values: dict[str, Any], path: list[str | int]) -> None:
    container: Any = values
    for segment in path[:-1]:
        container = _get(container, segment)
    if isinstance(container, list):
        del container[path[-1] : int(path[-1]) + 1]
    elif isinstance(container, dict):
        container.pop(path[-1], None)


def _coerced(text: str) -> Any:
    """With `--path`, whole numbers and truths become such, unless a zero leads."""
    if text in {"true", "false"}:
        return text == "true"
    whole = re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text)
    return int(text) if whole else text
