"""A stack's configuration as `pulumi` itself would compute it, from the project's YAML files.

The SDK never opens these files: defaults, types and required keys are enforced by Pulumi's command
line, which a laptop need not have. Source: the "config" section of Pulumi.yaml's reference.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import yaml

from emulator.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_INTEGER = re.compile(r"-?\d+")
_KINDS = {bool: "boolean", dict: "object", int: "integer", list: "array", str: "string"}


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What Pulumi.yaml says about one key."""

    type: str | None
    default: Any
    required: bool

    @property
    def kind(self) -> str:
        """The type: the declared one, or that of the default."""
        return self.type or _KINDS[type(self.default)]


def project_name(project: Path) -> str:
    """Return the Pulumi project's name."""
    return str(_load(project / "Pulumi.yaml").get("name", project.name))


def stack_config(project: Path, stack: str, overrides: Mapping[str, Any]) -> dict[str, str]:
    """Return every configuration key of `stack`, with its namespace, as the text the SDK wants.

    `overrides` win over `Pulumi.<stack>.yaml`, which wins over the defaults in `Pulumi.yaml`.
    Raises StageError for a required key without value and a wrong type. A key that is not declared
    is passed on, as Pulumi does.
    """
    stack_file = project / f"Pulumi.{stack}.yaml"
    namespace = project_name(project)
    declared_keys = declarations(project)
    given = {**_keys(stack_file, namespace), **overrides}
    values: dict[str, str] = {}
    for key in sorted({*declared_keys, *given}):
        declared = declared_keys.get(key)
        value = given.get(key, declared.default if declared else None)
        if key in given or value is not None:
            values[key] = _text(key, value, declared.type if declared else None, stack_file)
        elif declared and declared.required:
            raise StageError(
                f"Stack {stack} has no value for {key}, which Pulumi.yaml requires.",
                cure=f"Add it to {stack_file.name}: pulumi config set {key} VALUE -s {stack}",
            )
    return values


def declarations(project: Path) -> dict[str, Declaration]:
    """Return what Pulumi.yaml declares, by key with its namespace."""
    keys = _keys(project / "Pulumi.yaml", project_name(project))
    return {key: _declaration(raw) for key, raw in keys.items()}


def _declaration(raw: object) -> Declaration:
    if not isinstance(raw, dict):
        return Declaration(type=None, default=raw, required=False)
    fields = cast("dict[str, Any]", raw)
    default = fields.get("value", fields.get("default"))
    # Pulumi knows no optional key without a default; an empty string is how one says "absent".
    return Declaration(type=fields.get("type"), default=default, required=default is None)


def _text(key: str, value: Any, expected: str | None, stack_file: Path) -> str:
    if isinstance(value, dict) and "secure" in cast("dict[str, Any]", value):
        raise StageError(
            f"{key} in {stack_file.name} is encrypted, and only Pulumi's command line can read it.",
            cure="Give the local stage a plain, made-up value; it must not need a real secret.",
        )
    text = _plain(value)
    if expected is not None and not fits(value, text, expected):
        raise StageError(
            f"{key} in {stack_file.name} is {text}, but Pulumi.yaml declares it as {expected}.",
            cure=f"Give it a value of type {expected}.",
        )
    return text


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return json.dumps(value, default=_moment) if isinstance(value, list | dict) else str(value)


def _moment(value: Any) -> str:
    """A day without quotes is a point in time to YAML, for which JSON has a text only."""
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else f"{value}T00:00:00Z"


def fits(value: Any, text: str, expected: str) -> bool:
    """Return whether a value, written as `text`, is of the type `expected`.

    `pulumi config set` writes every scalar as a string, so the text counts, not YAML's type.
    """
    scalar = not isinstance(value, list | dict)
    match expected:
        case "integer":
            return scalar and _INTEGER.fullmatch(text) is not None
        case "boolean":
            return text in {"true", "false"}
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return scalar


def _keys(path: Path, namespace: str) -> dict[str, Any]:
    """A key without a namespace belongs to the project's own."""
    config = cast("dict[str, Any]", _load(path).get("config") or {})
    return {key if ":" in key else f"{namespace}:{key}": value for key, value in config.items()}


def _load(path: Path) -> dict[str, Any]:
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StageError(
            f"{path} is missing.", cure=f"Restore it: git checkout -- {path.name}"
        ) from error
    except yaml.YAMLError as error:
        raise StageError(
            f"{path.name} is not valid YAML.", cure="Correct it.", detail=str(error)
        ) from error
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
