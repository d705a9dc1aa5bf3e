"""IAM policies as plain data: pure functions of exact ARNs, tested and linted without Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EVERY_RESOURCE: Final = "*"


class Statement(TypedDict):
    """One statement of a policy document, in the casing of IAM."""

    Sid: str
    Effect: Literal["Allow"]
    Action: list[str]
    Resource: NotRequired[list[str]]
    Principal: NotRequired[dict[str, str]]
    Condition: NotRequired[dict[str, dict[str, str | list[str]]]]


class Policy(TypedDict):
    """A policy document."""

    Version: Literal["2012-10-17"]
    Statement: list[Statement]


def policy(statements: Iterable[Statement]) -> Policy:
    """The document made of `statements`."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """Permission for `actions` on `resources`."""
    return {"Sid": sid, "Effect": "Allow", "Action": [*actions], "Resource": [*resources]}


def trust(service: str, *, account: str, source_arn: str = "") -> Policy:
    """Who may assume a role: `service`, for resources of `account`, or for `source_arn` alone.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    condition: dict[str, dict[str, str | list[str]]] = {
        "StringEquals": {"aws:SourceAccount": account}
    }
    if source_arn:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return policy(
        [
            {
                "Sid": "AssumedByService",
                "Effect": "Allow",
                "Action": ["sts:AssumeRole"],
                "Principal": {"Service": service},
                "Condition": condition,
            }
        ]
    )


def write_own_logs(log_group_arn: str) -> Statement:
    """A function's own log group; the group itself is made by Pulumi, never by the function."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return allow("WriteOwnLogs", actions, [f"{log_group_arn}:*"])


def send_traces() -> Statement:
    """X-Ray has no resource to name: a trace belongs to the account.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    return allow("SendTraces", actions, [EVERY_RESOURCE])


def use_items(
    sid: str, actions: Sequence[str], table_arn: str, partitions: Sequence[str]
) -> Statement:
    """Item actions on one table, where the partition key matches one of the patterns.

    AWS asks for `ForAllValues` here. That alone would also allow a call that names no key at all,
    so the key must be there. A transaction is checked part by part.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    return {
        **allow(sid, actions, [table_arn]),
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [*partitions]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }


def query_index(index_arn: str) -> Statement:
    """Queries of one index, which the right to its table does not include.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-specific-table-indexes.html
    """
    return allow("QueryIndex", ["dynamodb:Query"], [index_arn])


def read_secret(secret_arn: str) -> Statement:
    """The current value of one secret."""
    return allow("ReadSecret", ["secretsmanager:GetSecretValue"], [secret_arn])


def start_execution(state_machine_arn: str) -> Statement:
    """New executions of one state machine."""
    return allow("StartExecution", ["states:StartExecution"], [state_machine_arn])


def answer_tasks(actions: Sequence[str]) -> Statement:
    """Answering a waiting task. AWS names no resource for these actions: the token is the key.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return allow("AnswerTasks", actions, [EVERY_RESOURCE])


def invoke_functions(function_arns: Sequence[str]) -> Statement:
    """Calls of exactly these functions, in their unpublished version."""
    return allow("InvokeFunctions", ["lambda:InvokeFunction"], function_arns)


def describe_executions(state_machine_arn: str) -> Statement:
    """How executions of one state machine stand; their names are not known beforehand."""
    executions = state_machine_arn.replace(":stateMachine:", ":execution:", 1)
    return allow("DescribeExecutions", ["states:DescribeExecution"], [f"{executions}:*"])


def send_messages(queue_arn: str) -> Statement:
    """Messages to one queue, such as what could not be delivered.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    return allow("SendMessages", ["sqs:SendMessage"], [queue_arn])


def publish_alarms(topic_arn: str, *, alarms: str, account: str) -> Statement:
    """What a topic lets CloudWatch publish: only these alarms of this account.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    return {
        **allow("PublishAlarms", ["sns:Publish"], [topic_arn]),
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Condition": {
            "ArnLike": {"aws:SourceArn": alarms},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }


def deliver_execution_logs() -> Statement:
    """What Step Functions needs to set up the delivery of its logs, which names no resource.

    The events themselves are written by CloudWatch, so the role needs no right to do that.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    actions = [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ]
    return allow("DeliverExecutionLogs", actions, [EVERY_RESOURCE])


def trace_executions() -> Statement:
    """What Step Functions needs for X-Ray, sampling rules included.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
    """
    actions = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]
    return allow("TraceExecutions", actions, [EVERY_RESOURCE])
