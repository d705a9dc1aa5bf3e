"""Everything that is wrong with a stack's configuration, each finding with its cure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infrastructure.config_rules import Rule


class Problems:
    """Collected first and told at once, so that a new stack can be put right in one go.

    A path is the one of `pulumi config set --path`, such as `leave:admins[0]`.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self.told: list[str] = []

    def key(self, key: str, finding: str, rule: Rule) -> None:
        """The whole value of a key breaks `rule`."""
        self.tell(
            f"{key} {finding}; it must be {rule.says}", f"set {key} {shlex.quote(rule.example)}"
        )

    def item(self, key: str, finding: str, rule: Rule, *, item: int = 0) -> None:
        """An item of the list `key` breaks `rule`."""
        cure = f"set --path {_quoted(f'{key}[{item}]')} {shlex.quote(rule.example)}"
        self.tell(f"{key} {finding}; each item must be {rule.says}", cure)

    def inside(self, path: str, finding: str, *, must_be: str, example: str) -> None:
        """A value inside an object must be something else, such as `example`."""
        cure = f"set --path {_quoted(path)} {shlex.quote(example)}"
        self.tell(f"{path} {finding}; it must be {must_be}", cure)

    def useless(self, path: str, finding: str) -> None:
        """What is at `path` has to go."""
        self.tell(f"{path} {finding}", f"rm --path {_quoted(path)}")

    def tell(self, problem: str, command: str) -> None:
        """Any other problem, which `pulumi config <command>` cures."""
        self.told.append(f"{problem}: pulumi config {command} --stack {self._stage}")


def _quoted(path: str) -> str:
    """Quoted in every case: a shell would take the brackets of a path for a pattern."""
    return "'" + path.replace("'", "'\"'\"'") + "'"
