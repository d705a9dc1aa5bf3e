"""What a stage is watched for: its parts, and their names on its dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infrastructure.api import HttpApi
    from infrastructure.daily_sweep import DailySweep
    from infrastructure.functions import LeaveFunction
    from infrastructure.table import LeaveTable
    from infrastructure.workflow import LeaveWorkflow


@dataclass(frozen=True, kw_only=True)
class StageParts:
    """The components that are watched."""

    api: HttpApi
    table: LeaveTable
    workflow: LeaveWorkflow
    calls: DailySweep
    functions: Mapping[str, LeaveFunction]


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
