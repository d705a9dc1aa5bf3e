"""The table of all configuration keys, made of Pulumi.yaml and the rules that check them.

`make docs` writes it into docs/configuration.md; a test fails while the page has another one.
"""

from __future__ import annotations

import json
from typing import Any, Final

import yaml

from emulator.stack_config import Declaration, declarations
from infrastructure.config_reader import ConfigReader
from infrastructure.stage_config import read_every_key
from tests.docs.markdown import PROJECT

PAGE: Final = PROJECT / "docs" / "configuration.md"
HEADING: Final = "## All keys\n"
_INTRODUCTION: Final = """
`make docs` writes this table from [Pulumi.yaml](../Pulumi.yaml) and
[config_rules.py](../infrastructure/config_rules.py). Keys are in the namespace `leave`.

"""
_COLUMNS: Final = ("key", "type", "default", "what it says", "what it has to be", "example")
_NAMESPACE: Final = "leave"


class Defaults:
    """The configuration of a stage that sets nothing."""

    name = _NAMESPACE

    def __init__(self, declared: dict[str, Declaration]) -> None:
        self._texts = {key: _text(found.default) for key, found in declared.items()}

    def get(self, key: str) -> str | None:
        return self._texts.get(f"{self.name}:{key}")

    def keys(self) -> set[str]:
        return set(self._texts)

    def is_secret(self, key: str) -> bool:
        del key
        return False

    def is_text(self, key: str) -> bool:
        del key
        return False


def rows() -> list[list[str]]:
    """A row for every key, in the order of Pulumi.yaml."""
    declared = declarations(PROJECT)
    reader = ConfigReader(Defaults(declared), "dev")
    read_every_key(reader, "dev")
    required = {problem.split()[0] for problem in reader.problems.told}
    file = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text("utf-8"))
    return [
        _row(
            reader,
            key,
            declared[reader.full(key)],
            described,
            required=reader.full(key) in required,
        )
        for key, described in file["config"].items()
    ]


def section() -> str:
    """The part of the page with the table, as Markdown."""
    lines = [_COLUMNS, ["---"] * len(_COLUMNS), *rows()]
    return HEADING + _INTRODUCTION + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(
    reader: ConfigReader, key: str, found: Declaration, described: dict[str, Any], *, required: bool
) -> list[str]:
    rule = reader.asked[key]
    kind = "array of strings" if found.kind == "array" else found.kind
    default = "empty" if found.default in ("", [], {}) else f"`{_text(found.default)}`"
    says = rule.says if rule else "what [the rules](rules.md#configure-them) can say"
    example = f"`{rule.example}`" if rule else ""
    shown = "required" if required else default
    return [f"`{key}`", kind, shown, described["description"], says, example]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text("utf-8")
    before, after = text.split(HEADING)
    rest = after.partition("\n## ")
    PAGE.write_text(f"{before}{section()}{rest[1]}{rest[2]}", "utf-8")


if __name__ == "__main__":
    main()
