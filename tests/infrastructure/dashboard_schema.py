"""What AWS says of a dashboard's body, as JSON schema, and of the metrics that it may show.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import Any

_TITLE = {"type": "string", "minLength": 1}
_REGION = {"type": "string", "pattern": "^[a-z]{2}(-[a-z]+)+-[0-9]$"}


def _widget(kind: str, required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "x", "y", "width", "height", "properties"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": kind},
            "x": {"type": "integer", "minimum": 0, "maximum": 23},
            "y": {"type": "integer", "minimum": 0},
            "width": {"type": "integer", "minimum": 1, "maximum": 24},
            "height": {"type": "integer", "minimum": 1, "maximum": 1000},
            "properties": {
                "type": "object",
                "required": required,
                "additionalProperties": False,
                "properties": properties,
            },
        },
    }


_METRIC = {
    "type": "array",
    "minItems": 5,
    "items": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "stat": {"pattern": r"^(Sum|Maximum|Average|SampleCount|p\d\d)$"},
                    "label": _TITLE,
                    "yAxis": {"enum": ["left", "right"]},
                },
            },
        ]
    },
}

BODY: dict[str, Any] = {
    "type": "object",
    "required": ["widgets"],
    "additionalProperties": False,
    "properties": {
        "start": {"type": "string", "pattern": r"^-P(\d+[DWM]|T\d+[HM])$"},
        "periodOverride": {"enum": ["auto", "inherit"]},
        "widgets": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "oneOf": [
                    _widget("text", ["markdown"], markdown=_TITLE),
                    _widget(
                        "alarm",
                        ["alarms"],
                        alarms={
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 100,
                            "uniqueItems": True,
                            "items": {"pattern": "^arn:aws:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:"},
                        },
                        title=_TITLE,
                        sortBy={"enum": ["default", "stateUpdatedTimestamp", "timestamp"]},
                    ),
                    _widget(
                        "log",
                        ["query", "region"],
                        query={"type": "string", "pattern": "^SOURCE '"},
                        region=_REGION,
                        title=_TITLE,
                        view={"enum": ["timeSeries", "bar", "pie", "table"]},
                    ),
                    _widget(
                        "metric",
                        ["metrics", "region"],
                        metrics={
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 500,
                            "items": _METRIC,
                        },
                        region=_REGION,
                        title=_TITLE,
                        period={"type": "integer", "minimum": 60, "multipleOf": 60},
                        view={"enum": ["timeSeries", "singleValue", "bar", "pie", "table"]},
                        stacked={"type": "boolean"},
                        yAxis={"type": "object"},
                        annotations={
                            "type": "object",
                            "required": ["horizontal"],
                            "properties": {
                                "horizontal": {
                                    "type": "array",
                                    "items": {"type": "object", "required": ["value"]},
                                }
                            },
                        },
                    ),
                ]
            },
        },
    },
}

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
AWS_METRICS: dict[tuple[str, frozenset[str]], set[str]] = {
    ("AWS/ApiGateway", frozenset({"ApiId"})): {
        "4xx",
        "5xx",
        "Count",
        "DataProcessed",
        "IntegrationLatency",
        "Latency",
    },
    ("AWS/Lambda", frozenset({"FunctionName"})): {
        "ConcurrentExecutions",
        "Duration",
        "Errors",
        "Invocations",
        "Throttles",
    },
    ("AWS/States", frozenset({"StateMachineArn"})): {
        "ExecutionThrottled",
        "ExecutionTime",
        "ExecutionsAborted",
        "ExecutionsFailed",
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
    },
    ("AWS/States", frozenset({"ServiceMetric"})): {
        "ConsumedCapacity",
        "ProvisionedBucketSize",
        "ProvisionedRefillRate",
        "ThrottledEvents",
    },
    ("AWS/DynamoDB", frozenset({"TableName"})): {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    },
    ("AWS/DynamoDB", frozenset({"TableName", "GlobalSecondaryIndexName"})): {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "OnlineIndexPercentageProgress",
    },
    ("AWS/SQS", frozenset({"QueueName"})): {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
        "NumberOfMessagesSent",
    },
}
