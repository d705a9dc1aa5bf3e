"""Reads configuration values one by one and remembers every problem, each with its cure."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NoReturn, cast

from infrastructure.config_problems import Problems, set_item, set_key
from infrastructure.config_rules import FLAG, Rule, is_example, is_whole_number
from infrastructure.config_section import Section, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from infrastructure.config_source import ConfigSource

_OTHERS: Final = ("aws", "pulumi")
"""Namespaces of others, who find out themselves what they do not know."""
# A key in a stack's file with nothing behind its colon.
_NOTHING: Final = "null"


class ConfigReader:
    """Typed reads that never raise: a bad value is noted in `problems` and a stand-in returned."""

    def __init__(self, source: ConfigSource, stage: str) -> None:
        self._source = source
        self.problems = Problems(stage)
        self.asked: dict[str, Rule | None] = {}
        """The rule of every key that was read; an object has none."""
        self.examples: list[str] = []
        """The keys whose values are examples of the shipped files, in the order of reading."""

    def text(self, key: str, rule: Rule) -> str:
        """The value of `key`."""
        cures = (set_key(self.full(key), rule),)
        if (value := self._value(key, rule, cures)) == "":
            self.problems.key(self.full(key), "is missing", rule)
        return self._checked(key, value, rule)

    def optional_text(self, key: str, rule: Rule) -> str:
        """The value of `key`, empty when there is none."""
        return self._checked(key, self._value(key, rule), rule)

    def whole_number(self, key: str, rule: Rule) -> int:
        """The value of `key` as a number; 0 for one that breaks `rule`."""
        return _number(self.text(key, rule), rule)

    def flag(self, key: str, *, instead: bool = False) -> bool:
        """The value of `key` as a truth; `instead` for what is neither true nor false."""
        value = self.text(key, FLAG)
        return value == "true" if FLAG.holds(value) else instead

    def texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """The items of the list `key`, of which there must be at least one."""
        value = self._value(key, rule, (set_item(self.full(key), rule),))
        if value in {"", "[]"}:
            self.problems.item(self.full(key), "has no item", rule)
        return self._items(key, value, rule)

    def optional_texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """The items of the list `key`, which may be empty."""
        return self._items(key, self._value(key, rule), rule)

    def optional_object(self, key: str, read: Callable[[Section], None]) -> str:
        """The object `key` as `read` reads it, as compact JSON; empty when it is not configured."""
        value = self._value(key, None) or "{}"
        given = _parsed(value)
        if not isinstance(given, dict):
            self.problems.useless(self.full(key), _unlike("an object", value))
            return ""
        values = _untexted(cast("dict[str, object]", given))
        if values != given:
            self.problems.text(self.full(key), "an object", values)
        else:
            self._check_form(key, "an object", values)
        section = Section(self.problems, self.full(key), values)
        understood = section.read_by(read)
        if not understood:
            return ""
        return json.dumps(understood, ensure_ascii=False, separators=(",", ":"))

    def full(self, key: str) -> str:
        """The key with its namespace."""
        return f"{self._source.name}:{key}"

    def tell_unread(self) -> None:
        """Tell of every key that nobody reads; to be called when all others were read."""
        known = [self.full(key) for key in self.asked]
        namespaces = (self._source.name, *_OTHERS)
        for key in sorted(set(self._source.keys()) - set(known)):
            namespace = key.partition(":")[0]
            if namespace == self._source.name:
                near = get_close_matches(key.partition(":")[2], self.asked, n=1)
                hint = f"; did you mean {self.full(near[0])}?" if near else ""
                self.problems.nobodys(key, f"is unknown{hint}")
            elif namespace not in namespaces:
                self.problems.nobodys(
                    key, f"is not read, as its namespace is none of {', '.join(namespaces)}"
                )

    def _value(self, key: str, rule: Rule | None, instead: tuple[str, ...] = ()) -> str | None:
        """The text of `key`; None for one that is encrypted, which no message may show."""
        self.asked[key] = rule
        if self._source.is_secret(key):
            self.problems.tell(
                f"{self.full(key)} is encrypted, or a part of it is; it would be plain text in AWS,"
                " and no key holds a secret. The command removes all of its value, so set it again",
                f"rm {self.full(key)}",
                *instead,
            )
            return None
        value = (self._source.get(key) or "").strip()
        return "" if value == _NOTHING else value

    def _checked(self, key: str, value: str | None, rule: Rule) -> str:
        if value and not rule.holds(value):
            self.problems.key(self.full(key), f"is {shown(value)}{rule.hint(value)}", rule)
        self._note_example(key, value or "")
        return value or ""

    def _items(self, key: str, value: str | None, rule: Rule) -> tuple[str, ...]:
        given = _parsed(value or "[]")
        if not isinstance(given, list):
            self.problems.no_list(self.full(key), _unlike("a list", value or ""), rule)
            return ()
        values = cast("list[object]", given)
        self._check_form(key, "a list", values)
        texts: list[str] = []
        for item, text in enumerate(values):
            if isinstance(text, str) and rule.holds(text):
                texts.append(text)
                self._note_example(key, text)
            else:
                hint = rule.hint(text) if isinstance(text, str) else ", which is not a text"
                finding = f"has the item {shown(text)}{hint}"
                self.problems.item(self.full(key), finding, rule, item=item)
        return tuple(texts)

    def _check_form(self, key: str, form: str, values: object) -> None:
        """A part of a text is set by replacing all of it: `--path` would lose the other parts."""
        if values and self._source.is_text(key):
            self.problems.text(self.full(key), form, values)

    def _note_example(self, key: str, text: str) -> None:
        if is_example(text) and self.full(key) not in self.examples:
            self.examples.append(self.full(key))


def _parsed(text: str) -> object:
    try:
        return cast("object", json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError):
        return None


def _unlike(form: str, text: str) -> str:
    """What is wrong with a text that is not `form`."""
    if text.startswith(("[", "{")):
        try:
            json.loads(text)
        except ValueError as error:
            return f"has a mistake in its JSON text ({error}), and is removed by the command"
        except RecursionError:
            pass
    return f"is not {form}"


def _untexted(values: dict[str, object]) -> dict[str, object]:
    """Read JSON text where `pulumi config set --path` put it in place of a list or an object.

    That is a value, or an item of a list; no text is right in place of the others.
    """

    def read(value: object) -> object:
        inner = _parsed(value) if isinstance(value, str) else None
        return value if inner is None or isinstance(inner, str | int | float) else inner

    def read_items(value: object) -> object:
        if not isinstance(value, list):
            return value
        return [read(item) for item in cast("list[object]", value)]

    return {key: read_items(read(value)) for key, value in values.items()}


def _refuse(constant: str) -> NoReturn:
    """Python reads `NaN` and `Infinity`, which JSON and so Pulumi does not know."""
    raise ValueError(constant)


def _number(text: str, rule: Rule) -> int:
    return int(text) if is_whole_number(text) and rule.holds(text) else 0
