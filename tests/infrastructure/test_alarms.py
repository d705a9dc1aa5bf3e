"""What operators are told about, and where they read what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from leave.adapters.system import NAMESPACE
from leave.services.ports import Metric
from tests.docs.markdown import PROJECT, Page
from tests.infrastructure.aws_answers import ACCOUNT, API_ID, REGION
from tests.infrastructure.graph import EMPTY, STACKS, graph
from tests.infrastructure.test_functions import FUNCTIONS

ALARM = "cloudwatch/metricAlarm:MetricAlarm"
RUNBOOK = Page(PROJECT / "docs" / "runbook.md")
LEVELS = ("none", "essential", "full")
ESSENTIAL = {
    *("calls-failed", "credentials-rejected", "executions-failed", "request-undecided"),
    *("process-lead-response-errors", "process-leave-request-errors", "sweep-not-finished"),
}
MAILED = {"alarm_email": "leave-developers@example.com", "monitoring": "essential"}
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:leave-dev-alarms"
DAY, WEEK, HOUR = 86_400, 604_800, 3600


def alarms(stack: str = "dev", monitoring: str = "full") -> dict[str, dict[str, Any]]:
    """The alarms of a stack by what their name says besides the stage."""
    return {
        item.inputs["name"].removeprefix(f"leave-{stack}-"): item.inputs
        for item in graph(stack, monitoring=monitoring).of(ALARM).values()
    }


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_has_exactly_these_alarms(level: str) -> None:
    per_function = {
        f"{name}-{kind}"
        for name in FUNCTIONS
        for kind in ("errors", "throttles")
        if level == "full"
    }
    others = {
        *("executions-aborted", "executions-timed-out"),
        *("mails-undeliverable", "sweep-calls-lost", "sweep-failures"),
    }
    expected = {
        "none": set(),
        "essential": ESSENTIAL,
        "full": ESSENTIAL | per_function | others,
    }
    assert alarms(monitoring=level).keys() == expected[level]
    assert len(ESSENTIAL) <= 12


@pytest.mark.parametrize("level", LEVELS)
def test_functions_publish_what_alarms_use_and_no_other_metric(level: str) -> None:
    """Each costs by the month; without any, functions print no number at all."""
    used = {
        alarm["metricName"]
        for alarm in alarms(monitoring=level).values()
        if alarm["namespace"] == NAMESPACE
    }
    functions = graph("dev", monitoring=level).of("lambda/function:Function").values()
    told = [item.inputs.get("environment", {}).get("variables", {}) for item in functions]
    published = {variables.get("LEAVE_METRICS", "") for variables in told}
    assert published - {""} == ({",".join(sorted(used))} if used else set())
    assert used <= {metric.value for metric in Metric}


def test_at_none_there_is_no_topic_and_no_dashboard() -> None:
    stage = graph("dev", monitoring="none", alarm_email="leave-developers@example.com")
    watching = {item.type for item in stage.resources if re.search("cloudwatch|sns", item.type)}
    kept = {"logGroup:LogGroup", "queryDefinition:QueryDefinition"}
    assert watching == {f"aws:cloudwatch/{type_}" for type_ in kept}


def test_an_alarm_names_a_section_of_the_runbook() -> None:
    for name, alarm in alarms().items():
        text = alarm["alarmDescription"]
        section = text.removeprefix('What to do: docs/runbook.md, "').removesuffix('"')
        body = RUNBOOK.section(f"### {section}")
        assert "* Look: " in body or "As above." in body or "CloudTrail" in body, name


def test_every_section_of_the_runbook_has_an_alarm() -> None:
    told = " ".join(alarm["alarmDescription"] for alarm in alarms().values())
    sections = [
        line.removeprefix("### ") for line in RUNBOOK.text.splitlines() if line.startswith("### ")
    ]
    assert sections
    assert not [section for section in sections if f'"{section}"' not in told]


def test_an_alarm_tells_the_topic_when_it_begins_and_when_it_is_over() -> None:
    for name, alarm in alarms().items():
        assert alarm["alarmActions"] == alarm["okActions"] == [TOPIC], name


def test_an_alarm_looks_back_no_further_than_cloudwatch_does() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html."""
    for name, alarm in alarms().items():
        span = alarm["period"] * alarm["evaluationPeriods"]
        assert span <= (WEEK if alarm["period"] >= HOUR else DAY), name
        assert 1 <= alarm["datapointsToAlarm"] <= alarm["evaluationPeriods"], name


