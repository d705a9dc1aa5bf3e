"""What a function knows about a resource and may do with it, handed out together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

    from infrastructure.policies import Statement


@dataclass(frozen=True, kw_only=True)
class Access:
    """Environment variables that name a resource, with the statements that let it be used.

    A component grants an `Access` rather than show its ARN, so that no function is told of a
    resource it may not touch, nor holds a right it has no use for.
    """

    environment: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, "pulumi.Input[str]"]
    )
    statements: tuple[pulumi.Input[Statement], ...] = ()
