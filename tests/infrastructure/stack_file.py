"""What `pulumi.Config` gives the program, without the SDK, and what the program makes of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator.stack_config import stack_config
from infrastructure.stage_config import ConfigError, read_settings

if TYPE_CHECKING:
    from infrastructure.settings import Settings

PROJECT = Path(__file__).parents[2]


@cache
def _texts(stack: str) -> dict[str, str]:
    return stack_config(PROJECT, stack, {})


class StackFile:
    """The configuration of a stack, with some keys (with _ for -) set to something else."""

    name = "leave"

    def __init__(self, stack: str, **changes: object) -> None:
        self.secrets: set[str] = set()
        self.written_as_text: set[str] = set()
        self.texts = dict(_texts(stack))
        for key, value in changes.items():
            text = value if isinstance(value, str) else json.dumps(value)
            self.texts[f"leave:{key.replace('_', '-')}"] = text

    def get(self, key: str) -> str | None:
        return self.texts.get(f"leave:{key}")

    def keys(self) -> set[str]:
        return set(self.texts)

    def is_secret(self, key: str) -> bool:
        return key in self.secrets

    def is_text(self, key: str) -> bool:
        return f"leave:{key}" in self.written_as_text


def settings(stack: str = "dev", **changes: object) -> Settings:
    """The settings of a stack, with some keys changed."""
    return read_settings(StackFile(stack, **changes), stage=stack)


def problems(stack: str = "dev", **changes: object) -> list[str]:
    """What is told about a stack with some keys changed, a line for each problem."""
    with pytest.raises(ConfigError) as caught:
        settings(stack, **changes)
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]
