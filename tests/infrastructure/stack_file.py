"""What `pulumi.Config` gives the program, without the SDK."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from emulator.stack_config import stack_config

PROJECT = Path(__file__).parents[2]


@cache
def _texts(stack: str) -> dict[str, str]:
    return stack_config(PROJECT, stack, {})


class StackFile:
    """The configuration of a stack, with some keys (with _ for -) set to something else."""

    name = "leave"

    def __init__(self, stack: str, **changes: object) -> None:
        self._texts = dict(_texts(stack))
        for key, value in changes.items():
            text = value if isinstance(value, str) else json.dumps(value)
            self._texts[f"leave:{key.replace('_', '-')}"] = text

    def get(self, key: str) -> str | None:
        return self._texts.get(f"leave:{key}")
