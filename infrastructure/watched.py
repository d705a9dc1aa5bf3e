"""What the dashboard of a stage shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is shown: names and ARNs of a stage's resources, `functions` by their names."""

    stage: str
    region: str
    functions: Mapping[str, str]
    state_machine_arn: str
    api_id: str
    table_name: str
    queue_name: str
    alarm_arns: Sequence[str]
    function_logs: Sequence[str]
