"""What only AWS would refuse, and its models of its services do not hold: each with its page.

All of it for a stage that has everything, under the longest name a stage can have.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import pytest

from infrastructure.api import ACCESS_LOG
from tests.infrastructure.graph import EVERYTHING_SET, Graph, dump, graph_of
from tests.infrastructure.test_service_models import LONGEST, renamed

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
LOGGED = {
    *("authorizer.error", "integrationErrorMessage", "integrationStatus", "requestId"),
    *("requestTime", "responseLatency", "responseLength", "routeKey", "status"),
}
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
MEASURED = {
    "AWS/ApiGateway": ("ApiId", {"4xx", "5xx", "Count", "IntegrationLatency", "Latency"}),
    "AWS/Lambda": ("FunctionName", {"Errors", "Throttles"}),
    "AWS/SQS": ("QueueName", {"ApproximateNumberOfMessagesVisible"}),
    "AWS/States": (
        "StateMachineArn",
        {"ExecutionsAborted", "ExecutionsFailed", "ExecutionsTimedOut"},
    ),
}
OF_LAMBDA = re.compile(r"AWS_|_X_AMZN_|LAMBDA_|LD_|TZ$|PATH$|PYTHON|LANG$|_HANDLER$")


@cache
def stage() -> Graph:
    return graph_of(renamed(dump("dev", overrides=EVERYTHING_SET), LONGEST))


def all_of(type_: str) -> list[dict[str, Any]]:
    found = [item.inputs for item in stage().of(type_).values()]
    assert found
    return found


def policies() -> Iterator[tuple[str, str]]:
    for item in stage().resources:
        for key in ("policy", "assumeRolePolicy"):
            if key in item.inputs:
                yield key, item.inputs[key]


def test_policies_fit() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    sizes = {"policy": 10_240, "assumeRolePolicy": 2048}
    for key, text in policies():
        assert len(re.sub(r"\s", "", text)) <= sizes[key]


def test_statements_have_names_that_iam_takes_once() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html."""
    for _, text in policies():
        names = [statement["Sid"] for statement in json.loads(text)["Statement"]]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in names)


def test_roles_have_room_for_the_suffix_that_pulumi_adds() -> None:
    """A dash and seven digits, to a name of up to 64 characters.

    https://www.pulumi.com/docs/iac/concepts/resources/names/
    """
    names = [*stage().of("iam/role:Role"), *stage().of("iam/rolePolicy:RolePolicy")]
    assert max(map(len, names)) <= 64 - 8


def test_functions_have_names_of_64_characters_at_most() -> None:
    """Its model allows for a whole ARN: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    for function in all_of("lambda/function:Function"):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", function["name"])
        assert len(function["layers"]) <= 5
        module, _, name = function["handler"].rpartition(".")
        assert re.fullmatch(r"leave\.functions\.[a-z_]+", module)
        assert name == "handler"


def test_no_variable_is_one_of_lambdas_own() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
    for function in all_of("lambda/function:Function"):
        for name in function.get("environment", {}).get("variables", {}):
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", name)
            assert not OF_LAMBDA.match(name)


def test_a_table_declares_the_attributes_of_its_keys_and_no_other() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html."""
    (table,) = all_of("dynamodb/table:Table")
    indexes = table["globalSecondaryIndexes"]
    keys = {key["attributeName"] for index in indexes for key in index["keySchemas"]}
    assert {item["name"] for item in table["attributes"]} == {
        *(table["hashKey"], table["rangeKey"]),
        *keys,
    }
    assert table["ttl"]["attributeName"] not in {item["name"] for item in table["attributes"]}
    for index in indexes:
        assert [key["keyType"] for key in index["keySchemas"]] == ["HASH", "RANGE"]


def test_secrets_have_names_that_no_arn_is_mistaken_for() -> None:
    """Secrets Manager adds a dash and six characters itself.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    for secret in all_of("secretsmanager/secret:Secret"):
        assert re.fullmatch(r"[A-Za-z0-9/_+=.@-]{1,512}", secret["name"])
        assert not re.search(r"-[A-Za-z0-9]{6}$", secret["name"])
        assert secret["recoveryWindowInDays"] in {0, *range(7, 31)}


def test_route_keys_are_a_method_and_a_path_and_each_is_there_once() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html."""
    methods = r"(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)"
    part = r"/([A-Za-z0-9._~-]+|\{[A-Za-z0-9._-]+\})"
    keys = [route["routeKey"] for route in all_of("apigatewayv2/route:Route")]
    for key in keys:
        assert re.fullmatch(rf"{methods} ({part})+", key), key
        assert max(Counter(re.findall(r"\{(.*?)\}", key)).values(), default=1) == 1
    shapes = [re.sub(r"\{.*?\}", "{}", key) for key in keys]
    assert len(set(shapes)) == len(shapes) <= 300


