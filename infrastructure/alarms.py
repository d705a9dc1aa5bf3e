"""The alarms of a stage, and the topic by which they reach whoever operates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infrastructure import alarm_rules, policies

if TYPE_CHECKING:
    from infrastructure.alarm_rules import Alarm
    from infrastructure.place import Place
    from infrastructure.settings import Settings
    from infrastructure.watched import StageParts


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """What is watched, and where."""

    settings: Settings
    place: Place
    parts: StageParts


class Alarms(pulumi.ComponentResource):
    """Alarms named `leave-<stage>-…`, each of which names its section of docs/runbook.md."""

    arns: list[pulumi.Output[str]]

    def __init__(
        self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:alarms:Alarms", name, None, opts)
        prefix = f"leave-{args.settings.stage}"
        topic = self._topic(name, prefix, args)
        self.arns = [
            aws.cloudwatch.MetricAlarm(
                f"{name}-{alarm.name}",
                _arguments(alarm, f"{prefix}-{alarm.name}", topic),
                opts=pulumi.ResourceOptions(parent=self),
            ).arn
            for alarm in _rules(args)
        ]
        self.register_outputs({})

    def _topic(self, name: str, prefix: str, args: AlarmsArgs) -> aws.sns.Topic:
        # Not encrypted: with the key that AWS manages, CloudWatch could not publish, and there is
        # nothing about a person in an alarm.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        own = pulumi.ResourceOptions(parent=self)
        physical_name = f"{prefix}-{name}"
        statement = policies.publish_alarms(
            args.place.arn("sns", physical_name),
            alarms=args.place.arn("cloudwatch", f"alarm:{prefix}-*"),
            account=args.place.account,
        )
        topic = aws.sns.Topic(
            name,
            aws.sns.TopicArgs(
                name=physical_name,
                policy=pulumi.Output.json_dumps(policies.policy([statement])),
            ),
            opts=own,
        )
        if args.settings.alarm_email:
            aws.sns.TopicSubscription(
                f"{name}-mail",
                aws.sns.TopicSubscriptionArgs(
                    topic=topic.arn, protocol="email", endpoint=args.settings.alarm_email
                ),
                opts=own,
            )
        return topic


def _rules(args: AlarmsArgs) -> list[Alarm]:
    settings, parts = args.settings, args.parts
    functions = [
        alarm
        for function in parts.functions.values()
        for alarm in alarm_rules.of_function(
            function.spec,
            function.name,
            waits_in_line=function.spec.caller == "workflow"
            and settings.instances(function.spec.concurrency) > 0,
        )
    ]
    every = [
        *alarm_rules.of_executions(parts.workflow.arn),
        *functions,
        alarm_rules.of_api(parts.api.id),
        alarm_rules.of_queue(parts.calls.queue_name),
        *alarm_rules.of_numbers(settings.stage, escalate_after_days=settings.escalate_after_days),
    ]
    return alarm_rules.at_level(every, settings.monitoring)


def _arguments(
    alarm: Alarm, physical_name: str, topic: aws.sns.Topic
) -> aws.cloudwatch.MetricAlarmArgs:
    return aws.cloudwatch.MetricAlarmArgs(
        name=physical_name,
        alarm_description=f'What to do: docs/runbook.md, "{alarm.section}"',
        namespace=alarm.namespace,
        metric_name=alarm.metric,
        dimensions={alarm.dimension: alarm.of},
        statistic=alarm.statistic,
        period=alarm.period,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.datapoints,
        comparison_operator="LessThanThreshold" if alarm.below else "GreaterThanThreshold",
        threshold=alarm.limit,
        treat_missing_data=alarm.missing,
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
    )
