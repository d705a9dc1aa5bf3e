"""Numbers for operators, as CloudWatch's embedded metric format.

CloudWatch reads metrics out of a function's log, so that reporting one is no call. A line that is
printed stays as it is in the log format JSON, too. Sources:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from leave.domain.values import Value
from leave.services.ports import Clock

if TYPE_CHECKING:
    from leave.services.ports import Metric

NAMESPACE = "Leave"


class EmbeddedMetrics(Value):
    """Implements `Metrics`; one dimension, the stage."""

    stage: str
    clock: Clock

    def put(self, metric: Metric, value: float = 1) -> None:
        """Report one number."""
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["stage"]],
            "Metrics": [{"Name": metric.value, "Unit": metric.unit}],
        }
        moment = int(self.clock.now().timestamp() * 1000)
        told = {
            "_aws": {"Timestamp": moment, "CloudWatchMetrics": [directive]},
            "stage": self.stage,
            metric.value: value,
        }
        sys.stdout.write(json.dumps(told) + "\n")
