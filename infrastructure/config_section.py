"""An object inside a configuration value, read key by key; what nobody reads is unknown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infrastructure.config_problems import Problems
    from infrastructure.config_rules import Rule

    Read = Callable[["Section"], None]

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_SHOWN: Final = 60


class Section:
    """Reads never raise: a bad value is noted as a problem and left out of what is understood."""

    def __init__(self, problems: Problems, path: str, values: Mapping[str, object]) -> None:
        self.problems = problems
        self._path = path
        self._values = values
        self._asked: list[str] = []
        self._understood: dict[str, object] = {}

    def read_by(self, read: Read) -> dict[str, object]:
        """What is understood after `read` has read all it knows, in the order of its reading."""
        read(self)
        known = ", ".join(self._asked)
        for key in self._values:
            if key not in self._asked:
                self._drop(key, f"is unknown (known are {known})")
        return self._understood

    def text(self, key: str, rule: Rule, *, required: bool = False) -> str:
        """The text of `key`, empty when there is none."""
        value = self._asked_for(key, rule, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(key, f"is {shown(value)}, not a text (quotes would make it one)", rule)
            return ""
        if not rule.holds(value):
            self.wrong(key, f"is {shown(value)}", rule)
            return ""
        self._understood[key] = value
        return value

    def number(self, key: str, rule: Rule, *, required: bool = False) -> None:
        """A number, or its text: `pulumi config set --path` makes numbers of whole ones only."""
        value = self._asked_for(key, rule, required=required)
        if value is None:
            return
        number = _number(value)
        if number is None or not rule.holds(str(number)):
            self.wrong(key, f"is {shown(value)}", rule)
        else:
            self._understood[key] = number

    def flag(self, key: str, rule: Rule) -> None:
        """A truth, or its text: `pulumi config set --path` leaves the quotes that were there."""
        value = self._asked_for(key, rule, required=False)
        if isinstance(value, str) and rule.holds(value):
            value = value == "true"
        if isinstance(value, bool):
            self._understood[key] = value
        elif value is not None:
            self.wrong(key, f"is {shown(value)}", rule)

    def section(self, key: str, read: Read) -> None:
        """An object."""
        self._asked.append(key)
        if key not in self._values:
            return
        if (section := self._section(self.path(key), self._values[key])) is not None:
            self._understood[key] = section.read_by(read)

    def sections(self, key: str, read: Read) -> int | None:
        """A list of objects; returns how many, None when there is no list."""
        self._asked.append(key)
        if key not in self._values:
            return None
        values = self._values[key]
        if not isinstance(values, list):
            self.problems.useless(self.path(key), "is not a list")
            return None
        items = [
            self._section(f"{self.path(key)}[{item}]", value)
            for item, value in enumerate(cast("list[object]", values))
        ]
        self._understood[key] = [item.read_by(read) for item in items if item is not None]
        return len(items)

    def texts_within(self, key: str, inner: str) -> set[str]:
        """The texts of `inner` in the objects of the list `key`; what is wrong is not noted."""
        values = self._values.get(key)
        items = cast("list[object]", values) if isinstance(values, list) else []
        within = [
            cast("dict[str, object]", one).get(inner) for one in items if isinstance(one, dict)
        ]
        return {text for text in within if isinstance(text, str)}

    def refuse(self, key: str, finding: str) -> None:
        """A key that is known, and has no place here."""
        self._asked.append(key)
        if key in self._values:
            self.problems.useless(self.path(key), finding)

    def wrong(self, key: str, finding: str, rule: Rule) -> None:
        """Note that the value of `key` breaks `rule`."""
        self.problems.inside(self.path(key), finding, must_be=rule.says, example=rule.example)

    def contradicts(self, key: str, finding: str, *, must_be: str, example: str) -> None:
        """Note that the value of `key`, right by itself, does not go with another one."""
        self.problems.inside(self.path(key), finding, must_be=must_be, example=example)

    def path(self, key: str) -> str:
        """The path of `key`, as `pulumi config set --path` takes it.

        Pulumi knows one escape, that of a quotation mark; tests/engine/test_cures.py asks it.
        """
        if _PLAIN_KEY.fullmatch(key):
            return f"{self._path}.{key}"
        escaped = key.replace('"', '\\"')
        return f'{self._path}["{escaped}"]'

    def _drop(self, key: str, finding: str) -> None:
        """Note that `key` must go; not every key can be part of a path, or be pasted."""
        if key.isprintable() and not key.endswith("\\"):
            self.problems.useless(self.path(key), finding)
        else:
            self.problems.by_hand(f"{self._path}[{json.dumps(key)}]", finding)

    def _asked_for(self, key: str, rule: Rule, *, required: bool) -> object:
        self._asked.append(key)
        if key not in self._values:
            if required:
                self.wrong(key, "is missing", rule)
            return None
        value = self._values[key]
        if value is None:
            self.wrong(key, "has no value", rule)
        return value

    def _section(self, path: str, value: object) -> Section | None:
        if not isinstance(value, dict):
            self.problems.useless(path, "is not an object")
            return None
        return Section(self.problems, path, cast("dict[str, object]", value))


def _number(value: object) -> int | float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def shown(value: object) -> str:
    """A value as a message shows it, cut short."""
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
