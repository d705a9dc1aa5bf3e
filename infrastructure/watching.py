"""What whoever operates a stage watches it by: alarms, one dashboard, and log queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infrastructure.alarms import Alarms, AlarmsArgs
from infrastructure.dashboard import dashboard
from infrastructure.log_queries import LOG_QUERIES
from infrastructure.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infrastructure.log_queries import Source
    from infrastructure.place import Place
    from infrastructure.settings import Settings
    from infrastructure.watched import StageParts


@dataclass(frozen=True, kw_only=True)
class WatchingArgs:
    """What is watched, where, and the ARNs of the alarms."""

    settings: Settings
    place: Place
    parts: StageParts
    alarms: list[pulumi.Output[str]]


class Watching(pulumi.ComponentResource):
    """The dashboard `leave-<stage>`, and log queries in a folder of that name.

    The queries cost nothing until they are asked, so that every stage has them.
    """

    def __init__(
        self, name: str, args: WatchingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:watching:Watching", name, None, opts)
        stage, parts = f"leave-{args.settings.stage}", args.parts
        own = pulumi.ResourceOptions(parent=self)
        if args.settings.monitoring == "full":
            aws.cloudwatch.Dashboard(
                f"{name}-dashboard",
                aws.cloudwatch.DashboardArgs(dashboard_name=stage, dashboard_body=_body(args)),
                opts=own,
            )
        searched: Mapping[Source, list[pulumi.Output[str]]] = {
            "functions": [function.log_group for _, function in sorted(parts.functions.items())],
            "api": [parts.api.log_group],
            "workflow": [parts.workflow.log_group],
        }
        for query in LOG_QUERIES:
            aws.cloudwatch.QueryDefinition(
                f"{name}-{query.name}",
                aws.cloudwatch.QueryDefinitionArgs(
                    name=f"{stage}/{query.name}",
                    log_group_names=searched[query.source],
                    query_string=query.text,
                ),
                opts=own,
            )
        self.register_outputs({})


def watch(settings: Settings, place: Place, parts: StageParts) -> None:
    """Make what the stage's level of monitoring has."""
    alarms: list[pulumi.Output[str]] = []
    if settings.monitoring != "none":
        alarms = Alarms("alarms", AlarmsArgs(settings=settings, place=place, parts=parts)).arns
    Watching("watching", WatchingArgs(settings=settings, place=place, parts=parts, alarms=alarms))


def _body(args: WatchingArgs) -> pulumi.Output[str]:
    parts = args.parts
    known = pulumi.Output.all(
        functions={name: function.name for name, function in parts.functions.items()},
        function_logs=[function.log_group for function in parts.functions.values()],
        state_machine_arn=parts.workflow.arn,
        api_id=parts.api.id,
        table_name=parts.table.name,
        queue_name=parts.calls.queue_name,
        alarm_arns=args.alarms,
    )
    stage, region = args.settings.stage, args.place.region
    return known.apply(
        lambda names: json.dumps(dashboard(Watched(stage=stage, region=region, **names)))
    )
