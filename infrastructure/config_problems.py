"""Everything that is wrong with a stack's configuration, each finding with its cure."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infrastructure.config_rules import Rule

    Problem = tuple[str, tuple[str, ...]]
    """What is wrong, and what cures it after `pulumi config`."""


class Problems:
    """Collected first and told at once, so that a new stack can be put right in one go.

    A path is the one of `pulumi config set --path`, such as `leave:admins[0]`.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._told: list[Problem] = []
        self._removals: list[Problem] = []

    @property
    def found(self) -> list[Problem]:
        """All of them, in an order in which no cure moves what another one names."""
        return [*self._told, *reversed(self._removals)]

    @property
    def told(self) -> list[str]:
        """All of them, each with what cures it."""
        return [f"{problem}: {self._cures(commands)}" for problem, commands in self.found]

    def key(self, key: str, finding: str, rule: Rule) -> None:
        """The whole value of a key breaks `rule`."""
        self.tell(f"{key} {finding}; it must be {rule.says}", set_key(key, rule))

    def item(self, key: str, finding: str, rule: Rule, *, item: int = 0) -> None:
        """An item of the list `key` breaks `rule`."""
        self.tell(f"{key} {finding}; each item must be {rule.says}", set_item(key, rule, item))

    def no_list(self, key: str, finding: str, rule: Rule) -> None:
        """The value of `key` is no list; no item can be set before it is gone."""
        problem = f"{key} {finding}; each item must be {rule.says}"
        self.tell(problem, f"rm {key}", set_item(key, rule))

    def text(self, key: str, form: str, values: object) -> None:
        """The `values` of `key` are JSON text, and must be `form`, such as "a list"."""
        # As `pulumi config --json` prints it.
        whole = {key: {"value": json.dumps(values), "objectValue": values}}
        self.tell(
            f"{key} is or holds JSON text, of which no part can be set by itself; it must be"
            f" {form}",
            f"set-all --json {shlex.quote(json.dumps(whole))}",
        )

    def inside(self, path: str, finding: str, *, must_be: str, example: str) -> None:
        """A value inside an object must be something else, such as `example`."""
        self.tell(f"{path} {finding}; it must be {must_be}", set_path(path, example))

    def useless(self, path: str, finding: str) -> None:
        """What is at `path` must go."""
        self._removals.append((f"{path} {finding}", (f"rm --path {_quoted(path)}",)))

    def nobodys(self, key: str, finding: str) -> None:
        """A whole key must go; it may be written in any way."""
        if key.isprintable():
            self.tell(f"{key} {finding}", f"rm {shlex.quote(key)}")
        else:
            self.by_hand(json.dumps(key)[1:-1], finding)

    def by_hand(self, path: str, finding: str) -> None:
        """What is at `path` must go, and there is no command for it."""
        self.tell(f"{path} {finding}")

    def tell(self, problem: str, *commands: str) -> None:
        """Any other problem, which `pulumi config <command>` cures, one after the other.

        Without a command, it is deleted in the stack's file.
        """
        self._told.append((problem, commands))

    def _cures(self, commands: tuple[str, ...]) -> str:
        pasted = " && ".join(f"pulumi config {one} --stack {self._stage}" for one in commands)
        return pasted or f"delete it in Pulumi.{self._stage}.yaml"


def set_key(key: str, rule: Rule) -> str:
    """The command that sets a whole key to an example."""
    return f"set {key} {shlex.quote(rule.example)}"


def set_item(key: str, rule: Rule, item: int = 0) -> str:
    """The command that sets an item of a list to an example."""
    return set_path(f"{key}[{item}]", rule.example)


def set_path(path: str, example: str) -> str:
    """The command that sets what is at a path to an example."""
    return f"set --path {_quoted(path)} {shlex.quote(example)}"


def _quoted(path: str) -> str:
    """Quoted in every case: a shell would take the brackets of a path for a pattern."""
    return "'" + path.replace("'", "'\"'\"'") + "'"
