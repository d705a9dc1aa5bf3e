"""Reads configuration values one by one and remembers every problem, each with its cure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol, cast

from infrastructure.config_problems import Problems
from infrastructure.config_rules import FLAG, Rule, is_whole_number
from infrastructure.config_section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class ConfigSource(Protocol):
    """The part of `pulumi.Config` that is needed: the texts of one namespace."""

    name: str

    def get(self, key: str) -> str | None:
        """The text of `key`; lists and objects are JSON."""
        ...


class ConfigReader:
    """Typed reads that never raise: a bad value is noted in `problems` and a stand-in returned."""

    def __init__(self, source: ConfigSource, stage: str) -> None:
        self._source = source
        self.problems = Problems(stage)

    def text(self, key: str, rule: Rule) -> str:
        """The value of `key`."""
        if not self._value(key):
            self.problems.key(self.full(key), "is missing", rule)
        return self.optional_text(key, rule)

    def optional_text(self, key: str, rule: Rule) -> str:
        """The value of `key`, empty when there is none."""
        value = self._value(key)
        if value and not rule.holds(value):
            self.problems.key(self.full(key), f"is {value!r}", rule)
        return value

    def whole_number(self, key: str, rule: Rule) -> int:
        """The value of `key` as a number; 0 for one that breaks `rule`."""
        value = self.text(key, rule)
        return int(value) if is_whole_number(value) and rule.holds(value) else 0

    def flag(self, key: str) -> bool:
        """The value of `key` as a truth."""
        return self.text(key, FLAG) == "true"

    def texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """The items of the list `key`, of which there must be at least one."""
        values = self.optional_texts(key, rule)
        if not values and self._value(key) in {"", "[]"}:
            self.problems.item(self.full(key), "has no item", rule)
        return values

    def optional_texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """The items of the list `key`, which may be empty."""
        values = _list_of_texts(self._value(key) or "[]")
        if values is None:
            self.problems.item(self.full(key), "is not a list of texts", rule)
            return ()
        for item, value in enumerate(values):
            if not rule.holds(value):
                finding = f"has the item {value!r}{rule.hint(value)}"
                self.problems.item(self.full(key), finding, rule, item=item)
        return tuple(values)

    def optional_object(self, key: str, read: Callable[[Section], None]) -> str:
        """The object `key` as `read` reads it, as compact JSON; empty when it is not configured."""
        values = _parsed(self._value(key) or "{}")
        if not isinstance(values, dict):
            self.problems.useless(self.full(key), "is not an object")
            return ""
        section = Section(self.problems, self.full(key), cast("dict[str, object]", values))
        understood = section.read_by(read)
        if not understood:
            return ""
        return json.dumps(understood, ensure_ascii=False, separators=(",", ":"))

    def full(self, key: str) -> str:
        """The key with its namespace."""
        return f"{self._source.name}:{key}"

    def _value(self, key: str) -> str:
        return (self._source.get(key) or "").strip()


def _parsed(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except json.JSONDecodeError:
        return None


def _list_of_texts(text: str) -> Sequence[str] | None:
    values = _parsed(text)
    if not isinstance(values, list):
        return None
    items = cast("list[object]", values)
    texts = [item for item in items if isinstance(item, str)]
    return texts if len(texts) == len(items) else None
