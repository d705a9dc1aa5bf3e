"""Configuration keys from the command line: `--set KEY=VALUE`, for this start of the stage only.

A text, number or flag is written as `pulumi config set KEY VALUE` takes it; a list or an object,
for which that command needs a path to each item, as JSON.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import StageError
from emulator.machine import settings_of_this_machine
from emulator.stack_config import declarations, fits, project_name, stack_config

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

OWN: Final = frozenset(
    (
        "leave:gmail-endpoint",
        "leave:lambda-architecture",
        "leave:lambda-runtime",
        "leave:oidc-issuer",
        "leave:wheel-platform",
    )
)
"""Keys the local stage sets itself: where Google's stand-in listens, and what machine this is."""


NOT_HERE: Final = frozenset(
    (
        "leave:certificate-arn",
        "leave:default-endpoint",
        "leave:domain-name",
        "leave:hosted-zone-id",
    )
)
"""Keys of a domain name, for which a laptop has neither a name server nor a certificate."""
_EXAMPLES: Final = {"array": '["…"]', "boolean": "true or false", "object": '{"…": …}'}


class SetError(StageError):
    """What was given by `--set` cannot be used; names every mistake at once."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        lines = "".join(f"\n  - {mistake}" for mistake in mistakes)
        super().__init__(
            f"The local stage was not started, because of --set:{lines}",
            cure="Correct these, then start again.",
        )


def overrides(project: Path, stack: str, given: Iterable[str]) -> dict[str, Any]:
    """Return what `given` sets, with namespaces; raises `SetError` for whatever is wrong with it.

    That is what `set_values` finds, and what the program would refuse of the whole configuration.
    """
    found, mistakes = set_values(project, given)
    if found:
        mistakes += _refused(project, stack, found)
    if mistakes:
        raise SetError(mistakes)
    return found


def set_values(project: Path, given: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Return what `given` sets, with namespaces, and all mistakes.

    A mistake is a text that is not KEY=VALUE, a key that is given twice, that Pulumi.yaml does not
    declare, or that the local stage sets itself or does not use, and a value of another type.
    """
    namespace, declared = project_name(project), declarations(project)
    seen: set[str] = set()
    found: dict[str, Any] = {}
    mistakes: list[str] = []
    for one in given:
        name, equals, text = (part.strip() for part in one.partition("="))
        if not name or not equals:
            mistakes.append(f"--set {one}: not KEY=VALUE. Write it such as --set protect=true.")
            continue
        key = name if ":" in name else f"{namespace}:{name}"
        kind = declared[key].kind if key in declared else None
        value = _value(text, kind)
        if key in seen:
            mistakes.append(f"--set {name}: {key} is set twice. Leave one of them out.")
        elif key in OWN:
            mistakes.append(f"--set {name}: the local stage sets {key} itself. Leave it out.")
        elif key in NOT_HERE:
            mistakes.append(
                f"--set {name}: the local stage answers at its own address, and has no domain."
                " Leave it out."
            )
        elif key.startswith("aws:") and key != "aws:region":
            mistakes.append(f"--set {name}: the local stage uses aws:region alone. Leave it out.")
        elif key not in declared and key.startswith(f"{namespace}:"):
            mistakes.append(f"--set {name}: there is no key {key}. {_near(key, declared)}")
        elif kind is not None and not fits(value, text, kind):
            example = _EXAMPLES.get(kind, f"a value of type {kind}")
            mistakes.append(f"--set {name}: {text!r} is not of type {kind}. Write {example}.")
        else:
            found[key] = value
        seen.add(key)
    return found, mistakes


def _value(text: str, kind: str | None) -> Any:
    if kind not in {"array", "object"}:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return None


def _near(key: str, declared: Iterable[str]) -> str:
    names = [known.partition(":")[2] for known in declared]
    near = difflib.get_close_matches(key.partition(":")[2], names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}Pulumi.yaml lists all keys."


@dataclass(kw_only=True)
class _Source:
    """The whole configuration, as the program reads it."""

    name: str
    texts: Mapping[str, str]

    def get(self, key: str) -> str | None:
        return self.texts.get(f"{self.name}:{key}")

    def keys(self) -> Collection[str]:
        return self.texts.keys()

    def is_secret(self, key: str) -> bool:  # noqa: ARG002 - no value of a local stage is
        return False

    def is_text(self, key: str) -> bool:  # noqa: ARG002 - the next start writes all of it anew
        return False


def _refused(project: Path, stack: str, found: Mapping[str, Any]) -> list[str]:
    # Takes most of a second, which a start without --set does not need.
    from infrastructure.stage_config import examine  # noqa: PLC0415

    texts = stack_config(project, stack, {**found, **settings_of_this_machine()})
    source = _Source(name=project_name(project), texts=texts)
    _, reader = examine(source, stage=stack)
    return [
        f"{problem}. {'; then '.join(_cure(one, found, stack) for one in commands) or 'Delete it'}."
        for problem, commands in reader.problems.found
    ]


def _cure(command: str, found: Mapping[str, Any], stack: str) -> str:
    """Return how `pulumi config COMMAND` is done by `--set`."""
    verb, *options, last = shlex.split(command)
    if verb == "set-all":
        ((key, written),) = json.loads(last).items()
        return f"Write --set {key.removeprefix('leave:')}={shlex.quote(written['value'])}"
    path = last if verb == "rm" else options.pop()
    key = re.split(r"[.\[]", path, maxsplit=1)[0]
    option = f"--set {key.removeprefix('leave:')}"
    if verb == "rm" and key not in found:
        return f"Take {path} out of Pulumi.{stack}.yaml"
    if verb == "rm":
        return f"Leave {option} out" if path == key else f"Take {path} out of the JSON of {option}"
    if path == key:
        return f"Write {option}={shlex.quote(last)}"
    return f"Write {json.dumps(last, ensure_ascii=False)} at {path} in the JSON of {option}"
