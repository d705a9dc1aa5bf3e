"""What a local creator gets and gives: a resource asked for, and the same resource created."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from emulator.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from emulator.aws import EmulatedAws


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program asks for it; `inputs` are named as the AWS provider names them."""

    token: str
    name: str
    inputs: dict[str, Any]

    def text(self, key: str) -> str:
        """Return a required text input."""
        value = self.inputs.get(key)
        if not isinstance(value, str):
            raise StageError(
                f"{self.token} '{self.name}' needs {key}, but it is {value!r}.",
                cure="Set it in the program; when it is another resource's output, that resource's "
                "local creator must return it.",
            )
        return value

    def request(
        self, *, without: Collection[str] = (), sections: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the inputs as boto3 names them: `retentionInDays` becomes `RetentionInDays`.

        Inside `sections` names are changed as well; other mappings, such as tags, hold names that
        are not AWS's. What AWS does not know is refused by boto3, so no input is lost silently.
        """
        return {
            _pascal(key): as_request(value) if key in sections else _whole(value)
            for key, value in self.inputs.items()
            if key not in without
        }


@dataclass(frozen=True, kw_only=True)
class Created:
    """A resource as it now exists: its id and what it has beyond its inputs."""

    id: str
    outputs: dict[str, Any]


class Deployment:
    """Where resources are created, and on behalf of which stack."""

    def __init__(self, *, aws: EmulatedAws, project: str, stack: str, program: Path) -> None:
        self.aws = aws
        self.project = project
        self.stack = stack
        self.program = program
        self._claimed: set[str] = set()
        self._claiming = threading.Lock()

    def physical_name(self, resource: Resource, key: str = "name") -> str:
        """Return the name the program gave, or else the logical name with a suffix.

        Unlike the real provider's random suffix it is always the same for the same resource, so
        that a stage started again on kept state finds what it created before.
        """
        given = resource.inputs.get(key)
        if isinstance(given, str):
            return given
        urn = f"{self.stack}::{self.project}::{resource.token}::{resource.name}"
        return f"{resource.name}-{hashlib.sha256(urn.encode()).hexdigest()[:7]}"

    def claim(self, key: str) -> bool:
        """Return whether nobody claimed `key` in this deployment before."""
        with self._claiming:
            if key in self._claimed:
                return False
            self._claimed.add(key)
            return True


def as_request(value: Any) -> Any:
    """Return an input with all names inside it as boto3 spells them."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {_pascal(key): as_request(inner) for key, inner in fields.items()}
    if isinstance(value, list):
        return [as_request(item) for item in cast("list[Any]", value)]
    return _whole(value)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _whole(value: Any) -> Any:
    """Every number crosses Pulumi's wire as a float; what has no fraction was an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
