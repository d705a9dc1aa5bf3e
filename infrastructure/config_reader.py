"""Reads configuration values one by one and remembers every problem, each with its cure."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Protocol, cast

from infrastructure.config_rules import FLAG, Rule, is_whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence


class ConfigSource(Protocol):
    """The part of `pulumi.Config` that is needed: the texts of one namespace."""

    name: str

    def get(self, key: str) -> str | None:
        """The text of `key`; lists and objects are JSON."""
        ...


class ConfigReader:
    """Typed reads that never raise: a bad value is noted in `problems` and a stand-in returned.

    Collecting first and failing once lets an operator put a new stack right in one go.
    """

    def __init__(self, source: ConfigSource, stage: str) -> None:
        self._source = source
        self._stage = stage
        self.problems: list[str] = []

    def text(self, key: str, rule: Rule) -> str:
        """The value of `key`."""
        if not self._value(key):
            self._note(key, "is missing", rule)
        return self.optional_text(key, rule)

    def optional_text(self, key: str, rule: Rule) -> str:
        """The value of `key`, empty when there is none."""
        value = self._value(key)
        if value and not rule.holds(value):
            self._note(key, f"is {value!r}", rule)
        return value

    def whole_number(self, key: str, rule: Rule) -> int:
        """The value of `key` as a number."""
        value = self.text(key, rule)
        return int(value) if is_whole_number(value) else 0

    def flag(self, key: str) -> bool:
        """The value of `key` as a truth."""
        return self.text(key, FLAG) == "true"

    def texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """The items of the list `key`, of which there must be at least one."""
        values = self.optional_texts(key, rule)
        if not values and self._value(key) in {"", "[]"}:
            self._note(key, "has no item", rule, item=0)
        return values

    def optional_texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """The items of the list `key`, which may be empty."""
        values = _list_of_texts(self._value(key) or "[]")
        if values is None:
            self._note(key, "is not a list of texts", rule, item=0)
            return ()
        for item, value in enumerate(values):
            if not rule.holds(value):
                self._note(key, f"has the item {value!r}", rule, item=item)
        return tuple(values)

    def _value(self, key: str) -> str:
        return (self._source.get(key) or "").strip()

    def _note(self, key: str, finding: str, rule: Rule, *, item: int | None = None) -> None:
        path = f"{self._source.name}:{key}"
        subject = "" if item is None else "each item "
        target = path if item is None else f"--path '{path}[{item}]'"
        cure = f"pulumi config set {target} {shlex.quote(rule.example)} --stack {self._stage}"
        self.problems.append(f"{path} {finding}; {subject or 'it '}must be {rule.says}: {cure}")


def _list_of_texts(text: str) -> Sequence[str] | None:
    try:
        values = cast("object", json.loads(text))
    except json.JSONDecodeError:
        return None
    if not isinstance(values, list):
        return None
    items = cast("list[object]", values)
    texts = [item for item in items if isinstance(item, str)]
    return texts if len(texts) == len(items) else None