def test_every_function_is_watched() -> None:
    for name in FUNCTIONS:
        for kind, metric in (("errors", "Errors"), ("throttles", "Throttles")):
            alarm = alarms()[f"{name}-{kind}"]
            assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Lambda", metric)
            assert alarm["dimensions"] == {"FunctionName": f"leave-dev-{name}"}
            assert alarm["treatMissingData"] == "notBreaching"


def test_a_call_that_fails_is_news_though_its_function_answered_it() -> None:
    alarm = alarms()["calls-failed"]
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/ApiGateway", "5xx")
    assert alarm["dimensions"] == {"ApiId": API_ID}
    assert (alarm["threshold"], alarm["statistic"]) == (0, "Sum")


def test_one_error_is_news_unless_the_workflow_takes_it_for_an_answer() -> None:
    patient = {name for name in FUNCTIONS if alarms()[f"{name}-errors"]["threshold"] > 0}
    assert patient == {"process-lead-response"}


@pytest.mark.parametrize("how", ["failed", "timed-out", "aborted"])
def test_an_execution_that_ends_badly_is_told(how: str) -> None:
    alarm = alarms()[f"executions-{how}"]
    assert alarm["metricName"].lower() == f"executions{how}".replace("-", "")
    assert alarm["dimensions"]["StateMachineArn"].endswith(":EmployeeLeaveWorkflow-dev")
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")


def test_a_sweep_that_did_not_finish_is_told_because_there_is_no_number() -> None:
    """Also on the day that has 25 hours. A finished sweep reports the longest wait, if only 0."""
    alarm = alarms()["sweep-not-finished"]
    assert (alarm["metricName"], alarm["statistic"]) == (
        Metric.OLDEST_UNDECIDED_DAYS,
        "SampleCount",
    )
    assert alarm["treatMissingData"] == "breaching"
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (1, "LessThanThreshold")
    assert alarm["datapointsToAlarm"] == alarm["evaluationPeriods"]
    assert alarm["period"] * alarm["evaluationPeriods"] > 25 * HOUR


@pytest.mark.parametrize(("stack", "days"), [("dev", 4), ("prod", 10)])
def test_a_request_waits_too_long_after_twice_the_days_of_escalation(stack: str, days: int) -> None:
    alarm = alarms(stack)["request-undecided"]
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (days, "GreaterThanThreshold")
    assert alarm["statistic"] == "Maximum"


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("credentials-rejected", HOUR),
        ("mails-undeliverable", HOUR),
        ("request-undecided", 25 * HOUR),
        ("sweep-failures", 25 * HOUR),
    ],
)
def test_an_alarm_lasts_as_long_as_its_cause(name: str, seconds: int) -> None:
    """The workflow tries again at least every hour, and the sweep is made every day."""
    alarm = alarms()[name]
    assert alarm["period"] * alarm["evaluationPeriods"] > seconds
    assert alarm["datapointsToAlarm"] == 1


def test_lost_calls_are_told_until_they_were_looked_at() -> None:
    """SQS falls silent after some hours, which is no sign that the queue is empty."""
    alarm = alarms()["sweep-calls-lost"]
    assert alarm["dimensions"] == {"QueueName": "leave-dev-daily-sweep-undelivered"}
    assert alarm["treatMissingData"] == "ignore"


@pytest.mark.parametrize("stack", STACKS)
def test_the_numbers_of_the_functions_are_looked_for_where_they_are_reported(stack: str) -> None:
    own = {
        alarm["metricName"]: alarm["dimensions"]
        for alarm in alarms(stack).values()
        if alarm["namespace"] == NAMESPACE
    }
    stage = {"stage": stack}
    assert own == {
        "CredentialsRejected": stage,
        "MailsUndeliverable": stage,
        "OldestUndecidedDays": stage,
        "SweepFailures": stage,
    }


def test_only_alarms_of_the_stage_are_told_by_its_topic() -> None:
    topic = graph("dev", **MAILED).only("sns/topic:Topic").inputs
    (statement,) = json.loads(topic["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (statement["Action"], statement["Resource"]) == (["sns:Publish"], [TOPIC])
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:leave-dev-*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }


def test_whoever_is_configured_gets_them_by_mail() -> None:
    subscription = graph("dev", **MAILED).only("sns/topicSubscription:TopicSubscription").inputs
    assert (subscription["protocol"], subscription["topic"]) == ("email", TOPIC)
    assert subscription["endpoint"] == "leave-developers@example.com"


def test_without_an_address_the_alarms_are_there_and_nobody_is_mailed() -> None:
    stack = graph("dev", **EMPTY, monitoring="essential")
    assert not stack.of("sns/topicSubscription:TopicSubscription")
    assert len(stack.of(ALARM)) == len(ESSENTIAL)
