"""What calls and watches the functions: schedules, queues, topics and alarms."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.creators.test_iam import ROLE, trust

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from tests.emulator.creators.conftest import Create

QUEUE = "aws:sqs/queue:Queue"
GROUP = "aws:scheduler/scheduleGroup:ScheduleGroup"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
QUERY = "aws:cloudwatch/queryDefinition:QueryDefinition"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_ARN = "arn:aws:{}:eu-central-1:000000000000:{}"


@pytest.fixture
def unique() -> str:
    return f"test-{uuid.uuid4().hex[:8]}"


def test_a_queue_is_created_and_changed_in_place_and_keeps_its_messages(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    first = create(QUEUE, "lost", name=unique, messageRetentionSeconds=60.0)
    aws.queues.send_message(QueueUrl=first.id, MessageBody="kept")
    second = create_again(
        QUEUE, "lost", name=unique, messageRetentionSeconds=1_209_600.0, sqsManagedSseEnabled=True
    )
    assert second.id == first.id
    assert second.outputs["arn"] == _ARN.format("sqs", unique)
    found = aws.queues.get_queue_attributes(QueueUrl=first.id, AttributeNames=["All"])
    attributes = found.get("Attributes", {})
    assert attributes.get("MessageRetentionPeriod") == "1209600"
    assert attributes.get("SqsManagedSseEnabled") == "true"
    assert attributes.get("ApproximateNumberOfMessages") == "1"


def test_a_schedule_is_created_and_changed_in_place(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    role = create(ROLE, "role", assumeRolePolicy=trust("scheduler")).outputs["arn"]
    inputs: dict[str, Any] = {
        "name": "sweep",
        "groupName": unique,
        "scheduleExpressionTimezone": "Europe/Berlin",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": _ARN.format("lambda", "function:sweep"),
            "roleArn": role,
            "input": '{"onlyIfDue": true}',
            "retryPolicy": {"maximumRetryAttempts": 3.0, "maximumEventAgeInSeconds": 900.0},
            "deadLetterConfig": {"arn": _ARN.format("sqs", "lost")},
        },
    }
    for make, minute in ((create, 0), (create_again, 7)):
        group = make(GROUP, "group", name=unique)
        made = make(SCHEDULE, "sweep", scheduleExpression=f"cron({minute}/15 7 * * ? *)", **inputs)
        assert group.outputs["arn"] == _ARN.format("scheduler", f"schedule-group/{unique}")
        assert made.outputs["arn"] == _ARN.format("scheduler", f"schedule/{unique}/sweep")
    found = aws.schedules.get_schedule(Name="sweep", GroupName=unique)
    assert found["ScheduleExpression"] == "cron(7/15 7 * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert found["Target"]["Input"] == '{"onlyIfDue": true}'
    assert found["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    assert found["Target"]["DeadLetterConfig"] == {"Arn": _ARN.format("sqs", "lost")}


def test_a_topic_and_its_subscription_are_the_same_again(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    policy = '{"Version": "2012-10-17", "Statement": []}'
    made = [
        (
            make(TOPIC, "alarms", name=unique, policy=policy).id,
            make(
                SUBSCRIPTION,
                "mail",
                topic=_ARN.format("sns", unique),
                protocol="email",
                endpoint="ops@example.com",
            ).id,
        )
        for make in (create, create_again)
    ]
    assert made[0] == made[1]
    topic = made[0][0]
    assert aws.topics.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] == policy
    found = aws.topics.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [item["Endpoint"] for item in found] == ["ops@example.com"]


def test_an_alarm_is_created_and_changed_in_place(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    inputs: dict[str, Any] = {
        "name": unique,
        "namespace": "Leave",
        "metricName": "OldestUndecidedDays",
        "dimensions": {"stage": "test"},
        "statistic": "Sum",
        "period": 3600.0,
        "evaluationPeriods": 26.0,
        "comparisonOperator": "LessThanThreshold",
        "treatMissingData": "breaching",
        "alarmActions": [_ARN.format("sns", "alarms")],
        "okActions": [_ARN.format("sns", "alarms")],
    }
    create(ALARM, "sweep", threshold=5.0, **inputs)
    alarm = create_again(ALARM, "sweep", threshold=1.0, **inputs)
    assert alarm.outputs["arn"] == _ARN.format("cloudwatch", f"alarm:{unique}")
    (found,) = aws.alarms.describe_alarms(AlarmNames=[unique])["MetricAlarms"]
    assert (found["Threshold"], found["EvaluationPeriods"]) == (1.0, 26)
    assert found["Dimensions"] == [{"Name": "stage", "Value": "test"}]
    assert found["OKActions"] == found["AlarmActions"] == [_ARN.format("sns", "alarms")]


def test_a_dashboard_is_created_and_changed_in_place(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    made = create(DASHBOARD, "dashboard", dashboardName=unique, dashboardBody='{"widgets": []}')
    body = '{"start": "-P7D", "widgets": []}'
    assert create_again(DASHBOARD, "dashboard", dashboardName=unique, dashboardBody=body) == made
    assert aws.alarms.get_dashboard(DashboardName=unique)["DashboardBody"] == body


def test_a_log_query_bears_being_created_again_where_none_can_be_kept(
    create: Create, create_again: Create, unique: str
) -> None:
    inputs: dict[str, Any] = {"name": unique, "logGroupNames": ["a"], "queryString": "limit 1"}
    assert create(QUERY, "query", **inputs) == create_again(QUERY, "query", **inputs)
