"""List prices in US dollars, without free tiers, before tax.

Region eu-central-1. DynamoDB, Lambda and logs are as a public copy of AWS's price lists of
2026-09-11 has them, state transitions as a copy of their page; the others are what their pages
said in 2025, and were not looked up again. The pages beside them say what holds today.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION: Final = "eu-central-1"
_MILLION: Final = 1_000_000
_GIB: Final = 2**30


@dataclass(frozen=True)
class Price:
    """What one unit costs, and the page that says so."""

    dollars: float
    source: str


_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_GATEWAY: Final = "https://aws.amazon.com/api-gateway/pricing/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_SECRETS: Final = "https://aws.amazon.com/secrets-manager/pricing/"
_SNS: Final = "https://aws.amazon.com/sns/pricing/"

PRICES: Final[Mapping[str, Price]] = MappingProxyType(
    {
        "HTTP API call": Price(1.20 / _MILLION, _GATEWAY),
        "REST API call": Price(3.70 / _MILLION, _GATEWAY),
        "Lambda request": Price(0.20 / _MILLION, _LAMBDA),
        "Lambda GB-second, arm64": Price(0.0000133334, _LAMBDA),
        "Lambda GB-second, x86_64": Price(0.0000166667, _LAMBDA),
        "state transition": Price(0.025 / 1_000, "https://aws.amazon.com/step-functions/pricing/"),
        "read unit": Price(0.1525 / _MILLION, _DYNAMODB),
        "write unit": Price(0.7625 / _MILLION, _DYNAMODB),
        "byte-year in DynamoDB": Price(12 * (0.306 + 0.2448) / _GIB, _DYNAMODB),
        "call of Secrets Manager": Price(0.05 / 10_000, _SECRETS),
        "byte of logs": Price((0.63 + 3 * 0.0324) / _GIB, _CLOUDWATCH),
        "trace": Price(5.00 / _MILLION, "https://aws.amazon.com/xray/pricing/"),
        "SNS publish": Price(0.50 / _MILLION, _SNS),
        "SNS mail": Price(2.00 / 100_000, _SNS),
        "byte sent": Price(0.09 / _GIB, "https://aws.amazon.com/ec2/pricing/on-demand/"),
        "composite alarm, a month": Price(0.50, _CLOUDWATCH),
        "alarm, a month": Price(0.10, _CLOUDWATCH),
        "dashboard, a month": Price(3.00, _CLOUDWATCH),
        "metric, a month": Price(0.30, _CLOUDWATCH),
        "key, a month": Price(1.00, "https://aws.amazon.com/kms/pricing/"),
        "secret, a month": Price(0.40, _SECRETS),
    }
)
"""Logs are kept for three months here, and items and their backups for a year."""


def cost(units: Mapping[str, float]) -> float:
    """Return what so many units cost; raises `KeyError` for what has no price."""
    return sum(PRICES[name].dollars * number for name, number in units.items())
