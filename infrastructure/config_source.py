"""Where configuration values come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import pulumi
import yaml
from pulumi import runtime
from pulumi.runtime import config as given

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class ConfigSource(Protocol):
    """All that is configured for a stack. A key without a namespace is one of ours."""

    name: str
    """The namespace of the project's own keys."""

    def get(self, key: str) -> str | None:
        """The text of our `key`; lists and objects are JSON."""
        ...

    def keys(self) -> Collection[str]:
        """Every key that has a value, with its namespace, whoever may read it."""
        ...

    def is_secret(self, key: str) -> bool:
        """Whether our `key`, or a part of its value, is encrypted."""
        ...

    def is_text(self, key: str) -> bool:
        """Whether our `key` is one text in the stack's file, and not a list or an object there."""
        ...


class PulumiConfig:
    """The configuration that the engine handed over.

    `pulumi.Config` tells what is asked for only, and not what nobody asks for. The engine hands all
    of it over, in an environment variable that the SDK keeps.
    """

    def __init__(self) -> None:
        self._config = pulumi.Config()
        self.name = self._config.name
        self._file = _file_of(pulumi.get_stack())

    def get(self, key: str) -> str | None:
        """The text of our `key`; lists and objects are JSON."""
        return self._config.get(key)

    def keys(self) -> Collection[str]:
        """Every key that has a value, with its namespace, whoever may read it."""
        return {*given.CONFIG.get(), *runtime.get_config_env()}

    def is_secret(self, key: str) -> bool:
        """Whether our `key`, or a part of its value, is encrypted."""
        full = self._config.full_key(key)
        return runtime.is_config_secret(full) or full in runtime.get_config_secret_keys_env()

    def is_text(self, key: str) -> bool:
        """Whether our `key` is one text in the stack's file, and not a list or an object there.

        The engine hands over either as the same text. Without that file, nothing is a text.
        """
        return isinstance(self._file.get(self._config.full_key(key), self._file.get(key)), str)


def _file_of(stack: str) -> Mapping[str, object]:
    try:
        content = Path(f"Pulumi.{stack}.yaml").read_text("utf-8")
    except FileNotFoundError:
        return {}
    return cast("Mapping[str, object]", yaml.safe_load(content).get("config") or {})
