"""The line that CloudWatch reads a metric from, by its documented format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from leave.adapters.system import EmbeddedMetrics
from leave.services.ports import Metric
from tests.leave.builders import NOW
from tests.leave.fakes import FakeClock

METRICS = EmbeddedMetrics(stage="test", clock=FakeClock())


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("value", [1, 12.5, 0])
def test_a_number_is_one_line_as_cloudwatch_reads_it(
    capsys: pytest.CaptureFixture[str], metric: Metric, value: float
) -> None:
    METRICS.put(metric, value)
    name = metric.value
    (told,) = lines(capsys)
    assert_embedded(told)
    assert told[name] == value
    assert told["stage"] == "test"
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Leave"
    assert directive["Dimensions"] == [["stage"]]
    assert directive["Metrics"] == [{"Name": name, "Unit": metric.unit}]
    assert told["_aws"]["Timestamp"] == NOW.timestamp() * 1000


def test_without_a_number_it_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    METRICS.put(Metric.MAILS_UNDELIVERABLE)
    METRICS.put(Metric.MAILS_UNDELIVERABLE)
    assert [told["MailsUndeliverable"] for told in lines(capsys)] == [1, 1]


def assert_embedded(told: dict[str, Any]) -> None:
    """Check what the specification's JSON schema asks for."""
    meta = told["_aws"]
    assert {*meta} <= {"Timestamp", "CloudWatchMetrics", "LogGroupName"}
    assert isinstance(meta["Timestamp"], int)
    assert meta["CloudWatchMetrics"]
    for directive in meta["CloudWatchMetrics"]:
        assert {*directive} == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert directive["Dimensions"]
        for dimensions in directive["Dimensions"]:
            assert 1 <= len(dimensions) <= 30
            assert all(isinstance(told[name], str) and told[name] for name in dimensions)
        assert 1 <= len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert {*metric} <= {"Name", "Unit", "StorageResolution"}
            assert metric["Unit"] in {"Count", "Seconds"}
            assert isinstance(told[metric["Name"]], int | float)
