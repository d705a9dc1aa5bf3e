"""What the deploying process is told to do, and what it answers in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to deploy, and where: the program's directory, the stack and its configuration.

    The credentials go into the stage's secrets; those to `sign_in` if the stage has one for them.
    """

    program: str
    project: str
    stack: str
    config: Mapping[str, str]
    endpoint_url: str
    gmail_credentials: Mapping[str, str]
    sign_in: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The stack's exports, and how much there is now."""

    exports: dict[str, Any]
    resources: int
    directory_is_empty: bool
