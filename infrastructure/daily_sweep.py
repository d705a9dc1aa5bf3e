"""What begins the daily sweep, and keeps the calls that did not get through."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infrastructure import policies
from infrastructure.roles import role_with_rights
from infrastructure.sweep_times import sweep_times

if TYPE_CHECKING:
    from infrastructure.functions import LeaveFunction
    from infrastructure.place import Place
    from infrastructure.settings import Settings

QUARTER_SECONDS: Final = 900
"""After so long the next call comes, so the one before is given up."""
_FOURTEEN_DAYS: Final = 14 * 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class DailySweepArgs:
    """`function` makes the sweep; what it did not finish, the next call goes on with."""

    settings: Settings
    place: Place
    function: LeaveFunction


class DailySweep(pulumi.ComponentResource):
    """The schedules of the group `leave-<stage>`, and the queue of what they could not deliver."""

    queue_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: DailySweepArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:sweep:DailySweep", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        stage = f"leave-{args.settings.stage}"
        queue = aws.sqs.Queue(
            f"{name}-undelivered",
            aws.sqs.QueueArgs(
                name=f"{stage}-{name}-undelivered",
                message_retention_seconds=_FOURTEEN_DAYS,
                sqs_managed_sse_enabled=True,
            ),
            opts=own,
        )
        # A group of its own, since it is what the trust in a role can be limited to.
        group = aws.scheduler.ScheduleGroup(
            name, aws.scheduler.ScheduleGroupArgs(name=stage), opts=own
        )
        # The scheduler calls and does not wait. Lambda itself would call a sweep that failed twice
        # again, beside the next call:
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        aws.lambda_.FunctionEventInvokeConfig(
            name,
            aws.lambda_.FunctionEventInvokeConfigArgs(
                function_name=args.function.name,
                maximum_retry_attempts=0,
                maximum_event_age_in_seconds=QUARTER_SECONDS,
            ),
            opts=own,
        )
        role, rights = self._role(name, stage, args, queue)
        target = aws.scheduler.ScheduleTargetArgs(
            arn=args.function.arn,
            role_arn=role.arn,
            input=json.dumps({"onlyIfDue": True}),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=QUARTER_SECONDS, maximum_retry_attempts=3
            ),
            dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
        )
        for suffix, expression in sweep_times(args.settings.daily_sweep_at).items():
            aws.scheduler.Schedule(
                f"{name}{suffix}",
                aws.scheduler.ScheduleArgs(
                    name=f"{name}{suffix}",
                    group_name=group.name,
                    schedule_expression=expression,
                    schedule_expression_timezone=args.settings.time_zone,
                    flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                    target=target,
                ),
                # AWS tries to assume the role when it makes the schedule.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
            )
        self.queue_name = queue.name
        self.register_outputs({"queueName": self.queue_name})

    def _role(
        self, name: str, group_name: str, args: DailySweepArgs, queue: aws.sqs.Queue
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        # The group, as one schedule is none that can be named here:
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        trust = policies.trust(
            "scheduler.amazonaws.com",
            account=args.place.account,
            source_arn=args.place.arn("scheduler", f"schedule-group/{group_name}"),
        )
        statements = (
            args.function.arn.apply(lambda arn: policies.invoke_functions([arn])),
            queue.arn.apply(policies.send_messages),
        )
        return role_with_rights(
            f"{name}-schedule",
            physical_name=f"{group_name}-{name}-schedule",
            settings=args.settings,
            trust=trust,
            statements=statements,
            parent=self,
        )
