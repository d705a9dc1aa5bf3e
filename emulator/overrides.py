"""Configuration keys from the command line: `--set KEY=VALUE`, for this start of the stage only.

A text, number or flag is written as `pulumi config set KEY VALUE` takes it; a list or an object,
for which that command needs a path to each item, as JSON.
"""

from __future__ import annotations

import difflib
import json
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import StageError
from emulator.stack_config import declarations, fits, project_name

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def key_and_value(text: str) -> tuple[str, str]:
    """Split `KEY=VALUE`; argparse tells when it is none."""
    key, equals, value = text.partition("=")
    if not key.strip() or not equals:
        raise ArgumentTypeError(f"{text!r} is not KEY=VALUE, such as protect=true")
    return key.strip(), value.strip()


def overrides(project: Path, given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return what `given` sets, with namespaces.

    StageError for a key that is given twice, that Pulumi.yaml does not declare, or that the local
    stage sets itself or has no use for, and for a value of another type.
    """
    namespace, declared = project_name(project), declarations(project)
    found: dict[str, Any] = {}
    for name, text in given:
        key = name if ":" in name else f"{namespace}:{name}"
        if key in found:
            raise StageError(f"--set {name}: {key} is set twice.", cure="Leave one of them out.")
        if key in OWN:
            raise StageError(
                f"--set {name}: the local stage sets {key} itself.", cure="Leave it out."
            )
        if key in NOT_HERE:
            raise StageError(
                f"--set {name}: the local stage answers at its own address, and has no domain.",
                cure="Leave it out.",
            )
        if key not in declared and key.startswith(f"{namespace}:"):
            raise StageError(f"--set {name}: there is no key {key}.", cure=_cure(key, declared))
        kind = declared[key].kind if key in declared else None
        found[key] = _value(name, text, kind)
    return found


def _value(name: str, text: str, kind: str | None) -> Any:
    value: Any = text
    if kind in {"array", "object"}:
        try:
            value = json.loads(text)
        except ValueError:
            value = None
    if kind is not None and not fits(value, text, kind):
        example = {"array": '["…"]', "boolean": "true or false", "object": '{"…": …}'}.get(kind)
        raise StageError(
            f"--set {name}: {text!r} is not of type {kind}.",
            cure=f"Write {example}." if example else f"Give it a value of type {kind}.",
        )
    return value


def _cure(key: str, declared: Iterable[str]) -> str:
    names = [known.partition(":")[2] for known in declared]
    near = difflib.get_close_matches(key.partition(":")[2], names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}Pulumi.yaml lists all keys."