def test_the_api_is_set_to_what_it_knows() -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html."""
    (api,) = all_of("apigatewayv2/api:Api")
    assert len(api["name"]) <= 128
    cors = api["corsConfiguration"]
    assert set(cors["allowMethods"]) <= {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
    assert -1 <= cors["maxAge"] <= 86_400
    (deployed,) = all_of("apigatewayv2/stage:Stage")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,128}", deployed["name"])
    (authorizer,) = all_of("apigatewayv2/authorizer:Authorizer")
    assert authorizer["identitySources"] == ["$request.header.Authorization"]
    assert 1 <= len(authorizer["jwtConfiguration"]["audiences"]) <= 50
    for integration in all_of("apigatewayv2/integration:Integration"):
        assert integration["payloadFormatVersion"] == "2.0"
        assert integration["integrationType"] == "AWS_PROXY"


def test_the_access_log_is_one_line_of_variables_there_are() -> None:
    (deployed,) = all_of("apigatewayv2/stage:Stage")
    text = deployed["accessLogSettings"]["format"]
    assert "\n" not in text
    assert json.loads(text) == ACCESS_LOG
    assert {value.removeprefix("$context.") for value in ACCESS_LOG.values()} == LOGGED


def test_alarms_are_of_metrics_and_dimensions_there_are() -> None:
    for alarm in all_of("cloudwatch/metricAlarm:MetricAlarm"):
        ((dimension, of),) = alarm["dimensions"].items()
        if alarm["namespace"] in MEASURED:
            known, metrics = MEASURED[alarm["namespace"]]
            assert (dimension, alarm["metricName"] in metrics) == (known, True), alarm["name"]
        else:
            assert not alarm["namespace"].startswith("AWS/"), "name its metrics above"
        assert 1 <= len(of) <= 1024


def test_alarms_count_in_whole_minutes_and_know_what_no_number_means() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html."""
    for alarm in all_of("cloudwatch/metricAlarm:MetricAlarm"):
        assert alarm["period"] in {10, 20, 30} or alarm["period"] % 60 == 0
        assert alarm["treatMissingData"] in {"breaching", "ignore", "missing", "notBreaching"}
        assert len(alarm["alarmActions"]) <= 5
        assert len(alarm["alarmDescription"]) <= 1024


def test_queues_and_topics_have_names_and_ages_that_are_taken() -> None:
    """Two pages of AWS say which.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    """
    for queue in all_of("sqs/queue:Queue"):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", queue["name"])
        assert 60 <= queue["messageRetentionSeconds"] <= 1_209_600
    for topic in all_of("sns/topic:Topic"):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", topic["name"])
    for subscription in all_of("sns/topicSubscription:TopicSubscription"):
        assert subscription["protocol"] == "email"
        assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", subscription["endpoint"])


FIELDS = (
    ("minutes", range(60)),
    ("hours", range(24)),
    ("day of month", range(1, 32)),
    ("month", range(1, 13)),
    ("day of week", range(1, 8)),
    ("year", range(1970, 2200)),
)


def cron_problems(expression: str) -> list[str]:
    """What EventBridge Scheduler has against an expression.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    inner = re.fullmatch(r"cron\((.+)\)", expression)
    parts = inner[1].split(" ") if inner else []
    if len(parts) != len(FIELDS):
        return [f"{len(parts)} fields"]
    found = [] if [parts[2], parts[4]].count("?") == 1 else ["one of both days has to be ?"]
    for part, (name, valid) in zip(parts, FIELDS, strict=True):
        if not re.fullmatch(r"(\*|\?|\d+(-\d+)?)(/\d+)?", part):
            found.append(f"{name}: {part}")
        numbers = [int(number) for number in re.findall(r"\d+", part.partition("/")[0])]
        found += [f"{name}: {number}" for number in numbers if number not in valid]
        if sorted(numbers) != numbers:
            found.append(f"{name}: {part} goes backwards")
    return found


def test_schedules_are_told_in_the_schedulers_language_and_a_zone_there_is() -> None:
    for schedule in all_of("scheduler/schedule:Schedule"):
        assert cron_problems(schedule["scheduleExpression"]) == []
        assert schedule["scheduleExpressionTimezone"] in available_timezones()
        assert len(schedule["target"]["input"].encode()) <= 262_144


@pytest.mark.parametrize(
    "wrong",
    [
        "rate(1 day)",
        "cron(0 7 * * *)",
        "cron(0 7 * * * *)",
        "cron(60 7 * * ? *)",
        "cron(0 22-25 * * ? *)",
        "cron(0 22-1 * * ? *)",
        "cron(0 seven * * ? *)",
    ],
)
def test_a_schedule_that_aws_would_refuse_is_found(wrong: str) -> None:
    assert cron_problems(wrong)


def test_the_workflow_fits_and_its_executions_can_be_named() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""
    (machine,) = all_of("sfn/stateMachine:StateMachine")
    assert len(machine["definition"].encode()) <= 1024 * 1024
    assert all(len(name) <= 80 for name in json.loads(machine["definition"])["States"])
    request, inquiries, restarts = 26, "-99", ".999"
    assert request + len(inquiries) + len(restarts) <= 80
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", machine["name"])
